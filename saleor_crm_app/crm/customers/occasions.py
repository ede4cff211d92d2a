"""What customers did or had other than orders, each once: sign-ups, birthdays, events that the shop told of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import CustomerId, InstallationId, shard_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Something that happened to a customer, by a key of its own; in one channel only where `channel` is given."""

    customer: CustomerId
    key: str
    name: str
    occurred_at: datetime
    channel: str | None = None


_SHARDS = sa.bindparam("shards", type_=ARRAY(sa.BigInteger))
_TIMES = sa.bindparam("times", type_=ARRAY(sa.DateTime(timezone=True)))
_NOTE = sa.text(
    """
    INSERT INTO occasion (installation_id, shard_key, customer_id, key, name, channel, occurred_at, recorded_at)
    SELECT :installation, shard, customer, key, name, channel, occurred, :at FROM unnest(
        CAST(:shards AS bigint[]), CAST(:customers AS text[]), CAST(:keys AS text[]), CAST(:names AS text[]),
        CAST(:channels AS text[]), CAST(:times AS timestamptz[]))
      AS rows (shard, customer, key, name, channel, occurred)
    ON CONFLICT DO NOTHING RETURNING customer_id, key
    """
).bindparams(_SHARDS, _TIMES, sa.bindparam("at", type_=sa.DateTime(timezone=True)))


async def note_occasions(
    session: AsyncSession, installation: InstallationId, told: Sequence[Occasion], *, at: datetime
) -> list[Occasion]:
    """Keep these, and give those that were not known yet; one statement, in key order."""
    first = {(one.customer, one.key): one for one in reversed(told)}
    rows = sorted(first.values(), key=lambda one: (shard_key(installation, one.customer), one.customer, one.key))
    if not rows:
        return []
    wanted = {
        "installation": installation,
        "shards": [shard_key(installation, one.customer) for one in rows],
        "customers": [one.customer for one in rows],
        "keys": [one.key for one in rows],
        "names": [one.name for one in rows],
        "channels": [one.channel for one in rows],
        "times": [one.occurred_at for one in rows],
        "at": at,
    }
    fresh = {(row.customer_id, row.key) for row in await session.execute(_NOTE, wanted)}
    return [one for one in rows if (one.customer, one.key) in fresh]


_KNOWN = sa.text(
    "SELECT DISTINCT key FROM occasion WHERE installation_id = :installation AND key = ANY(CAST(:keys AS text[]))"
)


async def known_keys(session: AsyncSession, installation: InstallationId, keys: Collection[str]) -> set[str]:
    """Which of these keys were told before, of whichever customer."""
    rows = await session.execute(_KNOWN, {"installation": installation, "keys": list(keys)})
    return {row.key for row in rows}


_SINCE = sa.text(
    """
    SELECT customer_id, key, name, channel, occurred_at, recorded_at FROM occasion
    WHERE installation_id = :installation
      AND (recorded_at, customer_id, key) > (:since, CAST(:customer AS text), CAST(:key AS text))
    ORDER BY recorded_at, customer_id, key LIMIT :most
    """
).bindparams(sa.bindparam("since", type_=sa.DateTime(timezone=True)))

Told = tuple[datetime, CustomerId, str]
"""Where an occasion stands among all: when it was told, whose it is, its key."""


async def occasions_since(
    session: AsyncSession, installation: InstallationId, after: Told, *, most: int
) -> tuple[list[Occasion], Told | None]:
    """Occasions that were told later, a page of them in that order, and the place of the page's last one if it is full.

    From an instant on: after `(instant, "", "")`.
    """
    since, customer, key = after
    wanted = {"installation": installation, "since": since, "customer": customer, "key": key, "most": most}
    rows = (await session.execute(_SINCE, wanted)).all()
    page = [
        Occasion(customer=row.customer_id, key=row.key, name=row.name, occurred_at=row.occurred_at, channel=row.channel)
        for row in rows
    ]
    if len(rows) < most:
        return page, None
    last = rows[-1]
    return page, (last.recorded_at, last.customer_id, last.key)


_FORGET = sa.text(
    """
    DELETE FROM occasion USING unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[])) AS gone (shard, customer)
    WHERE occasion.installation_id = :installation AND occasion.shard_key = gone.shard
      AND occasion.customer_id = gone.customer
    """
).bindparams(_SHARDS)


async def forget_occasions(
    session: AsyncSession, installation: InstallationId, customers: Collection[CustomerId]
) -> None:
    """Delete what was told of customers who were deleted."""
    ordered = sorted(set(customers))
    shards = [shard_key(installation, customer) for customer in ordered]
    await session.execute(_FORGET, {"installation": installation, "shards": shards, "customers": ordered})
