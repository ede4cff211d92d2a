"""A shop's memberships for the tests of shops side by side: who joined, whose birthday is when, what was told."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm import customers
from saleor_crm_app.crm.customers import Birthday, Occasion
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.program import programs

MEMBER = CustomerId("6")
JOINED = datetime(2026, 11, 1, tzinfo=UTC)
EVENT = "event:1"
BORN = (5, 6)


async def write_members(session: AsyncSession, shop: InstallationId) -> None:
    """The shop's customer has joined its program, told their birthday and done something."""
    [held] = await programs(session)
    await points.memberships.join(session, shop, MEMBER, held.program, terms_version="1", at=JOINED)
    month, day = BORN
    born = Birthday(customer=MEMBER, month=month, day=day, known_since=JOINED)
    await customers.tell_birthdays(session, shop, [born])
    done = Occasion(customer=MEMBER, key=EVENT, name="review", occurred_at=JOINED)
    await customers.note_occasions(session, shop, [done], at=JOINED)
