"""Walks every account's chain of entries and computes each hash again; names the first entry that is broken."""

from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.points.chain import HASHED, entry_hash
from saleor_crm_app.loyalty.points.proof.finding import Finding, Report

AT_ONCE: Final = 1000
"""So many entries are held in memory."""

_CHAIN = sa.text(
    """
    WITH walked AS (
        SELECT entry.*, account.head AS account_head, account.program_id,
               (SELECT coalesce(json_agg(json_build_array(lot_id, points) ORDER BY n), '[]') FROM allocation
                 WHERE allocation.installation_id = entry.installation_id
                   AND allocation.shard_key = entry.shard_key AND allocation.entry_id = entry.id) AS allocations
        FROM entry JOIN account
          ON account.installation_id = entry.installation_id AND account.shard_key = entry.shard_key
         AND account.id = entry.account_id
        WHERE entry.installation_id = :installation
    ) SELECT * FROM walked ORDER BY shard_key, account_id, seq
    """
)


async def entries_in_order(session: AsyncSession, installation: InstallationId) -> AsyncIterator[sa.RowMapping]:
    """Every entry with its allocations and its account's head and program, chain after chain, in one statement."""
    rows = await session.stream(_CHAIN, {"installation": installation}, execution_options={"yield_per": AT_ONCE})
    async for row in rows.mappings():
        yield row


async def broken_link(session: AsyncSession, installation: InstallationId, report: Report) -> Finding | None:
    """The first entry that does not follow the one before, was changed, or is not the last though it should be."""
    previous: sa.RowMapping | None = None
    number = 0
    async for row in entries_in_order(session, installation):
        number += 1
        if number % AT_ONCE == 0:
            report("entries", number)
        follows = previous is not None and previous["account_id"] == row["account_id"]
        if previous is not None and not follows and previous["hash"] != previous["account_head"]:
            return _link(previous, "is not the one its account ends with")
        expected = previous["hash"] if previous is not None and follows else b""
        seq = previous["seq"] + 1 if previous is not None and follows else 1
        if row["seq"] != seq or row["prev_hash"] != expected:
            return _link(row, "does not follow the entry before it")
        if row["hash"] != hash_again(expected, row):
            return _link(row, "was changed after it was written")
        previous = row
    report("entries", number)
    if previous is not None and previous["hash"] != previous["account_head"]:
        return _link(previous, "is not the one its account ends with")
    return None


def hash_again(previous: bytes, row: sa.RowMapping) -> bytes | None:
    """None for a version there never was."""
    if row["hash_version"] not in HASHED:
        return None
    return entry_hash(previous, content_of(row), allocations_of(row), version=row["hash_version"])


def content_of(row: sa.RowMapping) -> dict[str, Any]:
    """The hashed columns of an entry."""
    content = {name: row[name] for name in HASHED[row["hash_version"]]}
    if isinstance(content["explanation"], str):
        content["explanation"] = msgspec.json.decode(content["explanation"])
    return content


def allocations_of(row: sa.RowMapping) -> list[tuple[UUID | None, int]]:
    """An entry's allocations: lot and signed points, in their order."""
    stored = row["allocations"]
    allocations = msgspec.json.decode(stored) if isinstance(stored, str) else stored
    return [(lot, points) for lot, points in allocations]


def _link(row: sa.RowMapping, text: str) -> Finding:
    return Finding(law="CHAIN", row=str(row["id"]), text=f"entry {row['id']} {text}")
