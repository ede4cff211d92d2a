"""Months of a program as a bookkeeper needs them: opening, movements, closing; closed ones never change.

Own month: the month, in the program's zone, of when an entry happened (of its recording, where the shop's clock ran
ahead of that). Points lapse at the end of a day, which is that day's month, not the next.

Posting month: the own month, unless that was closed without the entry; then the first month that was still open when
the entry came to be there. So late news, such as an order of March that the shop told of in May, corrects forward: the
closed months stay as they were handed out and the first open one carries the difference.

What a closed month contains is what its closing transaction saw, not what some clock says: the first open month's
corrections are the entries of closed months in all, less what the closed months have. So nothing is lost or counted
twice, even if an entry was being written in the very moment of closing, and always opening + movements = closing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Final, Self

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.money import MinorUnits, Money, Points
from saleor_crm_app.kernel.one_at_a_time import one_at_a_time
from saleor_crm_app.loyalty.points.models import EntryKind
from saleor_crm_app.loyalty.points.months.accounting_models import AccountingMonthRow
from saleor_crm_app.loyalty.program import Program, Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Movements:
    """What changed in a month, in signed points: what members lost is below zero; `entries` of them.

    `adjusted` is what staff gave or took, undone entries among it; `transferred` is zero unless a merge was only half
    posted.
    """

    entries: int = 0
    issued: int = 0
    redeemed: int = 0
    returned: int = 0
    clawed_back: int = 0
    expired: int = 0
    adjusted: int = 0
    transferred: int = 0

    def __add__(self, other: Self) -> Self:
        return replace(self, **{name: getattr(self, name) + getattr(other, name) for name in _ALL})

    def __sub__(self, other: Self) -> Self:
        return replace(self, **{name: getattr(self, name) - getattr(other, name) for name in _ALL})

    @property
    def points(self) -> int:
        """All of them together."""
        return sum(getattr(self, name) for name in _ALL if name != "entries")


_ALL: Final = tuple(field.name for field in fields(Movements))
_COLUMNS: Final[Mapping[EntryKind, str]] = {
    EntryKind.EARN: "issued",
    EntryKind.REDEEM: "redeemed",
    EntryKind.RETURN: "returned",
    EntryKind.CLAWBACK: "clawed_back",
    EntryKind.EXPIRE: "expired",
    EntryKind.ADJUST: "adjusted",
    EntryKind.REVERSE: "adjusted",
    EntryKind.TRANSFER: "transferred",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountingMonth:
    """A program's month: `first_day` names it; `closing` is `opening` and all movements.

    The points are those outstanding, pending ones among them, less what members owe. They are worth what points
    redeem for: in closed months by the rate of their closing, in open ones by the present rate.
    """

    program: Program
    first_day: date
    opening: Points
    opening_worth: Money
    movements: Movements
    closing: Points
    worth: Money
    rate: Rate
    closed_at: datetime | None = None
    closed_by: str | None = None

    @property
    def name(self) -> str:
        return f"{self.first_day:%Y-%m}"


class MonthNotOver(Refusal):
    """A month that still goes on."""

    code = LoyaltyErrorCode.INVALID
    field = "month"

    def __init__(self, month: date) -> None:
        super().__init__(f"{month:%Y-%m} is not over yet; close it when it is.")


class MonthIsClosed(Refusal):
    """A month that was closed before."""

    code = LoyaltyErrorCode.UNIQUE
    field = "month"

    def __init__(self, month: date) -> None:
        super().__init__(f"{month:%Y-%m} is closed already; what is found later counts in the first open month.")


class MonthOutOfOrder(Refusal):
    """A month before or behind the one to be closed next, which is `next_month`."""

    code = LoyaltyErrorCode.INVALID
    field = "month"

    def __init__(self, month: date, next_month: date) -> None:
        self.next_month = next_month
        super().__init__(f"Months are closed one after the other: {next_month:%Y-%m} comes next, not {month:%Y-%m}.")


def month_of(text: str) -> date:
    """Read a month such as `2026-03`.

    Raises ValueError for anything else.
    """
    if len(text) != len("2026-03"):
        raise ValueError(f"{text[:20]!r} is not a month such as 2026-03")
    return date.fromisoformat(f"{text}-01")


def month_after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


# points lapse in the first instant after a day
_MOVEMENTS = sa.text(
    """
    SELECT CAST(date_trunc('month', (least(entry.occurred_at, entry.recorded_at)
             - CASE WHEN kind = 'EXPIRE' THEN interval '1 microsecond' ELSE interval '0' END)
             AT TIME ZONE CAST(:zone AS text)) AS date) AS month,
           kind, sum(points) AS points, count(*) AS entries
    FROM entry JOIN account
      ON account.installation_id = :installation AND account.shard_key = entry.shard_key
     AND account.id = entry.account_id AND account.program_id = :program
    WHERE entry.installation_id = :installation
    GROUP BY 1, 2
    """
)
_CLOSED = (
    sa.select(AccountingMonthRow)
    .where(
        AccountingMonthRow.installation_id == sa.bindparam("installation"),
        AccountingMonthRow.program_id == sa.bindparam("program"),
    )
    .order_by(AccountingMonthRow.month)
)


async def accounting_months(
    session: AsyncSession, installation: InstallationId, program: Program, *, at: datetime
) -> Sequence[AccountingMonth]:
    """Every month of a program from its first entry to the present one, oldest first; two statements.

    Reads all entries of the program: some seconds for ten millions of them.
    """
    name = {"installation": installation, "program": program.id}
    closed = [_closed(program, row) for row in await session.scalars(_CLOSED, name)]
    rows = await session.execute(_MOVEMENTS, name | {"zone": program.zone.key})
    own = _by_month((row.month, row.kind, int(row.points), int(row.entries)) for row in rows)
    return _with_openings(program, closed, _open_movements(own, closed, present=_present(program, at)))


def _by_month(rows: Iterable[tuple[date, str, int, int]]) -> dict[date, Movements]:
    months: dict[date, Movements] = {}
    for month, kind, points, entries in rows:
        moved = Movements(entries=entries, **{_COLUMNS[EntryKind(kind)]: points})
        months[month] = months.get(month, Movements()) + moved
    return months


def _open_movements(
    own: Mapping[date, Movements], closed: Sequence[AccountingMonth], *, present: date
) -> dict[date, Movements]:
    """The movements of every month after the closed ones; the first of them carries what those lack."""
    last = closed[-1].first_day if closed else None
    first = min((*own, present)) if last is None else month_after(last)
    months: dict[date, Movements] = {}
    month = first
    while month <= max((present, *own, first)):
        months[month] = own.get(month, Movements())
        month = month_after(month)
    for one, moved in own.items():
        if one < first:
            months[first] += moved
    for done in closed:
        months[first] -= done.movements
    return months


def _with_openings(
    program: Program, closed: Sequence[AccountingMonth], moved: Mapping[date, Movements]
) -> list[AccountingMonth]:
    """All months; each opens with what the one before closed with, in money too."""
    months: list[AccountingMonth] = []
    opening, opening_worth = Points(0), program.worth(Points(0))
    for done in closed:
        months.append(replace(done, opening_worth=opening_worth))
        opening, opening_worth = done.closing, done.worth
    for month, movements in moved.items():
        closing = Points(opening + movements.points)
        months.append(
            AccountingMonth(
                program=program,
                first_day=month,
                opening=opening,
                opening_worth=opening_worth,
                movements=movements,
                closing=closing,
                worth=program.worth(closing),
                rate=program.burn,
            )
        )
        opening, opening_worth = closing, program.worth(closing)
    return months


def _present(program: Program, at: datetime) -> date:
    return at.astimezone(program.zone).date().replace(day=1)


def _closed(program: Program, row: AccountingMonthRow) -> AccountingMonth:
    rate = Rate(row.burn_points, row.burn_minor)
    then = replace(program, burn=rate)
    return AccountingMonth(
        program=program,
        first_day=row.month,
        opening=Points(row.opening),
        opening_worth=then.worth(Points(row.opening)),
        movements=Movements(**{name: getattr(row, name) for name in _ALL}),
        closing=Points(row.closing),
        worth=then.worth(Points(row.closing)),
        rate=rate,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
    )


async def close_month(
    session: AsyncSession, installation: InstallationId, program: Program, *, month: date, actor: str, at: datetime
) -> AccountingMonth:
    """Close the first open month for good, with its numbers as they are now; four statements.

    Raises MonthIsClosed, MonthOutOfOrder and MonthNotOver.
    """
    await one_at_a_time(session, f"accounting:{installation}:{program.id}")
    months = await accounting_months(session, installation, program, at=at)
    first_open = next(one for one in months if one.closed_at is None)
    if month < first_open.first_day and any(one.first_day == month for one in months):
        raise MonthIsClosed(month)
    if month >= _present(program, at):
        raise MonthNotOver(month)
    if month != first_open.first_day:
        raise MonthOutOfOrder(month, first_open.first_day)
    row = {"installation_id": installation, "program_id": program.id, "month": month, "closed_at": at}
    row |= {"closed_by": actor, "opening": first_open.opening, "closing": first_open.closing}
    row |= {name: getattr(first_open.movements, name) for name in _ALL}
    row |= {"burn_points": program.burn.points, "burn_minor": program.burn.minor}
    await insert_rows(session, AccountingMonthRow.__table__, [row])
    return replace(first_open, closed_at=at, closed_by=actor)


ACCOUNTING_COLUMNS: Final = (
    "month", "program", "currency", "zone", "closed_at", "opening", "issued", "redeemed", "returned", "clawed_back",
    "expired", "adjusted", "transferred", "closing", "opening_worth", "closing_worth", "rate_points", "rate_worth",
    "entries",
)  # fmt: skip


def accounting_row(month: AccountingMonth) -> Sequence[object]:
    """A month as a row of a table below ACCOUNTING_COLUMNS; points are signed, money is in major units."""
    moved, program = month.movements, month.program
    return (
        month.name,
        program.name,
        program.currency,
        program.zone.key,
        month.closed_at,
        month.opening,
        *(getattr(moved, name) for name in _ALL if name != "entries"),
        month.closing,
        month.opening_worth.amount,
        month.worth.amount,
        month.rate.points,
        Money(MinorUnits(month.rate.minor), program.currency).amount,
        moved.entries,
    )
