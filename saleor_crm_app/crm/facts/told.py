"""Facts that do not follow from orders: events, what staff wrote down, what apps told; the newest by name."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.customers import Occasion
from saleor_crm_app.crm.facts.models import FactRow
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, shard_key

Value = str | int | float | bool


class Source(StrEnum):
    """Who told a fact."""

    EVENT = "EVENT"
    STAFF = "STAFF"
    APP = "APP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One value, as of `observed_at`. `purpose` says for what its customer lets it be used; None: for the service."""

    customer: CustomerId
    name: str
    value: Value
    source: Source
    observed_at: datetime
    purpose: str | None = None


_SHARDS = sa.bindparam("shards", type_=ARRAY(sa.BigInteger))
_TIMES = sa.bindparam("times", type_=ARRAY(sa.DateTime(timezone=True)))
_AT = sa.bindparam("at", type_=sa.DateTime(timezone=True))
_TELL = """
    INSERT INTO fact AS known (installation_id, shard_key, customer_id, name, value, source, purpose, observed_at,
                               recorded_at)
    SELECT :installation, shard, customer, name, CAST(value AS jsonb), :source, purpose, observed, :at FROM unnest(
        CAST(:shards AS bigint[]), CAST(:customers AS text[]), CAST(:names AS text[]), CAST(:values AS text[]),
        CAST(:purposes AS text[]), CAST(:times AS timestamptz[]))
      AS rows (shard, customer, name, value, purpose, observed)
    ON CONFLICT (installation_id, shard_key, customer_id, name) DO UPDATE SET {change}
"""
_TELL_VALUES = sa.text(
    _TELL.format(
        change="value = excluded.value, source = excluded.source, purpose = excluded.purpose,"
        " observed_at = excluded.observed_at, recorded_at = excluded.recorded_at"
        " WHERE excluded.observed_at >= known.observed_at AND known.source <> 'EVENT'"
    )
).bindparams(_SHARDS, _TIMES, _AT)
# a name that an event has is the event's: what somebody told under it before makes room
_COUNT_EVENTS = sa.text(
    _TELL.format(
        change="value = CASE WHEN known.source = 'EVENT'"
        " THEN to_jsonb(CAST(known.value AS bigint) + CAST(excluded.value AS bigint)) ELSE excluded.value END,"
        " source = excluded.source, purpose = excluded.purpose,"
        " observed_at = CASE WHEN known.source = 'EVENT'"
        " THEN greatest(known.observed_at, excluded.observed_at) ELSE excluded.observed_at END,"
        " recorded_at = excluded.recorded_at"
    )
).bindparams(_SHARDS, _TIMES, _AT)


async def tell_facts(
    session: AsyncSession, installation: InstallationId, told: Sequence[Fact], *, at: datetime
) -> None:
    """Keep these values; an older one replaces no newer, and none what is counted. One statement for each source."""
    for source in Source:
        newest = {(one.customer, one.name): one for one in sorted(told, key=_time) if one.source is source}
        await _tell(session, _TELL_VALUES, installation, newest.values(), at=at)


async def note_events(
    session: AsyncSession, installation: InstallationId, fresh: Sequence[Occasion], *, at: datetime
) -> None:
    """Count what happened to customers, by name: how often, and when last. Each occasion is to be given once."""
    counts: dict[tuple[CustomerId, str], list[Occasion]] = {}
    for one in fresh:
        counts.setdefault((one.customer, one.name), []).append(one)
    told = [
        Fact(
            customer=customer,
            name=name,
            value=len(happened),
            source=Source.EVENT,
            observed_at=max(one.occurred_at for one in happened),
        )
        for (customer, name), happened in counts.items()
    ]
    await _tell(session, _COUNT_EVENTS, installation, told, at=at)


async def facts_of(session: AsyncSession, installation: InstallationId, customer: CustomerId) -> Mapping[str, Fact]:
    """What was told of a customer, by name."""
    wanted = sa.select(FactRow).where(
        FactRow.installation_id == installation,
        FactRow.shard_key == shard_key(installation, customer),
        FactRow.customer_id == customer,
    )
    return {
        row.name: Fact(
            customer=customer,
            name=row.name,
            value=row.value,
            source=Source(row.source),
            observed_at=row.observed_at,
            purpose=row.purpose,
        )
        for row in await session.scalars(wanted.order_by(FactRow.name))
    }


async def _tell(
    session: AsyncSession,
    statement: sa.TextClause,
    installation: InstallationId,
    told: Collection[Fact],
    *,
    at: datetime,
) -> None:
    rows = sorted(((shard_key(installation, one.customer), one) for one in told), key=_place)
    if not rows:
        return
    facts = [row[-1] for row in rows]
    wanted = {
        "installation": installation,
        "source": facts[0].source.value,
        "at": at,
        "shards": [row[0] for row in rows],
        "customers": [one.customer for one in facts],
        "names": [one.name for one in facts],
        "values": [msgspec.json.encode(one.value).decode() for one in facts],
        "purposes": [one.purpose for one in facts],
        "times": [one.observed_at for one in facts],
    }
    await session.execute(statement, wanted)


def _time(fact: Fact) -> datetime:
    return fact.observed_at


def _place(row: tuple[int, Fact]) -> tuple[int, str, str]:
    return row[0], row[1].customer, row[1].name
