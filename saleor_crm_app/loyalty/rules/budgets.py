"""Budgets: what rules gave to all customers together, locked while an order is settled."""

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.errors import CrmError
from saleor_crm_app.kernel.ids import InstallationId

_IDS: Final = sa.bindparam("rules", type_=ARRAY(sa.Uuid))
_OPEN = sa.text(
    """
    INSERT INTO rule_budget (installation_id, rule_id)
    SELECT :installation, rule FROM unnest(CAST(:rules AS uuid[])) AS rule ORDER BY rule
    ON CONFLICT DO NOTHING
    """
).bindparams(_IDS)
_LOCK = sa.text(
    """
    SELECT rule_id, granted FROM rule_budget WHERE installation_id = :installation AND rule_id = ANY(:rules)
    ORDER BY rule_id FOR UPDATE
    """
).bindparams(_IDS)
_GIVEN = sa.text(
    "SELECT rule_id, granted FROM rule_budget WHERE installation_id = :installation AND rule_id = ANY(:rules)"
).bindparams(_IDS)
_TAKE = sa.text(
    """
    UPDATE rule_budget SET granted = rule_budget.granted + taken.points
    FROM unnest(CAST(:rules AS uuid[]), CAST(:points AS bigint[]), CAST(:budgets AS bigint[]))
        AS taken (rule, points, budget)
    WHERE installation_id = :installation AND rule_id = taken.rule
      AND (taken.points <= 0 OR taken.budget IS NULL OR rule_budget.granted + taken.points <= taken.budget)
    RETURNING rule_id
    """
).bindparams(_IDS)


class BudgetOverdrawn(CrmError):
    """More was to be taken than is left; the caller did not look under the lock."""


async def budgets_given(session: AsyncSession, installation: InstallationId, rules: Collection[str]) -> dict[str, int]:
    """Points given so far by each of these rules, as they are now; one statement, none for no rule."""
    ids = [UUID(rule) for rule in rules]
    if not ids:
        return {}
    rows = await session.execute(_GIVEN, {"installation": installation, "rules": ids})
    return {str(row.rule_id): row.granted for row in rows}


async def lock_budgets(session: AsyncSession, installation: InstallationId, rules: Collection[str]) -> dict[str, int]:
    """Points given so far by each of these rules, locked in key order until the transaction ends; two statements.

    Take these locks last: they are shared by all customers.
    """
    ids = sorted({UUID(rule) for rule in rules})
    if not ids:
        return {}
    await session.execute(_OPEN, {"installation": installation, "rules": ids})
    rows = await session.execute(_LOCK, {"installation": installation, "rules": ids})
    return {str(row.rule_id): row.granted for row in rows}


async def take_budget(
    session: AsyncSession,
    installation: InstallationId,
    taken: Mapping[str, int],
    *,
    budgets: Mapping[str, int],
) -> None:
    """Note what these rules gave, or took back where negative, in budgets that were locked; one statement.

    `budgets` are the limits. Raises BudgetOverdrawn when one would be exceeded; then nothing may be committed.
    """
    moved = {UUID(rule): points for rule, points in taken.items() if points}
    if not moved:
        return
    rows = await session.execute(
        _TAKE,
        {
            "installation": installation,
            "rules": list(moved),
            "points": list(moved.values()),
            "budgets": [budgets.get(str(rule)) for rule in moved],
        },
    )
    missing = moved.keys() - {row.rule_id for row in rows}
    if missing:
        raise BudgetOverdrawn(f"the budget of rule {min(missing)} does not suffice")
