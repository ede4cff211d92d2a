"""What news of customers mean here: how they are known, and what is left of those who are gone."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm import customers
from saleor_crm_app.crm.customers import CustomerSeen
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import offers, points
from saleor_crm_app.saleor.events import CustomerState


def seen_from(state: CustomerState) -> CustomerSeen:
    """Keep what is needed; the e-mail address is not."""
    return CustomerSeen(
        id=state.id,
        is_active=state.is_active,
        is_confirmed=state.is_confirmed,
        is_staff=state.is_staff,
        language=state.language_code,
        country=state.country,
        joined_at=state.joined,
        updated_at=state.updated_at,
    )


async def close_accounts(
    session: AsyncSession, installation: InstallationId, gone: Collection[CustomerId], *, at: datetime
) -> None:
    """End what deleted customers held, and forget what was told of them. Late news does not bring it back."""
    if not gone:
        return
    await points.memberships.close(session, installation, gone, at=at)
    await customers.forget_birthdays(session, installation, gone)
    await customers.forget_occasions(session, installation, gone)
    await offers.forget_responses(session, installation, gone)
