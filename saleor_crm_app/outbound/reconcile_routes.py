"""What a way of reading a shop is: a subject, where a run of it begins, and one page after the other."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from saleor_crm_app.crm.customers import CustomerSeen
from saleor_crm_app.jobs.inbox import NewItem
from saleor_crm_app.jobs.progress import Counts, Progress
from saleor_crm_app.kernel.clock import business_now
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, OrderId
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.events import CustomerState
from saleor_crm_app.saleor.installations import Installation
from saleor_crm_app.saleor.order_states import OrderState


class Subject(StrEnum):
    """What is read, and by what it is found."""

    ORDERS_CHANGED = "orders.changed"
    ORDERS_CREATED = "orders.created"
    ORDERS_SILENT = "orders.silent"
    ORDERS_HISTORY = "orders.history"
    CUSTOMERS_CHANGED = "customers.changed"
    CUSTOMERS_CREATED = "customers.created"
    CUSTOMERS_KNOWN = "customers.known"
    CUSTOMERS_HISTORY = "customers.history"
    DELIVERIES_FAILED = "deliveries.failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How reactions would take in what is read; given from above, since they are neighbours."""

    content_of: Callable[[OrderState], bytes]
    seen_from: Callable[[CustomerState], CustomerSeen]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One shop being read."""

    shop: Installation
    database: Database
    caller: Caller
    words: Words
    queued: dict[OrderId | CustomerId, object] = field(default_factory=dict)
    """What this visit has put into the inbox already: another route may come by before it is applied."""

    def now(self) -> datetime:
        """What the time is in the shop."""
        return business_now(self.shop.clock_offset)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page is: after `cursor`, in what was made or changed since."""

    since: datetime | None
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One page as it was compared: what goes into the inbox, what was found, and where the next page is.

    `told` says what the items say of whom. `cursor` is None on the last page; `reached` is the newest moment that
    the page tells of.
    """

    items: list[NewItem] = field(default_factory=list)
    told: dict[OrderId | CustomerId, object] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    cursor: str | None = None
    reached: datetime | None = None
    expected: int | None = None


def newest_seen(progress: Progress) -> Place:
    """For what is read oldest first: all up to the newest moment seen was kept."""
    return Place(progress.reached or progress.since, None)


def begin_of_run(progress: Progress) -> Place:
    """For what is read in any other order."""
    return Place(progress.since, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way of reading. `since` says where a new run begins, given how the last one ended.

    `without_cursor` says where to go on when the shop does not know a cursor of an earlier time any more; None for
    cursors that are not the shop's. `moves_on` is set where what was known until now need not be read again the
    next time, `is_met_again` where what was read may come again within the same visit.
    """

    subject: Subject
    since: Callable[[Progress | None], Awaitable[datetime | None]]
    read: Callable[[Place], Awaitable[Step]]
    without_cursor: Callable[[Progress], Place] | None = None
    moves_on: bool = False
    is_met_again: bool = True
