"""The storefront page's server: whom it lets in, what it refuses, and that a button pressed twice acts once."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from saleor_crm_app.demo.errors import RefusedInProduction
from saleor_crm_app.demo.order import OrderOrigin
from saleor_crm_app.demo.orders import DEFAULT_CHANNEL
from saleor_crm_app.demo.prices import NOTHING
from saleor_crm_app.demo.seed import furnish
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.voucher import VoucherType
from saleor_crm_app.demo.vouchers import VoucherTerms
from saleor_crm_app.demo.web import FIRST, Counter, Street, page_app

HOST = "127.0.0.1:8012"
MARK = {"X-Simulated-Shop": "page"}


@dataclass
class NoApp:
    """Stands where the app's operator would be, and remembers how far time was moved."""

    url: str = "http://localhost:8013"
    moved: list[timedelta] = field(default_factory=list)

    async def admit(self, api_url: str, origin: str) -> None: ...

    async def advance(self, api_url: str, by: timedelta) -> None:
        self.moved.append(by)

    async def reconcile(self, api_url: str) -> None: ...


@pytest.fixture
def operator() -> NoApp:
    return NoApp()


@pytest.fixture
def counter(unserved: SimulatedShop) -> Counter:
    return Counter(key=FIRST, shop=unserved, showroom=furnish(unserved))


@pytest.fixture
async def client(counter: Counter, operator: NoApp) -> AsyncIterator[httpx.AsyncClient]:
    async def build(_stack: AsyncExitStack) -> Counter:
        raise AssertionError("no second shop here")

    transport = httpx.ASGITransport(page_app(Street(counter, operator, build), hosts=frozenset({HOST})))
    async with httpx.AsyncClient(base_url=f"http://{HOST}", transport=transport) as client:
        yield client


def cart_of(counter: Counter) -> dict[str, Any]:
    return {
        "shop": "first",
        "once": "a press of it",
        "person": "anna",
        "cart": {counter.showroom.goods[0].variant.id: 2},
    }


