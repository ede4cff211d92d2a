"""Personal offers as customers see them: what, why, what is lacking, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Final
from uuid import UUID

import strawberry

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.ids import global_id, key_of
from saleor_crm_app.kernel.money import MinorUnits, Money, minor_units
from saleor_crm_app.kernel.paging import BadPage, Page, cursor_of, key_at, page_of
from saleor_crm_app.loyalty import offers, rewards
from saleor_crm_app.loyalty.offers import NO_CART, Candidate, Cart, Decision, Lack, Lacking, Question, Said
from saleor_crm_app.loyalty.points import Member
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rewards import Chance, Reward, judge_reward
from saleor_crm_app.storefront.context import Info, Visit
from saleor_crm_app.storefront.loaders import Membership
from saleor_crm_app.storefront.money import LoyaltyMoney
from saleor_crm_app.storefront.pages import AfterArgument, PageInfo, given
from saleor_crm_app.storefront.products import Product
from saleor_crm_app.storefront.rewards import LoyaltyReward, OfferGap, OfferReason
from saleor_crm_app.storefront.tiers import LanguageArgument

_CURSOR: Final = "PersonalOffer"
USUAL_OFFERS: Final = 5
_MOST_IN_CART: Final = 100

FirstOffersArgument = Annotated[int | None, strawberry.argument(description="So many: 1 to 100, usually 5.")]
FirstProductsArgument = Annotated[int | None, strawberry.argument(description="So many: 1 to 50, usually 4.")]
PlacementArgument = Annotated[
    str | None,
    strawberry.argument(description="Where in the storefront they are shown, such as `home`; left out: anywhere."),
]


class CartUnreadable(Refusal):
    """What is told of a cart and cannot be."""

    code = LoyaltyErrorCode.INVALID

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


@strawberry.enum(description="What an offer is.")
class PersonalOfferKind(Enum):
    DISCOUNT = strawberry.enum_value("DISCOUNT", description="So much, or so many percent, off.")
    FREE_SHIPPING = strawberry.enum_value("FREE_SHIPPING", description="An order is delivered for nothing.")
    BONUS_POINTS = strawberry.enum_value("BONUS_POINTS", description="Orders earn more than usually.")
    GIFT = strawberry.enum_value("GIFT", description="A product, a card, a ticket or something else for nothing.")
    RECOMMENDED_PRODUCTS = strawberry.enum_value("RECOMMENDED_PRODUCTS", description="Products that may be liked.")
    REWARD_REMINDER = strawberry.enum_value("REWARD_REMINDER", description="A reward is, or is nearly, within reach.")
    TIER_NUDGE = strawberry.enum_value("TIER_NUDGE", description="Little is lacking for the next tier.")
    EXPIRING_POINTS = strawberry.enum_value("EXPIRING_POINTS", description="Points expire soon.")
    WIN_BACK = strawberry.enum_value("WIN_BACK", description="For who has not bought for long.")
    REPLENISHMENT = strawberry.enum_value("REPLENISHMENT", description="What they may need again by now.")
    CROSS_SELL = strawberry.enum_value("CROSS_SELL", description="What goes with what is in the cart.")
    UPSELL = strawberry.enum_value("UPSELL", description="What is better than what is in the cart.")
    EARLY_ACCESS = strawberry.enum_value("EARLY_ACCESS", description="Something before others have it.")


@strawberry.input(description="What is in the cart, as the storefront knows it; it decides nothing but what is shown.")
class LoyaltyCartInput:
    product_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="The products in it, by Saleor's global ids: 100 at most."
    )
    amount: float | None = strawberry.field(
        default=None, description="What they come to, in major units of the program's currency."
    )

    def read(self, program: Program) -> Cart:
        """Raises CartUnreadable."""
        products = tuple(given(self.product_ids) or ())
        if len(products) > _MOST_IN_CART:
            raise CartUnreadable("productIds", f"Name {_MOST_IN_CART} products at most.")
        for one in products:
            try:
                key_of(one, kind="Product")
            except ValueError as error:
                raise CartUnreadable("productIds", "That is not the global id of a Product.") from error
        amount = given(self.amount)
        try:
            minor = None if amount is None else minor_units(Decimal(str(amount)), program.currency)
        except (ValueError, ArithmeticError) as error:
            raise CartUnreadable("amount", "That is not an amount of the program's currency.") from error
        return Cart(products=products, amount=minor)


@strawberry.type(description="Something offered to this customer now, with the reason why.")
class PersonalOffer:
    id: strawberry.ID = strawberry.field(description="The offer's global id.")
    decision_id: strawberry.ID = strawberry.field(
        description="Names the decision to show it; hand it back with what the customer answers."
    )
    kind: PersonalOfferKind = strawberry.field(description="What it is.")
    title: str = strawberry.field(description="What it says, in the language asked for.")
    description: str | None = strawberry.field(description="The same in more words.")
    picture: str | None = strawberry.field(description="Where its picture lies.")
    link: str | None = strawberry.field(description="Where it leads: a path of the storefront, or an https address.")
    terms: str | None = strawberry.field(description="The small print.")
    can_accept: bool = strawberry.field(
        description="Whether `personalOfferAccept` would bring a coupon now; else it only tells something."
    )
    code: str | None = strawberry.field(description="A code to use; accepting brings one where this is null.")
    valid_until: datetime | None = strawberry.field(description="Until when it holds, where that ends.")
    reasons: list[OfferReason] = strawberry.field(description="Why the customer sees it.")
    missing: list[OfferGap] = strawberry.field(description="What is lacking before it is worth something.")
    reward: LoyaltyReward | None = strawberry.field(description="The reward that it brings or tells of.")
    product_ids: strawberry.Private[Sequence[str]]
    channel: strawberry.Private[str]

    @strawberry.field(description="The products it is about, best first.")
    def products(self, first: FirstProductsArgument = strawberry.UNSET) -> list[Product]:
        most = min(max(given(first) or 4, 1), 50)
        return [Product(id=strawberry.ID(one), channel=self.channel) for one in self.product_ids[:most]]

    @classmethod
    def of(cls, one: Candidate, decision: Decision, asked: Question, language: str | None) -> "PersonalOffer":
        found, terms, program = one.fit, one.offer.terms, asked.program
        chance = _reward_told(one, asked)
        words = offers.wording.words_of(one.offer, found, None if chance is None else chance.reward, program, language)
        return cls(
            id=strawberry.ID(global_id("PersonalOffer", one.offer.id)),
            decision_id=strawberry.ID(decision.key.text(found.stake)),
            kind=PersonalOfferKind[terms.kind],
            title=words.title,
            description=words.description,
            picture=terms.picture or (None if chance is None else chance.reward.terms.picture),
            link=terms.link,
            terms=words.small_print,
            can_accept=found.brings is not None,
            code=None,
            valid_until=found.until,
            reasons=[_reason(said, program, language) for said in found.reasons],
            missing=[_gap(lacking, program, language) for lacking in found.missing],
            reward=None if chance is None else LoyaltyReward.of(chance, program, language),
            product_ids=found.products,
            channel=asked.channel,
        )


@strawberry.type(description="An offer and its place in the list.")
class PersonalOfferEdge:
    node: PersonalOffer = strawberry.field(description="The offer.")
    cursor: str = strawberry.field(description="Its place, for `after`.")


@strawberry.type(description="Offers, best first; none is an answer, too.")
class PersonalOfferConnection:
    edges: list[PersonalOfferEdge] = strawberry.field(description="The offers of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="How many offers there are in all.")

    @classmethod
    def of(cls, decision: Decision, page: Page, asked: Question, language: str | None) -> "PersonalOfferConnection":
        """Cut a page out of what was decided. Raises BadPage."""
        keys = [str(one.offer.id) for one in decision.offers]
        after = key_at(page, kind=_CURSOR)
        if after is not None and after not in keys:
            raise BadPage("after", "That offer is not shown any more.")
        start = 0 if after is None else keys.index(after) + 1
        chosen = decision.offers[start : start + page.size]
        edges = [
            PersonalOfferEdge(
                node=PersonalOffer.of(one, decision, asked, language), cursor=cursor_of(_CURSOR, one.offer.id)
            )
            for one in chosen
        ]
        has_next = start + len(chosen) < len(decision.offers)
        page_info = PageInfo.of([edge.cursor for edge in edges], has_next=has_next, has_previous=start > 0)
        return cls(edges=edges, page_info=page_info, total_count=len(decision.offers))

    @classmethod
    def empty(cls) -> "PersonalOfferConnection":
        return cls(edges=[], page_info=PageInfo.of([], has_next=False, has_previous=False), total_count=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where offers are shown."""

    channel: str
    placement: str | None = None
    cart: LoyaltyCartInput | None = None


