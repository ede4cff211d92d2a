"""Parts a merged account from the one it was merged into: what is left of its points comes back."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.customers import was_deleted
from saleor_crm_app.kernel.ids import AccountId, InstallationId, LotId
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.accounts.merge_errors import MergedOn, NotMerged, PointsSetAside
from saleor_crm_app.loyalty.points.accounts.merging import merged_into
from saleor_crm_app.loyalty.points.accounts.moving import follow_dates, move_deficit, move_lots
from saleor_crm_app.loyalty.points.accounts.pair import Pair, lock_pair
from saleor_crm_app.loyalty.points.errors import AccountClosed
from saleor_crm_app.loyalty.points.models import AccountStatus
from saleor_crm_app.loyalty.points.reading.members import member_by_account
from saleor_crm_app.loyalty.points.staff.act_errors import MemberNotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """What came back, of which `settled` made up for what the account owed by then; and points owed once more.

    `stay` of those that had been moved do not come back, since they were spent or lapsed there, or were owed.
    """

    points: Points
    settled: Points
    owed: Points
    stay: Points


async def unmerge(session: AsyncSession, installation: InstallationId, source: AccountId, *, at: datetime) -> Parted:
    """Bring back what is left of the points that were moved, and open the account again.

    Raises MemberNotFound, NotMerged, MergedOn, PointsSetAside, and AccountClosed where the customer was deleted since;
    nothing changed then.
    """
    into = await merged_into(session, installation, source)
    if into is None:
        if await member_by_account(session, installation, source) is None:
            raise MemberNotFound
        raise NotMerged
    pair = await lock_pair(session, installation, source, into, at=at)
    if pair.source.account.status is not AccountStatus.MERGED:
        raise NotMerged
    if pair.target.account.status is AccountStatus.MERGED:
        raise MergedOn
    if await was_deleted(session, installation, pair.source.account.customer):
        raise AccountClosed
    own = [lot for lot in await _line_of(session, pair) if lot in pair.target.lots]
    held = sum(pair.target.lots[lot].held for lot in own)
    if held:
        raise PointsSetAside(points=held)
    away = await _away(session, pair)
    pair.lapse()
    follow_dates(pair.journal, pair.source, pair.target)
    back = move_lots(pair.journal, pair.target, pair.source, [pair.target.lots[lot] for lot in own])
    owed = min(pair.target.account.deficit, away.owed)
    if owed:
        move_deficit(pair.journal, pair.target, pair.source, owed, order=None)
    await pair.conclude(session, status=AccountStatus.ACTIVE, into=None)
    return Parted(
        points=Points(back.points),
        settled=Points(back.settled),
        owed=Points(owed),
        stay=Points(max(0, away.points - back.points)),
    )


# lots that took points of the source's, and those that took points of these, wherever they lie
_LINE = sa.text(
    """
    WITH RECURSIVE line AS (
        SELECT id, account_id FROM lot
        WHERE installation_id = :installation AND shard_key = :shard AND account_id = :source
        UNION
        SELECT lot.id, lot.account_id FROM lot JOIN line ON lot.origin_lot = line.id
        WHERE lot.installation_id = :installation
    )
    SELECT id FROM line WHERE account_id = :target ORDER BY id
    """
).bindparams(sa.bindparam("shard", type_=sa.BigInteger))


async def _line_of(session: AsyncSession, pair: Pair) -> list[LotId]:
    rows = await session.execute(_LINE, _names(pair))
    return [LotId(row.id) for row in rows]


@dataclass(frozen=True, slots=True)
class _Away:
    """Points that went to the target and have not come back, and points that it has to make up for."""

    points: int
    owed: int


_AWAY = sa.text(
    """
    SELECT coalesce(-sum(allocation.points) FILTER (WHERE allocation.lot_id IS NOT NULL), 0) AS points,
           coalesce(sum(allocation.points) FILTER (WHERE allocation.lot_id IS NULL), 0) AS owed
    FROM entry JOIN allocation
      ON allocation.installation_id = entry.installation_id AND allocation.shard_key = entry.shard_key
     AND allocation.entry_id = entry.id
    WHERE entry.installation_id = :installation AND entry.shard_key = :shard AND entry.subject_id = :target
      AND entry.account_id = :source AND entry.source = 'MERGE'
    """
).bindparams(sa.bindparam("shard", type_=sa.BigInteger))


async def _away(session: AsyncSession, pair: Pair) -> _Away:
    row = (await session.execute(_AWAY, _names(pair))).one()
    return _Away(max(0, int(row.points)), max(0, int(row.owed)))


def _names(pair: Pair) -> dict[str, object]:
    return {
        "installation": pair.journal.installation,
        "shard": pair.source.account.shard,
        "source": pair.source.account.id,
        "target": pair.target.account.id,
    }
