"""A code that a shopper types: counted before it is looked up, in one way whatever is wrong with it."""

from dataclasses import dataclass

from saleor_crm_app.checkout.preview.rates import CODE_ENTRY, WRONG_CODES, WRONG_CODES_PER
from saleor_crm_app.checkout.preview.wish import Wish
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import ProgramId
from saleor_crm_app.kernel.limits import RateLimited, demand_rate, uncount
from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.rewards import AtHand
from saleor_crm_app.saleor.codes import CodeBook


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a typed code is: a coupon that its typist may use, nothing of ours, or one too many to be looked at."""

    at_hand: AtHand | None = None
    refusal: RateLimited | None = None


async def look_up(database: Database, codes: CodeBook, wish: Wish, *, program: ProgramId, owner: str) -> Typed:
    """Whose code it is. Unknown, expired, used and somebody else's are one: three statements and no coupon.

    Each is counted as wrong until it is known to be right, so that of many at once no more are looked at.
    """
    shop, at = wish.shop.id, now()
    try:
        async with database.shop(shop) as session:
            await demand_rate(session, shop, owner=owner, act=CODE_ENTRY, most=WRONG_CODES, per=WRONG_CODES_PER, at=at)
            macs = codes.macs(wish.code or "", installation=shop)
            found = await rewards.purse.by_code(session, macs, customer=wish.customer, program=program, at=wish.at)
            if found is not None:
                await uncount(session, shop, owner=owner, act=CODE_ENTRY, per=WRONG_CODES_PER, at=at)
    except RateLimited as refusal:
        return Typed(refusal=refusal)
    return Typed(at_hand=found)