@strawberry.type(description="Personal offers.")
class OffersQuery:
    @strawberry.field(
        description="What this customer is offered in one place, best first: each with the reason why. Guests get what "
        "is for everybody. Asking counts as nothing; the same question has the same answer for a day, as long as "
        "nothing about the customer or the shop's offers changes."
    )
    async def personal_offers(
        self,
        info: Info,
        channel: Annotated[str, strawberry.argument(description="The channel's slug.")],
        placement: PlacementArgument = strawberry.UNSET,
        cart: Annotated[
            LoyaltyCartInput | None, strawberry.argument(description="What is in the cart.")
        ] = strawberry.UNSET,
        first: FirstOffersArgument = USUAL_OFFERS,
        after: AfterArgument = strawberry.UNSET,
        language_code: LanguageArgument = strawberry.UNSET,
    ) -> PersonalOfferConnection:
        page = page_of(given(first) or USUAL_OFFERS, given(after))
        place = Place(channel=channel, placement=given(placement), cart=given(cart))
        offers.decisions.demand_placement(place.placement)
        return await offers_in(info, place, page, given(language_code))


async def offers_in(info: Info, place: Place, page: Page, language: str | None) -> PersonalOfferConnection:
    """What the caller is offered; nothing where there is no program.

    Raises CartUnreadable and BadPage.
    """
    visit = info.context.require_visit()
    membership = await visit.loaders.memberships.load(place.channel)
    if membership is None:
        return PersonalOfferConnection.empty()
    asked = _question(visit, membership, place)
    member = membership.member if asked.customer is not None else None
    decision = await _decided(info, visit, asked, member)
    spoken = language or await visit.language()
    return PersonalOfferConnection.of(decision, page, asked, spoken)


