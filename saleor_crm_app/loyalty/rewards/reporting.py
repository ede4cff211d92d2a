"""What rewards came to in a time: issued, used, lapsed, what was given for them, and what may still come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId, ProgramId, RewardId


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardFigures:
    """Of the coupons issued in the time, without those of batches: how they stand now. Money is in minor units.

    `points` were spent on them for good, `given` is what orders got by them, `outstanding` can still be used and may
    cost `liability` by what is known before. `breakage` is the share of ended coupons that nobody used, 0 to 1.
    """

    reward: RewardId
    issued: int
    used: int
    expired: int
    revoked: int
    failed: int
    outstanding: int
    points: int
    given: int
    liability: int

    @property
    def breakage(self) -> float | None:
        """None until one has ended."""
        ended = self.used + self.expired
        return self.expired / ended if ended else None

    @property
    def redemption(self) -> float | None:
        """The share of all issued that was used; None where there is none."""
        return self.used / self.issued if self.issued else None


_FIGURES = sa.text(
    """
    SELECT reward_id, count(*) AS issued,
           count(*) FILTER (WHERE state = 'USED') AS used,
           count(*) FILTER (WHERE lapsed OR state = 'EXPIRED') AS expired,
           count(*) FILTER (WHERE state = 'REVOKED') AS revoked,
           count(*) FILTER (WHERE state = 'FAILED') AS failed,
           count(*) FILTER (WHERE state IN ('HELD', 'ISSUED') AND NOT lapsed) AS outstanding,
           coalesce(sum(points - returned) FILTER (WHERE state <> 'REVOKED' OR order_id IS NULL), 0) AS points,
           coalesce(sum(used_for.amount), 0) AS given,
           coalesce(sum(cost) FILTER (WHERE state IN ('HELD', 'ISSUED') AND NOT lapsed), 0) AS liability
    FROM (SELECT *, state = 'ISSUED' AND coalesce(expires_at <= :at, false) AS lapsed FROM coupon
          WHERE installation_id = :installation AND program_id = :program AND batch_id IS NULL
            AND (CAST(:since AS timestamptz) IS NULL OR issued_at >= :since)
            AND (CAST(:until AS timestamptz) IS NULL OR issued_at < :until)) AS issued
    LEFT JOIN LATERAL (
        SELECT sum(amount) AS amount FROM coupon_use
        WHERE coupon_use.installation_id = :installation AND coupon_use.shard_key = issued.shard_key
          AND coupon_use.coupon_id = issued.id AND NOT is_void) AS used_for ON true
    GROUP BY reward_id ORDER BY reward_id
    """
).bindparams(
    sa.bindparam("at", type_=sa.DateTime(timezone=True)),
    sa.bindparam("since", type_=sa.DateTime(timezone=True)),
    sa.bindparam("until", type_=sa.DateTime(timezone=True)),
)


async def reward_figures(
    session: AsyncSession,
    installation: InstallationId,
    program: ProgramId,
    *,
    since: datetime | None,
    until: datetime | None,
    at: datetime,
) -> Sequence[RewardFigures]:
    """The figures of each reward of which coupons were issued in a time; one statement."""
    wanted = {"installation": installation, "program": program, "since": since, "until": until, "at": at}
    return [
        RewardFigures(
            reward=RewardId(row.reward_id),
            issued=row.issued,
            used=row.used,
            expired=row.expired,
            revoked=row.revoked,
            failed=row.failed,
            outstanding=row.outstanding,
            points=int(row.points),
            given=int(row.given),
            liability=int(row.liability),
        )
        for row in await session.execute(_FIGURES, wanted)
    ]
