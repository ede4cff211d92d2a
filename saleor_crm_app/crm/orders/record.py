"""Keeps the newest snapshot of each order: older ones are ignored, contradictions are read again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.orders.locks import lock_orders
from saleor_crm_app.crm.orders.snapshot import OrderSnapshot
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, OrderId, ShardKey, shard_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A snapshot and how it was learnt: `polled` ones are the shop's own answer to our question."""

    snapshot: OrderSnapshot
    issued_at: datetime
    polled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFact:
    """What holds of an order now. `attached_at` says when a guest's order got its customer."""

    snapshot: OrderSnapshot
    issued_at: datetime
    polled: bool
    display_gross: bool
    attached_at: datetime | None
    customer: CustomerId | None
    shard: ShardKey
    content: bytes

    @property
    def id(self) -> OrderId:
        return self.snapshot.id


@dataclass(slots=True)
class Recorded:
    """What a batch taught: facts that are new, and orders whose deliveries contradict each other."""

    changed: list[OrderFact] = field(default_factory=list)
    doubtful: set[OrderId] = field(default_factory=set)


async def record(
    session: AsyncSession, installation: InstallationId, observed: Sequence[Observed], *, at: datetime
) -> Recorded:
    """Apply snapshots in the order given; says which facts changed and which orders to read again."""
    learnt = Recorded()
    if not observed:
        return learnt
    ids = {seen.snapshot.id for seen in observed}
    await lock_orders(session, installation, ids)
    known = await _known(session, installation, ids)
    now_true = dict(known)
    for seen in observed:
        order = seen.snapshot.id
        fact = now_true.get(order)
        if fact is not None and _contradicts(fact, seen):
            learnt.doubtful.add(order)
        elif fact is None or _is_newer(fact, seen):
            now_true[order] = _merged(installation, fact, seen, at=at)
            if seen.polled:
                learnt.doubtful.discard(order)
    learnt.changed = [fact for order, fact in now_true.items() if fact is not known.get(order)]
    await _write(session, installation, learnt.changed, known)
    return learnt


def _is_newer(fact: OrderFact, seen: Observed) -> bool:
    return (seen.snapshot.updated_at, seen.issued_at) > (fact.snapshot.updated_at, fact.issued_at)


def _contradicts(fact: OrderFact, seen: Observed) -> bool:
    """Two contents under one `updatedAt`: only a later look into the shop can say which is true.

    Saleor does not move it on a second partial return, for one.
    """
    if seen.snapshot.updated_at != fact.snapshot.updated_at or seen.snapshot is fact.snapshot:
        return False
    if seen.snapshot.content() == fact.content:
        return False
    return not seen.polled or (fact.polled and seen.issued_at <= fact.issued_at)


def _merged(installation: InstallationId, fact: OrderFact | None, seen: Observed, *, at: datetime) -> OrderFact:
    """The new snapshot, with what is remembered: first display, first customer, product kinds."""
    snapshot = seen.snapshot
    if fact is not None and snapshot is fact.snapshot:
        return replace(fact, issued_at=seen.issued_at, polled=seen.polled)
    customer = snapshot.customer
    attached = None
    if fact is not None:
        if any(line.kind is None for line in snapshot.lines):
            snapshot = snapshot.with_known_kinds({line.id: line.kind for line in fact.snapshot.lines})
        # an order whose customer was deleted reads as a guest's; its points stay where they are
        customer = fact.customer or customer
        attached = fact.attached_at
        if fact.customer is None and customer is not None:
            attached = at
    return OrderFact(
        snapshot=snapshot,
        issued_at=seen.issued_at,
        polled=seen.polled,
        display_gross=snapshot.display_gross if fact is None else fact.display_gross,
        attached_at=attached,
        customer=customer,
        shard=shard_key(installation, snapshot.id if customer is None else customer),
        content=seen.snapshot.content(),
    )


async def facts_by_id(session: AsyncSession, installation: InstallationId, ids: Iterable[OrderId]) -> list[OrderFact]:
    """What holds of these orders now, as far as they are known; one statement."""
    return list((await _known(session, installation, ids)).values())


_KNOWN = sa.text(
    """
    SELECT shard_key, customer_id, issued_at, source, display_gross, attached_at, content,
           CAST(snapshot AS text) AS snapshot
    FROM order_fact WHERE installation_id = :installation AND id = ANY(CAST(:ids AS uuid[]))
    """
)


async def _known(
    session: AsyncSession, installation: InstallationId, ids: Iterable[OrderId]
) -> dict[OrderId, OrderFact]:
    rows = await session.execute(_KNOWN, {"installation": installation, "ids": list(ids)})
    return {fact.id: fact for fact in map(_fact, rows)}


