"""An account as it was at an instant, by what was known at another: from what only ever grows, never from projections.

Two clocks. `as_of` asks what was true: entries by when they happened, lots by their dates. `known_at` asks what we
had written down: entries and dates of lots by when they were recorded. Known is always a beginning of the account's
chain: what stands behind an entry that was not known yet was not known either, even where a clock was set back.
An entry that the shop's clock dated after it was recorded counts from its recording on.

So the balance of (T, T) is what anybody read at T, and that of (T, now) is what they would have read, had all news
arrived at once. Then a debit may stand before the earning that it drew on, which counts as owed, and an earning that
paid off a debt may stand before that debt, which counts as pending. Of a program's pauses only the present one is
known: while it lasts nothing lapses.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import AccountId, InstallationId
from saleor_crm_app.loyalty.points.reading.balances import Balance, balance_from, keys_of
from saleor_crm_app.loyalty.points.reading.members import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What was true at `as_of`, by what was known at `known_at`."""

    as_of: datetime
    known_at: datetime


_INSTANT = sa.DateTime(timezone=True)
_BALANCES = sa.text(
    """
    SELECT account.id, stood.*
    FROM unnest(CAST(:shards AS bigint[]), CAST(:accounts AS uuid[])) AS wanted (shard, id)
    JOIN account
      ON account.installation_id = :installation AND account.shard_key = wanted.shard AND account.id = wanted.id
    LEFT JOIN program
      ON program.installation_id = :installation AND program.id = account.program_id AND program.paused_at <= :known_at
    CROSS JOIN LATERAL (
        WITH known AS MATERIALIZED (
            SELECT id, kind, points FROM entry
            WHERE installation_id = :installation AND shard_key = wanted.shard AND account_id = wanted.id
              AND least(occurred_at, recorded_at) <= :as_of
              AND seq < coalesce((
                  SELECT min(seq) FROM entry
                  WHERE installation_id = :installation AND shard_key = wanted.shard AND account_id = wanted.id
                    AND recorded_at > :known_at), account.last_seq + 1)
        ), drawn AS (
            SELECT moved.lot_id, sum(moved.points) AS points
            FROM known CROSS JOIN LATERAL (
                SELECT lot_id, allocation.points FROM allocation
                WHERE installation_id = :installation AND shard_key = wanted.shard AND entry_id = known.id
                OFFSET 0 -- by the whole key, even where the table was never analyzed
            ) AS moved
            GROUP BY moved.lot_id
        ), set_aside AS (
            SELECT hold_lot.lot_id, sum(hold_lot.points) AS points
            FROM hold JOIN hold_lot
              ON hold_lot.installation_id = :installation AND hold_lot.shard_key = wanted.shard
             AND hold_lot.hold_id = hold.id
            WHERE hold.installation_id = :installation AND hold.shard_key = wanted.shard
              AND hold.account_id = wanted.id AND hold.opened_at <= least(:as_of, :known_at)
              AND (hold.settled_at IS NULL OR hold.settled_at > least(:as_of, :known_at))
            GROUP BY hold_lot.lot_id
        ), lots AS (
            SELECT term.activates_at, term.expires_at, drawn.points - least(coalesce(set_aside.points, 0), drawn.points)
                   AS free, least(coalesce(set_aside.points, 0), drawn.points) AS held
            FROM drawn
            LEFT JOIN set_aside ON set_aside.lot_id = drawn.lot_id
            LEFT JOIN LATERAL (
                SELECT activates_at, expires_at FROM lot_term
                WHERE installation_id = :installation AND shard_key = wanted.shard AND lot_id = drawn.lot_id
                  AND recorded_at <= :known_at
                ORDER BY n DESC LIMIT 1
            ) AS term ON true
            WHERE drawn.lot_id IS NOT NULL AND drawn.points > 0
        ), batches AS (
            SELECT expires_at, sum(free) AS points FROM lots
            WHERE activates_at <= :as_of AND expires_at > least(:as_of, program.paused_at) AND free > 0
            GROUP BY expires_at
        )
        SELECT
            (SELECT coalesce(sum(free), 0) FROM lots
              WHERE activates_at <= :as_of
                AND (expires_at IS NULL OR expires_at > least(:as_of, program.paused_at))) AS available,
            (SELECT coalesce(sum(free), 0) FROM lots WHERE activates_at IS NULL OR activates_at > :as_of)
              + (SELECT greatest(coalesce(sum(points), 0), 0) FROM drawn WHERE lot_id IS NULL) AS pending,
            (SELECT coalesce(sum(held), 0) FROM lots) AS held,
            (SELECT coalesce(sum(free), 0) FROM lots
              WHERE activates_at <= :as_of AND expires_at <= least(:as_of, program.paused_at)) AS lapsed,
            (SELECT coalesce(-sum(points), 0) FROM drawn WHERE points < 0) AS deficit,
            (SELECT coalesce(-sum(points), 0) FROM known WHERE kind = 'EXPIRE') AS expired,
            (SELECT coalesce(-sum(points), 0) FROM known WHERE kind IN ('REDEEM', 'RETURN')) AS spent,
            (SELECT array_agg(CAST(points AS bigint) ORDER BY expires_at) FROM batches) AS batches,
            (SELECT array_agg(expires_at ORDER BY expires_at) FROM batches) AS ends
    ) AS stood
    """
).bindparams(sa.bindparam("as_of", type_=_INSTANT), sa.bindparam("known_at", type_=_INSTANT))


async def balances_as_of(
    session: AsyncSession, installation: InstallationId, members: Collection[Member], moment: Moment
) -> dict[AccountId, Balance]:
    """These accounts' points at a moment; one statement.

    `held` is what checkouts had set aside at the earlier of the two instants, since nobody learns of a hold later.
    """
    instants = {"as_of": moment.as_of, "known_at": moment.known_at}
    rows = await session.execute(_BALANCES, keys_of(installation, members) | instants)
    return {row.id: balance_from(row) for row in rows}


async def balance_as_of(session: AsyncSession, installation: InstallationId, member: Member, moment: Moment) -> Balance:
    """The account's points at a moment; one statement."""
    return (await balances_as_of(session, installation, [member], moment))[member.account]
