"""The storefront kit as it is served: one small module that anybody's page may load, pin and keep."""

import gzip
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha384
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from saleor_crm_app.storefront import kit, kit_routes
from saleor_crm_app.storefront.widget import PARTS

MOST = 8_000
PLAIN = "/widget/v1/loyalty.js"
FOLDER = Path(__file__).parents[2] / "saleor_crm_app" / "storefront" / "kit"
NEVER_IN_IT = (
    *("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", ".style"),
    *("cookie", "localStorage", "sessionStorage", "indexedDB"),
)


@pytest.fixture
async def visitor() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=kit_routes()))
    async with httpx.AsyncClient(transport=transport, base_url="https://crm.example") as client:
        yield client


async def test_it_is_one_small_module(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get(PLAIN, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(gzip.compress(answer.content, mtime=0)) < MOST
    assert re.findall(r"^(?:import|export) .*", answer.text, re.MULTILINE) == ["export { configure };"]


async def test_who_takes_no_gzip_gets_the_same(visitor: httpx.AsyncClient) -> None:
    plain = await visitor.get(PLAIN, headers={"Accept-Encoding": "identity"})
    packed = await visitor.get(PLAIN)
    assert (plain.content, plain.headers["vary"]) == (packed.content, "Accept-Encoding")
    assert "content-encoding" not in plain.headers
    assert plain.headers["etag"] != packed.headers["etag"]


async def test_any_page_may_load_it_by_the_plain_address_for_a_while(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get(PLAIN, headers={"Origin": "https://store.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "public, max-age=300"
    again = await visitor.get(PLAIN, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_its_own_address_and_hash_are_told_and_hold_for_good(visitor: httpx.AsyncClient) -> None:
    told = (await visitor.get("/widget/v1/loyalty.json")).json()
    pinned = await visitor.get(told["src"])
    assert pinned.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert told["integrity"] == "sha384-" + b64encode(sha384(pinned.content).digest()).decode()
    assert {"loyalty-balance", "loyalty-earn"} <= set(told["elements"])
    assert (pinned.content, kit().address) == ((await visitor.get(PLAIN)).content, told["src"])


async def test_another_one_is_not_given_in_its_place(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/widget/v1/loyalty.0123456789abcdef.js")
    assert (answer.status_code, "cache-control" in answer.headers) == (404, False)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.js")), ids=lambda path: path.name)
def test_each_part_says_what_it_owns_and_uses_only_those_before_it(path: Path) -> None:
    text = path.read_text()
    assert re.match(r"// [A-Z<].*\.\n", text)
    used = re.findall(r'from "\./(\w+)\.js"', text)
    assert [name for name in used if PARTS.index(name) >= PARTS.index(path.stem)] == []
    assert [word for word in NEVER_IN_IT if word in text] == []


def test_every_part_is_in_it() -> None:
    assert sorted(PARTS) == sorted(path.stem for path in FOLDER.glob("*.js"))
