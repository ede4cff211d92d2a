"""Birthdays without their years: who told which day when, and whose day it is."""

from calendar import isleap
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ShardKey, shard_key

_LEAP_YEAR: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Birthday:
    """A customer's birthday. It is known as this day since `known_since`."""

    customer: CustomerId
    month: int
    day: int
    known_since: datetime


def is_day(month: int, day: int) -> bool:
    """Whether some year has this day; 29 February is one."""
    try:
        date(_LEAP_YEAR, month, day)
    except ValueError:
        return False
    return True


_SHARDS = sa.bindparam("shards", type_=ARRAY(sa.BigInteger))
_TELL = sa.text(
    """
    INSERT INTO birthday AS known (installation_id, shard_key, customer_id, month, day, known_since)
    SELECT :installation, * FROM unnest(
        CAST(:shards AS bigint[]), CAST(:customers AS text[]), CAST(:months AS smallint[]), CAST(:days AS smallint[]),
        CAST(:times AS timestamptz[]))
    ON CONFLICT (installation_id, shard_key, customer_id) DO UPDATE
        SET month = excluded.month, day = excluded.day, known_since = excluded.known_since
    WHERE (known.month, known.day) <> (excluded.month, excluded.day)
    """
).bindparams(_SHARDS, sa.bindparam("times", type_=ARRAY(sa.DateTime(timezone=True))))


async def tell_birthdays(session: AsyncSession, installation: InstallationId, told: Sequence[Birthday]) -> None:
    """Keep these birthdays, the last one told of each customer; the same day again changes nothing."""
    last = {one.customer: one for one in told}
    rows = sorted(last.values(), key=lambda one: (shard_key(installation, one.customer), one.customer))
    if not rows:
        return
    await session.execute(
        _TELL,
        {
            "installation": installation,
            "shards": [shard_key(installation, one.customer) for one in rows],
            "customers": [one.customer for one in rows],
            "months": [one.month for one in rows],
            "days": [one.day for one in rows],
            "times": [one.known_since for one in rows],
        },
    )


_OF = sa.text(
    """
    SELECT month, day, known_since FROM birthday
    WHERE installation_id = :installation AND shard_key = :shard AND customer_id = :customer
    """
).bindparams(sa.bindparam("shard", type_=sa.BigInteger))


async def birthday_of(session: AsyncSession, installation: InstallationId, customer: CustomerId) -> Birthday | None:
    """A customer's birthday, if it was told."""
    key = {"installation": installation, "shard": shard_key(installation, customer), "customer": customer}
    row = (await session.execute(_OF, key)).one_or_none()
    if row is None:
        return None
    return Birthday(customer=customer, month=row.month, day=row.day, known_since=row.known_since)


_ON = sa.text(
    """
    SELECT birthday.shard_key, birthday.customer_id, birthday.month, birthday.day, birthday.known_since FROM birthday
    WHERE birthday.installation_id = :installation AND birthday.known_since <= :known_by
      AND (birthday.month = :month AND birthday.day = :day OR :leap AND birthday.month = 2 AND birthday.day = 29)
      AND (birthday.shard_key, birthday.customer_id) > (CAST(:shard AS bigint), CAST(:customer AS text))
    ORDER BY birthday.shard_key, birthday.customer_id LIMIT :most
    """
).bindparams(sa.bindparam("known_by", type_=sa.DateTime(timezone=True)), sa.bindparam("shard", type_=sa.BigInteger))
_FIRST: Final = (ShardKey(-(2**63)), CustomerId(""))


async def birthdays_on(
    session: AsyncSession,
    installation: InstallationId,
    day: date,
    *,
    known_by: datetime,
    after: CustomerId | None,
    most: int,
) -> Sequence[Birthday]:
    """Whose birthday this day is, of those told by `known_by`, a page at a time in the order of their places.

    Who was born on 29 February has it on the 28th where a year has no 29th.
    """
    place = _FIRST if after is None else (shard_key(installation, after), after)
    no_29th = (day.month, day.day) == (2, 28) and not isleap(day.year)
    wanted = {
        "installation": installation,
        "month": day.month,
        "day": day.day,
        "leap": no_29th,
        "known_by": known_by,
        "shard": place[0],
        "customer": place[1],
        "most": most,
    }
    rows = await session.execute(_ON, wanted)
    return [
        Birthday(customer=row.customer_id, month=row.month, day=row.day, known_since=row.known_since) for row in rows
    ]


_FORGET = sa.text(
    """
    DELETE FROM birthday USING unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[])) AS gone (shard, customer)
    WHERE birthday.installation_id = :installation AND birthday.shard_key = gone.shard
      AND birthday.customer_id = gone.customer
    """
).bindparams(_SHARDS)


async def forget_birthdays(
    session: AsyncSession, installation: InstallationId, customers: Collection[CustomerId]
) -> None:
    """Delete the birthdays of customers who were deleted."""
    ordered = sorted(set(customers))
    shards = [shard_key(installation, customer) for customer in ordered]
    await session.execute(_FORGET, {"installation": installation, "shards": shards, "customers": ordered})
