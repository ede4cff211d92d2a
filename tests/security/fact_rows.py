"""A shop's facts about its customers and its segments, for the tests of shops side by side."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm import facts, insight, segments
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from tests.shop import NOON

# so few purchasers have no cell by right
_CELL = sa.text("UPDATE customer_score SET recency = 5, frequency = 5, monetary = 5, cell = 'CHAMPION'")


async def write_facts(session: AsyncSession, shop: InstallationId) -> None:
    """Staff have written something down about the shop's customer, and there are scores."""
    size = facts.Fact(customer=CustomerId("6"), name="size", value=42, source=facts.Source.STAFF, observed_at=NOON)
    await facts.tell_facts(session, shop, [size], at=NOON)
    await insight.score_all(session, shop, at=now())
    await session.execute(_CELL)
    everybody = segments.read_condition({"type": "NOT", "of": {"type": "BIRTHDAY_MONTH"}})
    await segments.create_segment(session, shop, name="All", condition=everybody, at=NOON)
    await segments.follow_all(session, shop, (None, None), at=NOON)
    await segments.measure(session, shop, at=NOON)


async def fact_values(session: AsyncSession, shop: InstallationId) -> dict[str, Any]:
    """What statements with questions of their own are asked, by the end of their names."""
    [segment] = await segments.segments(session, shop)
    return {
        "reports._SIZES": {"segment": segment.id, "since_day": NOON.date()},
        "segments": [segment.id],
        "reports._MEMBERS": {"segment": segment.id, "shard": -(2**63), "customer": ""},
        "mix._NOW": {"at": NOON.replace(year=NOON.year + 9)},
        "mix._STAYS": {"at": NOON.replace(year=NOON.year + 9)},
        "moves._MOVES": {"since": NOON, "until": NOON.replace(year=NOON.year + 9)},
        "refill._UNROLLED": {"shard": -(2**63), "customer": "", "everybody": True},
        "refill._DUE": {"at": NOON.replace(year=NOON.year + 9)},
    }
