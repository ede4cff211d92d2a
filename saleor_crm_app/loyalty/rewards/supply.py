"""Takes one of a reward out of stock and budget, and puts it back: under the reward's row, for a moment only."""

from datetime import datetime
from typing import Final
from uuid import uuid5

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.incidents import Incident, open_incidents
from saleor_crm_app.kernel.ids import InstallationId, RewardId
from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.loyalty.rewards.catalog import Reward, rewards_by_id
from saleor_crm_app.loyalty.rewards.errors import BudgetUsedUp, OutOfStock, RewardChangedMeanwhile, RewardRetired

BUDGET_LOW: Final = "BUDGET_LOW"
BUDGET_USED_UP: Final = "BUDGET_USED_UP"
WARN_AT_PERCENT: Final = 80
"""Staff are warned when so much of a budget is promised or given."""

_TAKE = sa.text(
    """
    UPDATE reward SET stock_left = stock_left - 1, committed = committed + :cost
    WHERE installation_id = :installation AND id = :reward AND version = :version AND retired_at IS NULL
      AND (stock_left IS NULL OR stock_left > 0)
      AND (CAST(:budget AS bigint) IS NULL OR committed + greatest(:cost, 1) <= :budget)
    RETURNING committed
    """
).bindparams(
    sa.bindparam("cost", type_=sa.BigInteger),
    sa.bindparam("version", type_=sa.Integer),
    sa.bindparam("budget", type_=sa.BigInteger),
)


async def take_one(
    session: AsyncSession, installation: InstallationId, reward: Reward, *, currency: str, at: datetime
) -> None:
    """Take one, refusing rather than giving more than there are; takers wait for each other from here on.

    Raises OutOfStock, BudgetUsedUp, RewardRetired, and RewardChangedMeanwhile where its terms are others by now.
    """
    cost, budget = reward.terms.unit_cost, reward.terms.budget
    wanted = {
        "installation": installation,
        "reward": reward.id,
        "version": reward.version,
        "cost": cost,
        "budget": budget,
    }
    committed = (await session.execute(_TAKE, wanted)).scalar_one_or_none()
    if committed is None:
        found = (await rewards_by_id(session, [reward.id]))[reward.id]
        if found.retired_at is not None:
            raise RewardRetired
        if found.version != reward.version:
            raise RewardChangedMeanwhile(expected=reward.version, found=found.version)
        raise OutOfStock if found.stock_left == 0 else BudgetUsedUp
    await _warn(session, installation, reward, before=committed - cost, after=committed, currency=currency, at=at)


_RETURN = sa.text(
    """
    UPDATE reward SET stock_left = stock_left + :pieces, committed = greatest(0, committed + :change)
    WHERE installation_id = :installation AND id = :reward
    """
).bindparams(sa.bindparam("pieces", type_=sa.BigInteger), sa.bindparam("change", type_=sa.BigInteger))


async def put_back(
    session: AsyncSession, installation: InstallationId, reward: RewardId, *, cost: int, pieces: int = 1
) -> None:
    """What was taken is free again: it will not be used."""
    await session.execute(_RETURN, {"installation": installation, "reward": reward, "pieces": pieces, "change": -cost})


async def correct_cost(
    session: AsyncSession, installation: InstallationId, reward: Reward, *, change: int, currency: str, at: datetime
) -> None:
    """An order was given more or less than was reserved; that may use the budget up beyond its end."""
    if not change:
        return
    wanted = {"installation": installation, "reward": reward.id, "pieces": 0, "change": change}
    await session.execute(_RETURN, wanted)
    now = (await rewards_by_id(session, [reward.id]))[reward.id].committed
    await _warn(session, installation, reward, before=now - change, after=now, currency=currency, at=at)


async def _warn(
    session: AsyncSession,
    installation: InstallationId,
    reward: Reward,
    *,
    before: int,
    after: int,
    currency: str,
    at: datetime,
) -> None:
    """Once for each budget and mark that is passed."""
    budget = reward.terms.budget
    if budget is None:
        return
    marks = {BUDGET_LOW: budget * WARN_AT_PERCENT // 100, BUDGET_USED_UP: budget}
    passed = [kind for kind, mark in marks.items() if before < mark <= after]
    incidents = [
        Incident(
            id=uuid5(reward.id, f"{kind}:{budget}"),
            kind=kind,
            lost=Money(MinorUnits(0), currency),
            opened_at=at,
            subject=reward.id,
            about={"budget": budget, "committed": after},
        )
        for kind in passed
    ]
    await open_incidents(session, installation, incidents)
