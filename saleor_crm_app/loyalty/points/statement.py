"""What members, storefronts and staff read of points; availability is computed from time, no job is waited for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import (
    AccountId,
    CustomerId,
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


NO_POINTS = Balance(
    available=Points(0),
    pending=Points(0),
    spent=Points(0),
    expired=Points(0),
    deficit=Points(0),
    next_expiry_points=Points(0),
    next_expiry_at=None,
)
"""The balance of who has earned nothing yet."""


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


_ACCOUNTS = sa.text(
    """
    SELECT id, customer_id, program_id, balance, deficit, opened_at FROM account
    WHERE installation_id = :installation AND shard_key = :shard AND customer_id = :customer
      AND program_id = ANY(CAST(:programs AS uuid[]))
    """
)


async def accounts_of(
    session: AsyncSession, installation: InstallationId, customer: CustomerId, programs: Collection[ProgramId]
) -> dict[ProgramId, Member]:
    """The customer's accounts in these programs, where they were opened; one statement."""
    key = {
        "installation": installation,
        "shard": shard_key(installation, customer),
        "customer": customer,
        "programs": list(programs),
    }
    return {row.program_id: _member(row) for row in await session.execute(_ACCOUNTS, key)}


async def account_of(
    session: AsyncSession, installation: InstallationId, customer: CustomerId, program: ProgramId
) -> Member | None:
    """The customer's account in a program, if one was opened."""
    return (await accounts_of(session, installation, customer, [program])).get(program)


_BALANCES = sa.text(
    """
    SELECT account.id, account.deficit, lots.*, soonest.points AS next_points, gone.*
    FROM unnest(CAST(:shards AS bigint[]), CAST(:accounts AS uuid[])) AS wanted (shard, id)
    JOIN account
      ON account.installation_id = :installation AND account.shard_key = wanted.shard AND account.id = wanted.id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(remaining) FILTER (WHERE activates_at <= :at AND expires_at > :at), 0) AS available,
               coalesce(sum(remaining) FILTER (WHERE activates_at IS NULL OR activates_at > :at), 0) AS pending,
               coalesce(sum(remaining) FILTER (WHERE expires_at <= :at), 0) AS lapsed,
               min(expires_at) FILTER (WHERE activates_at <= :at AND expires_at > :at) AS next_at
        FROM lot
        WHERE installation_id = :installation AND shard_key = wanted.shard AND account_id = wanted.id
          AND remaining > 0
    ) AS lots
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(remaining), 0) AS points FROM lot
        WHERE installation_id = :installation AND shard_key = wanted.shard AND account_id = wanted.id
          AND remaining > 0 AND activates_at <= :at AND expires_at = lots.next_at
    ) AS soonest
    CROSS JOIN LATERAL (
        SELECT coalesce(-sum(points) FILTER (WHERE kind = 'EXPIRE'), 0) AS expired,
               coalesce(-sum(points) FILTER (WHERE kind IN ('REDEEM', 'RETURN')), 0) AS spent
        FROM entry
        WHERE installation_id = :installation AND shard_key = wanted.shard AND account_id = wanted.id
    ) AS gone
    """
).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)))


async def balances_of(
    session: AsyncSession, installation: InstallationId, members: Collection[Member], *, at: datetime
) -> dict[AccountId, Balance]:
    """These accounts' points as they stand at an instant; one statement."""
    key = {
        "installation": installation,
        "shards": [shard_key(installation, member.customer) for member in members],
        "accounts": [member.account for member in members],
        "at": at,
    }
    return {row.id: _balance(row) for row in await session.execute(_BALANCES, key)}


async def balance_of(session: AsyncSession, installation: InstallationId, member: Member, *, at: datetime) -> Balance:
    """The account's points as they stand at an instant; one statement."""
    return (await balances_of(session, installation, [member], at=at))[member.account]


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


_COUNT_MEMBERS = sa.text(
    """
    SELECT count(*) FROM account
    WHERE installation_id = :installation AND (CAST(:customer AS text) IS NULL OR customer_id = :customer)
    """
)


async def count_members(
    session: AsyncSession, installation: InstallationId, *, customer: CustomerId | None = None
) -> int:
    """How many accounts `members` would list in all."""
    key = {"installation": installation, "customer": customer}
    return int((await session.execute(_COUNT_MEMBERS, key)).scalar_one())


_MEMBER = sa.text(
    """
    SELECT id, customer_id, program_id, balance, deficit, opened_at FROM account
    WHERE installation_id = :installation AND id = :account
    """
)


async def member_by_account(session: AsyncSession, installation: InstallationId, account: AccountId) -> Member | None:
    """One account by its key, if there is one."""
    row = (await session.execute(_MEMBER, {"installation": installation, "account": account})).one_or_none()
    return None if row is None else _member(row)


def _member(row: sa.Row[tuple[object, ...]]) -> Member:
    return Member(
        account=row.id,
        customer=row.customer_id,
        program=row.program_id,
        balance=row.balance,
        deficit=row.deficit,
        opened_at=row.opened_at,
    )


def _balance(row: sa.Row[tuple[object, ...]]) -> Balance:
    return Balance(
        available=Points(int(row.available)),
        pending=Points(int(row.pending)),
        spent=Points(int(row.spent)),
        expired=Points(int(row.lapsed + row.expired)),
        deficit=Points(row.deficit),
        next_expiry_points=Points(int(row.next_points)),
        next_expiry_at=row.next_at,
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
