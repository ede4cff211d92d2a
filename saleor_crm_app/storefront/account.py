"""The signed-in customer in a program: points, tier, entries, rewards and coupons."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from saleor_crm_app.kernel.paging import page_of
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.loyalty import points as ledger
from saleor_crm_app.loyalty.points import EMPTY_PAGE, EntryWindow
from saleor_crm_app.loyalty.rewards import MemberState, Reward
from saleor_crm_app.storefront.context import Info, Visit
from saleor_crm_app.storefront.coupons import CouponConnection, CouponState
from saleor_crm_app.storefront.loaders import CouponsWanted, EntriesWanted, Membership
from saleor_crm_app.storefront.offers import (
    USUAL_OFFERS,
    FirstOffersArgument,
    PersonalOfferConnection,
    Place,
    offers_in,
)
from saleor_crm_app.storefront.pages import AfterArgument, BeforeArgument, FirstArgument, LastArgument, given
from saleor_crm_app.storefront.points import PointsBalance, PointsEntryConnection
from saleor_crm_app.storefront.rewards import LoyaltyRewardConnection
from saleor_crm_app.storefront.tiers import LanguageArgument, LoyaltyTierStatus

StateArgument = Annotated[CouponState | None, strawberry.argument(description="Only those that stand so now.")]


@strawberry.type(description="The signed-in customer in the program of a channel.")
class LoyaltyAccount:
    membership: strawberry.Private[Membership]
    channel: strawberry.Private[str]

    @strawberry.field(description="The points as they stand at this moment.")
    async def points(self, info: Info) -> PointsBalance:
        member = self.membership.member
        loaders = info.context.require_visit().loaders
        balance = ledger.NO_POINTS if member is None else await loaders.balances.load(member)
        return PointsBalance.of(balance, self.membership.program)

    @strawberry.field(description="Where the customer stands among the program's tiers; null where it has none.")
    async def tier(self, info: Info, language_code: LanguageArgument = strawberry.UNSET) -> LoyaltyTierStatus | None:
        status = await info.context.require_visit().loaders.tiers.load(self.membership.program.id)
        return None if status is None else LoyaltyTierStatus.of(status, given(language_code))

    @strawberry.field(description="What happened to the points, newest first.")
    async def entries(
        self,
        info: Info,
        first: FirstArgument = strawberry.UNSET,
        after: AfterArgument = strawberry.UNSET,
        last: LastArgument = strawberry.UNSET,
        before: BeforeArgument = strawberry.UNSET,
    ) -> PointsEntryConnection:
        page = page_of(given(first), given(after), last=given(last), before=given(before))
        window = EntryWindow.of(page)
        member = self.membership.member
        if member is None:
            return PointsEntryConnection.of(EMPTY_PAGE)
        loaders = info.context.require_visit().loaders
        return PointsEntryConnection.of(await loaders.entries.load(EntriesWanted(member=member, window=window)))

    @strawberry.field(description="What can be had for points, in the shop's order, and what is lacking for it.")
    async def rewards(
        self,
        info: Info,
        first: FirstArgument = strawberry.UNSET,
        after: AfterArgument = strawberry.UNSET,
        last: LastArgument = strawberry.UNSET,
        before: BeforeArgument = strawberry.UNSET,
        language_code: LanguageArgument = strawberry.UNSET,
    ) -> LoyaltyRewardConnection:
        page = page_of(given(first), given(after), last=given(last), before=given(before))
        visit, program = info.context.require_visit(), self.membership.program
        on_show = [
            one
            for one in await visit.loaders.catalogs.load(program.id)
            if one.is_on_show(self.channel, visit.at) or _comes_soon(one, self.channel, visit.at)
        ]
        state = await self._state(visit, has_tiers=any(one.terms.tiers for one in on_show), limited=on_show)
        chances = [rewards.judge_reward(one, program, state, at=visit.at) for one in on_show]
        language = given(language_code) or await visit.language()
        return LoyaltyRewardConnection.of(chances, page, program, language)

    @strawberry.field(description="What was granted to the customer, newest first.")
    async def coupons(
        self,
        info: Info,
        first: FirstArgument = strawberry.UNSET,
        after: AfterArgument = strawberry.UNSET,
        last: LastArgument = strawberry.UNSET,
        before: BeforeArgument = strawberry.UNSET,
        state: StateArgument = strawberry.UNSET,
    ) -> CouponConnection:
        page = page_of(given(first), given(after), last=given(last), before=given(before))
        visit, program, wanted = info.context.require_visit(), self.membership.program, given(state)
        asked = CouponsWanted(
            program=program.id, page=page, state=None if wanted is None else coupons.CouponState(wanted.name)
        )
        found = await visit.loaders.coupons.load(asked)
        language = await visit.language()
        return CouponConnection.of(found, program, desk=info.context.desk, visit=visit, language=language)

    @strawberry.field(description="What this customer is offered anywhere in the channel, best first.")
    async def offers(
        self,
        info: Info,
        first: FirstOffersArgument = USUAL_OFFERS,
        after: AfterArgument = strawberry.UNSET,
        language_code: LanguageArgument = strawberry.UNSET,
    ) -> PersonalOfferConnection:
        page = page_of(given(first) or USUAL_OFFERS, given(after))
        return await offers_in(info, Place(channel=self.channel), page, given(language_code))

    async def _state(self, visit: Visit, *, has_tiers: bool, limited: Sequence[Reward]) -> MemberState:
        """What of the customer matters for rewards; asks for tiers and for what they had only where that matters."""
        member, program = self.membership.member, self.membership.program
        balance = ledger.NO_POINTS if member is None else await visit.loaders.balances.load(member)
        status = await visit.loaders.tiers.load(program.id) if has_tiers else None
        had = await visit.loaders.had.load(program.id) if any(one.terms.limits for one in limited) else {}
        return MemberState(
            balance=balance,
            tier=None if status is None or status.tier is None else status.tier.code,
            is_held=member is not None and member.status == "HELD",
            had=had,
        )


def _comes_soon(reward: Reward, channel: str, at: datetime) -> bool:
    """Not yet to be had, but worth looking forward to."""
    starts = reward.terms.starts_at
    return starts is not None and starts > at and reward.is_on_show(channel, starts)


async def account_in(info: Info, channel: str) -> LoyaltyAccount | None:
    """The signed-in customer's account in a channel's program; None for guests, who has not joined, and without one."""
    if info.context.customer is None:
        return None
    membership = await info.context.require_visit().loaders.memberships.load(channel)
    return (
        LoyaltyAccount(membership=membership, channel=channel)
        if membership is not None and membership.is_member
        else None
    )
