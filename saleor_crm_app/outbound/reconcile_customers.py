"""Reads customers and compares them with ours: those changed, those who joined, and those who may have left."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Any, Final

from saleor_crm_app.crm.customers import CustomerSeen, living_customers, would_learn
from saleor_crm_app.crm.customers import Place as CustomerPlace
from saleor_crm_app.jobs.inbox import NewItem
from saleor_crm_app.jobs.progress import Counts, Progress
from saleor_crm_app.kernel.errors import BadInput
from saleor_crm_app.kernel.ids import CustomerId, OrderId, ShardKey, global_id
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.outbound.reconcile_orders import since_last_time
from saleor_crm_app.outbound.reconcile_routes import Place, Route, Step, Subject, Visit, newest_seen
from saleor_crm_app.saleor.customers import read_customer
from saleor_crm_app.saleor.events import CustomerChanged, CustomerState
from saleor_crm_app.saleor.history import (
    CUSTOMERS_A_PAGE,
    Page,
    customers_changed,
    customers_joined,
    customers_named,
)
from saleor_crm_app.saleor.parsing import CUSTOMER_SNAPSHOT, customer_gone, parse_event, snapshot_of_customer

LOOKS_A_STEP: Final = 20
"""So many customers are looked for one by one before the turn is renewed."""

log = logger(__name__)


def changed_customers(visit: Visit) -> Route:
    """Customers changed since the last time, on the first time since the app was installed."""

    async def since(before: Progress | None) -> datetime:
        return await since_last_time(visit, before)

    async def read(place: Place) -> Step:
        asked = visit.now()
        page = await customers_changed(
            visit.caller, since=place.since or asked, after=place.cursor, counted=place.cursor is None
        )
        return await compared_customers(visit, page, asked=asked, moment=attrgetter("updated_at"))

    return Route(subject=Subject.CUSTOMERS_CHANGED, since=since, read=read, without_cursor=newest_seen, moves_on=True)


def joined_customers(visit: Visit, subject: Subject, *, first_day: date) -> Route:
    """All customers who joined on a day or later."""

    async def since(_before: Progress | None) -> datetime:
        return datetime.combine(first_day, datetime.min.time(), UTC)

    async def read(place: Place) -> Step:
        asked = visit.now()
        day = (place.since or asked).date()
        page = await customers_joined(visit.caller, since=day, after=place.cursor, counted=place.cursor is None)
        return await compared_customers(visit, page, asked=asked, moment=attrgetter("joined"))

    return Route(subject=subject, since=since, read=read, without_cursor=newest_seen)


def customers_we_know(visit: Visit) -> Route:
    """Everybody we know, to learn who was deleted: before 3.23 Saleor tells no app when staff does that."""

    async def since(_before: Progress | None) -> None:
        return None

    async def read(place: Place) -> Step:
        ours = await _next_known(visit, place.cursor)
        if not ours:
            return Step()
        asked = visit.now()
        page = await customers_named(visit.caller, [customer for _, customer in ours])
        ours, absent = _absent(ours, page)
        page = _only(page, ours)
        step = await compared_customers(visit, page, asked=asked, moment=attrgetter("updated_at"))
        departed = await _departed(visit, absent)
        return replace(
            step,
            items=[*step.items, *departed],
            counts=step.counts + Counts(seen=len(departed), gone=len(departed)),
            cursor=f"{ours[-1][0]} {ours[-1][1]}",
            reached=None,
        )

    return Route(subject=Subject.CUSTOMERS_KNOWN, since=since, read=read)


async def _next_known(visit: Visit, cursor: str | None) -> Sequence[CustomerPlace]:
    shard, _, customer = (cursor or "").partition(" ")
    after = None if cursor is None else (ShardKey(int(shard)), CustomerId(customer))
    async with visit.database.shop(visit.shop.id, read_only=True) as session:
        return await living_customers(session, visit.shop.id, after=after, first=CUSTOMERS_A_PAGE)


def _absent(ours: Sequence[CustomerPlace], page: Page) -> tuple[Sequence[CustomerPlace], list[CustomerId]]:
    """Who is not listed, a few at a time: gives as many of ours as end with the last of those."""
    listed = {node.get("id") for node in page.nodes}
    absent = [place for place in ours if global_id("User", place[1]) not in listed]
    if len(absent) > LOOKS_A_STEP:
        absent = absent[:LOOKS_A_STEP]
        ours = ours[: ours.index(absent[-1]) + 1]
    return ours, [customer for _, customer in absent]


def _only(page: Page, ours: Sequence[CustomerPlace]) -> Page:
    ids = {global_id("User", customer) for _, customer in ours}
    return replace(page, nodes=tuple(node for node in page.nodes if node.get("id") in ids))


async def _departed(visit: Visit, absent: Iterable[CustomerId]) -> list[NewItem]:
    """Those who cannot be found alone either: a departure cannot be taken back, so it is looked at twice."""
    departed = []
    for customer in absent:
        asked = visit.now()
        if await read_customer(visit.caller, customer) is None:
            kind, body = customer_gone(customer, issued_at=asked)
            departed.append(NewItem.of(visit.shop.id, kind=kind, source="poll", body=body))
    return departed


async def compared_customers(
    visit: Visit, page: Page, *, asked: datetime, moment: Callable[[CustomerState], datetime]
) -> Step:
    """What a page teaches; `moment` is what it was sorted by."""
    read = [(state, visit.words.seen_from(state), body) for state, body in _believed(visit, page.nodes, asked)]
    async with visit.database.shop(visit.shop.id, read_only=True) as session:
        teaches = await would_learn(session, visit.shop.id, [seen for _, seen, _ in read])
    items: list[NewItem] = []
    told: dict[OrderId | CustomerId, object] = {}
    counts = Counts(seen=len(page.nodes), unusable=len(page.nodes) - len(read))
    for _, seen, body in read:
        found = _found(seen, teaches.get(seen.id), queued=visit.queued.get(seen.id))
        counts += found
        if not found.equal:
            told[seen.id] = seen
            items.append(NewItem.of(visit.shop.id, kind=CUSTOMER_SNAPSHOT, source="poll", body=body))
    return Step(
        items=items,
        told=told,
        counts=counts,
        cursor=page.cursor,
        reached=max((moment(state) for state, _, _ in read), default=None),
        expected=page.total,
    )


def _found(seen: CustomerSeen, teaches: bool | None, *, queued: object) -> Counts:  # noqa: FBT001 # None: unknown
    """What one customer is counted as."""
    if teaches is False or queued == seen:
        return Counts(equal=1)
    return Counts(missing=1) if teaches is None and queued is None else Counts(stale=1)


def _believed(visit: Visit, nodes: Iterable[dict[str, Any]], asked: datetime) -> Iterable[tuple[CustomerState, bytes]]:
    for node in nodes:
        body = snapshot_of_customer(node, issued_at=asked)
        try:
            event = parse_event(body)
        except BadInput as reason:
            log.warning("customer_unusable", installation=str(visit.shop.id), reason=str(reason))
            continue
        if isinstance(event, CustomerChanged):
            yield event.customer, body
