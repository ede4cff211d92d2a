"""Shared here: the tools from npm, installed as locked when they are missing, one run of composition, a gateway."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from saleor_crm_app import storefront
from tests.composition.shapes import VERSIONS, WRONG_SHAPES
from tests.demo_town import demo, demo_app, opened, place
from tests.npm import install

__all__ = ["demo", "demo_app", "opened", "place"]

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"

KEYS = {
    "Address": ["id"],
    "App": ["id"],
    "Category": ["id"],
    "Collection": ["id channel"],
    "Group": ["id"],
    "Order": ["id"],
    "PageType": ["id"],
    "Product": ["id channel"],
    "ProductMedia": ["id"],
    "ProductType": ["id"],
    "ProductVariant": ["id channel"],
    "User": ["id", "email"],
}
"""What a Saleor's own `_service` adds to its schema, which introspection does not tell."""

Composed = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Errors by what was composed, by tool, by code."""


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder with the full schemas of every Saleor we serve."""
    folder = os.environ.get("SALEOR_REFERENCE")
    if not folder:
        pytest.skip("set SALEOR_REFERENCE to the folder with Saleor's full schemas")
    return Path(folder)


@pytest.fixture(scope="session")
def composition_tools() -> Path:
    """Where composition and the gateway are installed."""
    if shutil.which("npm") is None:
        pytest.skip("composing needs Node.js and npm")
    install(HERE)
    return HERE


@pytest.fixture(scope="session")
def composed(reference: Path, composition_tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Composed:
    """Our subgraph with every Saleor, and each wrong shape of it with the newest."""
    folder = tmp_path_factory.mktemp("subgraphs")
    for version in VERSIONS:
        full = (reference / f"schema-{version}.graphql").read_text()
        (folder / f"saleor-{version}.graphql").write_text(with_keys(full))
    (folder / "ours.graphql").write_text(storefront.sdl())
    wanted = {version: {"saleor": f"saleor-{version}.graphql", "loyalty": "ours.graphql"} for version in VERSIONS}
    for name, change in WRONG_SHAPES.items():
        (folder / f"{name}.graphql").write_text(change(storefront.sdl()))
        wanted[name] = {"saleor": f"saleor-{VERSIONS[-1]}.graphql", "loyalty": f"{name}.graphql"}
    return _run(folder, wanted)


def _run(folder: Path, wanted: Mapping[str, Mapping[str, str]]) -> Composed:
    node = ["node", str(HERE / "compose.js")]
    done = subprocess.run(node, cwd=folder, input=json.dumps(wanted), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: Composed = json.loads(done.stdout)
    return found


def with_keys(full: str) -> str:
    """Saleor's schema with the keys of its entities."""
    for name, keys in KEYS.items():
        written = " ".join(f'@key(fields: "{key}")' for key in keys)
        full, found = re.subn(rf"^(type {name}\b[^{{@]*)", rf"\g<1>{written} ", full, flags=re.MULTILINE)
        assert found == 1, name
    return full
