"""Campaigns and offers as staff write and read them; amounts are in minor units of the program's currency."""

from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry

from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.loyalty import offers
from saleor_crm_app.loyalty.offers import Campaign as Held
from saleor_crm_app.loyalty.offers import OfferWords
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.inputs import BadInputField, given, uuid_of, uuids_of
from saleor_crm_app.staff.reward_types import RewardLimit, RewardLimitInput
from saleor_crm_app.staff.scalars import BigInt


@strawberry.enum(description="How a campaign stands.")
class CampaignState(Enum):
    DRAFT = strawberry.enum_value("DRAFT", description="Nobody sees it yet.")
    LIVE = strawberry.enum_value("LIVE", description="Its offers are shown on its days.")
    ENDED = strawberry.enum_value("ENDED", description="It is shown no more.")


@strawberry.enum(description="What an offer is.")
class OfferKind(Enum):
    DISCOUNT = strawberry.enum_value("DISCOUNT", description="Brings an amount, percents, or products for less.")
    FREE_SHIPPING = strawberry.enum_value("FREE_SHIPPING", description="Brings a delivery for nothing.")
    BONUS_POINTS = strawberry.enum_value("BONUS_POINTS", description="Tells of an earning rule while that holds.")
    GIFT = strawberry.enum_value("GIFT", description="Brings a product, a gift card, a ticket or something by hand.")
    RECOMMENDED_PRODUCTS = strawberry.enum_value(
        "RECOMMENDED_PRODUCTS", description="Products that customers like this one bought, never what they own."
    )
    REWARD_REMINDER = strawberry.enum_value(
        "REWARD_REMINDER", description="Tells that the points are, or are nearly, enough for a reward."
    )
    TIER_NUDGE = strawberry.enum_value("TIER_NUDGE", description="Tells that little is lacking for the next tier.")
    EXPIRING_POINTS = strawberry.enum_value("EXPIRING_POINTS", description="Tells that points lapse within 30 days.")
    WIN_BACK = strawberry.enum_value("WIN_BACK", description="For who waits longer than 1.5 times their usual gap.")
    REPLENISHMENT = strawberry.enum_value("REPLENISHMENT", description="What they may need again by now.")
    CROSS_SELL = strawberry.enum_value("CROSS_SELL", description="What goes with what is in the cart.")
    UPSELL = strawberry.enum_value("UPSELL", description="What is better than what is in the cart.")
    EARLY_ACCESS = strawberry.enum_value("EARLY_ACCESS", description="Something before others have it.")


@strawberry.input(description="Whom a campaign is for, by segments; without any, everybody.")
class AudienceInput:
    any_of: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Global ids of segments: in at least one of these."
    )
    all_of: list[strawberry.ID] = strawberry.field(default_factory=list, description="In each of these, too.")
    none_of: list[strawberry.ID] = strawberry.field(default_factory=list, description="In none of these.")


@strawberry.input(description="A campaign as it shall be, all of it but its offers.")
class CampaignTermsInput:
    name: str = strawberry.field(description="Its name for staff, 1 to 120 characters.")
    goal: str = strawberry.field(description="What it is to reach, in your words.")
    audience: AudienceInput | None = strawberry.field(default=None, description="Whom it is for.")
    starts_on: date | None = strawberry.field(
        default=None, description="Its first day in the program's zone; null: at once."
    )
    ends_on: date | None = strawberry.field(default=None, description="Its last day; null: until it is ended.")
    budget: BigInt | None = strawberry.field(default=None, description="What its coupons may cost; null: anything.")
    holdout_percent: int = strawberry.field(
        default=10, description="So many percent see nothing of it, 0 to 50, so that one can tell what it brings."
    )
    priority: int = strawberry.field(default=0, description="0 to 100: its offers stand before those of less.")

    def read(self) -> offers.CampaignTerms:
        """Raises CampaignInvalid and BadInputField."""
        audience = given(self.audience) or AudienceInput()
        document: dict[str, Any] = {
            "name": self.name.strip(),
            "goal": self.goal.strip(),
            "audience": {
                "any_of": _segments(audience.any_of),
                "all_of": _segments(audience.all_of),
                "none_of": _segments(audience.none_of),
            },
            "holdout_percent": self.holdout_percent,
            "priority": self.priority,
            **_set(starts_on=self.starts_on, ends_on=self.ends_on, budget=self.budget),
        }
        return offers.read_campaign_terms(document)


@strawberry.input(description="An offer's texts in one language.")
class OfferWordsInput:
    language_code: str | None = strawberry.field(
        default=None, description="One of Saleor's language codes; null for the texts that are shown otherwise."
    )
    title: str = strawberry.field(description="1 to 120 characters.")
    description: str | None = strawberry.field(default=None, description="The same in more words.")
    terms: str | None = strawberry.field(default=None, description="The small print.")


