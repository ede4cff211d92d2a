"""How many are in each phase now, how long they stay, and how many move on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.facts import Missing, Phase
from saleor_crm_app.crm.insight.stays import Course, Stays, course_of
from saleor_crm_app.kernel.ids import InstallationId

LEAST_STAYS: Final = 30
"""Of fewer stays nothing is said about how long they last."""

ONWARD: Final[Mapping[Phase, Collection[Phase]]] = {
    Phase.ACQUISITION: (Phase.LAUNCH, Phase.DEVELOPMENT),
    Phase.LAUNCH: (Phase.DEVELOPMENT,),
    Phase.DEVELOPMENT: (),
    Phase.SEPARATION: (Phase.LAUNCH, Phase.DEVELOPMENT),
}
"""Where a phase is to lead; development is where customers are to stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseShare:
    """Those in one phase now; half of them have been for `days_so_far`.

    `stays` began under our eyes, and may be over. `course` is None where they are too few, as `missing` says.
    """

    phase: Phase
    customers: int
    days_so_far: float | None
    stays: int
    course: Course | None
    missing: Sequence[Missing]


_NOW = sa.text(
    """
    SELECT phase, count(*) AS customers,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM :at - phase_since) / 86400) AS days_so_far
    FROM customer_score AS known JOIN customer_rollup AS kept USING (installation_id, shard_key, customer_id)
    WHERE known.installation_id = :installation AND phase IS NOT NULL AND NOT kept.is_staff
    GROUP BY phase
    """
).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)))

# what had begun long before it was noted is left out: of its like only those are known that have lasted till then
_STAYS = sa.text(
    """
    SELECT phase, next_phase, greatest(0, CAST(floor(extract(epoch FROM until - since) / 86400) AS int)) AS days,
           count(*) AS number
    FROM (
        SELECT to_phase AS phase, lead(to_phase) OVER mine AS next_phase, at, coalesce(since, at) AS since,
               coalesce(lead(coalesce(since, at)) OVER mine, :at) AS until
        FROM phase_change AS noted JOIN customer_rollup AS kept USING (installation_id, shard_key, customer_id)
        WHERE noted.installation_id = :installation AND at <= :at AND NOT kept.is_staff
        WINDOW mine AS (PARTITION BY shard_key, customer_id ORDER BY at)
    ) AS stay
    WHERE at - since < interval '2 days'
    GROUP BY phase, next_phase, days
    """
).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)))


async def phase_mix(session: AsyncSession, installation: InstallationId, *, at: datetime) -> Sequence[PhaseShare]:
    """All phases, also those that nobody is in; two statements. Staff of the shop are in none."""
    wanted = {"installation": installation, "at": at}
    now = {row.phase: row for row in await session.execute(_NOW, wanted)}
    stays: dict[Phase, list[Stays]] = {phase: [] for phase in Phase}
    for row in await session.execute(_STAYS, wanted):
        stays[Phase(row.phase)].append(_stays(row))
    return [_share(phase, now.get(phase), stays[phase]) for phase in Phase]


def _stays(row: sa.Row[tuple[object, ...]]) -> Stays:
    onward = ONWARD[Phase(row.phase)]
    return Stays(
        days=row.days,
        number=row.number,
        has_ended=row.next_phase is not None,
        moved_on=row.next_phase in onward,
    )


def _share(phase: Phase, now: sa.Row[tuple[object, ...]] | None, stays: Sequence[Stays]) -> PhaseShare:
    known = sum(one.number for one in stays)
    is_enough = known >= LEAST_STAYS
    return PhaseShare(
        phase=phase,
        customers=0 if now is None else now.customers,
        days_so_far=None if now is None else now.days_so_far,
        stays=known,
        course=course_of(stays) if is_enough else None,
        missing=[] if is_enough else [Missing(what="STAYS", have=known, needed=LEAST_STAYS)],
    )
