"""The how-to's snippets do what it says: they are read from the page and run against the app."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import httpx
import pytest

from saleor_crm_app.cli.demo_app import Place
from saleor_crm_app.cli.demo_town import Town
from saleor_crm_app.demo import SimulatedShop
from tests.examples.conftest import Snippets

CHANNEL = "default-channel"
POINTS = "query ($channel: String!) { loyaltyMe(channel: $channel) { points { available pending } } }"
STRICT = (
    "--strict",
    "--target",
    "es2022",
    "--module",
    "nodenext",
    "--skipLibCheck",
    "--jsx",
    "react-jsx",
    "--lib",
    "es2022,dom",
)
RENDER = """
import { createElement } from "react";
import { act, create } from "react-test-renderer";
import { usePoints } from "./usePoints.js";

globalThis.IS_REACT_ACT_ENVIRONMENT = true;
const seen = [];
const Page = ({ token }) => (seen.push(usePoints("default-channel", token)), null);
const wait = () => new Promise((done) => setTimeout(done, 50));
let open = 0;
const plain = globalThis.fetch;
globalThis.fetch = async (...asked) => { open++; try { return await plain(...asked); } finally { open--; } };
const answered = async () => { do await wait(); while (open > 0); await wait(); };
const settle = async (work) => { await act(async () => work()); await act(answered); };
let page;
await settle(() => (page = create(createElement(Page, { token: process.env.TOKEN }))));
const signedIn = seen.at(-1);
await settle(() => page.update(createElement(Page, { token: null })));
await settle(() => page.update(createElement(Page, { token: "nonsense" })));
console.log(JSON.stringify([seen[0], signedIn, seen.at(-1)]));
"""


@pytest.fixture(scope="module")
def token(demo: Town, shop: SimulatedShop) -> str:
    return shop.tokens.access(demo.street.counter("first").person("anna"))


@pytest.fixture
async def points(place: Place, token: str) -> dict[str, int]:
    """Anna's, asked for without any snippet."""
    async with httpx.AsyncClient(base_url=place.app_url, trust_env=False) as app:
        asked = {"query": POINTS, "variables": {"channel": CHANNEL}}
        answer = await app.post("/graphql/", json=asked, headers={"Authorization": f"Bearer {token}"})
    found: dict[str, int] = answer.json()["data"]["loyaltyMe"]["points"]
    assert found["available"] > 0
    return found


async def said(folder: Path, *command: str | Path, **environment: str) -> str:
    """What a program prints; its complaint where it fails."""
    variables = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    process = await asyncio.create_subprocess_exec(
        *map(str, command), cwd=folder, env=variables | environment, stdout=PIPE, stderr=PIPE
    )
    out, complaint = await process.communicate()
    assert process.returncode == 0, (out + complaint).decode()
    return out.decode()


def compiler(folder: Path) -> Path:
    return folder / "node_modules" / ".bin" / "tsc"


async def test_curl_is_told_what_a_product_earns_a_guest(snippets: Snippets, tmp_path: Path, demo: Town) -> None:
    lamp = next(
        good for good in demo.street.counter("first").showroom.goods if good.variant.product.name == "Desk lamp"
    )
    command = snippets.of("bash", "curl").replace("UHJvZHVjdDox", lamp.variant.product.id)
    answer = json.loads(await said(tmp_path, "bash", "-c", command))
    assert answer == {"data": {"_entities": [{"id": lamp.variant.product.id, "loyaltyPoints": 60}]}}


async def test_typescript_reads_the_points(
    snippets: Snippets, workshop: Path, token: str, points: dict[str, int]
) -> None:
    # given
    (workshop / "loyalty.ts").write_text(snippets.of("ts", "export async function loyalty"))
    await said(workshop, compiler(workshop), *STRICT, "loyalty.ts")
    ask = f"import {{ pointsOf }} from './loyalty.js'; const of = (token) => pointsOf('{CHANNEL}', {{ token }});"
    tell = "console.log(JSON.stringify([await of(process.env.TOKEN), await of(null), await of('x').catch(String)]));"
    (workshop / "main.js").write_text(ask + tell)
    # then
    assert json.loads(await said(workshop, "node", "main.js", TOKEN=token)) == [points, None, "Error: UNAUTHENTICATED"]


async def test_the_react_hook_follows_the_token(
    snippets: Snippets, workshop: Path, token: str, points: dict[str, int]
) -> None:
    # given
    hook = snippets.of("tsx", "usePoints")
    assert len(hook.splitlines()) <= 20
    (workshop / "loyalty.ts").write_text(snippets.of("ts", "export async function loyalty"))
    (workshop / "usePoints.ts").write_text(hook)
    await said(workshop, compiler(workshop), *STRICT, "usePoints.ts")
    (workshop / "main.js").write_text(RENDER)
    # then
    assert json.loads(await said(workshop, "node", "main.js", TOKEN=token)) == [None, points, None]


async def test_python_reads_the_points(snippets: Snippets, tmp_path: Path, token: str, points: dict[str, int]) -> None:
    tell = f"\nimport json, os\nprint(json.dumps(points_of(os.environ['TOKEN'], {CHANNEL!r})))\n"
    (tmp_path / "main.py").write_text(snippets.of("python", "def points_of") + tell)
    assert json.loads(await said(tmp_path, sys.executable, "main.py", TOKEN=token)) == points


async def test_codegen_knows_the_types_of_ones_own_queries(snippets: Snippets, workshop: Path) -> None:
    # given
    (workshop / "src").mkdir()
    (workshop / "codegen.ts").write_text(snippets.of("ts", "CodegenConfig"))
    (workshop / "src" / "account.ts").write_text(snippets.of("ts", "export const Account"))
    # when
    await said(workshop, workshop / "node_modules" / ".bin" / "graphql-codegen", "--config", "codegen.ts")
    # then
    made = (workshop / "src" / "loyalty" / "graphql.ts").read_text()
    assert "export type AccountQuery = " in made
    assert "available: number, pending: number, nextExpiration?: { points: number, at: string } | null" in made
    # and nothing that the schema lacks
    (workshop / "src" / "account.ts").write_text(snippets.of("ts", "export const Account").replace("pending", "wallet"))
    with pytest.raises(AssertionError, match='Cannot query field "wallet"'):
        await said(workshop, workshop / "node_modules" / ".bin" / "graphql-codegen", "--config", "codegen.ts")
