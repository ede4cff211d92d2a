"""Gateway for lists: pages of a shop's orders and customers, oldest first by the moment that was asked for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import msgspec

from saleor_crm_app.kernel.ids import CustomerId, OrderId, global_id
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.client import ShopUnavailable

ORDERS_A_PAGE: Final = 50
"""Saleor's cost of such a page is about 650 of the 50,000 it allows; what bounds it is the time an answer takes."""
CUSTOMERS_A_PAGE: Final = 100
"""As many as Saleor gives at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Raw nodes; `cursor` leads to the next page and is None on the last, `total` is told where it was asked for."""

    nodes: tuple[dict[str, Any], ...]
    cursor: str | None
    total: int | None = None


class _Edge(msgspec.Struct):
    node: dict[str, Any]


class _PageInfo(msgspec.Struct, rename="camel"):
    has_next_page: bool
    end_cursor: str | None


class _Connection(msgspec.Struct, rename="camel"):
    edges: list[_Edge]
    page_info: _PageInfo
    total_count: int | None = None


async def orders_changed(caller: Caller, *, since: datetime, after: str | None, counted: bool) -> Page:
    """Orders that were changed since a moment, drafts never among them.

    Whatever changes while one reads moves to the end and comes again. Raises what `Caller.execute` raises.
    """
    variables = {"since": since.isoformat(), "first": ORDERS_A_PAGE, "after": after, "counted": counted}
    return await _page(caller, "OrdersChanged", variables)


async def orders_created(caller: Caller, *, since: date, after: str | None, counted: bool) -> Page:
    """Orders made on a day or later. Raises likewise."""
    variables = {"since": since.isoformat(), "first": ORDERS_A_PAGE, "after": after, "counted": counted}
    return await _page(caller, "OrdersCreated", variables)


async def orders_named(caller: Caller, orders: Collection[OrderId]) -> Page:
    """Those of at most 50 orders that the shop still has. Raises likewise."""
    ids = [global_id("Order", order) for order in orders]
    return await _page(caller, "OrdersNamed", {"ids": ids, "first": ORDERS_A_PAGE})


async def customers_changed(caller: Caller, *, since: datetime, after: str | None, counted: bool) -> Page:
    """Customers whose account was changed since a moment. Raises likewise."""
    variables = {"since": since.isoformat(), "first": CUSTOMERS_A_PAGE, "after": after, "counted": counted}
    return await _page(caller, "CustomersChanged", variables)


async def customers_joined(caller: Caller, *, since: date, after: str | None, counted: bool) -> Page:
    """Customers who joined on a day or later. Raises likewise."""
    variables = {"since": since.isoformat(), "first": CUSTOMERS_A_PAGE, "after": after, "counted": counted}
    return await _page(caller, "CustomersJoined", variables)


async def customers_named(caller: Caller, customers: Collection[CustomerId]) -> Page:
    """Those of at most 100 customers that the shop still has. Raises likewise."""
    ids = [global_id("User", customer) for customer in customers]
    return await _page(caller, "CustomersNamed", {"ids": ids, "first": CUSTOMERS_A_PAGE})


async def _page(caller: Caller, name: str, variables: Mapping[str, Any]) -> Page:
    data = await caller.execute(name, variables)
    try:
        (connection,) = msgspec.convert(list(data.values()), list[_Connection])
    except (msgspec.ValidationError, ValueError) as error:
        raise ShopUnavailable(f"The shop answered with something that is no page: {error}") from error
    follows = connection.page_info.has_next_page and connection.page_info.end_cursor
    return Page(
        nodes=tuple(edge.node for edge in connection.edges),
        cursor=follows or None,
        total=connection.total_count,
    )
