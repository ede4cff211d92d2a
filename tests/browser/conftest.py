"""A running demo and a real Chromium that may see nothing but this machine."""

import os
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, ViewportSize, async_playwright

from saleor_crm_app.cli.demo_app import (
    APP_OFFSET,
    PAGE_OFFSET,
    SECOND_SHOP_OFFSET,
    SHOP_OFFSET,
    Place,
    RunningApp,
    app_process,
    until_ready,
)
from saleor_crm_app.cli.demo_operator import operating
from saleor_crm_app.cli.demo_town import Plan, Town, town
from saleor_crm_app.demo import SaleorVersion
from tests.browser.shop_page import ShopPage, Watch

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
MAKES_PICTURES: Final = "MAKE_PICTURES" in os.environ
DESK: Final[ViewportSize] = {"width": 1280, "height": 900}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}

OpenPage = Callable[..., Awaitable[ShopPage]]


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("demo"), _free_base())


@pytest.fixture(scope="session")
def demo_app(place: Place) -> Iterator[RunningApp]:
    with app_process(place) as app:
        yield app


@pytest.fixture(scope="session")
async def demo(place: Place, demo_app: RunningApp) -> AsyncIterator[Town]:
    """What `saleor-crm demo` starts, with fewer customers; one for all tests."""
    plan = Plan(version=SaleorVersion.V3_23, customers=12, seed=7, has_tiers=False)
    await until_ready(place, demo_app)
    async with operating(place, demo_app) as operator, town(place, operator, plan, lambda *_: None) as built:
        yield built


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


def _free_base() -> int:
    """A port from which on all that a demo needs are free."""
    first = 18010 + os.getpid() % 500 * 20  # two runs at once would both find the same ones free
    for base in (8010,) if MAKES_PICTURES else range(first, 32000, 20):
        if all(_is_free(base + offset) for offset in (SHOP_OFFSET, PAGE_OFFSET, APP_OFFSET, SECOND_SHOP_OFFSET)):
            return base
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
