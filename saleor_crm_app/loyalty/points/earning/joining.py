"""Joining and leaving, in programs where customers join by themselves, and which orders that lets count."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, OrderId, ProgramId, shard_key
from saleor_crm_app.loyalty.points.earning.again import AccrueAgain
from saleor_crm_app.loyalty.points.ledger import Owner
from saleor_crm_app.loyalty.program import Enrollment, Program


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay in a program, from joining until leaving."""

    joined_at: datetime
    left_at: datetime | None = None
    terms_version: str | None = None


_SHARDS = sa.bindparam("shards", type_=ARRAY(sa.BigInteger))
_SHARD = sa.bindparam("shard", type_=sa.BigInteger)
_AT = sa.bindparam("at", type_=sa.DateTime(timezone=True))
_STAYS = sa.text(
    """
    SELECT stay.customer_id, stay.program_id, stay.joined_at, stay.left_at, stay.terms_version
    FROM unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[]), CAST(:programs AS uuid[]))
        AS wanted (shard, customer, program)
    JOIN membership AS stay ON stay.installation_id = :installation AND stay.shard_key = wanted.shard
                           AND stay.customer_id = wanted.customer AND stay.program_id = wanted.program
    ORDER BY stay.customer_id, stay.program_id, stay.joined_at
    """
).bindparams(_SHARDS)


async def joined_of(
    session: AsyncSession, installation: InstallationId, owners: Collection[Owner]
) -> Mapping[Owner, Sequence[Stay]]:
    """The stays of these customers in these programs, oldest first; one statement, none for no owner."""
    if not owners:
        return {}
    ordered = sorted(set(owners))
    wanted = {
        "installation": installation,
        "shards": [shard_key(installation, customer) for customer, _ in ordered],
        "customers": [customer for customer, _ in ordered],
        "programs": [program for _, program in ordered],
    }
    stays: dict[Owner, list[Stay]] = {}
    for row in await session.execute(_STAYS, wanted):
        stay = Stay(row.joined_at, row.left_at, row.terms_version)
        stays.setdefault((row.customer_id, row.program_id), []).append(stay)
    return stays


def counts_while_joined(program: Program, stays: Iterable[Stay], created_at: datetime) -> bool:
    """Whether an order of this moment earns: always, where nobody has to join.

    Leaving ends it; joining lets orders of the days before count, as many as the program credits.
    """
    if program.settings.enrollment is not Enrollment.OPT_IN:
        return True
    before = timedelta(days=program.settings.credit_days_on_join)
    return any(
        stay.joined_at - before <= created_at and (stay.left_at is None or created_at < stay.left_at) for stay in stays
    )


_FOLLOWED = sa.text(
    """
    SELECT order_id FROM order_points
    WHERE installation_id = :installation AND order_id = ANY(CAST(:orders AS uuid[]))
    UNION
    SELECT order_id FROM redemption
    WHERE installation_id = :installation AND order_id = ANY(CAST(:orders AS uuid[]))
    """
)


async def followed_already(
    session: AsyncSession, installation: InstallationId, orders: Collection[OrderId]
) -> set[OrderId]:
    """Those of these orders that have earned or were paid with points, and so are followed whoever has left since."""
    if not orders:
        return set()
    rows = await session.execute(_FOLLOWED, {"installation": installation, "orders": list(orders)})
    return {OrderId(row.order_id) for row in rows}


async def programs_joined(
    session: AsyncSession, installation: InstallationId, customer: CustomerId, programs: Iterable[Program]
) -> set[ProgramId]:
    """Those of these programs that a customer is a member of, and all in which nobody has to join."""
    asked = list(programs)
    closed = {(customer, one.id) for one in asked if one.settings.enrollment is Enrollment.OPT_IN}
    stays = await joined_of(session, installation, closed)
    return {
        one.id
        for one in asked
        if (customer, one.id) not in closed or any(stay.left_at is None for stay in stays.get((customer, one.id), ()))
    }


_JOIN = sa.text(
    """
    INSERT INTO membership (installation_id, shard_key, customer_id, program_id, joined_at, terms_version)
    VALUES (:installation, :shard, :customer, :program, :at, :terms)
    ON CONFLICT DO NOTHING RETURNING joined_at
    """
).bindparams(_SHARD, _AT)


async def join(
    session: AsyncSession,
    installation: InstallationId,
    customer: CustomerId,
    program: Program,
    *,
    terms_version: str | None,
    at: datetime,
) -> bool:
    """Let a customer in; says whether they were not in before. Orders that are credited for it follow by a job."""
    stay = _name(installation, customer, program) | {"at": at, "terms": terms_version}
    if (await session.execute(_JOIN, stay)).one_or_none() is None:
        return False
    await outbox.enqueue(session, AccrueAgain(installation=installation, program=program.id, customer=customer))
    return True


_LEAVE = sa.text(
    """
    UPDATE membership SET left_at = greatest(:at, joined_at)
    WHERE installation_id = :installation AND shard_key = :shard AND customer_id = :customer
      AND program_id = :program AND left_at IS NULL
    RETURNING left_at
    """
).bindparams(_SHARD, _AT)


async def leave(
    session: AsyncSession, installation: InstallationId, customer: CustomerId, program: Program, *, at: datetime
) -> bool:
    """Let a customer out; says whether they were in. Points that were earned stay until they are spent or lapse."""
    stay = _name(installation, customer, program) | {"at": at}
    return (await session.execute(_LEAVE, stay)).one_or_none() is not None


_LEAVE_ALL = sa.text(
    """
    UPDATE membership SET left_at = greatest(:at, joined_at)
    FROM unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[])) AS wanted (shard, customer)
    WHERE membership.installation_id = :installation AND membership.shard_key = wanted.shard
      AND membership.customer_id = wanted.customer AND membership.left_at IS NULL
    """
).bindparams(_SHARDS, _AT)


async def leave_all(
    session: AsyncSession, installation: InstallationId, customers: Collection[CustomerId], *, at: datetime
) -> None:
    """Let customers out of every program, such as those who were deleted."""
    ordered = sorted(set(customers))
    shards = [shard_key(installation, customer) for customer in ordered]
    wanted = {"installation": installation, "shards": shards, "customers": ordered, "at": at}
    await session.execute(_LEAVE_ALL, wanted)


def _name(installation: InstallationId, customer: CustomerId, program: Program) -> dict[str, object]:
    return {
        "installation": installation,
        "shard": shard_key(installation, customer),
        "customer": customer,
        "program": program.id,
    }
