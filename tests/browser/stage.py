"""A bare storefront page under the strictest policy, for elements of the kit: what is on it, and what it may do."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from playwright.async_api import Browser, Page, ViewportSize
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from saleor_crm_app.demo.server import loopback_listener, running
from tests.browser.offers_api import OffersApi
from tests.browser.shop_page import Watch

TOKEN: Final = "a token of Anna's"
SETTINGS: Final = {"saleorApiUrl": "https://shop.example/graphql/", "channel": "default-channel"}
_HEAD: Final = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>A storefront</title>"
    '<meta name=viewport content="width=device-width, initial-scale=1">'
)


def policy(app: str) -> str:
    """Scripts, styles and questions of nobody but the app, and no text that becomes markup."""
    return (
        f"default-src 'none'; script-src {app}; connect-src {app}; img-src 'self' data:; base-uri 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


@dataclass
class Stage:
    """The page with elements, and the API behind them."""

    page: Page
    api: OffersApi
    app: str
    watch: Watch

    async def shows(self, *elements: str, token: str | None = TOKEN, **settings: str) -> None:
        """Load the kit, tell it what holds for all, then put elements on the page."""
        told = json.dumps(SETTINGS | settings)
        await self.page.evaluate(
            """async ([kit, settings, token, elements]) => {
              window.heard = [];
              for (const name of ["loaded", "seen", "clicked", "accepted", "dismissed", "not-for-me"]) {
                const hear = ({ detail }) => window.heard.push([name, detail.offer?.id ?? null]);
                document.addEventListener(`loyalty:${name}`, hear);
              }
              const { configure } = await import(kit);
              configure({ ...JSON.parse(settings), token: () => token });
              document.body.append(...elements.map((one) => {
                const [name, ...attributes] = one.split("|");
                const node = document.createElement(name);
                for (const each of attributes) node.setAttribute(...each.split("="));
                return node;
              }));
            }""",
            [f"{self.app}/widget/v1/loyalty.js", told, token, list(elements)],
        )

    async def heard(self) -> list[list[Any]]:
        """The events that reached the document, with the offers they are about."""
        found: list[list[Any]] = await self.page.evaluate("window.heard")
        return found


@asynccontextmanager
async def stage_in(browser: Browser, *, viewport: ViewportSize, forgives: tuple[str, ...] = ()) -> AsyncIterator[Stage]:
    """Page and API are of two origins; afterwards nothing may have gone elsewhere or reached the console."""
    async with AsyncExitStack() as stack:
        here, there = (stack.enter_context(loopback_listener()) for _ in range(2))
        page_origin, app = (f"http://127.0.0.1:{one.getsockname()[1]}" for one in (here, there))

        async def index(_request: Request) -> Response:
            return HTMLResponse(f"{_HEAD}<main></main>", headers={"Content-Security-Policy": policy(app)})

        api, watch = OffersApi(), Watch(forgives=forgives)
        await stack.enter_async_context(running(Starlette(routes=[Route("/", index)]), here))
        await stack.enter_async_context(running(api.app(page_origin), there))
        context = await browser.new_context(viewport=viewport, reduced_motion="reduce")
        stack.push_async_callback(context.close)
        page = await context.new_page()
        await watch.over(page, {page_origin, app})
        await page.goto(page_origin)
        yield Stage(page, api, app, watch)
        watch.demand_silence()
