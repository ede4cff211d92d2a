"""Writes what is learnt of customers, set-wise; older news and news of the deleted change nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import CustomerId, InstallationId, shard_key


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSeen:
    """A customer as the shop showed it at `updated_at`; `country` is None where it was not told."""

    id: CustomerId
    is_active: bool
    is_confirmed: bool
    is_staff: bool
    language: str
    joined_at: datetime
    updated_at: datetime
    country: str | None = None


_RECORD = sa.text(
    """
    INSERT INTO customer AS known (installation_id, shard_key, id, is_active, is_confirmed, is_staff, language,
                                   joined_at, updated_at, country)
    SELECT :installation, * FROM unnest(
        CAST(:shards AS bigint[]), CAST(:ids AS text[]), CAST(:active AS boolean[]),
        CAST(:confirmed AS boolean[]), CAST(:staff AS boolean[]), CAST(:languages AS text[]),
        CAST(:joined AS timestamptz[]), CAST(:updated AS timestamptz[]), CAST(:countries AS text[]))
    ON CONFLICT (installation_id, shard_key, id) DO UPDATE SET
        is_active = excluded.is_active, is_confirmed = excluded.is_confirmed OR known.is_confirmed,
        is_staff = excluded.is_staff, language = excluded.language, joined_at = excluded.joined_at,
        updated_at = excluded.updated_at, country = coalesce(excluded.country, known.country)
    WHERE excluded.updated_at >= known.updated_at AND known.deleted_at IS NULL
    """
).bindparams(
    sa.bindparam("joined", type_=ARRAY(sa.DateTime(timezone=True))),
    sa.bindparam("updated", type_=ARRAY(sa.DateTime(timezone=True))),
)


async def record(session: AsyncSession, installation: InstallationId, seen: Sequence[CustomerSeen]) -> None:
    """Keep the newest view of each customer. Rows are written in key order, so batches cannot deadlock."""
    newest = {one.id: one for one in sorted(seen, key=lambda one: one.updated_at)}
    rows = sorted(newest.values(), key=lambda one: (shard_key(installation, one.id), one.id))
    if not rows:
        return
    await session.execute(
        _RECORD,
        {
            "installation": installation,
            "shards": [shard_key(installation, one.id) for one in rows],
            "ids": [one.id for one in rows],
            "active": [one.is_active for one in rows],
            "confirmed": [one.is_confirmed for one in rows],
            "staff": [one.is_staff for one in rows],
            "languages": [one.language for one in rows],
            "joined": [one.joined_at for one in rows],
            "updated": [one.updated_at for one in rows],
            "countries": [one.country for one in rows],
        },
    )


_MARK = """
    INSERT INTO customer AS known (installation_id, shard_key, id, updated_at, {column})
    SELECT :installation, shard, id, {known_at}, {value} FROM unnest(
        CAST(:shards AS bigint[]), CAST(:ids AS text[]), CAST(:times AS timestamptz[])) AS rows (shard, id, at)
    ON CONFLICT (installation_id, shard_key, id) DO UPDATE SET {change}
"""
_TIMES = sa.bindparam("times", type_=ARRAY(sa.DateTime(timezone=True)))
_CONFIRM = sa.text(
    # of a customer unknown till then nothing else was seen yet, so whatever is seen later is newer
    _MARK.format(
        column="is_confirmed",
        known_at="CAST('epoch' AS timestamptz)",
        value="true",
        change="is_confirmed = true",
    )
).bindparams(_TIMES)
_FORGET = sa.text(
    _MARK.format(
        column="deleted_at",
        known_at="at",
        value="at",
        change="deleted_at = coalesce(known.deleted_at, excluded.deleted_at), is_active = false,"
        " language = '', joined_at = NULL, country = NULL",
    )
).bindparams(_TIMES)


async def confirm(
    session: AsyncSession, installation: InstallationId, confirmed: Sequence[tuple[CustomerId, datetime]]
) -> None:
    """Note that the shop has confirmed these accounts, known or not yet."""
    await _mark(session, _CONFIRM, installation, confirmed)


async def forget(
    session: AsyncSession, installation: InstallationId, gone: Sequence[tuple[CustomerId, datetime]]
) -> None:
    """Note that these customers were deleted; news that arrives later does not bring them back."""
    await _mark(session, _FORGET, installation, gone)


async def _mark(
    session: AsyncSession,
    statement: sa.TextClause,
    installation: InstallationId,
    marked: Sequence[tuple[CustomerId, datetime]],
) -> None:
    first = dict(reversed(marked))
    rows = sorted((shard_key(installation, customer), customer, at) for customer, at in first.items())
    if not rows:
        return
    await session.execute(
        statement,
        {
            "installation": installation,
            "shards": [shard for shard, _, _ in rows],
            "ids": [customer for _, customer, _ in rows],
            "times": [at for _, _, at in rows],
        },
    )
