"""What members, storefronts and staff read of points; availability is computed from time, no job is waited for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import (
    AccountId,
    CustomerId,
    EntryId,
    InstallationId,
    OrderId,
    ProgramId,
    shard_key,
)
from saleor_crm_app.kernel.money import Points


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """An account's points at one instant. `expired` are those that lapsed, `spent` those redeemed for good."""

    available: Points
    pending: Points
    spent: Points
    expired: Points
    deficit: Points
    next_expiry_points: Points
    next_expiry_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """One ledger line as it is shown; `available_at` and `expires_at` are those of the lot it went into."""

    id: EntryId
    seq: int
    kind: str
    source: str
    points: Points
    order: OrderId | None
    occurred_at: datetime
    recorded_at: datetime
    available_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """A page of entries, newest first; `total` counts all of the account's."""

    lines: Sequence[EntryLine]
    total: int
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPoints:
    """What an order deserves now, and what became of it."""

    order: OrderId
    customer: CustomerId
    target: Points
    pending: Points
    available: Points
    taken_back: Points


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One account with its owner, as staff list them."""

    account: AccountId
    customer: CustomerId
    program: ProgramId
    balance: Points
    deficit: Points
    opened_at: datetime


_ACCOUNT = sa.text(
    """
    SELECT id, customer_id, program_id, balance, deficit, opened_at FROM account
    WHERE installation_id = :installation AND shard_key = :shard AND customer_id = :customer
      AND program_id = :program
    """
)


async def account_of(
    session: AsyncSession, installation: InstallationId, customer: CustomerId, program: ProgramId
) -> Member | None:
    """The customer's account in a program, if one was opened."""
    key = {
        "installation": installation,
        "shard": shard_key(installation, customer),
        "customer": customer,
        "program": program,
    }
    row = (await session.execute(_ACCOUNT, key)).one_or_none()
    return None if row is None else _member(row)


_BALANCE = sa.text(
    """
    WITH open_lots AS (
        SELECT remaining, activates_at, expires_at FROM lot
        WHERE installation_id = :installation AND shard_key = :shard AND account_id = :account
          AND remaining > 0
    ), spendable AS (
        SELECT remaining, expires_at FROM open_lots WHERE activates_at <= :at AND expires_at > :at
    ), next_expiry AS (
        SELECT expires_at, sum(remaining) AS points FROM spendable
        GROUP BY expires_at ORDER BY expires_at LIMIT 1
    )
    SELECT
        (SELECT coalesce(sum(remaining), 0) FROM spendable) AS available,
        (SELECT coalesce(sum(remaining), 0) FROM open_lots
          WHERE activates_at IS NULL OR activates_at > :at) AS pending,
        (SELECT coalesce(sum(remaining), 0) FROM open_lots WHERE expires_at <= :at) AS lapsed,
        (SELECT coalesce(-sum(points) FILTER (WHERE kind = 'EXPIRE'), 0) FROM entry
          WHERE installation_id = :installation AND shard_key = :shard AND account_id = :account) AS expired,
        (SELECT coalesce(-sum(points) FILTER (WHERE kind IN ('REDEEM', 'RETURN')), 0) FROM entry
          WHERE installation_id = :installation AND shard_key = :shard AND account_id = :account) AS spent,
        (SELECT deficit FROM account
          WHERE installation_id = :installation AND shard_key = :shard AND id = :account) AS deficit,
        (SELECT expires_at FROM next_expiry) AS next_at,
        (SELECT coalesce(sum(points), 0) FROM next_expiry) AS next_points
    """
).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)))


async def balance_of(session: AsyncSession, installation: InstallationId, member: Member, *, at: datetime) -> Balance:
    """The account's points as they stand at an instant; one statement."""
    key = {
        "installation": installation,
        "shard": shard_key(installation, member.customer),
        "account": member.account,
        "at": at,
    }
    row = (await session.execute(_BALANCE, key)).one()
    return Balance(
        available=Points(int(row.available)),
        pending=Points(int(row.pending)),
        spent=Points(int(row.spent)),
        expired=Points(int(row.lapsed + row.expired)),
        deficit=Points(row.deficit),
        next_expiry_points=Points(int(row.next_points)),
        next_expiry_at=row.next_at,
    )


