"""Gateway for our own webhooks that did not arrive: Saleor keeps them for 14 days, with the body as it was sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

import msgspec

from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.client import PermissionDenied, ShopUnavailable

DELIVERIES_A_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class FailedDelivery:
    """A delivery that was given up; `body` are the bytes that were sent, None where none were made."""

    created_at: datetime
    body: bytes | None


@dataclass(frozen=True, slots=True)
class OlderDeliveries:
    """A webhook has more than were read; all of them are older than `before`."""

    webhook: str
    cursor: str
    before: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedPage:
    """Newest first, webhook by webhook."""

    deliveries: tuple[FailedDelivery, ...]
    older: tuple[OlderDeliveries, ...]


Answer = TypeVar("Answer")


class _Node(msgspec.Struct, rename="camel"):
    created_at: Annotated[datetime, msgspec.Meta(tz=True)]
    payload: str | None


class _Edge(msgspec.Struct):
    node: _Node


class _PageInfo(msgspec.Struct, rename="camel"):
    has_next_page: bool
    end_cursor: str | None


class _Connection(msgspec.Struct, rename="camel"):
    edges: list[_Edge]
    page_info: _PageInfo


class _Webhook(msgspec.Struct, rename="camel"):
    id: str
    event_deliveries: _Connection | None


class _App(msgspec.Struct):
    webhooks: list[_Webhook] | None


class _First(msgspec.Struct):
    app: _App | None


class _More(msgspec.Struct):
    webhook: _Webhook | None


async def failed_deliveries(caller: Caller) -> FailedPage:
    """The newest failed deliveries of each of our webhooks.

    Raises PermissionDenied when the token is no app's, and what `Caller.execute` raises.
    """
    data = await caller.execute("FailedDeliveries", {"first": DELIVERIES_A_PAGE})
    app = _converted(data, _First).app
    if app is None:
        raise PermissionDenied("The shop knows no app by this token")
    return _page(app.webhooks or [])


async def more_failed_deliveries(caller: Caller, webhook: str, after: str) -> FailedPage:
    """Older ones of one webhook; none when it was deleted meanwhile. Raises what `Caller.execute` raises."""
    variables = {"webhook": webhook, "first": DELIVERIES_A_PAGE, "after": after}
    data = await caller.execute("FailedDeliveriesMore", variables)
    found = _converted(data, _More).webhook
    return _page([found] if found else [])


def _converted(data: dict[str, Any], kind: type[Answer]) -> Answer:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise ShopUnavailable(f"The shop does not say which deliveries failed: {error}") from error


def _page(webhooks: list[_Webhook]) -> FailedPage:
    connections = [(webhook.id, webhook.event_deliveries) for webhook in webhooks if webhook.event_deliveries]
    return FailedPage(
        deliveries=tuple(_failed(edge.node) for _, connection in connections for edge in connection.edges),
        older=tuple(
            OlderDeliveries(webhook, connection.page_info.end_cursor, connection.edges[-1].node.created_at)
            for webhook, connection in connections
            if connection.edges and connection.page_info.has_next_page and connection.page_info.end_cursor
        ),
    )


def _failed(node: _Node) -> FailedDelivery:
    return FailedDelivery(node.created_at, None if node.payload is None else node.payload.encode())
