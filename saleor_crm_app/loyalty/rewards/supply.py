"""Takes one of a reward out of stock and budget, and puts it back: under the reward's row, for a moment only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

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
    mine = Budget(subject=reward.id, amount=budget, currency=currency)
    await warn(session, installation, mine, before=committed - cost, after=committed, at=at)


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
    mine = Budget(subject=reward.id, amount=reward.terms.budget, currency=currency)
    await warn(session, installation, mine, before=now - change, after=now, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much of a currency's minor units a reward or a batch of codes may cost; None: any amount."""

    subject: UUID
    amount: int | None
    currency: str


async def warn(
    session: AsyncSession, installation: InstallationId, budget: Budget, *, before: int, after: int, at: datetime
) -> None:
    """Tell staff, once for each budget and mark that is passed."""
    if budget.amount is None:
        return
    marks = {BUDGET_LOW: budget.amount * WARN_AT_PERCENT // 100, BUDGET_USED_UP: budget.amount}
    passed = [kind for kind, mark in marks.items() if before < mark <= after]
    incidents = [
        Incident(
            id=uuid5(budget.subject, f"{kind}:{budget.amount}"),
            kind=kind,
            lost=Money(MinorUnits(0), budget.currency),
            opened_at=at,
            subject=budget.subject,
            about={"budget": budget.amount, "committed": after},
        )
        for kind in passed
    ]
    await open_incidents(session, installation, incidents)
