"""Coupons that customers get without asking: for signing up, a first order, a birthday."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm import customers
from saleor_crm_app.crm.customers import Occasion
from saleor_crm_app.crm.orders import OrderFact
from saleor_crm_app.kernel.ids import InstallationId, ProgramId
from saleor_crm_app.loyalty import points, rewards

_GIVEN_FOR: Final = {
    points.memberships.SIGNED_UP: rewards.Occasion.SIGN_UP,
    points.memberships.BIRTHDAY: rewards.Occasion.BIRTHDAY,
}


async def give_on_occasions(
    session: AsyncSession,
    installation: InstallationId,
    fresh: Sequence[Occasion],
    *,
    at: datetime,
    only: ProgramId | None = None,
) -> None:
    """What these occasions give in coupons, in one program only where that is named."""
    events = [
        rewards.Event(occasion=_GIVEN_FOR[one.name], customer=one.customer, key=one.key, program=only)
        for one in fresh
        if one.name in _GIVEN_FOR
    ]
    if events:
        await rewards.grant_on(session, installation, events, at=at)


async def give_on_first_orders(
    session: AsyncSession, installation: InstallationId, facts: Sequence[OrderFact], *, at: datetime
) -> None:
    """What the first paid order of a customer gives; staff get nothing."""
    events = await rewards.first_orders(session, installation, facts, at=at)
    if not events:
        return
    known = await customers.standings_of(session, installation, {event.customer for event in events})
    buyers = [event for event in events if (who := known.get(event.customer)) is None or not who.is_staff]
    await rewards.grant_on(session, installation, buyers, at=at)
