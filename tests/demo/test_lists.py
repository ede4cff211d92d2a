"""Lists over HTTP: who may read them, how they are filtered, sorted and cut, and how a moving key moves them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.deliveries import Chaos
from saleor_crm_app.demo.order import Order
from saleor_crm_app.demo.orders import Item
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.troubles import Trouble
from saleor_crm_app.demo.versions import SaleorVersion
from saleor_crm_app.saleor.documents import document
from tests.demo.conftest import MakeShop
from tests.demo.receiver import Receiver
from tests.demo.test_api import ask as asked
from tests.demo.test_api import codes

PAGE = (
    "query ($first: Int, $after: String, $sort: OrderSortField!, $direction: OrderDirection!) {"
    " orders(first: $first, after: $after, sortBy: {field: $sort, direction: $direction})"
    " { totalCount pageInfo { hasNextPage endCursor } edges { node { number } } } }"
)


async def ask(shop: SimulatedShop, query: str, token: str | None, **variables: Any) -> Any:  # noqa: ANN401 # JSON
    return await asked(shop, query, token, **variables)


def place(shop: SimulatedShop, number: int) -> list[Order]:
    anna = shop.state.user_by_email("anna@example.com") or shop.customers.register("anna@example.com")
    lamp = shop.shelves.sell("Lamp", 60)
    return [shop.orders.place([Item(variant=lamp)], anna) for _ in range(number)]


async def page(shop: SimulatedShop, token: str | None, **variables: object) -> dict[str, Any]:
    wanted = {"first": 100, "sort": "CREATED_AT", "direction": "ASC"} | variables
    answer = await ask(shop, PAGE, token, **wanted)
    found: dict[str, Any] = answer["data"]["orders"]
    return found


def numbers(found: dict[str, Any]) -> list[int]:
    return [int(edge["node"]["number"]) for edge in found["edges"]]


async def test_pages_follow_each_other_without_gap(shop: SimulatedShop, installed: App) -> None:
    place(shop, 7)
    first = await page(shop, installed.token, first=3)
    second = await page(shop, installed.token, first=3, after=first["pageInfo"]["endCursor"])
    third = await page(shop, installed.token, first=3, after=second["pageInfo"]["endCursor"])
    assert [numbers(one) for one in (first, second, third)] == [[1, 2, 3], [4, 5, 6], [7]]
    assert [one["pageInfo"]["hasNextPage"] for one in (first, second, third)] == [True, True, False]
    assert [one["totalCount"] for one in (first, third)] == [7, 7]
    backwards = await page(shop, installed.token, first=5, direction="DESC")
    assert numbers(backwards) == [7, 6, 5, 4, 3]


async def test_who_changes_while_one_pages_by_change_comes_again(shop: SimulatedShop, installed: App) -> None:
    orders = place(shop, 4)
    first = await page(shop, installed.token, first=2, sort="LAST_MODIFIED_AT")
    shop.payments.charge(orders[0])
    shop.payments.charge(orders[2])
    rest = await page(shop, installed.token, sort="LAST_MODIFIED_AT", after=first["pageInfo"]["endCursor"])
    assert (numbers(first), numbers(rest)) == ([1, 2], [4, 1, 3])


@pytest.mark.parametrize("first", [None, 0, 101])
async def test_a_page_has_a_size_of_100_at_most(shop: SimulatedShop, installed: App, first: int | None) -> None:
    answer = await ask(shop, PAGE, installed.token, first=first, sort="CREATED_AT", direction="ASC")
    assert answer["data"] == {"orders": None}
    assert codes(answer) == ["GraphQLError"]
    assert len((await page(shop, installed.token, first=100))["edges"]) == 0


@pytest.mark.parametrize("cursor", ["nonsense", "e30=", "W10x"])
async def test_a_cursor_that_is_none_is_refused(shop: SimulatedShop, installed: App, cursor: str) -> None:
    answer = await ask(shop, PAGE, installed.token, first=1, after=cursor, sort="CREATED_AT", direction="ASC")
    if cursor == "e30=":
        assert answer["data"]["orders"]["edges"] == []
    else:
        assert answer["errors"][0]["message"] == "Received cursor is invalid."


async def test_orders_are_filtered_by_day_moment_and_id(shop: SimulatedShop, installed: App) -> None:
    old = place(shop, 2)
    shop.clock.advance(timedelta(days=3))
    new = place(shop, 2)
    shop.payments.charge(old[1])
    day, moment = new[0].created.date().isoformat(), new[0].created.isoformat()
    more = {"first": 10, "counted": False}
    created = await ask(shop, document("OrdersCreated", "3.23"), installed.token, since=day, **more)
    changed = await ask(shop, document("OrdersChanged", "3.23"), installed.token, since=moment, **more)
    named = await ask(shop, document("OrdersNamed", "3.23"), installed.token, ids=[old[0].id, new[1].id], first=10)

    def ids(answer: Any) -> list[str]:  # noqa: ANN401 # whatever the shop answers
        return [edge["node"]["id"] for edge in answer["data"]["orders"]["edges"]]

    assert ids(created) == [order.id for order in new]
    assert ids(changed) == [order.id for order in (*new, old[1])]
    assert ids(named) == [old[0].id, new[1].id]
    wrong = await ask(shop, document("OrdersNamed", "3.23"), installed.token, ids=["VXNlcjox"], first=10)
    assert wrong["errors"][0]["message"] == "Invalid ID: VXNlcjox. Expected: Order, received: User."


async def test_drafts_are_no_orders_and_staff_are_customers_once_they_have_ordered(
    shop: SimulatedShop, installed: App
) -> None:
    lamp = shop.shelves.sell("Lamp", 60)
    shop.orders.create_draft([Item(variant=lamp)], "guest@example.com")
    query = document("CustomersJoined", "3.23")
    variables = {"since": "2000-01-01", "first": 10, "counted": True}
    before = await ask(shop, query, installed.token, **variables)
    shop.orders.place([Item(variant=lamp)], shop.state.staff)
    after = await ask(shop, query, installed.token, **variables)
    assert (await page(shop, installed.token))["totalCount"] == 1
    assert [one["data"]["customers"]["totalCount"] for one in (before, after)] == [0, 1]


@pytest.mark.parametrize("version", list(SaleorVersion))
async def test_customers_are_listed_by_change_and_by_name(
    make_shop: MakeShop, receiver: Receiver, version: str
) -> None:
    shop = await make_shop(SaleorVersion(version))
    token = (await shop.apps.install(receiver.manifest_url)).token
    anna, ben, carl = [shop.customers.register(f"{name}@example.com") for name in ("anna", "ben", "carl")]
    shop.clock.advance(timedelta(hours=1))
    since: datetime = shop.clock.now()
    shop.customers.update(ben, first_name="Ben")
    changed = await ask(
        shop, document("CustomersChanged", version), token, since=since.isoformat(), first=10, counted=False
    )
    named = await ask(shop, document("CustomersNamed", version), token, ids=[carl.id, anna.id], first=10)
    assert [edge["node"]["id"] for edge in changed["data"]["customers"]["edges"]] == [ben.id]
    assert [edge["node"]["id"] for edge in named["data"]["customers"]["edges"]] == [anna.id, carl.id]


async def test_lists_need_a_permission(shop: SimulatedShop, installed: App) -> None:
    shop.apps.allow(installed, [Permission.MANAGE_USERS])
    assert codes(await ask(shop, PAGE, installed.token, first=1, sort="CREATED_AT", direction="ASC")) == [
        "PermissionDenied"
    ]
    query = document("CustomersJoined", "3.23")
    variables = {"since": "2000-01-01", "first": 1, "counted": False}
    assert "errors" not in await ask(shop, query, installed.token, **variables)
    assert codes(await ask(shop, query, "x" * 30, **variables)) == ["PermissionDenied"]


async def test_an_app_reads_its_own_failed_deliveries_with_the_bytes_that_were_sent(
    shop: SimulatedShop, installed: App
) -> None:
    shop.deliveries.chaos = Chaos(drop=1.0)
    for number in range(3):
        shop.customers.register(f"{number}@example.com")
    await shop.deliveries.settled()
    first = await ask(shop, document("FailedDeliveries", "3.23"), installed.token, first=2)
    (webhook,) = [one for one in first["data"]["app"]["webhooks"] if one["eventDeliveries"]["edges"]]
    found = webhook["eventDeliveries"]
    more = document("FailedDeliveriesMore", "3.23")
    after = found["pageInfo"]["endCursor"]
    rest = await ask(shop, more, installed.token, webhook=webhook["id"], first=2, after=after)
    edges = [*found["edges"], *rest["data"]["webhook"]["eventDeliveries"]["edges"]]
    assert [edge["node"]["payload"].encode() for edge in edges] == [one.body for one in reversed(shop.deliveries.log)]
    assert found["pageInfo"]["hasNextPage"] is True


async def test_an_app_reads_no_other_apps_webhook(shop: SimulatedShop, installed: App, receiver: Receiver) -> None:
    receiver.changes = {"id": "another.app"}
    other = await shop.apps.install(receiver.manifest_url)
    query = document("FailedDeliveriesMore", "3.23")
    theirs = other.webhooks[0].id
    answer = await ask(shop, query, installed.token, webhook=theirs, first=1, after="W10=")
    assert answer["data"] == {"webhook": None}


@contextmanager
def befallen(shop: SimulatedShop, *troubles: Trouble | None) -> Iterator[None]:
    shop.troubles.coming.extend(troubles)
    yield
    assert not shop.troubles.coming


async def test_troubles_befall_calls_in_the_order_asked_for(shop: SimulatedShop, installed: App) -> None:
    with befallen(shop, None, Trouble.ERROR, None):
        answers = [await ask(shop, "query Who { app { id } }", installed.token) for _ in range(3)]
    assert [answer["data"] for answer in answers] == [
        {"app": {"id": installed.id}},
        None,
        {"app": {"id": installed.id}},
    ]
    assert shop.troubles.calls[-3:] == ["Who"] * 3
