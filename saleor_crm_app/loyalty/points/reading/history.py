"""An account's entries as they are shown, newest first, a page at a time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import AccountId, EntryId, InstallationId, OrderId, shard_key
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.kernel.paging import BadPage, Page, cursor_of, key_at
from saleor_crm_app.loyalty.points.reading.members import Member

_CURSOR: Final = "entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """One ledger line as it is shown; `available_at` and `expires_at` are those of the lot it went into.

    `program_version` is that of the rules it was posted by, `explanation` the JSON of the numbers behind it.
    """

    id: EntryId
    seq: int
    kind: str
    source: str
    points: Points
    order: OrderId | None
    occurred_at: datetime
    recorded_at: datetime
    available_at: datetime | None
    expires_at: datetime | None
    program_version: int
    explanation: str

    @property
    def cursor(self) -> str:
        return cursor_of(_CURSOR, self.seq)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """A page of entries, newest first; `total` counts all of the account's."""

    lines: Sequence[EntryLine]
    total: int
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryWindow:
    """Which entries a page shows. `older_than` and `newer_than` are sequence numbers, neither included.

    With `newer_than` alone the page is the one next to it, else the newest that fits. With `known_at` they are those
    that were recorded by then, with the dates of their lots as they were known by then.
    """

    most: int
    older_than: int | None = None
    newer_than: int | None = None
    known_at: datetime | None = None

    @classmethod
    def of(cls, page: Page, *, known_at: datetime | None = None) -> Self:
        """Read it from what a connection was asked for.

        Raises BadPage for a cursor of another list.
        """
        key = key_at(page, kind=_CURSOR)
        if key is not None and not (key.isascii() and key.isdigit() and len(key) < 19):
            raise BadPage("before" if page.backwards else "after", "That is no cursor of this list.")
        seq = None if key is None else int(key)
        if page.backwards:
            return cls(most=page.size, newer_than=seq or 0, known_at=known_at)
        return cls(most=page.size, older_than=seq, known_at=known_at)


EMPTY_PAGE = EntryPage(lines=(), total=0, has_next=False, has_previous=False)
"""The page of an account that was not opened yet."""

# Known is a beginning of the chain, up to the first entry that was recorded later. Numbers have no gaps, so a page is
# a range of them, and takes no longer in a long account. Lots are looked up by their whole key: joined plainly, the
# planner of a table that was never analyzed reads all of a customer's.
_PAGES = sa.text(
    """
    SELECT account.id AS account, known.total, line.*
    FROM unnest(CAST(:shards AS bigint[]), CAST(:accounts AS uuid[])) AS wanted (shard, id)
    JOIN account
      ON account.installation_id = :installation AND account.shard_key = wanted.shard AND account.id = wanted.id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN :known_at IS NULL THEN account.last_seq ELSE coalesce((
            SELECT min(seq) - 1 FROM entry
            WHERE installation_id = :installation AND shard_key = wanted.shard AND account_id = wanted.id
              AND recorded_at > :known_at), account.last_seq) END AS total
    ) AS known
    CROSS JOIN LATERAL (
        SELECT CASE WHEN :backwards THEN :above + 1
               ELSE greatest(:above + 1, least(:below - 1, known.total) - :most + 1) END AS oldest,
               CASE WHEN :backwards THEN least(:above + :most, known.total)
               ELSE least(:below - 1, known.total) END AS newest
    ) AS page
    LEFT JOIN LATERAL (
        SELECT entry.id, entry.seq, entry.kind, entry.source, entry.points, entry.order_id, entry.occurred_at,
               entry.recorded_at, entry.program_version, CAST(entry.explanation AS text) AS explanation,
               first_lot.activates_at, first_lot.expires_at
        FROM entry
        LEFT JOIN LATERAL (
            SELECT dates.activates_at, dates.expires_at
            FROM allocation CROSS JOIN LATERAL (
                SELECT CASE WHEN :known_at IS NULL THEN lot.activates_at ELSE term.activates_at END AS activates_at,
                       CASE WHEN :known_at IS NULL THEN lot.expires_at ELSE term.expires_at END AS expires_at
                FROM lot LEFT JOIN LATERAL (
                    SELECT lot_term.activates_at, lot_term.expires_at FROM lot_term
                    WHERE lot_term.installation_id = lot.installation_id AND lot_term.shard_key = lot.shard_key
                      AND lot_term.lot_id = lot.id AND lot_term.recorded_at <= :known_at
                    ORDER BY n DESC LIMIT 1
                ) AS term ON :known_at IS NOT NULL
                WHERE lot.installation_id = :installation AND lot.shard_key = allocation.shard_key
                  AND lot.id = allocation.lot_id
                LIMIT 1
            ) AS dates
            WHERE allocation.installation_id = entry.installation_id
              AND allocation.shard_key = entry.shard_key AND allocation.entry_id = entry.id
              AND entry.points > 0
            ORDER BY allocation.n LIMIT 1
        ) AS first_lot ON true
        WHERE entry.installation_id = :installation AND entry.shard_key = wanted.shard
          AND entry.account_id = wanted.id AND entry.seq BETWEEN page.oldest AND page.newest
    ) AS line ON true
    ORDER BY line.seq DESC
    """
).bindparams(
    sa.bindparam("known_at", type_=sa.DateTime(timezone=True)),
    sa.bindparam("backwards", type_=sa.Boolean()),
    *(sa.bindparam(name, type_=sa.BigInteger()) for name in ("above", "below", "most")),
)
_BEYOND = 2**62


async def entry_pages(
    session: AsyncSession, installation: InstallationId, members: Collection[Member], window: EntryWindow
) -> dict[AccountId, EntryPage]:
    """The same window on each of these accounts' entries; one statement."""
    backwards = window.newer_than is not None and window.older_than is None
    wanted = {
        "installation": installation,
        "shards": [shard_key(installation, member.customer) for member in members],
        "accounts": [member.account for member in members],
        "below": _BEYOND if window.older_than is None else window.older_than,
        "above": window.newer_than or 0,
        "backwards": backwards,
        "most": window.most,
        "known_at": window.known_at,
    }
    totals: dict[AccountId, int] = {}
    lines: dict[AccountId, list[EntryLine]] = {}
    for row in await session.execute(_PAGES, wanted):
        totals[row.account] = row.total
        page = lines.setdefault(row.account, [])
        if row.id is not None:
            page.append(_line(row))
    return {account: _page(page, totals[account]) for account, page in lines.items()}


async def entries_of(
    session: AsyncSession, installation: InstallationId, member: Member, window: EntryWindow
) -> EntryPage:
    """A window on one account's entries."""
    return (await entry_pages(session, installation, [member], window)).get(member.account, EMPTY_PAGE)


def _page(lines: Sequence[EntryLine], total: int) -> EntryPage:
    return EntryPage(
        lines=lines,
        total=total,
        has_next=bool(lines) and lines[-1].seq > 1,
        has_previous=bool(lines) and lines[0].seq < total,
    )


def _line(row: sa.Row[tuple[object, ...]]) -> EntryLine:
    return EntryLine(
        id=row.id,
        seq=row.seq,
        kind=row.kind,
        source=row.source,
        points=row.points,
        order=row.order_id,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        available_at=row.activates_at,
        expires_at=row.expires_at,
        program_version=row.program_version,
        explanation=row.explanation,
    )
