"""Proves the books of one installation: sums, projections and the hash chain; names the first broken entry."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.points.chain import HASHED, entry_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A broken law: its number, the row that breaks it, and a sentence."""

    law: str
    row: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was checked and what was found; books without findings are proved.

    `heads` is the SHA-256, in hex, over the heads of all chains in the order of their accounts.
    """

    accounts: int
    entries: int
    points: int
    heads: str
    findings: tuple[Finding, ...]


_SUMS: Final[tuple[tuple[str, str, str], ...]] = (
    (
        "I1",
        "entry {row} is not fully allotted",
        """
        SELECT entry.id FROM entry LEFT JOIN allocation USING (installation_id, shard_key)
        WHERE entry.installation_id = :installation AND allocation.entry_id = entry.id
        GROUP BY entry.id, entry.points HAVING entry.points <> sum(allocation.points)
        UNION ALL
        SELECT entry.id FROM entry WHERE entry.installation_id = :installation AND NOT EXISTS (
            SELECT FROM allocation WHERE allocation.installation_id = entry.installation_id
            AND allocation.shard_key = entry.shard_key AND allocation.entry_id = entry.id)
        """,
    ),
    (
        "I2",
        "account {row} has a balance other than the sum of its entries, or other than its lots less its deficit",
        """
        SELECT account.id FROM account
        LEFT JOIN (SELECT shard_key, account_id, sum(points) AS points, count(*) AS entries FROM entry
                   WHERE installation_id = :installation GROUP BY shard_key, account_id) AS booked
          ON booked.shard_key = account.shard_key AND booked.account_id = account.id
        LEFT JOIN (SELECT shard_key, account_id, sum(remaining) AS points FROM lot
                   WHERE installation_id = :installation GROUP BY shard_key, account_id) AS lots
          ON lots.shard_key = account.shard_key AND lots.account_id = account.id
        WHERE account.installation_id = :installation
          AND (account.balance <> coalesce(booked.points, 0)
               OR account.balance <> coalesce(lots.points, 0) - account.deficit
               OR account.last_seq <> coalesce(booked.entries, 0))
        """,
    ),
    (
        "I3",
        "account {row} has a deficit other than what was allotted to none of its lots",
        """
        SELECT account.id FROM account
        LEFT JOIN (SELECT entry.shard_key, entry.account_id, -sum(allocation.points) AS owed
                   FROM allocation JOIN entry
                     ON entry.installation_id = allocation.installation_id
                    AND entry.shard_key = allocation.shard_key AND entry.id = allocation.entry_id
                   WHERE allocation.installation_id = :installation AND allocation.lot_id IS NULL
                   GROUP BY entry.shard_key, entry.account_id) AS owing
          ON owing.shard_key = account.shard_key AND owing.account_id = account.id
        WHERE account.installation_id = :installation AND account.deficit <> coalesce(owing.owed, 0)
        """,
    ),
    (
        "I5",
        "lot {row} holds other points than its allocations give, or other dates than were noted last",
        """
        SELECT lot.id FROM lot
        LEFT JOIN (SELECT shard_key, lot_id, sum(points) AS points FROM allocation
                   WHERE installation_id = :installation GROUP BY shard_key, lot_id) AS moved
          ON moved.shard_key = lot.shard_key AND moved.lot_id = lot.id
        LEFT JOIN lot_term AS term ON term.installation_id = lot.installation_id
          AND term.shard_key = lot.shard_key AND term.lot_id = lot.id AND term.n = lot.terms
        WHERE lot.installation_id = :installation
          AND (lot.remaining <> coalesce(moved.points, 0) OR lot.remaining NOT BETWEEN 0 AND lot.granted
               OR lot.activates_at IS DISTINCT FROM term.activates_at
               OR lot.expires_at IS DISTINCT FROM term.expires_at)
        """,
    ),
    (
        "I6",
        "order {row} has other points than were posted for it",
        """
        SELECT done.order_id FROM order_points AS done
        LEFT JOIN (SELECT shard_key, order_id, sum(points) AS points, count(*) AS postings,
                          coalesce(-sum(points) FILTER (WHERE points < 0), 0) AS taken
                   FROM entry WHERE installation_id = :installation AND source = 'ORDER'
                   GROUP BY shard_key, order_id) AS booked
          ON booked.shard_key = done.shard_key AND booked.order_id = done.order_id
        WHERE done.installation_id = :installation
          AND (done.posted <> coalesce(booked.points, 0) OR done.postings <> coalesce(booked.postings, 0)
               OR done.taken_back <> coalesce(booked.taken, 0))
        """,
    ),
)

_CHAIN = sa.text(
    """
    SELECT entry.*, account.head AS account_head, account.last_seq,
           (SELECT coalesce(json_agg(json_build_array(lot_id, points) ORDER BY n), '[]') FROM allocation
             WHERE allocation.installation_id = entry.installation_id
               AND allocation.shard_key = entry.shard_key AND allocation.entry_id = entry.id) AS allocations
    FROM entry JOIN account
      ON account.installation_id = entry.installation_id AND account.shard_key = entry.shard_key
     AND account.id = entry.account_id
    WHERE entry.installation_id = :installation
    ORDER BY entry.shard_key, entry.account_id, entry.seq
    """
)
_TOTALS = sa.text(
    """
    SELECT (SELECT count(*) FROM account WHERE installation_id = :installation) AS accounts,
           (SELECT count(*) FROM entry WHERE installation_id = :installation) AS entries,
           (SELECT coalesce(sum(points), 0) FROM entry WHERE installation_id = :installation) AS points,
           (SELECT encode(sha256(coalesce(string_agg(head, '' ORDER BY shard_key, id), '')), 'hex')
              FROM account WHERE installation_id = :installation) AS heads
    """
)


async def verify(session: AsyncSession, installation: InstallationId) -> Verdict:
    """Check every law over all rows of an installation; at most one finding per law and the first bad link."""
    findings = [finding async for finding in _broken_sums(session, installation)]
    broken = await _broken_link(session, installation)
    if broken is not None:
        findings.append(broken)
    totals = (await session.execute(_TOTALS, {"installation": installation})).one()
    return Verdict(
        accounts=totals.accounts,
        entries=totals.entries,
        points=int(totals.points),
        heads=totals.heads,
        findings=tuple(findings),
    )


async def _broken_sums(session: AsyncSession, installation: InstallationId) -> AsyncIterator[Finding]:
    for law, text, query in _SUMS:
        row = (await session.execute(sa.text(query + " LIMIT 1"), {"installation": installation})).first()
        if row is not None:
            yield Finding(law=law, row=str(row[0]), text=text.format(row=row[0]))


async def _broken_link(session: AsyncSession, installation: InstallationId) -> Finding | None:
    """Walk every chain in order, a thousand entries in memory at a time."""
    previous: sa.RowMapping | None = None
    rows = await session.stream(_CHAIN, {"installation": installation}, execution_options={"yield_per": 1000})
    async for row in rows.mappings():
        follows = previous is not None and previous["account_id"] == row["account_id"]
        if previous is not None and not follows and previous["hash"] != previous["account_head"]:
            return _link(previous, "is not the one its account ends with")
        expected = previous["hash"] if previous is not None and follows else b""
        seq = previous["seq"] + 1 if previous is not None and follows else 1
        if row["seq"] != seq or row["prev_hash"] != expected:
            return _link(row, "does not follow the entry before it")
        if row["hash"] != entry_hash(expected, _content(row), _allocations(row)):
            return _link(row, "was changed after it was written")
        previous = row
    if previous is not None and previous["hash"] != previous["account_head"]:
        return _link(previous, "is not the one its account ends with")
    return None


def _content(row: sa.RowMapping) -> dict[str, Any]:
    content = {name: row[name] for name in HASHED}
    if isinstance(content["explanation"], str):
        content["explanation"] = msgspec.json.decode(content["explanation"])
    return content


def _allocations(row: sa.RowMapping) -> list[tuple[Any, int]]:
    stored = row["allocations"]
    allocations = msgspec.json.decode(stored) if isinstance(stored, str) else stored
    return [(lot, points) for lot, points in allocations]


def _link(row: sa.RowMapping, text: str) -> Finding:
    return Finding(law="CHAIN", row=str(row["id"]), text=f"entry {row['id']} {text}")
