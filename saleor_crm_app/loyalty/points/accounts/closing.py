"""Closes the accounts of customers who were deleted: what they held lapses, what they owed is written off."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import AccountId, CustomerId, HoldId, InstallationId, ShardKey, shard_key
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.earning.joining import leave_all
from saleor_crm_app.loyalty.points.journal import Journal, Posted
from saleor_crm_app.loyalty.points.ledger import lock_accounts, write
from saleor_crm_app.loyalty.points.lots import Draw, by_expiry
from saleor_crm_app.loyalty.points.models import AccountStatus, EntryKind, EntrySource
from saleor_crm_app.loyalty.points.shelf import Shelf, fill
from saleor_crm_app.loyalty.points.spending.hold_rows import HoldKey
from saleor_crm_app.loyalty.points.spending.holds import release
from saleor_crm_app.loyalty.program import programs

Place = tuple[ShardKey, AccountId]

_LIVING: Final = frozenset({AccountStatus.ACTIVE, AccountStatus.HELD})


async def close(
    session: AsyncSession, installation: InstallationId, customers: Collection[CustomerId], *, at: datetime
) -> int:
    """Erase the accounts of these customers, and the words that staff wrote about them; says how many were open.

    The books keep every entry: open holds end, what is left lapses, a deficit is written off. A merged account stays
    merged, since its points are another person's by now. A second call changes nothing.
    """
    if not customers:
        return 0
    await leave_all(session, installation, customers, at=at)
    places = await _places(session, installation, customers)
    if not places:
        return 0
    await lock_accounts(session, installation, places)
    holds = await _open_holds(session, installation, places)
    if holds:
        await release(session, installation, holds, at=at)
    accounts = (await lock_accounts(session, installation, places)).values()
    shelves = {account.id: Shelf(account) for account in accounts if account.status in _LIVING}
    await fill(session, installation, shelves, list(shelves))
    paused = {each.program.id for each in await programs(session) if each.program.paused_at is not None}
    journal = Journal(installation, at)
    for shelf in shelves.values():
        if shelf.account.program not in paused:
            shelf.lapse(journal)
        _empty(journal, shelf)
    await write(session, journal)
    await _erase_words(session, installation, places)
    return len(shelves)


def _empty(journal: Journal, shelf: Shelf) -> None:
    """Post what leaves, one entry for each lot, and close the account."""
    account, at = shelf.account, journal.recorded_at
    for lot in by_expiry((lot for lot in shelf.lots.values() if lot.remaining), at):
        points, lot.remaining = lot.remaining, 0
        journal.post(
            account,
            Posted(
                kind=EntryKind.EXPIRE,
                source=EntrySource.EXPIRY,
                key=f"close:{lot.id}",
                order=lot.order,
                program_version=0,
                explanation={"closed": True, "lot": str(lot.id), "granted": lot.granted},
                occurred_at=at,
                draws=[Draw(lot.id, Points(-points))],
                subject=lot.id,
            ),
        )
        journal.touch_lot(account, lot)
    if account.deficit:
        journal.post(
            account,
            Posted(
                kind=EntryKind.ADJUST,
                source=EntrySource.EXPIRY,
                key="close:deficit",
                order=None,
                program_version=0,
                explanation={"closed": True, "owed": account.deficit},
                occurred_at=at,
                draws=[Draw(None, Points(account.deficit))],
            ),
        )
    account.status = AccountStatus.ERASED
    journal.touch_account(account)


_SHARDS = sa.bindparam("shards", type_=ARRAY(sa.BigInteger))
_ACCOUNTS = sa.text(
    """
    SELECT account.shard_key, account.id
    FROM unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[])) AS wanted (shard, customer)
    JOIN account ON account.installation_id = :installation AND account.shard_key = wanted.shard
                AND account.customer_id = wanted.customer
    ORDER BY account.shard_key, account.customer_id, account.program_id
    """
).bindparams(_SHARDS)


async def _places(
    session: AsyncSession, installation: InstallationId, customers: Collection[CustomerId]
) -> list[Place]:
    wanted = sorted(set(customers))
    shards = [shard_key(installation, customer) for customer in wanted]
    rows = await session.execute(_ACCOUNTS, {"installation": installation, "shards": shards, "customers": wanted})
    return [(row.shard_key, row.id) for row in rows]


_OPEN_HOLDS = sa.text(
    """
    SELECT hold.shard_key, hold.id FROM hold
    JOIN unnest(CAST(:shards AS bigint[]), CAST(:accounts AS uuid[])) AS wanted (shard, account)
      ON hold.shard_key = wanted.shard AND hold.account_id = wanted.account
    WHERE hold.installation_id = :installation AND hold.state = 'OPEN'
    """
).bindparams(_SHARDS)


async def _open_holds(session: AsyncSession, installation: InstallationId, places: Iterable[Place]) -> list[HoldKey]:
    rows = await session.execute(_OPEN_HOLDS, _named(installation, places))
    return [(row.shard_key, HoldId(row.id)) for row in rows]


# codes, cost centers and numbers stay: they are the books', not the person's
_ERASE: Final = (
    sa.text(
        """
        UPDATE entry_note SET reason = NULL, actor_name = NULL
        FROM unnest(CAST(:shards AS bigint[]), CAST(:accounts AS uuid[])) AS wanted (shard, account)
        JOIN entry ON entry.installation_id = :installation AND entry.shard_key = wanted.shard
                  AND entry.account_id = wanted.account
        WHERE entry_note.installation_id = :installation AND entry_note.shard_key = wanted.shard
          AND entry_note.entry_id = entry.id
        """
    ).bindparams(_SHARDS),
    sa.text(
        """
        UPDATE staff_request SET reason = NULL
        FROM unnest(CAST(:shards AS bigint[]), CAST(:accounts AS uuid[])) AS wanted (shard, account)
        WHERE installation_id = :installation AND shard_key = wanted.shard AND account_id = wanted.account
        """
    ).bindparams(_SHARDS),
    sa.text(
        """
        UPDATE audit_trail SET reason = NULL
        FROM unnest(CAST(:shards AS bigint[]), CAST(:accounts AS uuid[])) AS wanted (shard, account)
        WHERE installation_id = :installation AND subject_kind = 'Member'
          AND subject_id = CAST(wanted.account AS text)
        """
    ).bindparams(_SHARDS),
)


async def _erase_words(session: AsyncSession, installation: InstallationId, places: Collection[Place]) -> None:
    for statement in _ERASE:
        await session.execute(statement, _named(installation, places))


def _named(installation: InstallationId, places: Iterable[Place]) -> dict[str, object]:
    ordered = list(places)
    return {
        "installation": installation,
        "shards": [shard for shard, _ in ordered],
        "accounts": [account for _, account in ordered],
    }
