"""Who was in which phase at one instant, and in which at a later one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.facts import Missing, Phase
from saleor_crm_app.kernel.ids import InstallationId

LEAST_CUSTOMERS: Final = 30
"""Shares of fewer tell of chance."""

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseMove:
    """So many were in the one phase then, and in the other later; from None came who was not known yet."""

    from_phase: Phase | None
    to_phase: Phase
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseMoves:
    """Every pair of phases, also those that nobody went; no pairs where something is `missing`."""

    moves: Sequence[PhaseMove] = ()
    missing: Sequence[Missing] = ()


_FIRST = sa.text("SELECT first_at FROM scoring WHERE installation_id = :installation")
_MOVES = sa.text(
    """
    SELECT from_phase, to_phase, count(*) AS customers
    FROM (
        SELECT (array_agg(to_phase ORDER BY at DESC) FILTER (WHERE at <= :since))[1] AS from_phase,
               (array_agg(to_phase ORDER BY at DESC))[1] AS to_phase
        FROM phase_change AS noted JOIN customer_rollup AS kept USING (installation_id, shard_key, customer_id)
        WHERE noted.installation_id = :installation AND at <= :until AND NOT kept.is_staff
        GROUP BY shard_key, customer_id
    ) AS each
    GROUP BY from_phase, to_phase
    """
).bindparams(
    sa.bindparam("since", type_=sa.DateTime(timezone=True)), sa.bindparam("until", type_=sa.DateTime(timezone=True))
)


async def phase_moves(
    session: AsyncSession, installation: InstallationId, *, since: datetime, until: datetime, at: datetime
) -> PhaseMoves:
    """Between these instants; who was deleted is in no count, nor are staff of the shop."""
    first = (await session.execute(_FIRST, {"installation": installation})).scalar_one_or_none()
    if first is None or first > since:
        have = 0 if first is None else max(0, (at - first) // _DAY)
        needed = max(have + 1, -((since - at) // _DAY))
        return PhaseMoves(missing=[Missing(what="DAYS_OF_HISTORY", have=have, needed=needed)])
    rows = await session.execute(_MOVES, {"installation": installation, "since": since, "until": until})
    found = {(row.from_phase, row.to_phase): int(row.customers) for row in rows}
    then = sum(number for (before, _), number in found.items() if before is not None)
    if then < LEAST_CUSTOMERS:
        return PhaseMoves(missing=[Missing(what="CUSTOMERS_THEN", have=then, needed=LEAST_CUSTOMERS)])
    return PhaseMoves(
        moves=[
            PhaseMove(from_phase=before, to_phase=after, customers=found.get((before, after), 0))
            for before, after in product((*Phase, None), Phase)
        ]
    )
