"""What is read of segments: sizes by day, members by page, and who is or was in which at an instant."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.customers import Place
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ShardKey, shard_key


@dataclass(frozen=True, slots=True)
class SizeOfDay:
    """How many were in a segment on a day."""

    day: date
    members: int


@dataclass(frozen=True, slots=True)
class SegmentMember:
    """A customer in a segment since then; `place` is where they stand among all."""

    place: Place
    since: datetime

    @property
    def customer(self) -> CustomerId:
        return self.place[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentOfCustomer:
    """A segment that a customer is in since then."""

    segment: UUID
    key: str | None
    name: str
    since: datetime


Moment = tuple[CustomerId, datetime]
"""A customer at an instant."""

_SIZES = sa.text(
    """
    SELECT day, members FROM segment_size
    WHERE installation_id = :installation AND segment_id = :segment AND day >= :since_day ORDER BY day
    """
)
_MEMBERS = sa.text(
    """
    SELECT shard_key, customer_id, since FROM segment_member
    WHERE installation_id = :installation AND segment_id = :segment AND (shard_key, customer_id) > (:shard, :customer)
    ORDER BY shard_key, customer_id LIMIT :first
    """
).bindparams(sa.bindparam("shard", type_=sa.BigInteger))
_OF_CUSTOMER = sa.text(
    """
    SELECT segment.id, segment.key, segment.name, held.since
    FROM segment_member AS held
    JOIN segment ON segment.installation_id = held.installation_id AND segment.id = held.segment_id
    WHERE held.installation_id = :installation AND held.shard_key = :shard AND held.customer_id = :customer
    ORDER BY segment.id
    """
).bindparams(sa.bindparam("shard", type_=sa.BigInteger))


async def sizes_of(
    session: AsyncSession, installation: InstallationId, segment: UUID, *, since: date
) -> Sequence[SizeOfDay]:
    """The segment's size on each day on which it was counted, oldest first."""
    rows = await session.execute(_SIZES, {"installation": installation, "segment": segment, "since_day": since})
    return [SizeOfDay(row.day, row.members) for row in rows]


async def members_of(
    session: AsyncSession, installation: InstallationId, segment: UUID, *, after: Place | None, first: int
) -> Sequence[SegmentMember]:
    """Members behind `after`, in the order of their places."""
    shard, customer = after or (ShardKey(-(2**63)), CustomerId(""))
    wanted = {"installation": installation, "segment": segment, "shard": shard, "customer": customer, "first": first}
    return [
        SegmentMember((ShardKey(row.shard_key), CustomerId(row.customer_id)), row.since)
        for row in await session.execute(_MEMBERS, wanted)
    ]


_KEYS_OF = sa.text(
    """
    SELECT segment_id FROM segment_member
    WHERE installation_id = :installation AND shard_key = :shard AND customer_id = :customer
    """
)


async def segment_keys_of(session: AsyncSession, installation: InstallationId, customer: CustomerId) -> frozenset[UUID]:
    """The keys of the segments a customer is in; one statement."""
    wanted = {"installation": installation, "shard": shard_key(installation, customer), "customer": customer}
    return frozenset(row.segment_id for row in await session.execute(_KEYS_OF, wanted))


# of two changes at one moment, the leaving counts
_AT = sa.text(
    """
    SELECT wanted.number, asked.segment
    FROM unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[]), CAST(:instants AS timestamptz[]))
         WITH ORDINALITY AS wanted (shard, customer, instant, number)
    CROSS JOIN unnest(CAST(:segments AS uuid[])) AS asked (segment)
    CROSS JOIN LATERAL (
        SELECT entered FROM segment_change
        WHERE installation_id = :installation AND shard_key = wanted.shard AND customer_id = wanted.customer
          AND segment_id = asked.segment AND at <= wanted.instant
        ORDER BY at DESC, entered LIMIT 1
    ) AS last
    WHERE last.entered
    """
).bindparams(
    sa.bindparam("shards", type_=ARRAY(sa.BigInteger)),
    sa.bindparam("instants", type_=ARRAY(sa.DateTime(timezone=True))),
)


async def segments_at(
    session: AsyncSession, installation: InstallationId, moments: Collection[Moment], *, among: Collection[UUID]
) -> dict[Moment, frozenset[UUID]]:
    """Which of these segments customers were in at instants, as far as was known then; who was in none is left out.

    One statement, none where nothing is asked.
    """
    if not moments or not among:
        return {}
    wanted = list(dict.fromkeys(moments))
    rows = await session.execute(
        _AT,
        {
            "installation": installation,
            "shards": [shard_key(installation, customer) for customer, _ in wanted],
            "customers": [customer for customer, _ in wanted],
            "instants": [instant for _, instant in wanted],
            "segments": list(among),
        },
    )
    found: dict[Moment, set[UUID]] = defaultdict(set)
    for row in rows:
        found[wanted[row.number - 1]].add(row.segment)
    return {moment: frozenset(keys) for moment, keys in found.items()}


async def segments_of(
    session: AsyncSession, installation: InstallationId, customer: CustomerId
) -> Sequence[SegmentOfCustomer]:
    """The segments that a customer is in, oldest segment first."""
    wanted = {"installation": installation, "shard": shard_key(installation, customer), "customer": customer}
    return [
        SegmentOfCustomer(segment=row.id, key=row.key, name=row.name, since=row.since)
        for row in await session.execute(_OF_CUSTOMER, wanted)
    ]
