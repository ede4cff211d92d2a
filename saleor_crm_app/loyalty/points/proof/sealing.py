"""Sets a seal over what was posted since the last one; what did not change is neither read nor computed again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.loyalty.points.proof.merkle import (
    EMPTY_ROOT,
    ROOT,
    beside,
    bucket_of,
    climb,
    leaf_hash,
    tree_hash,
)
from saleor_crm_app.loyalty.points.proof.seal import Seal, Signer, newest_seal, term_mark, terms_digest
from saleor_crm_app.loyalty.points.proof.seal_models import SealedRow, SealRow

MOST: Final = 20_000
"""About so many changes one seal takes; where more wait, another follows."""

log = logger(__name__)

# not a statement about the shop: its number alone is the lock
_LOCK = sa.text("SELECT pg_try_advisory_xact_lock(:lock)")
_LOCK_SPACE: Final = 0x5EA1

# 281474976710655 is what a bucket leaves of a shard key: 48 bits. Both ends of a bucket are computed beforehand, since
# under row-level security no index is asked for what is computed by an operator that might leak.
# One statement and so one snapshot: the heads that are read are those of the very postings that are taken from the
# queue, whatever is posted meanwhile. Buckets are taken whole, or a neighbor's head might be one that still waits.
_TAKE = sa.text(
    """
    WITH edge AS MATERIALIZED (
        SELECT coalesce((SELECT shard_key FROM unsealed WHERE installation_id = :installation
                         ORDER BY shard_key OFFSET :most LIMIT 1), 9223372036854775807) | 281474976710655 AS shard
    ), taken AS (
        DELETE FROM unsealed USING edge
        WHERE unsealed.installation_id = :installation AND unsealed.shard_key <= edge.shard
        RETURNING unsealed.shard_key, unsealed.subject_id, unsealed.seq, unsealed.kind
    ), moved AS (
        SELECT DISTINCT shard_key, subject_id FROM taken WHERE kind = 'ENTRY'
    ), bucket AS MATERIALIZED (
        SELECT DISTINCT (shard_key >> 48) << 48 AS lowest, (shard_key >> 48) << 48 | 281474976710655 AS highest
        FROM moved
    )
    SELECT 'ENTRY' AS kind, held.shard_key, held.id AS subject_id, held.last_seq AS seq, held.head,
           moved.subject_id IS NOT NULL AS moved,
           moved.subject_id IS NOT NULL AND known.n IS NULL AS fresh,
           CAST(NULL AS timestamptz) AS activates_at, CAST(NULL AS timestamptz) AS expires_at,
           CAST(NULL AS timestamptz) AS recorded_at
    FROM bucket CROSS JOIN LATERAL (
        SELECT shard_key, id, last_seq, head FROM account
        WHERE installation_id = :installation AND last_seq > 0
          AND shard_key BETWEEN bucket.lowest AND bucket.highest
    ) AS held
    LEFT JOIN moved ON moved.shard_key = held.shard_key AND moved.subject_id = held.id
    LEFT JOIN LATERAL (
        SELECT n FROM sealed WHERE sealed.installation_id = :installation
          AND sealed.shard_key = moved.shard_key AND sealed.subject_id = moved.subject_id LIMIT 1
    ) AS known ON true
    UNION ALL
    SELECT 'TERM', taken.shard_key, taken.subject_id, taken.seq, NULL, true, false,
           term.activates_at, term.expires_at, term.recorded_at
    FROM taken JOIN lot_term AS term
      ON term.installation_id = :installation AND term.shard_key = taken.shard_key
     AND term.lot_id = taken.subject_id AND term.n = taken.seq
    WHERE taken.kind = 'TERM'
    """
)
_NODES = sa.text(
    "SELECT number, hash FROM seal_node WHERE installation_id = :installation AND number = ANY(:numbers)"
).bindparams(sa.bindparam("numbers", type_=ARRAY(sa.Integer)))
_KEEP_NODES = sa.text(
    """
    INSERT INTO seal_node (installation_id, number, hash)
    SELECT :installation, * FROM unnest(CAST(:numbers AS int[]), CAST(:hashes AS bytea[]))
    ON CONFLICT (installation_id, number) DO UPDATE SET hash = excluded.hash
    """
)
_SEALED_BEFORE = sa.text(
    """
    WITH newest AS (
        SELECT DISTINCT ON (shard_key, subject_id) shard_key, subject_id, seq, mark FROM sealed
        WHERE installation_id = :installation AND kind = 'ENTRY' ORDER BY shard_key, subject_id, seq DESC
    ) SELECT * FROM newest
    """
)
_WAITING = sa.text("SELECT DISTINCT installation_id FROM unsealed")


async def shops_to_seal(session: AsyncSession) -> list[InstallationId]:
    """Shops in which something was posted since their last seal; for a session across shops."""
    return sorted(InstallationId(shop) for shop in await session.scalars(_WAITING))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What a seal is to cover: heads of the touched buckets, in order, and the dates that are new."""

    buckets: Mapping[int, bytes]
    moved: Sequence[tuple[int, UUID, int, bytes]]
    terms: Sequence[tuple[int, UUID, int, bytes]]
    fresh: int


