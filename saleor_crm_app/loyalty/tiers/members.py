"""Reads and writes where members stand: one row each that says it now, and one for every step that led there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ProgramId, shard_key
from saleor_crm_app.loyalty.tiers.ladder import TierCode
from saleor_crm_app.loyalty.tiers.models import TierMembershipRow
from saleor_crm_app.loyalty.tiers.standing import Climb, Ground, Reason, Standing

Owner = tuple[CustomerId, ProgramId]

STANDING_COLUMNS = """
    standing.tier, standing.since, standing.holds_from, standing.until, standing.reason,
    standing.version AS seen_version, standing.notice_at, standing.protected_until,
    CAST(standing.qualified_by AS text) AS qualified_by
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A member's standing as it is stored, after so many steps, and when it has to be looked at again."""

    standing: Standing
    steps: int
    look_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What to write of one member: the steps that are new, and where they stand after them."""

    owner: Owner
    standing: Standing
    new: Sequence[Standing]
    steps: int
    look_at: datetime | None


KEPT_COLUMNS = f"""
    standing.steps, standing.look_at, CAST(standing.climb AS text) AS climb, {STANDING_COLUMNS}
"""
_OF_CUSTOMERS = f"""
    SELECT standing.customer_id, standing.program_id, {KEPT_COLUMNS}
    FROM tier_standing AS standing
    WHERE standing.installation_id = :installation AND standing.program_id = ANY(CAST(:programs AS uuid[]))
      AND (standing.shard_key, standing.customer_id) IN (
          SELECT * FROM unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[])))