@strawberry.input(description="An offer as it shall be, all of it.")
class OfferTermsInput:
    kind: OfferKind = strawberry.field(description="What it is; that cannot be changed later.")
    words: list[OfferWordsInput] = strawberry.field(
        default_factory=list,
        description="Its texts: one without a language, and translations. Without any it has those of its reward or "
        "of its kind, with the customer's numbers in them.",
    )
    placements: list[str] = strawberry.field(
        default_factory=list, description="Where in the storefront it is shown, such as `home`; none: anywhere."
    )
    channels: list[str] = strawberry.field(
        default_factory=list, description="Slugs of the channels it is for; none means all of the program."
    )
    picture: str | None = strawberry.field(default=None, description="Where its picture lies, as an https address.")
    link: str | None = strawberry.field(
        default=None, description="Where it leads: a path of the storefront, or an https address."
    )
    reward_id: strawberry.ID | None = strawberry.field(default=None, description="The reward that it brings.")
    rule_id: str | None = strawberry.field(
        default=None, description="The earning rule that it tells of: the `id` that the program's rules have."
    )
    product_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="The products it is about, by Saleor's global ids: 50 at most."
    )
    worth: BigInt = strawberry.field(
        default=BigInt(1000), description="What one acceptance is worth to the shop after its cost; ranks the offers."
    )
    limits: list[RewardLimitInput] | None = strawberry.field(
        default=None,
        description="How often one customer may accept it; left out: once; a reminder as its rewards allow.",
    )
    near_percent: int = strawberry.field(
        default=80, description="A reminder or a nudge shows from so many percent of what is needed on."
    )
    least_points: int = strawberry.field(default=10, description="Fewer expiring points are not worth a word.")

    def read(self) -> offers.OfferTerms:
        """Raises OfferInvalid and BadInputField."""
        reward, limits = given(self.reward_id), given(self.limits)
        document: dict[str, Any] = {
            "kind": self.kind.name,
            **_words(self.words),
            "placements": list(self.placements),
            "channels": list(self.channels),
            "products": [str(one) for one in self.product_ids],
            "worth": self.worth,
            "near_percent": self.near_percent,
            "least_points": self.least_points,
            **_set(picture=self.picture, link=self.link, rule=self.rule_id),
            **({} if limits is None else {"limits": [{"times": one.times, **_set(days=one.days)} for one in limits]}),
            **({} if reward is None else {"reward": uuid_of(reward, "LoyaltyReward", field="rewardId")}),
        }
        return offers.read_offer_terms(document)


def _set(**fields: object) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None and value is not strawberry.UNSET}


def _segments(ids: list[strawberry.ID]) -> list[UUID]:
    return uuids_of(ids, "CustomerSegment", field="audience")


def _words(words: list[OfferWordsInput]) -> dict[str, Any]:
    own = [one for one in words if given(one.language_code) is None]
    if len(own) > 1:
        raise BadInputField("words", "Give the texts once without a language; others need one.")
    translated = {str(one.language_code): _texts(one) for one in words if given(one.language_code) is not None}
    return {"translations": translated, **({"words": _texts(own[0])} if own else {})}


def _texts(one: OfferWordsInput) -> dict[str, object]:
    return {"title": one.title.strip(), **_set(description=one.description, small_print=one.terms)}


@strawberry.type(description="An offer's texts in one language.")
class OfferText:
    language_code: str | None = strawberry.field(description="One of Saleor's language codes; null for the shop's own.")
    title: str = strawberry.field(description="Its title.")
    description: str | None = strawberry.field(description="The same in more words.")
    terms: str | None = strawberry.field(description="The small print.")

    @classmethod
    def of(cls, code: str | None, words: OfferWords) -> "OfferText":
        return cls(language_code=code, title=words.title, description=words.description, terms=words.small_print)


@strawberry.type(description="How an offer went.")
class OfferResult:
    seen: BigInt = strawberry.field(description="On how many days a member saw it, all members together.")
    clicked: BigInt = strawberry.field(description="How often it was opened.")
    accepted: BigInt = strawberry.field(description="How often it was accepted.")
    dismissed: BigInt = strawberry.field(description="How many wanted it gone.")
    not_for_me: BigInt = strawberry.field(description="How often somebody wanted less of its kind.")
    cost: BigInt = strawberry.field(description="What its coupons cost, but for those that ended unused.")


