"""A certificate: the sums of a shop's books as one seal covers them, signed, to be checked by anybody elsewhere."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.errors import CrmError
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.models import EntryKind
from saleor_crm_app.loyalty.points.proof.chain_proof import AT_ONCE, allocations_of, content_of
from saleor_crm_app.loyalty.points.proof.laws import PROSE
from saleor_crm_app.loyalty.points.proof.seal import Seal, Signer, canonical, newest_seal
from saleor_crm_app.loyalty.program import Program, programs

KIND: Final = "saleor-crm certificate"
VERSION: Final = 1

_TAKEN: Final[Mapping[str, tuple[EntryKind, ...]]] = {
    "redeemed": (EntryKind.REDEEM, EntryKind.RETURN),
    "expired": (EntryKind.EXPIRE,),
    "clawed_back": (EntryKind.CLAWBACK, EntryKind.REVERSE),
}
"""Kinds whose entries take points away; all others issue them."""

# entries that were posted after the seal belong to the next certificate
_COVERED = sa.text(
    """
    WITH covered AS (
        SELECT shard_key, subject_id, max(seq) AS seq FROM sealed
        WHERE installation_id = :installation AND kind = 'ENTRY' AND n <= :n GROUP BY shard_key, subject_id
    )
    SELECT entry.*, account.program_id,
           (SELECT coalesce(json_agg(json_build_array(lot_id, points) ORDER BY n), '[]') FROM allocation
             WHERE allocation.installation_id = entry.installation_id
               AND allocation.shard_key = entry.shard_key AND allocation.entry_id = entry.id) AS allocations
    FROM entry
    JOIN covered ON covered.shard_key = entry.shard_key AND covered.subject_id = entry.account_id
                AND entry.seq <= covered.seq
    JOIN account ON account.installation_id = entry.installation_id AND account.shard_key = entry.shard_key
                AND account.id = entry.account_id
    WHERE entry.installation_id = :installation
    ORDER BY entry.shard_key, entry.account_id, entry.seq
    """
)

Certificate = Mapping[str, Any]
"""The document as JSON values; nothing in it is about a person."""


class NothingSealed(CrmError):
    """There is no seal yet, since nothing was posted, so there is nothing to certify."""

    def __init__(self) -> None:
        super().__init__("Nothing was posted in this shop yet, so there is nothing to certify")


@dataclass(slots=True)
class _Sums:
    """What the entries add up to, in points; by program where lots and deficits are concerned."""

    accounts: set[UUID] = field(default_factory=set)
    entries: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    outstanding: Counter[str] = field(default_factory=Counter)
    owed: Counter[str] = field(default_factory=Counter)

    def add(self, account: UUID, line: Mapping[str, Any]) -> None:
        self.accounts.add(account)
        self.entries += 1
        self.kinds[line["content"]["kind"]] += line["content"]["points"]
        for lot, points in line["allocations"]:
            if lot is None:
                self.owed[line["program"]] -= points
            else:
                self.outstanding[line["program"]] += points

    def content(self) -> dict[str, Any]:
        """`issued + owed = outstanding + redeemed + expired + clawed_back`."""
        taken = {name: -sum(self.kinds[kind] for kind in kinds) for name, kinds in _TAKEN.items()}
        points = sum(self.kinds.values())
        return {
            "accounts": len(self.accounts),
            "entries": self.entries,
            "points": points,
            "issued": points + sum(taken.values()),
            "outstanding": self.outstanding.total(),
            "owed": self.owed.total(),
            **taken,
            "by_kind": {kind.value: self.kinds[kind] for kind in EntryKind},
        }


async def certificate_of(
    session: AsyncSession,
    installation: InstallationId,
    *,
    signer: Signer,
    keys: Mapping[str, bytes],
    at: datetime,
    keep: Callable[[bytes], object] = len,
) -> Certificate:
    """Certify what the newest seal covers; `keep` is handed each entry as one line of JSON.

    `keys` are the shop's public ones, by name. Reads no lots and no balances: everything is summed up from entries,
    as whoever checks it will do. The caller has proved the books. Raises NothingSealed.
    """
    seal = await newest_seal(session, installation)
    if seal is None:
        raise NothingSealed
    sums = _Sums()
    async for account, line in entries_covered(session, seal):
        sums.add(account, line)
        keep(canonical(line) + b"\n")
    held = [one.program for one in await programs(session)]
    content = {
        "kind": KIND,
        "version": VERSION,
        "installation": str(installation),
        "made_at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "seal": seal.content() | {"signature": seal.signature.hex()},
        "sums": sums.content(),
        "liability": [_liability(program, sums) for program in held],
        "laws": dict(PROSE),
        "keys": {name: keys[name].hex() for name in sorted({seal.key_id, signer.key_id})},
        "key_id": signer.key_id,
    }
    return content | {"signature": signer.sign(canonical(content)).hex()}


async def entries_covered(session: AsyncSession, seal: Seal) -> AsyncIterator[tuple[UUID, dict[str, Any]]]:
    """Every entry that a seal covers, chain after chain, with its account: as it was hashed, and its program."""
    wanted = {"installation": seal.installation, "n": seal.n}
    rows = await session.stream(_COVERED, wanted, execution_options={"yield_per": AT_ONCE})
    async for row in rows.mappings():
        line = {
            "version": row["hash_version"],
            "content": {name: _plain(value) for name, value in content_of(row).items()},
            "allocations": _plain_pairs(allocations_of(row)),
            "program": str(row["program_id"]),
            "hash": row["hash"].hex(),
        }
        yield row["account_id"], line


def _plain(value: object) -> object:
    """As the hash takes it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value


def _plain_pairs(allocations: Iterable[tuple[UUID | None, int]]) -> list[list[object]]:
    return [[None if lot is None else str(lot), points] for lot, points in allocations]


def _liability(program: Program, sums: _Sums) -> dict[str, Any]:
    """What the points of a program that are still outstanding can buy, in minor units of its currency."""
    points = sums.outstanding[str(program.id)]
    return {
        "program": str(program.id),
        "currency": program.currency,
        "points": points,
        "rate": {"points": program.burn.points, "minor_units": program.burn.minor},
        "minor_units": program.worth(Points(points)).minor,
    }