async def take_seal_turn(session: AsyncSession, installation: InstallationId) -> bool:
    """Be the only one who seals a shop until the transaction ends; False where another process is at it."""
    lock = int.from_bytes(installation.bytes[:8], signed=True) ^ _LOCK_SPACE
    return bool((await session.execute(_LOCK, {"lock": lock})).scalar_one())


async def seal_changes(
    session: AsyncSession, installation: InstallationId, *, signer: Signer, at: datetime
) -> Seal | None:
    """Set one seal, by who has the turn for it; None where nothing waits.

    Costs per changed account its bucket (15 accounts where the shop has a million) and 16 nodes above it; six
    statements, whatever the number.
    """
    found = (await session.execute(_TAKE, {"installation": installation, "most": MOST})).all()
    if not found:
        return None
    taken = _sorted(found)
    last = await newest_seal(session, installation)
    nodes = await _nodes(session, installation, taken, last)
    made = Seal(
        installation=installation,
        n=last.n + 1 if last else 1,
        at=at,
        accounts=(last.accounts if last else 0) + taken.fresh,
        root=nodes.get(ROOT) or (last.root if last else EMPTY_ROOT),
        terms=terms_digest(mark for _, _, _, mark in taken.terms),
        previous=last.hash() if last else b"",
        key_id=signer.key_id,
    )
    made = replace(made, signature=signer.sign(made.message()))
    await _write(session, made, taken, nodes)
    return made


def _sorted(found: Iterable[sa.Row[Any]]) -> _Taken:
    leaves: dict[int, list[tuple[int, bytes, bytes]]] = defaultdict(list)
    moved, terms, fresh = [], [], 0
    for row in found:
        if row.kind == "TERM":
            dates = (row.activates_at, row.expires_at, row.recorded_at)
            terms.append((row.shard_key, row.subject_id, row.seq, term_mark(row.subject_id, row.seq, dates=dates)))
            continue
        leaf = leaf_hash(row.shard_key, row.subject_id, seq=row.seq, head=row.head)
        leaves[bucket_of(row.shard_key)].append((row.shard_key, row.subject_id.bytes, leaf))
        if row.moved:
            moved.append((row.shard_key, row.subject_id, row.seq, row.head))
            fresh += row.fresh
    buckets = {bucket: tree_hash([leaf for _, _, leaf in sorted(held)]) for bucket, held in leaves.items()}
    terms.sort(key=lambda term: (term[0], term[1].bytes, term[2]))
    return _Taken(buckets=buckets, moved=moved, terms=terms, fresh=fresh)


async def _nodes(
    session: AsyncSession, installation: InstallationId, taken: _Taken, last: Seal | None
) -> dict[int, bytes]:
    """The nodes that change, after a look whether those that do not still lead to the last root."""
    if not taken.buckets:
        return {}
    wanted = {"installation": installation, "numbers": sorted(beside(taken.buckets))}
    known = {row.number: row.hash for row in await session.execute(_NODES, wanted)}
    before = climb({bucket: known.get(bucket, b"") for bucket in taken.buckets}, known)
    if before[ROOT] == (last.root if last else EMPTY_ROOT):
        return climb(taken.buckets, known)
    log.error("seal_tree_rebuilt", installation=str(installation))
    leaves: dict[int, list[bytes]] = defaultdict(list)
    for row in await session.execute(_SEALED_BEFORE, {"installation": installation}):
        leaf = leaf_hash(row.shard_key, row.subject_id, seq=row.seq, head=row.mark)
        leaves[bucket_of(row.shard_key)].append(leaf)
    return climb({bucket: tree_hash(held) for bucket, held in leaves.items()} | dict(taken.buckets), {})


async def _write(session: AsyncSession, made: Seal, taken: _Taken, nodes: Mapping[int, bytes]) -> None:
    row = {
        "installation_id": made.installation,
        "n": made.n,
        "at": made.at,
        "accounts": made.accounts,
        "root": made.root,
        "terms": made.terms,
        "previous": made.previous,
        "key_id": made.key_id,
        "signature": made.signature,
    }
    await insert_rows(session, SealRow.__table__, [row])
    covered = [
        {
            "installation_id": made.installation,
            "shard_key": shard,
            "subject_id": subject,
            "seq": seq,
            "kind": kind,
            "n": made.n,
            "mark": mark,
        }
        for kind, rows in (("ENTRY", taken.moved), ("TERM", taken.terms))
        for shard, subject, seq, mark in rows
    ]
    await insert_rows(session, SealedRow.__table__, covered)
    if nodes:
        numbers = sorted(nodes)
        kept = {"numbers": numbers, "hashes": [nodes[number] for number in numbers]}
        await session.execute(_KEEP_NODES, {"installation": made.installation} | kept)
