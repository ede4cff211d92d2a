"""Who is about to buy: what of a customer's membership, points and open checkouts a preview has to know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.checkout.preview.wish import Wish
from saleor_crm_app.checkout.tenders import Tender, open_tender_of
from saleor_crm_app.crm.customers import standings_of
from saleor_crm_app.kernel.ids import CustomerId, RewardId
from saleor_crm_app.loyalty import coupons, points, rewards, tiers
from saleor_crm_app.loyalty.points import NO_POINTS, Balance, Member
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rewards import AtHand, MemberState, Reward
from saleor_crm_app.saleor.checkouts import CheckoutState


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """A guest where there is no `customer`. `tender` is what pays for points at their checkout already.

    Without `is_member` they have not joined, where one has to; without `owns_cart` the checkout is a guest's still.
    """

    customer: CustomerId | None = None
    member: Member | None = None
    balance: Balance = NO_POINTS
    is_member: bool = False
    is_staff: bool = False
    owns_cart: bool = True
    tender: Tender | None = None
    purse: Sequence[AtHand] = ()
    catalog: Sequence[Reward] = ()
    names: Mapping[RewardId, Reward] = field(default_factory=dict)
    state: MemberState = field(default_factory=MemberState)

    @property
    def free_points(self) -> int:
        """What they could spend on this cart: what is on it already may be spent on it anew."""
        return self.balance.available + (0 if self.tender is None else self.tender.points)


async def buyer_of(session: AsyncSession, wish: Wish, program: Program, checkout: CheckoutState | None) -> Buyer:
    """Read it; no statement for guests.

    Five for others, one more each where they have an account, where there is a checkout, where one has to join and
    where rewards have limits, and two where some are for tiers.
    """
    shop, customer = wish.shop.id, wish.customer
    if customer is None:
        return Buyer()
    member = await points.account_of(session, shop, customer, program.id)
    balance = NO_POINTS if member is None else await points.balance_of(session, shop, member, at=wish.at)
    standing = (await standings_of(session, shop, [customer])).get(customer)
    tender = None if checkout is None else await open_tender_of(session, checkout.id)
    every = await rewards.rewards_of(session, [program.id], retired=True)
    on_show = [one for one in every if one.terms.is_claimable and one.is_on_show(wish.channel, wish.at)]
    claimable = [one for one in on_show if not one.terms.given_on]
    return Buyer(
        customer=customer,
        member=member,
        balance=balance,
        is_member=program.id in await points.memberships.programs_joined(session, shop, customer, [program]),
        is_staff=standing is not None and standing.is_staff,
        owns_cart=checkout is None or checkout.customer == customer,
        tender=tender if tender is not None and tender.customer == customer else None,
        purse=await rewards.purse.purse_of(session, shop, customer, program.id, at=wish.at),
        catalog=claimable,
        names={one.id: one for one in every},
        state=MemberState(
            balance=balance,
            tier=await _tier(session, wish, program) if any(one.terms.tiers for one in claimable) else None,
            is_held=member is not None and member.status == "HELD",
            had=await _had(session, wish, program) if any(one.terms.limits for one in claimable) else {},
        ),
    )


async def _tier(session: AsyncSession, wish: Wish, program: Program) -> str | None:
    if wish.customer is None:
        return None
    owner = (wish.customer, program.id)
    status = (await tiers.statuses(session, wish.shop.id, [owner], at=wish.at)).get(owner)
    return None if status is None or status.tier is None else status.tier.code


async def _had(session: AsyncSession, wish: Wish, program: Program) -> Mapping[RewardId, Sequence[datetime]]:
    return {} if wish.customer is None else await coupons.had_before(session, wish.shop.id, wish.customer, program.id)