def _fact(row: sa.Row[Any]) -> OrderFact:
    return OrderFact(
        snapshot=_DECODER.decode(row.snapshot),
        issued_at=row.issued_at,
        polled=row.source == "poll",
        display_gross=row.display_gross,
        attached_at=row.attached_at,
        customer=row.customer_id,
        shard=row.shard_key,
        content=row.content,
    )


_OF_CUSTOMERS = sa.text(
    """
    SELECT order_fact.shard_key, customer_id, issued_at, source, display_gross, attached_at, content,
           CAST(snapshot AS text) AS snapshot
    FROM unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[])) AS wanted (shard, customer)
    JOIN order_fact ON order_fact.installation_id = :installation AND order_fact.shard_key = wanted.shard
                   AND order_fact.customer_id = wanted.customer
    """
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))


async def orders_of_customers(
    session: AsyncSession, installation: InstallationId, customers: Iterable[CustomerId]
) -> list[OrderFact]:
    """What holds of all orders of these customers; one statement."""
    owners = sorted(set(customers))
    wanted = {
        "installation": installation,
        "shards": [shard_key(installation, customer) for customer in owners],
        "customers": owners,
    }
    return [_fact(row) for row in await session.execute(_OF_CUSTOMERS, wanted)]


_DECODER = msgspec.json.Decoder(OrderSnapshot)
_TIMES = ARRAY(sa.DateTime(timezone=True))
_DROP_MOVED = sa.text(
    """
    DELETE FROM order_fact
    WHERE installation_id = :installation AND shard_key = ANY(CAST(:shards AS bigint[]))
      AND id = ANY(CAST(:ids AS uuid[]))
    """
)
_WRITE = sa.text(
    """
    INSERT INTO order_fact (installation_id, shard_key, id, customer_id, number, channel, currency, status,
        created_at, updated_at, issued_at, attached_at, source, display_gross, content, snapshot)
    SELECT :installation, shard, id, customer, number, channel, currency, status, created, updated, issued,
        attached, source, display, content, CAST(snapshot AS jsonb)
    FROM unnest(CAST(:shards AS bigint[]), CAST(:ids AS uuid[]), CAST(:customers AS text[]),
        CAST(:numbers AS text[]), CAST(:channels AS text[]), CAST(:currencies AS text[]),
        CAST(:statuses AS text[]), CAST(:created AS timestamptz[]), CAST(:updated AS timestamptz[]),
        CAST(:issued AS timestamptz[]), CAST(:attached AS timestamptz[]), CAST(:sources AS text[]),
        CAST(:displays AS boolean[]), CAST(:contents AS bytea[]), CAST(:snapshots AS text[]))
      AS rows (shard, id, customer, number, channel, currency, status, created, updated, issued, attached,
               source, display, content, snapshot)
    ON CONFLICT (installation_id, shard_key, id) DO UPDATE SET
        status = excluded.status, updated_at = excluded.updated_at, issued_at = excluded.issued_at,
        source = excluded.source, content = excluded.content, snapshot = excluded.snapshot
    """
).bindparams(*(sa.bindparam(name, type_=_TIMES) for name in ("created", "updated", "issued", "attached")))


async def _write(
    session: AsyncSession,
    installation: InstallationId,
    facts: Sequence[OrderFact],
    known: Mapping[OrderId, OrderFact],
) -> None:
    if not facts:
        return
    moved = [old for fact in facts if (old := known.get(fact.id)) is not None and old.shard != fact.shard]
    if moved:
        await session.execute(
            _DROP_MOVED,
            {
                "installation": installation,
                "shards": [old.shard for old in moved],
                "ids": [old.id for old in moved],
            },
        )
    await session.execute(
        _WRITE,
        {
            "installation": installation,
            "shards": [fact.shard for fact in facts],
            "ids": [fact.id for fact in facts],
            "customers": [fact.customer for fact in facts],
            "numbers": [fact.snapshot.number for fact in facts],
            "channels": [fact.snapshot.channel for fact in facts],
            "currencies": [fact.snapshot.currency for fact in facts],
            "statuses": [fact.snapshot.status for fact in facts],
            "created": [fact.snapshot.created_at for fact in facts],
            "updated": [fact.snapshot.updated_at for fact in facts],
            "issued": [fact.issued_at for fact in facts],
            "attached": [fact.attached_at for fact in facts],
            "sources": ["poll" if fact.polled else "webhook" for fact in facts],
            "displays": [fact.display_gross for fact in facts],
            "contents": [fact.content for fact in facts],
            "snapshots": [msgspec.json.encode(fact.snapshot).decode() for fact in facts],
        },
    )
