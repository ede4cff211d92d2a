"""The page's routes: the files of the page, what it reads, and what its buttons do."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.server import loopback_listener, running
from saleor_crm_app.demo.web import asks
from saleor_crm_app.demo.web.counter import Act, Counter, Deed
from saleor_crm_app.demo.web.guard import OnLoopback, guarded, refusal, refuse_production
from saleor_crm_app.demo.web.street import FIRST, Street
from saleor_crm_app.demo.web.views import act_view, orders_view, quote_view, shop_view
from saleor_crm_app.kernel.errors import CrmError

_PAGE: Final = Path(__file__).parent / "page"


def page_app(street: Street, *, hosts: frozenset[str]) -> Starlette:
    """The page as an ASGI application that answers to these values of `Host`.

    Raises RefusedInProduction.
    """
    refuse_production()
    desk = _Desk(street)
    changes = {
        "/api/token": desk.token,
        "/api/cart": desk.cart,
        "/api/buy": desk.buy,
        "/api/do": desk.do,
        "/api/time": desk.wait,
        "/api/trouble": desk.trouble,
        "/api/second-shop": desk.second_shop,
        "/api/reconcile": desk.reconcile,
    }
    return Starlette(
        routes=[
            Route("/", _index, methods=["GET"]),
            Mount("/static", StaticFiles(directory=_PAGE)),
            Route("/api/shop", desk.shop, methods=["GET"]),
            Route("/api/orders", desk.orders, methods=["GET"]),
            Route("/api/act", desk.act, methods=["GET"]),
            *(Route(path, guarded(endpoint), methods=["POST"]) for path, endpoint in changes.items()),
        ],
        middleware=[Middleware(OnLoopback, app_url=street.controls.url, hosts=hosts)],
        exception_handlers={
            ShopRefusal: _refused,
            msgspec.ValidationError: _not_understood,
            msgspec.DecodeError: _not_understood,
            CrmError: _unavailable,
        },
    )


@asynccontextmanager
async def serving_page(street: Street, *, port: int) -> AsyncIterator[str]:
    """Serve the page on 127.0.0.1 while the block lasts; yields its origin."""
    with loopback_listener(port) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        async with running(page_app(street, hosts=frozenset({host})), listener):
            yield f"http://{host}"


class _Desk:
    """Answers the page."""

    def __init__(self, street: Street) -> None:
        self._street = street

    async def shop(self, request: Request) -> Response:
        return JSONResponse(shop_view(self._street, self._asked(request.query_params)))

    async def orders(self, request: Request) -> Response:
        counter = self._asked(request.query_params)
        return JSONResponse(orders_view(counter, request.query_params.get("person") or None))

    async def act(self, request: Request) -> Response:
        counter = self._asked(request.query_params)
        number = request.query_params.get("number", "")
        if not number.isdecimal() or not 0 < int(number) <= len(counter.acts):
            raise ShopRefusal("Nothing of the kind happened.", code="NOT_FOUND")
        return await self._told(counter, counter.acts[int(number) - 1])

    async def token(self, request: Request) -> Response:
        """What Saleor's `tokenCreate` would give after a password."""
        asked = await _read(request, asks.Token)
        counter = self._street.counter(asked.shop)
        return JSONResponse({"token": counter.shop.tokens.access(counter.person(asked.person))})

    async def cart(self, request: Request) -> Response:
        """What the shop's checkout asks for it; only that tells what a code is worth."""
        asked = await _read(request, asks.Cart)
        quote = self._street.counter(asked.shop).quote(asked.person, asked.cart, asked.code)
        return JSONResponse(quote_view(quote))

    async def buy(self, request: Request) -> Response:
        asked = await _read(request, asks.Buy)
        counter = self._street.counter(asked.shop)
        act = counter.done_before(asked.once) or self._buy(counter, asked)
        return await self._told(counter, act)

    async def do(self, request: Request) -> Response:
        asked = await _read(request, asks.Do)
        counter = self._street.counter(asked.shop)
        act = counter.done_before(asked.once) or self._do(counter, asked)
        return await self._told(counter, act)

    async def wait(self, request: Request) -> Response:
        """Both clocks move, the shop's and that of its installation."""
        asked = await _read(request, asks.Wait)
        counter = self._street.counter(asked.shop)
        act = counter.done_before(asked.once)
        if act is None:
            act, by = counter.wait(asked.once, asked.days)
            await self._street.controls.advance(counter.shop.api_url, by)
        return await self._told(counter, act)

    async def trouble(self, request: Request) -> Response:
        asked = await _read(request, asks.Trouble)
        counter = self._street.counter(asked.shop)
        counter.set_trouble(
            duplicate=asked.duplicate,
            reorder=asked.reorder,
            drop=asked.drop,
            bad_signature=asked.bad_signature,
            is_down=asked.is_down,
        )
        return JSONResponse(shop_view(self._street, counter))

    async def second_shop(self, request: Request) -> Response:
        asked = await _read(request, asks.SecondShop)
        await self._street.open_second()
        return JSONResponse(shop_view(self._street, self._street.counter(asked.shop)))

    async def reconcile(self, request: Request) -> Response:
        asked = await _read(request, asks.Reconcile)
        counter = self._street.counter(asked.shop)
        act = counter.done_before(asked.once)
        if act is None:
            await self._street.controls.reconcile(counter.shop.api_url)
            act = counter.note_reconciled(asked.once)
        return await self._told(counter, act)

    def _buy(self, counter: Counter, asked: asks.Buy) -> Act:
        if asked.code is None and not asked.at_checkout:
            return counter.buy(asked.once, asked.person, asked.cart)
        return counter.check_out(asked.once, asked.person, asked.cart, asked.code)

    def _do(self, counter: Counter, asked: asks.Do) -> Act:
        order = counter.order(asked.order, asked.person)
        line = next((line for line in order.lines if line.id == asked.line), None)
        return counter.do(asked.once, Deed(asked.deed), order, line)

    async def _told(self, counter: Counter, act: Act) -> Response:
        is_settled = await counter.shop.deliveries.settled(within=0)
        return JSONResponse(act_view(counter, act, is_settled=is_settled))

    def _asked(self, asked: Mapping[str, str]) -> Counter:
        return self._street.counter(asked.get("shop", FIRST))


async def _index(_request: Request) -> Response:
    return FileResponse(_PAGE / "index.html")


async def _read(request: Request, shape: type[asks.Asked]) -> asks.Asked:
    return msgspec.json.decode(await request.body(), type=shape)


async def _refused(_request: Request, error: Exception) -> Response:
    is_missing = isinstance(error, ShopRefusal) and error.code == "NOT_FOUND"
    return refusal(str(error), status=404 if is_missing else 409)


async def _not_understood(_request: Request, error: Exception) -> Response:
    return refusal(str(error), status=400)


async def _unavailable(_request: Request, error: Exception) -> Response:
    return refusal(str(error), status=503)
