"""Whether enough is known for a condition to mean something; where not, what is missing, in numbers."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.facts import LEAST_PURCHASERS, Missing
from saleor_crm_app.crm.segments import conditions as c
from saleor_crm_app.crm.segments.reading import clauses
from saleor_crm_app.kernel.ids import InstallationId

LEAST_RHYTHMS: Final = 30
"""Customers with two gaps or more; of fewer no rhythm can be told from chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What there is in the shop to draw conclusions from."""

    purchasers: int
    rhythms: int


_KNOWN = sa.text(
    """
    SELECT count(*) FILTER (WHERE orders > 0) AS purchasers, count(*) FILTER (WHERE gaps >= 2) AS rhythms
    FROM customer_rollup WHERE installation_id = :installation AND NOT is_staff
    """
)


async def known_of(session: AsyncSession, installation: InstallationId) -> Known:
    """What there is in this shop; one statement."""
    row = (await session.execute(_KNOWN, {"installation": installation})).one()
    return Known(purchasers=row.purchasers, rhythms=row.rhythms)


def missing_for(condition: c.Condition, known: Known) -> Collection[Missing]:
    """What lacks before this condition means something; empty where nothing does."""
    kinds = {type(one) for _, one in clauses(condition)}
    asked = [
        (c.Rfm, Missing(what="PURCHASERS", have=known.purchasers, needed=LEAST_PURCHASERS)),
        (c.Overdue, Missing(what="CUSTOMERS_WITH_A_USUAL_GAP", have=known.rhythms, needed=LEAST_RHYTHMS)),
    ]
    return [one for kind, one in asked if kind in kinds and one.have < one.needed]