@strawberry.type(description="An offer of a campaign.")
class Offer:
    id: strawberry.ID = strawberry.field(description="The offer's global id.")
    version: int = strawberry.field(description="Counts its changes; `offerUpdate` wants the one it was made from.")
    kind: OfferKind = strawberry.field(description="What it is.")
    words: list[OfferText] = strawberry.field(description="The texts that staff wrote, the shop's own first.")
    placements: list[str] = strawberry.field(description="Where it is shown; none means anywhere.")
    channels: list[str] = strawberry.field(description="Slugs of the channels it is for; none means all.")
    picture: str | None = strawberry.field(description="Where its picture lies.")
    link: str | None = strawberry.field(description="Where it leads.")
    reward_id: strawberry.ID | None = strawberry.field(description="The reward that it brings.")
    rule_id: str | None = strawberry.field(description="The earning rule that it tells of.")
    product_ids: list[strawberry.ID] = strawberry.field(description="The products it is about.")
    worth: BigInt = strawberry.field(description="What one acceptance is worth to the shop.")
    limits: list[RewardLimit] = strawberry.field(description="How often one customer may accept it.")
    near_percent: int = strawberry.field(description="From which part of what is needed on it shows.")
    least_points: int = strawberry.field(description="Fewer expiring points are not worth a word.")
    retired_at: datetime | None = strawberry.field(description="Since when it is shown no more.")
    row: strawberry.Private[offers.Offer]

    @strawberry.field(description="How it went so far.")
    async def result(self, info: Info) -> OfferResult:
        found = await info.context.loaders.offer_figures.load(self.row.id)
        return OfferResult(
            seen=BigInt(found.seen),
            clicked=BigInt(found.clicked),
            accepted=BigInt(found.accepted),
            dismissed=BigInt(found.dismissed),
            not_for_me=BigInt(found.not_for_me),
            cost=BigInt(found.cost),
        )

    @classmethod
    def of(cls, row: offers.Offer) -> "Offer":
        terms = row.terms
        own = [] if terms.words is None else [OfferText.of(None, terms.words)]
        return cls(
            row=row,
            id=strawberry.ID(global_id("PersonalOffer", row.id)),
            version=row.version,
            kind=OfferKind[terms.kind],
            words=own + [OfferText.of(code, words) for code, words in sorted(terms.translations.items())],
            placements=list(terms.placements),
            channels=list(terms.channels),
            picture=terms.picture,
            link=terms.link,
            reward_id=None if terms.reward is None else strawberry.ID(global_id("LoyaltyReward", terms.reward)),
            rule_id=terms.rule,
            product_ids=[strawberry.ID(one) for one in terms.products],
            worth=BigInt(terms.worth),
            limits=[RewardLimit(times=one.times, days=one.days) for one in terms.caps],
            near_percent=terms.near_percent,
            least_points=terms.least_points,
            retired_at=row.retired_at,
        )


@strawberry.type(description="Whom a campaign is for, by segments.")
class CampaignAudience:
    any_of: list[strawberry.ID] = strawberry.field(description="In at least one of these segments.")
    all_of: list[strawberry.ID] = strawberry.field(description="In each of these.")
    none_of: list[strawberry.ID] = strawberry.field(description="In none of these.")

    @classmethod
    def of(cls, audience: offers.Audience) -> "CampaignAudience":
        return cls(any_of=_ids(audience.any_of), all_of=_ids(audience.all_of), none_of=_ids(audience.none_of))


def _ids(segments: tuple[UUID, ...]) -> list[strawberry.ID]:
    return [strawberry.ID(global_id("CustomerSegment", one)) for one in segments]


@strawberry.type(description="Offers for an audience in a time, with one goal and one budget.")
class Campaign:
    id: strawberry.ID = strawberry.field(description="The campaign's global id.")
    version: int = strawberry.field(description="Counts its changes; `campaignUpdate` wants the one it was made from.")
    state: CampaignState = strawberry.field(description="How it stands.")
    name: str = strawberry.field(description="Its name.")
    goal: str = strawberry.field(description="What it is to reach.")
    audience: CampaignAudience = strawberry.field(description="Whom it is for.")
    starts_on: date | None = strawberry.field(description="Its first day in the program's zone.")
    ends_on: date | None = strawberry.field(description="Its last day.")
    budget: BigInt | None = strawberry.field(description="What its coupons may cost.")
    committed: BigInt = strawberry.field(description="What they cost so far; what ended unused is taken off at night.")
    holdout_percent: int = strawberry.field(description="So many percent see nothing of it.")
    priority: int = strawberry.field(description="Its offers stand before those of less.")
    made_at: datetime = strawberry.field(description="When it was made.")
    ended_at: datetime | None = strawberry.field(description="When it was ended.")
    row: strawberry.Private[Held]

    @strawberry.field(description="Its offers, oldest first, with those that are shown no more.")
    async def offers(self, info: Info) -> list[Offer]:
        return [Offer.of(one) for one in await info.context.loaders.offers_of_campaigns.load(self.row.id)]

    @classmethod
    def of(cls, row: Held) -> "Campaign":
        terms = row.terms
        return cls(
            row=row,
            id=strawberry.ID(global_id("Campaign", row.id)),
            version=row.version,
            state=CampaignState[row.state],
            name=terms.name,
            goal=terms.goal,
            audience=CampaignAudience.of(terms.audience),
            starts_on=terms.starts_on,
            ends_on=terms.ends_on,
            budget=None if terms.budget is None else BigInt(terms.budget),
            committed=BigInt(row.committed),
            holdout_percent=terms.holdout_percent,
            priority=terms.priority,
            made_at=row.made_at,
            ended_at=row.ended_at,
        )