"""  # noqa: S608 # the columns are the constant above
_LOCKED = sa.text(
    f"""
    {_OF_CUSTOMERS}
      AND (CAST(:due AS timestamptz) IS NULL OR standing.look_at <= :due)
    ORDER BY standing.shard_key, standing.customer_id, standing.program_id
    FOR UPDATE
    """
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)), sa.bindparam("due", type_=sa.DateTime(timezone=True)))


async def lock_standings(
    session: AsyncSession,
    installation: InstallationId,
    customers: Collection[CustomerId],
    programs: Collection[ProgramId],
    *,
    due: datetime | None = None,
) -> dict[Owner, Kept]:
    """Where these customers stand, locked in key order; with `due` only those to be looked at by then."""
    wanted = sorted({(shard_key(installation, customer), customer) for customer in customers})
    rows = await session.execute(
        _LOCKED,
        {
            "installation": installation,
            "shards": [shard for shard, _ in wanted],
            "customers": [customer for _, customer in wanted],
            "programs": list(programs),
            "due": due,
        },
    )
    return {(CustomerId(row.customer_id), ProgramId(row.program_id)): kept_from(row) for row in rows}


_HELD = sa.text(_OF_CUSTOMERS).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))


async def kept_of(session: AsyncSession, installation: InstallationId, owners: Collection[Owner]) -> dict[Owner, Kept]:
    """Where these members stand, those who were looked at yet; one statement, and nothing is locked."""
    wanted = {
        "installation": installation,
        "shards": [shard_key(installation, customer) for customer, _ in owners],
        "customers": [customer for customer, _ in owners],
        "programs": sorted({program for _, program in owners}),
    }
    return {
        (CustomerId(row.customer_id), ProgramId(row.program_id)): kept_from(row)
        for row in await session.execute(_HELD, wanted)
    }


async def standings_of(
    session: AsyncSession, installation: InstallationId, owners: Collection[Owner]
) -> dict[Owner, Standing]:
    """The same without how they are kept."""
    return {owner: kept.standing for owner, kept in (await kept_of(session, installation, owners)).items()}


_DUE = sa.text(
    """
    SELECT customer_id FROM tier_standing
    WHERE installation_id = :installation AND look_at <= :at AND program_id = ANY(CAST(:programs AS uuid[]))
    ORDER BY look_at LIMIT :most
    """
).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)))


async def due_customers(
    session: AsyncSession, installation: InstallationId, programs: Collection[ProgramId], *, at: datetime, most: int
) -> set[CustomerId]:
    """Customers for whom time alone may have changed something, those who wait longest first."""
    wanted = {"installation": installation, "programs": list(programs), "at": at, "most": most}
    return {CustomerId(row.customer_id) for row in await session.execute(_DUE, wanted)}


_WRITE = sa.text(
    """
    INSERT INTO tier_standing AS held (installation_id, shard_key, customer_id, program_id, tier, since, holds_from,
                                       until, reason, version, notice_at, protected_until, qualified_by, steps, look_at,
                                       climb)
    SELECT :installation, shard, customer, program, tier, since, holds_from, until, reason, version, notice_at,
           protected_until, CAST(qualified_by AS jsonb), steps, look_at, CAST(climb AS jsonb)
    FROM unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[]), CAST(:programs AS uuid[]),
                CAST(:tiers AS text[]), CAST(:since AS timestamptz[]), CAST(:holds_from AS timestamptz[]),
                CAST(:until AS timestamptz[]), CAST(:reasons AS text[]), CAST(:versions AS int[]),
                CAST(:notice_at AS timestamptz[]), CAST(:protected_until AS timestamptz[]),
                CAST(:qualified_by AS text[]), CAST(:steps AS int[]), CAST(:look_at AS timestamptz[]),
                CAST(:climbs AS text[]))
      AS rows (shard, customer, program, tier, since, holds_from, until, reason, version, notice_at,
               protected_until, qualified_by, steps, look_at, climb)
    ON CONFLICT (installation_id, shard_key, customer_id, program_id) DO UPDATE SET
        tier = excluded.tier, since = excluded.since, holds_from = excluded.holds_from, until = excluded.until,
        reason = excluded.reason, version = excluded.version, notice_at = excluded.notice_at,
        protected_until = excluded.protected_until, qualified_by = excluded.qualified_by, steps = excluded.steps,
        look_at = excluded.look_at, climb = excluded.climb
    """
).bindparams(
    sa.bindparam("shards", type_=ARRAY(sa.BigInteger)),
    *(
        sa.bindparam(name, type_=ARRAY(sa.DateTime(timezone=True)))
        for name in ("since", "holds_from", "until", "notice_at", "protected_until", "look_at")
    ),
)


async def write_moves(
    session: AsyncSession, installation: InstallationId, moves: Sequence[Moved], *, at: datetime
) -> None:
    """Keep steps and standings; at most two statements. Rows are written in key order."""
    ordered = sorted(moves, key=lambda one: (shard_key(installation, one.owner[0]), *one.owner))
    if not ordered:
        return
    steps = [
        _place(installation, one.owner)
        | {"n": one.steps - len(one.new) + number}
        | _columns(step)
        | {"recorded_at": at}
        for one in ordered
        for number, step in enumerate(one.new, start=1)
    ]
    await insert_rows(session, TierMembershipRow.__table__, steps, ignore_conflicts=True)
    stands = [_columns(one.standing) for one in ordered]
    await session.execute(
        _WRITE,
        {
            "installation": installation,
            "shards": [shard_key(installation, one.owner[0]) for one in ordered],
            "customers": [one.owner[0] for one in ordered],
            "programs": [one.owner[1] for one in ordered],
            "tiers": [each["tier"] for each in stands],
            "reasons": [each["reason"] for each in stands],
            "versions": [each["version"] for each in stands],
            "steps": [one.steps for one in ordered],
            "look_at": [one.look_at for one in ordered],
            "climbs": [_document(one.standing.climb) for one in ordered],
        }
        | {
            name: [each[name] for each in stands]
            for name in ("since", "holds_from", "until", "notice_at", "protected_until", "qualified_by")
        },
    )


def _place(installation: InstallationId, owner: Owner) -> dict[str, Any]:
    customer, program = owner
    return {
        "installation_id": installation,
        "shard_key": shard_key(installation, customer),
        "customer_id": customer,
        "program_id": program,
    }


def _columns(standing: Standing) -> dict[str, Any]:
    return {
        "tier": standing.tier,
        "since": standing.since,
        "holds_from": standing.holds_from,
        "until": standing.until,
        "reason": standing.reason.value,
        "version": standing.version,
        "notice_at": standing.notice_at,
        "protected_until": standing.protected_until,
        "qualified_by": _document(standing.ground),
    }


def _document(value: Ground | Climb | None) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def kept_from(row: sa.Row[tuple[object, ...]]) -> Kept:
    climb = None if row.climb is None else msgspec.json.decode(row.climb, type=Climb)
    return Kept(standing=replace(standing_from(row), climb=climb), steps=row.steps, look_at=row.look_at)


def standing_from(row: sa.Row[tuple[object, ...]]) -> Standing:
    return Standing(
        tier=None if row.tier is None else TierCode(row.tier),
        since=row.since,
        holds_from=row.holds_from,
        reason=Reason(row.reason),
        version=row.seen_version,
        until=row.until,
        notice_at=row.notice_at,
        protected_until=row.protected_until,
        ground=None if row.qualified_by is None else msgspec.json.decode(row.qualified_by, type=Ground),
    )


_STEPS = sa.text(
    f"""
    SELECT {STANDING_COLUMNS} FROM tier_membership AS standing
    WHERE standing.installation_id = :installation AND standing.shard_key = :shard
      AND standing.customer_id = :customer AND standing.program_id = :program
    ORDER BY standing.n
    """  # noqa: S608 # the columns are the constant above
)


async def steps_of(session: AsyncSession, installation: InstallationId, owner: Owner) -> list[Standing]:
    """All steps of one member, the oldest first."""
    customer, program = owner
    key = {
        "installation": installation,
        "shard": shard_key(installation, customer),
        "customer": customer,
        "program": program,
    }
    return [standing_from(row) for row in await session.execute(_STEPS, key)]
