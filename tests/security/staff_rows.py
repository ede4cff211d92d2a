"""What a shop's staff did, so that there is a row of each kind that others must not see."""

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.audit import Act, Actor, Subject, audit
from saleor_crm_app.kernel.idempotency import once
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points.staff.staff_acts import Goodwill, Instruction, instruct
from tests.shop import NOON

KEY = "a key"
SAM = Actor(id="21", name="sam@shop.example")
SUBJECT = Subject("Member", "1")


async def write_acts(session: AsyncSession, shop: InstallationId) -> None:
    """A courtesy with its note, one that waits for a second person, a line of the trail, and an answer that is kept."""
    [member, *_] = await points.members(session, shop, most=1)
    for number, key in ((5, KEY), (50_000, "another key")):
        act = Goodwill(points=number)
        wanted = Instruction(account=member.account, act=act, reason="A late parcel", actor=SAM, key=key)
        await instruct(session, shop, wanted, at=NOON)
    await audit(session, shop, Act(name="goodwillGrant", actor=SAM, subject=SUBJECT, request_id="r", at=NOON))

    async def nothing() -> int:
        return 1

    await once(session, shop, owner="staff:21", key=KEY, input=1, answer=int, act=nothing)
