"""What a shop's customer has spent and set aside, for the tests of shops side by side."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import CustomerId, InstallationId, RedemptionId, new_id
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty import points, reports, rules
from saleor_crm_app.loyalty.program import programs

BUYER = CustomerId("6")
LATER = datetime.now(UTC) + timedelta(days=20)
"""What was sent out lately can be spent then."""
SUBJECT = "checkout:2"


async def write_redemptions(session: AsyncSession, shop: InstallationId) -> None:
    """A point is held for a checkout, another one spent, and a what-if run has begun."""
    [held] = await programs(session)
    owner = (BUYER, held.program.id)
    until = LATER + timedelta(hours=1)
    await points.hold(
        session, shop, owner, program=held.program, points=Points(1), subject=SUBJECT, until=until, at=LATER
    )
    await points.redeem(
        session, shop, owner, program=held.program, points=Points(1), redemption=RedemptionId(new_id()), at=LATER
    )
    await session.execute(sa.text("UPDATE redemption SET order_id = (SELECT id FROM order_fact ORDER BY id LIMIT 1)"))
    document = rules.implied(held.program).document
    await reports.begin_simulation(
        session, shop, held.program, document=document, since=None, asked_by="staff", at=LATER
    )