async def _decided(info: Info, visit: Visit, asked: Question, member: Member | None) -> Decision:
    async with visit.loaders.reading.session() as session:
        standings = visit.loaders.standings
        return await info.context.offers.decide(session, visit.installation.id, asked, member=member, tiers=standings)


def _question(visit: Visit, membership: Membership, place: Place) -> Question:
    """Who has not joined is offered what guests are."""
    program = membership.program
    return Question(
        program=program,
        customer=visit.customer if membership.is_member else None,
        channel=place.channel,
        placement=place.placement,
        at=visit.at,
        cart=NO_CART if place.cart is None else place.cart.read(program),
        must=Lack.SIGN_IN if visit.customer is None else Lack.JOIN,
    )


def _reward_told(one: Candidate, asked: Question) -> Chance | None:
    """The reward that an offer brings, would bring, or tells of."""
    found = one.fit
    if found.brings is not None:
        return found.brings
    told = None if found.about is None else found.about.data.get("reward")
    reward = told if isinstance(told, Reward) else found.would_bring
    if reward is None:
        return None
    chance = judge_reward(reward, asked.program, rewards.MemberState(), at=asked.at)
    return Chance(reward=reward, affordable=False, reasons=chance.reasons, missing=())


def _reason(said: Said, program: Program, language: str | None) -> OfferReason:
    return OfferReason(code=said.why.value, text=offers.wording.reason_words(said, program, language))


def _gap(lacking: Lacking, program: Program, language: str | None) -> OfferGap:
    amount = None if lacking.amount is None else Money(MinorUnits(lacking.amount), program.currency)
    return OfferGap(
        code=lacking.what.value,
        amount=None if amount is None else LoyaltyMoney.of(amount),
        quantity=lacking.quantity,
        at=None,
        text=offers.wording.gap_words(lacking, program, language),
    )


def offer_key(text: str) -> offers.OfferId:
    """Raises OfferNotFound."""
    try:
        return offers.OfferId(UUID(key_of(text, kind="PersonalOffer")))
    except ValueError:
        raise offers.errors.OfferNotFound from None