_ENTRIES = sa.text(
    """
    SELECT entry.id, entry.seq, entry.kind, entry.source, entry.points, entry.order_id, entry.occurred_at,
           entry.recorded_at, lot.activates_at, lot.expires_at
    FROM entry
    LEFT JOIN LATERAL (
        SELECT lot.activates_at, lot.expires_at
        FROM allocation JOIN lot
          ON lot.installation_id = allocation.installation_id AND lot.shard_key = allocation.shard_key
         AND lot.id = allocation.lot_id
        WHERE allocation.installation_id = entry.installation_id
          AND allocation.shard_key = entry.shard_key AND allocation.entry_id = entry.id
          AND entry.points > 0
        ORDER BY allocation.n LIMIT 1
    ) AS lot ON true
    WHERE entry.installation_id = :installation AND entry.shard_key = :shard AND entry.account_id = :account
      AND entry.seq < :below AND entry.seq > :above
    ORDER BY entry.seq * :direction LIMIT :most
    """
)
_COUNT_ENTRIES = sa.text(
    """
    SELECT last_seq FROM account
    WHERE installation_id = :installation AND shard_key = :shard AND id = :account
    """
)
_BEYOND = 2**62


async def entries_of(
    session: AsyncSession,
    installation: InstallationId,
    member: Member,
    *,
    most: int,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> EntryPage:
    """A page of the account's entries, newest first.

    `older_than` and `newer_than` are sequence numbers; with `newer_than` alone the page next to it is given.
    """
    backwards = newer_than is not None and older_than is None
    key = {
        "installation": installation,
        "shard": shard_key(installation, member.customer),
        "account": member.account,
    }
    wanted = {
        "below": older_than or _BEYOND,
        "above": newer_than or 0,
        "direction": 1 if backwards else -1,
        "most": most,
    }
    lines = [_line(row) for row in await session.execute(_ENTRIES, key | wanted)]
    if backwards:
        lines.reverse()
    total = (await session.execute(_COUNT_ENTRIES, key)).scalar_one()
    return EntryPage(
        lines=lines,
        total=total,
        has_next=bool(lines) and lines[-1].seq > 1,
        has_previous=bool(lines) and lines[0].seq < total,
    )


_ORDER_POINTS = sa.text(
    """
    SELECT done.order_id, account.customer_id, posted, taken_back, remaining, activates_at, expires_at
    FROM order_points AS done
    JOIN lot ON lot.installation_id = done.installation_id AND lot.shard_key = done.shard_key
            AND lot.id = done.lot_id
    JOIN account ON account.installation_id = done.installation_id
                AND account.shard_key = done.shard_key AND account.id = done.account_id
    WHERE done.installation_id = :installation AND done.order_id = ANY(CAST(:orders AS uuid[]))
    """
)


async def orders_points(
    session: AsyncSession, installation: InstallationId, orders: Collection[OrderId], *, at: datetime
) -> dict[OrderId, OrderPoints]:
    """What each of these orders has earned, for those that earned anything yet."""
    rows = await session.execute(_ORDER_POINTS, {"installation": installation, "orders": list(orders)})
    return {row.order_id: _order_points(row, at) for row in rows}


_MEMBERS = sa.text(
    """
    SELECT id, customer_id, program_id, balance, deficit, opened_at FROM account
    WHERE installation_id = :installation AND id < :before
      AND (CAST(:customer AS text) IS NULL OR customer_id = :customer)
    ORDER BY id DESC LIMIT :most
    """
)
_LAST_KEY = UUID(int=2**128 - 1)


async def members(
    session: AsyncSession,
    installation: InstallationId,
    *,
    most: int,
    before: AccountId | None = None,
    customer: CustomerId | None = None,
) -> list[Member]:
    """Accounts, newest first; `customer` narrows to one person's."""
    rows = await session.execute(
        _MEMBERS,
        {"installation": installation, "before": before or _LAST_KEY, "customer": customer, "most": most},
    )
    return [_member(row) for row in rows]


def _member(row: sa.Row[tuple[object, ...]]) -> Member:
    return Member(
        account=row.id,
        customer=row.customer_id,
        program=row.program_id,
        balance=row.balance,
        deficit=row.deficit,
        opened_at=row.opened_at,
    )


def _line(row: sa.Row[tuple[object, ...]]) -> EntryLine:
    return EntryLine(
        id=row.id,
        seq=row.seq,
        kind=row.kind,
        source=row.source,
        points=row.points,
        order=row.order_id,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        available_at=row.activates_at,
        expires_at=row.expires_at,
    )


def _order_points(row: sa.Row[tuple[object, ...]], at: datetime) -> OrderPoints:
    waits = row.activates_at is None or row.activates_at > at
    lapsed = row.expires_at is not None and row.expires_at <= at
    return OrderPoints(
        order=row.order_id,
        customer=row.customer_id,
        target=row.posted,
        pending=row.remaining if waits else Points(0),
        available=Points(0) if waits or lapsed else row.remaining,
        taken_back=row.taken_back,
    )
