"""Merges an account into another one of its program, and sweeps on what comes to it later."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.jobs.outbox import Job
from saleor_crm_app.kernel.ids import AccountId, CustomerId, InstallationId, shard_key
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.accounts.merge_errors import PointsSetAside, SameAccount, UnderReview
from saleor_crm_app.loyalty.points.accounts.moving import follow_dates, move_lots
from saleor_crm_app.loyalty.points.accounts.owing import move_owed
from saleor_crm_app.loyalty.points.accounts.pair import Pair, lock_pair
from saleor_crm_app.loyalty.points.errors import AccountClosed
from saleor_crm_app.loyalty.points.models import AccountStatus


class SweepMerged(Job, frozen=True, kw_only=True):
    """Move on what came to a merged account since it was merged."""

    account: AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What moved: free points, of which `settled` made up for what the target owed, and points that were owed."""

    points: Points
    settled: Points
    owed: Points


async def merge(
    session: AsyncSession, installation: InstallationId, source: AccountId, *, into: AccountId, at: datetime
) -> Merged:
    """Move all that an account holds or owes into another one, and close it; what comes later is swept after it.

    Raises MemberNotFound, SameAccount, OtherProgram, AccountClosed, UnderReview and PointsSetAside; nothing changed
    then.
    """
    if source == into:
        raise SameAccount
    pair = await lock_pair(session, installation, source, into, at=at)
    _demand_mergeable(pair)
    pair.lapse()
    merged = await _sweep(session, installation, pair)
    await pair.conclude(session, status=AccountStatus.MERGED, into=into)
    return merged


async def sweep(
    session: AsyncSession, installation: InstallationId, source: AccountId, *, at: datetime
) -> AccountId | None:
    """Move on what came to a merged account since, and have points that still wait follow their order's dates.

    Gives the account it was merged into where that was merged as well, and is to be swept next. Doing it twice, or for
    an account that is not merged any more, changes nothing.
    """
    into = await merged_into(session, installation, source)
    if into is None:
        return None
    pair = await lock_pair(session, installation, source, into, at=at)
    if pair.source.account.status is not AccountStatus.MERGED:
        return None
    pair.lapse()
    await _sweep(session, installation, pair)
    await pair.conclude(session, status=AccountStatus.MERGED, into=into)
    return into if pair.target.account.status is AccountStatus.MERGED else None


_MERGED = sa.text(
    """
    SELECT account.id FROM account
    JOIN unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[])) AS wanted (shard, customer)
      ON account.shard_key = wanted.shard AND account.customer_id = wanted.customer
    WHERE account.installation_id = :installation AND account.merged_into IS NOT NULL AND account.status = 'MERGED'
    ORDER BY account.id
    """
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))


async def merged_of(
    session: AsyncSession, installation: InstallationId, customers: Collection[CustomerId]
) -> list[AccountId]:
    """Which accounts of these customers were merged, so that what came to them is to be swept; one statement."""
    wanted = sorted(set(customers))
    shards = [shard_key(installation, customer) for customer in wanted]
    rows = await session.execute(_MERGED, {"installation": installation, "shards": shards, "customers": wanted})
    return [AccountId(row.id) for row in rows]


_UNSWEPT = sa.text(
    """
    SELECT account.id FROM account
    WHERE account.installation_id = :installation AND account.merged_into IS NOT NULL AND account.status = 'MERGED'
      AND (account.deficit > 0 OR account.balance <> 0)
    ORDER BY account.id
    """
)


async def unswept(session: AsyncSession, installation: InstallationId) -> list[AccountId]:
    """Merged accounts that hold or owe something, whatever brought it there."""
    return [AccountId(row.id) for row in await session.execute(_UNSWEPT, {"installation": installation})]


_INTO = sa.text(
    "SELECT merged_into FROM account"
    " WHERE installation_id = :installation AND id = :account AND merged_into IS NOT NULL"
)


async def merged_into(session: AsyncSession, installation: InstallationId, account: AccountId) -> AccountId | None:
    """The account that an account was merged into, if it was."""
    row = (await session.execute(_INTO, {"installation": installation, "account": account})).one_or_none()
    return None if row is None else AccountId(row.merged_into)


async def _sweep(session: AsyncSession, installation: InstallationId, pair: Pair) -> Merged:
    follow_dates(pair.journal, pair.source, pair.target)
    moved = move_lots(pair.journal, pair.source, pair.target, list(pair.source.lots.values()))
    owed = await move_owed(session, installation, pair)
    return Merged(points=Points(moved.points), settled=Points(moved.settled), owed=Points(owed))


def _demand_mergeable(pair: Pair) -> None:
    for shelf, field in ((pair.source, "memberId"), (pair.target, "intoMemberId")):
        if shelf.account.status is AccountStatus.HELD:
            raise UnderReview(field)
        if shelf.account.status is not AccountStatus.ACTIVE:
            raise AccountClosed
    held = sum(lot.held for lot in pair.source.lots.values())
    if held:
        raise PointsSetAside(points=held)
