"""Itemized statements: every entry with where its points went or came from, and the balance it left."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.ids import (
    AccountId,
    CustomerId,
    EntryId,
    InstallationId,
    LotId,
    OrderId,
    ProgramId,
    ShardKey,
    shard_key,
)
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.reading.history import EntryLine
from saleor_crm_app.loyalty.points.reading.members import Member

LONGEST_STATEMENT: Final = 2_000
"""Entries that are read at once; more are for `ledger`, which streams."""


class StatementTooLong(Refusal):
    """More entries than are read at once."""

    code = LoyaltyErrorCode.LIMIT_REACHED
    field = "from"

    def __init__(self) -> None:
        super().__init__(
            f"These are more than {LONGEST_STATEMENT} entries: ask for a shorter time, "
            "or have them written by `saleor-crm export ledger`."
        )


class LotMove(msgspec.Struct, frozen=True, array_like=True):
    """Signed points into (+) or out of (-) a lot, with its dates as they are now; without a lot, of what was owed."""

    lot: LotId | None
    points: Points
    available_at: datetime | None
    expires_at: datetime | None
    order: OrderId | None
    source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """An entry, the account's balance after it (with what is pending, without what is owed), and its lots.

    `subject` is what it is about besides an order: a redemption, the entry it undoes, another account.
    """

    account: AccountId
    customer: CustomerId
    program: ProgramId
    entry: EntryLine
    balance: Points
    subject: UUID | None
    moves: tuple[LotMove, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Entries that happened from `since` on and before `until`; None is without a bound."""

    since: datetime | None = None
    until: datetime | None = None


# looked up by its whole key: joined plainly, the planner of a table that was never analyzed reads all of a customer's
_MOVES = """
    SELECT CAST(json_agg(json_build_array(
               allocation.lot_id, allocation.points, home.activates_at, home.expires_at, home.order_id, home.source)
               ORDER BY allocation.n) AS text) AS moves
    FROM allocation
    LEFT JOIN LATERAL (
        SELECT activates_at, expires_at, order_id, source FROM lot
        WHERE lot.installation_id = :installation AND lot.shard_key = allocation.shard_key
          AND lot.id = allocation.lot_id
        LIMIT 1
    ) AS home ON true
    WHERE allocation.installation_id = :installation AND allocation.shard_key = entry.shard_key
      AND allocation.entry_id = entry.id
"""
_LINES = """
    SELECT entry.id, entry.seq, entry.kind, entry.source, entry.points, entry.order_id, entry.subject_id,
           entry.occurred_at, entry.recorded_at, entry.program_version, CAST(entry.explanation AS text) AS explanation,
           entry.balance, account.id AS account, account.customer_id, account.program_id, moved.moves
    FROM (
        SELECT *, sum(points) OVER (PARTITION BY shard_key, account_id ORDER BY seq) AS balance
        FROM entry WHERE installation_id = :installation {one}
    ) AS entry
    JOIN account ON account.installation_id = :installation AND account.shard_key = entry.shard_key
                AND account.id = entry.account_id
    CROSS JOIN LATERAL ({moves}) AS moved
    WHERE (:since IS NULL OR entry.occurred_at >= :since) AND (:until IS NULL OR entry.occurred_at < :until)
    ORDER BY entry.shard_key, entry.account_id, entry.seq LIMIT :most
"""
_BOUNDS = (
    sa.bindparam("since", type_=sa.DateTime(timezone=True)),
    sa.bindparam("until", type_=sa.DateTime(timezone=True)),
    sa.bindparam("most", type_=sa.BigInteger()),
)
_ALL = sa.text(_LINES.format(one="", moves=_MOVES)).bindparams(*_BOUNDS)
_ONE = sa.text(_LINES.format(one="AND shard_key = :shard AND account_id = :account", moves=_MOVES)).bindparams(*_BOUNDS)


async def ledger(
    session: AsyncSession, installation: InstallationId, *, member: Member | None = None, period: Period
) -> AsyncIterator[StatementLine]:
    """Every entry of a shop or of one member, by account and in its order, some hundreds in memory at a time."""
    rows = await session.stream(
        _ALL if member is None else _ONE,
        _wanted(installation, member, period) | {"most": None},
        execution_options={"yield_per": 500},
    )
    async for row in rows:
        yield _line(row)


async def statement(
    session: AsyncSession, installation: InstallationId, member: Member, period: Period
) -> Sequence[StatementLine]:
    """One member's entries, oldest first; one statement.

    Raises StatementTooLong.
    """
    wanted = _wanted(installation, member, period) | {"most": LONGEST_STATEMENT + 1}
    lines = [_line(row) for row in await session.execute(_ONE, wanted)]
    if len(lines) > LONGEST_STATEMENT:
        raise StatementTooLong
    return lines


def _wanted(installation: InstallationId, member: Member | None, period: Period) -> dict[str, Any]:
    wanted: dict[str, Any] = {"installation": installation, "since": period.since, "until": period.until}
    if member is None:
        return wanted
    return wanted | {"shard": shard_key(installation, member.customer), "account": member.account}


_MOVES_OF = sa.text(
    f"""
    SELECT entry.id, moved.moves
    FROM unnest(CAST(:shards AS bigint[]), CAST(:entries AS uuid[])) AS entry (shard_key, id)
    CROSS JOIN LATERAL ({_MOVES}) AS moved
    WHERE moved.moves IS NOT NULL
    """  # noqa: S608 # the columns are the constant above
).bindparams(sa.bindparam("shards", type_=sa.ARRAY(sa.BigInteger)))


async def moves_of_entries(
    session: AsyncSession, installation: InstallationId, entries: Sequence[tuple[ShardKey, EntryId]]
) -> dict[EntryId, tuple[LotMove, ...]]:
    """Where the points of these entries went or came from, by entry; one statement."""
    wanted = {
        "installation": installation,
        "shards": [shard for shard, _ in entries],
        "entries": [entry for _, entry in entries],
    }
    return {row.id: _moves(row.moves) for row in await session.execute(_MOVES_OF, wanted)}


def _moves(text: str | None) -> tuple[LotMove, ...]:
    return () if text is None else msgspec.json.decode(text, type=tuple[LotMove, ...])


def _line(row: sa.Row[tuple[object, ...]]) -> StatementLine:
    moves = _moves(row.moves)
    into = next((move for move in moves if move.lot is not None and row.points > 0), None)
    return StatementLine(
        account=row.account,
        customer=row.customer_id,
        program=row.program_id,
        balance=Points(int(row.balance)),
        subject=row.subject_id,
        moves=moves,
        entry=EntryLine(
            id=row.id,
            seq=row.seq,
            kind=row.kind,
            source=row.source,
            points=row.points,
            order=row.order_id,
            occurred_at=row.occurred_at,
            recorded_at=row.recorded_at,
            available_at=None if into is None else into.available_at,
            expires_at=None if into is None else into.expires_at,
            program_version=row.program_version,
            explanation=row.explanation,
        ),
    )
