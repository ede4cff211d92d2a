"""Shared here: the tools from npm, the how-to's snippets, and a demo to run them against."""

import re
import shutil
from pathlib import Path
from typing import Final

import pytest

from saleor_crm_app.cli.demo_app import Place
from saleor_crm_app.cli.demo_town import Town
from saleor_crm_app.demo import SimulatedShop
from tests.demo_town import demo, demo_app, opened, place
from tests.npm import install

__all__ = ["demo", "demo_app", "opened", "place"]

HERE: Final = Path(__file__).parent
HOW_TO: Final = HERE.parents[1] / "docs" / "how-to" / "storefront-kit.md"


class Snippets:
    """What stands in the how-to, with the addresses of a running demo in it."""

    def __init__(self, app_url: str, api_url: str) -> None:
        text = HOW_TO.read_text()
        self._found = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        self._addresses = {"https://crm.example": app_url, "https://shop.example/graphql/": api_url}

    def of(self, language: str, has: str) -> str:
        """The only one of this language that has these words in it."""
        [text] = [text for found, text in self._found if found == language and has in text]
        for written, real in self._addresses.items():
            text = text.replace(written, real)
        return str(text)


@pytest.fixture(scope="module")
def shop(demo: Town) -> SimulatedShop:
    return demo.street.counter("first").shop


@pytest.fixture(scope="module")
def snippets(shop: SimulatedShop, place: Place) -> Snippets:
    return Snippets(place.app_url, shop.api_url)


@pytest.fixture
def workshop(tmp_path: Path) -> Path:
    """A folder of a storefront project, with the tools in it."""
    if shutil.which("npm") is None:
        pytest.skip("the examples in TypeScript need Node.js and npm")
    install(HERE)
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules", target_is_directory=True)
    (tmp_path / "package.json").write_text('{"private": true, "type": "module"}')
    return tmp_path
