"""Replays deliveries that Saleor has given up into the inbox, where their own bytes make each of them one."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from saleor_crm_app.jobs.digests import kept_digests
from saleor_crm_app.jobs.inbox import NewItem
from saleor_crm_app.jobs.progress import Counts, Progress
from saleor_crm_app.kernel.errors import BadInput
from saleor_crm_app.outbound.reconcile_routes import Place, Route, Step, Subject, Visit, begin_of_run
from saleor_crm_app.saleor.events import (
    CustomerChanged,
    CustomerConfirmed,
    CustomerGone,
    Incomplete,
    OrdersChanged,
)
from saleor_crm_app.saleor.failed_deliveries import (
    FailedDelivery,
    FailedPage,
    failed_deliveries,
    more_failed_deliveries,
)
from saleor_crm_app.saleor.parsing import parse_event

OVERLAP: Final = timedelta(minutes=30)
"""Saleor tries for five to seven minutes before it gives up, so an older delivery may fail after a newer one."""

_TOLD_AGAIN: Final = (OrdersChanged, CustomerChanged, CustomerConfirmed, CustomerGone, Incomplete)
"""News of the app itself is left out: that the shop answers us proves more than a switch of last week."""

_Waiting = list[tuple[str, str]]


class _Head(msgspec.Struct, rename={"typename": "__typename"}):
    typename: str


def given_up(visit: Visit) -> Route:
    """Our own failed deliveries, newest first, down to those that were read the last time.

    What is read with our own token from the shop itself is as good as signed.
    """

    async def since(before: Progress | None) -> datetime | None:
        return None if before is None or before.known_until is None else before.known_until - OVERLAP

    async def read(place: Place) -> Step:
        waiting = msgspec.json.decode(place.cursor, type=_Waiting) if place.cursor else []
        if waiting:
            page = await more_failed_deliveries(visit.caller, *waiting[0])
        else:
            page = await failed_deliveries(visit.caller)
        return await _compared(visit, page, since=place.since, waiting=waiting[1:])

    return Route(subject=Subject.DELIVERIES_FAILED, since=since, read=read, without_cursor=begin_of_run, moves_on=True)


async def _compared(visit: Visit, page: FailedPage, *, since: datetime | None, waiting: _Waiting) -> Step:
    fresh = [one for one in page.deliveries if since is None or one.created_at >= since]
    items = list(_items(visit, fresh))
    async with visit.database.shop(visit.shop.id, read_only=True) as session:
        kept = await kept_digests(session, visit.shop.id, [item.digest for item in items])
    missing = [item for item in items if item.digest not in kept]
    older = [(one.webhook, one.cursor) for one in page.older if since is None or one.before >= since]
    return Step(
        items=missing,
        counts=Counts(
            seen=len(fresh),
            missing=len(missing),
            equal=len(items) - len(missing),
            unusable=len(fresh) - len(items),
        ),
        cursor=msgspec.json.encode([*waiting, *older]).decode() if waiting or older else None,
        reached=max((one.created_at for one in fresh), default=None),
    )


def _items(visit: Visit, deliveries: Iterable[FailedDelivery]) -> Iterable[NewItem]:
    for delivery in deliveries:
        kind = None if delivery.body is None else _kind_of(delivery.body)
        if delivery.body is not None and kind is not None:
            yield NewItem.of(visit.shop.id, kind=kind, source="poll", body=delivery.body)


def _kind_of(body: bytes) -> str | None:
    """The type of an event that we react to; None for any other."""
    try:
        if isinstance(parse_event(body), _TOLD_AGAIN):
            return msgspec.json.decode(body, type=_Head).typename
    except BadInput:
        return None
    return None
