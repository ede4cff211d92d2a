"""Reads orders and compares them with ours: those changed, those made lately, and those that change in silence."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from saleor_crm_app.crm.orders import KnownOrder, known_orders, silent_orders
from saleor_crm_app.jobs.inbox import NewItem
from saleor_crm_app.jobs.progress import Counts, Progress
from saleor_crm_app.kernel.errors import BadInput
from saleor_crm_app.kernel.ids import CustomerId, OrderId
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.outbound.reconcile_routes import Place, Route, Step, Subject, Visit, newest_seen
from saleor_crm_app.saleor.events import OrdersChanged
from saleor_crm_app.saleor.history import ORDERS_A_PAGE, Page, orders_changed, orders_created, orders_named
from saleor_crm_app.saleor.installation_row import installed_at
from saleor_crm_app.saleor.order_states import OrderState
from saleor_crm_app.saleor.parsing import ORDER_SNAPSHOT, parse_event, snapshot_of_order

OVERLAP: Final = timedelta(minutes=10)
"""Read twice, since changes become visible later than the moment they carry."""
GUESTS: Final = timedelta(days=365)
"""An older order of a guest earns nothing any more when the shop gives it to an account."""

log = logger(__name__)


def changed_orders(visit: Visit) -> Route:
    """Orders changed since the last time, on the first time since the app was installed."""

    async def since(before: Progress | None) -> datetime:
        return await since_last_time(visit, before)

    async def read(place: Place) -> Step:
        asked = visit.now()
        page = await orders_changed(
            visit.caller, since=place.since or asked, after=place.cursor, counted=place.cursor is None
        )
        return await compared_orders(visit, page, asked=asked, moment=attrgetter("updated_at"))

    return Route(subject=Subject.ORDERS_CHANGED, since=since, read=read, without_cursor=newest_seen, moves_on=True)


def created_orders(visit: Visit, subject: Subject, *, first_day: date) -> Route:
    """All orders made on a day or later."""

    async def since(_before: Progress | None) -> datetime:
        return datetime.combine(first_day, datetime.min.time(), UTC)

    async def read(place: Place) -> Step:
        asked = visit.now()
        day = (place.since or asked).date()
        page = await orders_created(visit.caller, since=day, after=place.cursor, counted=place.cursor is None)
        return await compared_orders(visit, page, asked=asked, moment=attrgetter("created"))

    return Route(subject=subject, since=since, read=read, without_cursor=newest_seen)


def changing_in_silence(visit: Visit, *, created_before: date) -> Route:
    """Older orders that may read otherwise now, though the shop gives them no new `updatedAt`."""
    before = datetime.combine(created_before, datetime.min.time(), UTC)

    async def since(_before: Progress | None) -> None:
        return None

    async def read(place: Place) -> Step:
        ids = await _next_silent(visit, before, place.cursor)
        if not ids:
            return Step()
        asked = visit.now()
        page = await orders_named(visit.caller, ids)
        step = await compared_orders(visit, page, asked=asked, moment=attrgetter("updated_at"))
        return replace(step, cursor=str(ids[-1]), reached=None)

    return Route(subject=Subject.ORDERS_SILENT, since=since, read=read)


async def since_last_time(visit: Visit, before: Progress | None) -> datetime:
    """Where to begin again, so that nothing falls between two readings."""
    if before is not None and before.known_until is not None:
        return before.known_until - OVERLAP
    async with visit.database.shop(visit.shop.id, read_only=True) as session:
        return await installed_at(session, visit.shop.id) - OVERLAP


async def _next_silent(visit: Visit, before: datetime, cursor: str | None) -> Sequence[OrderId]:
    async with visit.database.shop(visit.shop.id, read_only=True) as session:
        return await silent_orders(
            session,
            visit.shop.id,
            created_before=before,
            guests_since=visit.now() - GUESTS,
            after=None if cursor is None else OrderId(UUID(cursor)),
            first=ORDERS_A_PAGE,
        )


async def compared_orders(
    visit: Visit, page: Page, *, asked: datetime, moment: Callable[[OrderState], datetime]
) -> Step:
    """What a page teaches; `moment` is what it was sorted by."""
    read = list(_believed(visit, page.nodes, asked))
    async with visit.database.shop(visit.shop.id, read_only=True) as session:
        known = await known_orders(session, visit.shop.id, [state.id for state, _ in read])
    items: list[NewItem] = []
    told: dict[OrderId | CustomerId, object] = {}
    counts = Counts(seen=len(page.nodes), unusable=len(page.nodes) - len(read))
    for state, body in read:
        content = visit.words.content_of(state)
        found = _found(state, content, known.get(state.id), queued=visit.queued.get(state.id))
        counts += found
        if not found.equal:
            told[state.id] = content
            items.append(NewItem.of(visit.shop.id, kind=ORDER_SNAPSHOT, source="poll", body=body))
    return Step(
        items=items,
        told=told,
        counts=counts,
        cursor=page.cursor,
        reached=max((moment(state) for state, _ in read), default=None),
        expected=page.total,
    )


def _found(read: OrderState, content: bytes, known: KnownOrder | None, *, queued: object) -> Counts:
    """What one order is counted as. What a lagging replica says of the past teaches nothing."""
    if queued == content:
        return Counts(equal=1)
    if known is not None and (known.content == content or known.updated_at > read.updated_at):
        return Counts(equal=1)
    if known is not None or queued is not None:
        return Counts(stale=1)
    return Counts(untold=1) if _is_untold(read) else Counts(missing=1)


def _believed(visit: Visit, nodes: Iterable[dict[str, Any]], asked: datetime) -> Iterable[tuple[OrderState, bytes]]:
    for node in nodes:
        body = snapshot_of_order(node, issued_at=asked)
        try:
            event = parse_event(body)
        except BadInput as reason:
            # its webhook was buried for the same reason, where staff sees it
            log.warning("order_unusable", installation=str(visit.shop.id), reason=str(reason))
            continue
        if isinstance(event, OrdersChanged):
            yield from ((state, body) for state in event.orders)


def _is_untold(order: OrderState) -> bool:
    """An order that nobody has paid or sent yet is in none of the events that we subscribe to."""
    is_touched = order.total_charged or order.refund_pending or order.fulfillments or order.granted_refunds
    return order.status in {"UNCONFIRMED", "UNFULFILLED"} and not is_touched
