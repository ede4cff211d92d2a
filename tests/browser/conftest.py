"""A running demo and a real Chromium that may see nothing but this machine."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, ViewportSize, async_playwright

from saleor_crm_app.cli.demo_app import APP_OFFSET, PAGE_OFFSET, Place
from saleor_crm_app.cli.demo_town import Town
from tests.browser.shop_page import ShopPage, Watch
from tests.demo_town import MAKES_PICTURES, demo, demo_app, opened, place

__all__ = ["MAKES_PICTURES", "demo", "demo_app", "opened", "place"]  # fixtures and what tests ask for here

NAMES: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--force-color-profile=srgb",
    "--disable-lcd-text",  # grey edges of letters make pictures smaller
)
IMAGES: Final = Path(__file__).parents[2] / "docs" / "images"
DESK: Final[ViewportSize] = {"width": 1280, "height": 900}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}

OpenPage = Callable[..., Awaitable[ShopPage]]


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    # the one named, else the machine's, else the one that `playwright install chromium` fetched
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest.fixture
async def open_page(browser: Browser, demo: Town, place: Place) -> AsyncIterator[OpenPage]:
    """Opens the page in a fresh profile; afterwards nothing may have left the machine or reached the console."""
    async with AsyncExitStack() as stack:

        async def open_(
            *,
            language: str = "en",
            viewport: ViewportSize = DESK,
            dark: bool = False,
            forgives: tuple[str, ...] = (),
        ) -> ShopPage:
            context = await browser.new_context(
                viewport=viewport, locale=language, color_scheme="dark" if dark else "light", reduced_motion="reduce"
            )
            stack.push_async_callback(context.close)
            origins = {f"http://127.0.0.1:{place.port(PAGE_OFFSET)}", f"http://localhost:{place.port(APP_OFFSET)}"}
            watch = await stack.enter_async_context(_watching(Watch(forgives=forgives)))
            page = await context.new_page()
            await watch.over(page, origins)
            await page.goto(demo.page_url)
            shown = ShopPage(page)
            await shown.idle()
            return shown

        yield open_


@pytest.fixture(autouse=True)
def _no_trouble(demo: Town) -> Iterator[None]:
    """Whatever a test switched on is off again afterwards."""
    yield
    for counter in demo.street.counters.values():
        counter.set_trouble(duplicate=False, reorder=False, drop=False, bad_signature=False, is_down=False)


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures are put: those of the README are made anew only when `MAKE_PICTURES` is set."""
    return IMAGES if MAKES_PICTURES else tmp_path_factory.mktemp("images")


@asynccontextmanager
async def _watching(watch: Watch) -> AsyncIterator[Watch]:
    yield watch
    watch.demand_silence()