async def test_every_answer_carries_the_policy(client: httpx.AsyncClient) -> None:
    for path in ("/", "/static/main.js", "/api/shop", "/api/nothing"):
        policy = (await client.get(path)).headers["content-security-policy"]
        assert policy == (
            "default-src 'none'; script-src 'self' http://localhost:8013; style-src 'self'; img-src 'self' data:; "
            "connect-src 'self' http://localhost:8013; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        (MARK | {"Origin": "https://evil.example"}, 403),
        (MARK | {"Host": "evil.example"}, 403),
        (MARK | {"Content-Type": "text/plain"}, 415),
        (MARK | {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
async def test_refuses_what_another_page_could_send(
    client: httpx.AsyncClient, counter: Counter, headers: dict[str, str], status: int
) -> None:
    answer = await client.post("/api/buy", json=cart_of(counter), headers=headers)
    assert (answer.status_code, counter.shop.state.orders) == (status, {})


async def test_refuses_other_machines(counter: Counter, operator: NoApp) -> None:
    async def build(_stack: AsyncExitStack) -> Counter:
        raise AssertionError("no second shop here")

    app = page_app(Street(counter, operator, build), hosts=frozenset({HOST}))
    transport = httpx.ASGITransport(app, client=("192.0.2.1", 1234))
    async with httpx.AsyncClient(base_url=f"http://{HOST}", transport=transport) as stranger:
        assert (await stranger.get("/")).status_code == 403


async def test_one_press_of_a_button_acts_once(client: httpx.AsyncClient, counter: Counter) -> None:
    answers = [await client.post("/api/buy", json=cart_of(counter), headers=MARK) for _ in range(3)]
    assert [answer.json()["number"] for answer in answers] == [1, 1, 1]
    assert len(counter.shop.state.orders) == 1


@pytest.mark.parametrize(
    ("path", "change", "status"),
    [
        ("/api/buy", {"cart": {}}, 409),
        ("/api/buy", {"cart": {"nothing": 1}}, 409),
        ("/api/buy", {"person": "mallory"}, 404),
        ("/api/buy", {"shop": "third"}, 400),
        ("/api/buy", {"shop": "second"}, 404),
        ("/api/buy", {"once": ""}, 400),
        ("/api/buy", {"more": 1}, 400),
        ("/api/buy", {"cart": {"x" * 30_000: 1}}, 413),
    ],
)
async def test_refuses_what_makes_no_sense(
    client: httpx.AsyncClient, counter: Counter, path: str, change: dict[str, Any], status: int
) -> None:
    answer = await client.post(path, json=cart_of(counter) | change, headers=MARK)
    assert (answer.status_code, counter.shop.state.orders) == (status, {})


async def test_an_order_is_its_customers_own(client: httpx.AsyncClient, counter: Counter) -> None:
    bought = (await client.post("/api/buy", json=cart_of(counter), headers=MARK)).json()
    asked = {"shop": "first", "once": "another press", "person": "boris", "order": bought["order"], "deed": "pay"}
    answer = await client.post("/api/do", json=asked, headers=MARK)
    (order,) = counter.shop.state.orders.values()
    assert (answer.status_code, order.charged) == (404, NOTHING)
    assert (await client.get("/api/orders", params={"person": "boris"})).json() == []


async def test_what_an_order_is_not_ready_for_is_refused(client: httpx.AsyncClient, counter: Counter) -> None:
    bought = (await client.post("/api/buy", json=cart_of(counter), headers=MARK)).json()
    for number, deed in enumerate(("fulfill", "refund_some", "refund_all", "return_line")):
        asked = {
            "shop": "first",
            "once": f"press number {number}",
            "person": "anna",
            "order": bought["order"],
            "deed": deed,
        }
        assert (await client.post("/api/do", json=asked, headers=MARK)).status_code == 409


async def test_both_clocks_move_to_the_morning_after(
    client: httpx.AsyncClient, counter: Counter, operator: NoApp
) -> None:
    before = counter.shop.clock.now()
    await client.post("/api/time", json={"shop": "first", "once": "a press of it", "days": 14}, headers=MARK)
    after = counter.shop.clock.now()
    assert (after.date() - before.date(), after.hour) == (timedelta(days=15), 8)
    assert [abs(by - (after - before)) < timedelta(seconds=5) for by in operator.moved] == [True]


def test_never_runs_in_production(counter: Counter, operator: NoApp, monkeypatch: pytest.MonkeyPatch) -> None:
    async def build(_stack: AsyncExitStack) -> Counter:
        raise AssertionError("no second shop here")

    monkeypatch.setenv("ENV", "production")
    with pytest.raises(RefusedInProduction):
        page_app(Street(counter, operator, build), hosts=frozenset({HOST}))


@pytest.fixture
def code(counter: Counter) -> str:
    """A code that takes 5 off one order."""
    shop = counter.shop
    terms = VoucherTerms(name="5 off", type=VoucherType.ENTIRE_ORDER, single_use=True)
    voucher = shop.vouchers.create(terms, ["FIVE-OFF"])
    shop.vouchers.list_in(voucher, shop.state.channels[DEFAULT_CHANNEL], 5)
    return "FIVE-OFF"


def carted(counter: Counter, **changes: object) -> dict[str, Any]:
    return {name: value for name, value in cart_of(counter).items() if name != "once"} | changes


async def quoted(client: httpx.AsyncClient, counter: Counter, code: str | None, **changes: object) -> dict[str, Any]:
    answer = await client.post("/api/cart", json=carted(counter, code=code, **changes), headers=MARK)
    found: dict[str, Any] = answer.json()
    return {name: found[name] for name in ("refused", "byCode", "byCards", "total")}


def asks_for(
    total: str, *, by_code: str = "0.00", by_cards: str = "0.00", refused: str | None = None
) -> dict[str, Any]:
    return {"refused": refused, "byCode": by_code, "byCards": by_cards, "total": total}


async def test_the_shops_checkout_tells_what_a_code_is_worth(
    client: httpx.AsyncClient, counter: Counter, code: str
) -> None:
    assert await quoted(client, counter, None) == asks_for("130.00")
    assert await quoted(client, counter, code) == asks_for("125.00", by_code="5.00")
    mug = {counter.showroom.goods[3].variant.id: 1}
    assert await quoted(client, counter, code, cart=mug) == asks_for("20.00", by_code="5.00")
    assert await quoted(client, counter, "NONE") == asks_for("130.00", refused="Promo code is invalid")
    assert await quoted(client, counter, code) == asks_for("125.00", by_code="5.00")
    assert (len(counter.shop.state.checkouts), counter.shop.state.orders) == (1, {})


async def test_gift_cards_pay_whoever_put_them_on(client: httpx.AsyncClient, counter: Counter) -> None:
    shop, anna = counter.shop, counter.showroom.people["anna"]
    cards = [shop.gift_cards.create(amount, "USD", assigned_to=anna) for amount in (20, 200)]
    assert await quoted(client, counter, cards[0].code) == asks_for("110.00", by_code="20.00")
    (checkout,) = shop.state.checkouts.values()
    shop.checkouts.add_promo_code(checkout, cards[1].code)
    assert await quoted(client, counter, cards[0].code) == asks_for("0.00", by_code="20.00", by_cards="110.00")
    await client.post("/api/buy", json=cart_of(counter) | {"code": cards[0].code}, headers=MARK)
    (order,) = shop.state.orders.values()
    assert (order.gift_card_amount, order.total, cards[1].balance) == (Decimal(130), NOTHING, Decimal(90))
    (seen,) = (await client.get("/api/orders", params={"person": "anna"})).json()
    assert "fulfill" in seen["may"]


async def test_an_order_with_a_code_goes_through_the_checkout(
    client: httpx.AsyncClient, counter: Counter, code: str
) -> None:
    asked = cart_of(counter) | {"code": code}
    answers = [await client.post("/api/buy", json=asked, headers=MARK) for _ in range(2)]
    assert [(answer.json()["deed"], answer.json()["number"]) for answer in answers] == [("check_out", 1)] * 2
    (order,) = counter.shop.state.orders.values()
    assert (order.voucher_code, order.origin) == (code, OrderOrigin.CHECKOUT)
    assert (order.total, order.charged) == (Decimal(125), Decimal(125))
    assert counter.shop.state.checkouts == {}
    (seen,) = (await client.get("/api/orders", params={"person": "anna"})).json()
    assert (seen["code"], seen["total"], seen["charged"]) == (code, "125.00", "125.00")


async def test_nothing_is_bought_with_a_code_that_the_shop_refuses(
    client: httpx.AsyncClient, counter: Counter, code: str
) -> None:
    bought = await client.post("/api/buy", json=cart_of(counter) | {"code": code}, headers=MARK)
    assert bought.status_code == 200
    for once in ("one more press", "and yet another"):
        answer = await client.post("/api/buy", json=cart_of(counter) | {"once": once, "code": code}, headers=MARK)
        assert (answer.status_code, answer.json()) == (409, {"error": "Promo code is invalid"})
    assert len(counter.shop.state.orders) == 1


async def test_a_code_that_dies_on_the_cart_takes_no_money(
    client: httpx.AsyncClient, counter: Counter, code: str
) -> None:
    await quoted(client, counter, code)
    (voucher,) = counter.shop.state.vouchers.values()
    counter.shop.vouchers.delete(voucher)
    answer = await client.post("/api/buy", json=cart_of(counter) | {"code": code}, headers=MARK)
    (checkout,) = counter.shop.state.checkouts.values()
    assert (answer.status_code, counter.shop.state.orders, checkout.transactions) == (409, {}, [])
    assert await quoted(client, counter, None) == asks_for("130.00")
