"""Checks every seal: that it follows the one before, is signed, and that its root follows from what it covers."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.points.proof.finding import Finding, Report
from saleor_crm_app.loyalty.points.proof.merkle import EMPTY_ROOT, ROOT, bucket_of, climb, leaf_hash, tree_hash
from saleor_crm_app.loyalty.points.proof.seal import Seal, is_signed, seal_of, term_mark, terms_digest

_AT_ONCE: Final = 1000

# what a seal covers is read from the entries and dates themselves; `mark` only serves to name the row at fault
_SEALS = sa.text(
    """
    WITH walked AS (
        SELECT seal.*, sealed.kind, sealed.shard_key, sealed.subject_id, sealed.seq, sealed.mark,
               entry.hash AS found, term.n AS term, term.activates_at, term.expires_at, term.recorded_at
        FROM seal LEFT JOIN sealed ON sealed.installation_id = seal.installation_id AND sealed.n = seal.n
        LEFT JOIN entry ON sealed.kind = 'ENTRY' AND entry.installation_id = sealed.installation_id
          AND entry.shard_key = sealed.shard_key AND entry.account_id = sealed.subject_id AND entry.seq = sealed.seq
        LEFT JOIN lot_term AS term ON sealed.kind = 'TERM' AND term.installation_id = sealed.installation_id
          AND term.shard_key = sealed.shard_key AND term.lot_id = sealed.subject_id AND term.n = sealed.seq
        WHERE seal.installation_id = :installation
    ) SELECT * FROM walked ORDER BY n, kind, shard_key, subject_id, seq
    """
)


async def broken_seal(
    session: AsyncSession, installation: InstallationId, *, keys: Mapping[str, bytes], report: Report
) -> Finding | None:
    """The first seal that is broken, or the first row that is not what its seal covered.

    `keys` are the public keys by name. Holds 32 bytes and their place for each account in memory.
    """
    replay = _Replay(keys)
    rows = await session.stream(_SEALS, {"installation": installation}, execution_options={"yield_per": _AT_ONCE})
    group: list[sa.Row[Any]] = []
    async for row in rows:
        if group and group[0].n != row.n:
            found = replay.broken(seal_of(group[0]), group)
            if found is not None:
                return found
            report("seals", group[0].n)
            group = []
        group.append(row)
    if not group:
        return None
    report("seals", group[0].n)
    return replay.broken(seal_of(group[0]), group)


@dataclass(slots=True)
class _Replay:
    """The tree as it stood after each seal, made again from what the seals cover."""

    keys: Mapping[str, bytes]
    leaves: dict[int, dict[tuple[int, bytes], bytes]] = field(default_factory=lambda: defaultdict(dict))
    nodes: dict[int, bytes] = field(default_factory=dict)
    accounts: int = 0
    last: Seal | None = None

    def broken(self, seal: Seal, rows: Sequence[sa.Row[Any]]) -> Finding | None:
        """Go on by one seal; what is wrong with it, if anything is."""
        expected = self.last.n + 1 if self.last else 1
        if seal.n != expected or seal.previous != (self.last.hash() if self.last else b""):
            return _finding(seal, "does not follow the seal before it")
        if seal.key_id not in self.keys:
            return _finding(seal, f"is signed with the key {seal.key_id}, which is not one of this shop")
        if not is_signed(seal.message(), seal.signature, self.keys[seal.key_id]):
            return _finding(seal, "was changed after it was signed")
        self.last = seal
        return self._uncovered(seal, rows)

    def _uncovered(self, seal: Seal, rows: Sequence[sa.Row[Any]]) -> Finding | None:
        touched: set[int] = set()
        marks: list[bytes] = []
        for row in rows:
            if row.kind == "ENTRY":
                if row.found != row.mark:
                    return _entry_gone(seal, row)
                touched.add(self._place(row))
            elif row.kind == "TERM":
                if _mark_of(row) != row.mark:
                    return Finding(
                        law="SEAL",
                        row=str(row.subject_id),
                        text=f"lot {row.subject_id} had other dates at seal {seal.n}",
                    )
                marks.append(row.mark)
        self.nodes |= climb({bucket: self._bucket(bucket) for bucket in touched}, self.nodes)
        if seal.terms != terms_digest(marks):
            return _finding(seal, "covered other dates of lots")
        if seal.root != self.nodes.get(ROOT, EMPTY_ROOT) or seal.accounts != self.accounts:
            return _finding(seal, "covered other entries")
        return None

    def _place(self, row: sa.Row[Any]) -> int:
        bucket = bucket_of(row.shard_key)
        key = (row.shard_key, row.subject_id.bytes)
        self.accounts += key not in self.leaves[bucket]
        self.leaves[bucket][key] = leaf_hash(row.shard_key, row.subject_id, seq=row.seq, head=row.mark)
        return bucket

    def _bucket(self, bucket: int) -> bytes:
        return tree_hash([leaf for _, leaf in sorted(self.leaves[bucket].items())])


def _mark_of(row: sa.Row[Any]) -> bytes | None:
    if row.term is None:
        return None
    dates = (row.activates_at, row.expires_at, row.recorded_at)
    return term_mark(UUID(str(row.subject_id)), row.term, dates=dates)


def _entry_gone(seal: Seal, row: sa.Row[Any]) -> Finding:
    what = "is gone" if row.found is None else "was another one then"
    text = f"entry {row.seq} of account {row.subject_id} was covered by seal {seal.n} and {what}"
    return Finding(law="SEAL", row=str(row.subject_id), text=text)


def _finding(seal: Seal, text: str) -> Finding:
    return Finding(law="SEAL", row=str(seal.n), text=f"seal {seal.n} {text}")
