"""Pages and failed deliveries as a shop answers them over HTTP, and answers that are none."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from saleor_crm_app.kernel.ids import CustomerId, OrderId
from saleor_crm_app.saleor.client import PermissionDenied, SaleorClient, ShopUnavailable
from saleor_crm_app.saleor.failed_deliveries import (
    FailedDelivery,
    FailedPage,
    OlderDeliveries,
    failed_deliveries,
    more_failed_deliveries,
)
from saleor_crm_app.saleor.history import (
    Page,
    customers_joined,
    customers_named,
    orders_changed,
    orders_created,
    orders_named,
)
from tests.saleor.loopback import Answer, Loopback, loopback
from tests.saleor.test_client import client_of

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


async def asked(data: object, ask: Callable[[SaleorClient], Awaitable[object]]) -> tuple[object, dict[str, Any]]:
    """What a gateway made of an answer, and the variables it asked with."""

    def answer(_: object) -> Answer:
        return Answer.of({"data": data})

    async with loopback(answer) as shop, client_of(shop) as client:
        made = await ask(client)
    return made, variables_of(shop)


def variables_of(shop: Loopback) -> dict[str, Any]:
    found: dict[str, Any] = shop.requests[0].json()["variables"]
    return found


def connection(*nodes: object, cursor: str | None = "abc", more: bool = True, **others: object) -> dict[str, object]:
    info = {"hasNextPage": more, "endCursor": cursor}
    return {"edges": [{"node": node} for node in nodes], "pageInfo": info} | others


async def test_a_page_leads_to_the_next_and_the_last_to_none() -> None:
    first, variables = await asked(
        {"orders": connection({"id": "a"}, {"id": "b"}, totalCount=120)},
        lambda client: orders_changed(client, since=NOON, after=None, counted=True),
    )
    last, _ = await asked(
        {"orders": connection({"id": "c"}, more=False)},
        lambda client: orders_created(client, since=date(2026, 3, 1), after="abc", counted=False),
    )
    empty, _ = await asked(
        {"customers": connection(cursor=None, more=False)},
        lambda client: customers_joined(client, since=date(2026, 3, 1), after=None, counted=True),
    )
    assert first == Page(nodes=({"id": "a"}, {"id": "b"}), cursor="abc", total=120)
    assert variables == {"since": "2026-03-01T12:00:00+00:00", "first": 50, "after": None, "counted": True}
    assert last == Page(nodes=({"id": "c"},), cursor=None)
    assert empty == Page(nodes=(), cursor=None)


async def test_names_go_out_as_global_ids() -> None:
    _, orders = await asked({"orders": connection()}, lambda client: orders_named(client, [OrderId(UUID(int=1))]))
    _, customers = await asked({"customers": connection()}, lambda client: customers_named(client, [CustomerId("6")]))
    assert orders["ids"] == ["T3JkZXI6MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAx"]
    assert customers == {"ids": ["VXNlcjo2"], "first": 100}


@pytest.mark.parametrize("data", [{"orders": None}, {"orders": {"edges": []}}, {"orders": connection(7)}, {"other": 1}])
async def test_what_is_no_page_may_be_asked_for_again(data: object) -> None:
    with pytest.raises(ShopUnavailable, match="no page"):
        await asked(data, lambda client: orders_named(client, []))


async def test_failed_deliveries_come_with_their_bytes_and_the_way_to_older_ones() -> None:
    node = {"createdAt": NOON.isoformat(), "payload": '{"a": "\u00e4"}'}
    webhooks = [
        {"id": "W1", "eventDeliveries": connection(node, {"createdAt": NOON.isoformat(), "payload": None})},
        {"id": "W2", "eventDeliveries": connection(node, more=False)},
        {"id": "W3", "eventDeliveries": None},
    ]
    page, variables = await asked({"app": {"webhooks": webhooks}}, failed_deliveries)
    body = '{"a": "\u00e4"}'.encode()
    assert page == FailedPage(
        deliveries=(FailedDelivery(NOON, body), FailedDelivery(NOON, None), FailedDelivery(NOON, body)),
        older=(OlderDeliveries("W1", "abc", NOON),),
    )
    assert variables == {"first": 50}


async def test_a_webhook_that_is_gone_has_no_older_deliveries() -> None:
    page, variables = await asked({"webhook": None, "x": 1}, lambda client: more_failed_deliveries(client, "W", "abc"))
    assert page == FailedPage(deliveries=(), older=())
    assert variables == {"webhook": "W", "first": 50, "after": "abc"}


async def test_a_shop_that_knows_no_app_by_our_token_denies() -> None:
    with pytest.raises(PermissionDenied):
        await asked({"app": None, "x": 1}, failed_deliveries)
    with pytest.raises(ShopUnavailable, match="which deliveries failed"):
        await asked({"app": {"webhooks": [{"id": 7}]}}, failed_deliveries)
