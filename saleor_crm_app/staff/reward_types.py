"""Rewards as staff see and write them."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry

from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.rewards import RewardVoucher
from saleor_crm_app.staff.inputs import BadInputField, given
from saleor_crm_app.staff.scalars import BigInt


@strawberry.enum(description="What a reward is.")
class RewardKind(Enum):
    FIXED_AMOUNT = strawberry.enum_value("FIXED_AMOUNT", description="So much off an order.")
    PERCENTAGE = strawberry.enum_value("PERCENTAGE", description="So many percent off an order.")
    FREE_SHIPPING = strawberry.enum_value("FREE_SHIPPING", description="Delivery for nothing.")
    FREE_PRODUCT = strawberry.enum_value(
        "FREE_PRODUCT", description="One of some products for nothing; it has to be in the cart."
    )
    PRODUCT_DISCOUNT = strawberry.enum_value("PRODUCT_DISCOUNT", description="Some products for less.")
    GIFT_CARD = strawberry.enum_value(
        "GIFT_CARD", description="Store credit bound to the customer; from Saleor 3.23.19 on."
    )
    DRAW_TICKET = strawberry.enum_value(
        "DRAW_TICKET", description="A ticket for a draw; the shop needs no code for it."
    )
    CUSTOM = strawberry.enum_value("CUSTOM", description="Something that staff see to; the shop needs no code for it.")


@strawberry.enum(description="When a reward is given without being asked for, and without points.")
class RewardOccasion(Enum):
    SIGN_UP = strawberry.enum_value("SIGN_UP", description="A customer's account was confirmed.")
    FIRST_ORDER = strawberry.enum_value("FIRST_ORDER", description="A customer's first paid order.")
    BIRTHDAY = strawberry.enum_value("BIRTHDAY", description="A customer's birthday, where it is known.")


@strawberry.input(description="Products by Saleor's global ids; whatever one of these names is meant.")
class RewardScopeInput:
    products: list[strawberry.ID] = strawberry.field(default_factory=list, description="Ids of products.")
    variants: list[strawberry.ID] = strawberry.field(default_factory=list, description="Ids of product variants.")
    collections: list[strawberry.ID] = strawberry.field(default_factory=list, description="Ids of collections.")
    categories: list[strawberry.ID] = strawberry.field(default_factory=list, description="Ids of categories.")


@strawberry.input(description="At most so many times for one customer.")
class RewardLimitInput:
    times: int = strawberry.field(description="How often.")
    days: int | None = strawberry.field(default=None, description="Within so many days; null means ever.")


@strawberry.input(description="A reward's texts in one language.")
class RewardWordsInput:
    language_code: str | None = strawberry.field(
        default=None, description="One of Saleor's language codes; null for the texts that are shown otherwise."
    )
    name: str = strawberry.field(description="Its name, 1 to 120 characters; shoppers see it at the checkout too.")
    description: str | None = strawberry.field(default=None, description="What it is, in more words.")
    terms: str | None = strawberry.field(default=None, description="The small print.")


@strawberry.input(
    description="A reward as it shall be, all of it. Amounts are in minor units of the program's currency."
)
class RewardTermsInput:
    kind: RewardKind = strawberry.field(description="What it is; that cannot be changed later.")
    words: list[RewardWordsInput] = strawberry.field(description="Its texts: one without a language, and translations.")
    amount: BigInt | None = strawberry.field(
        default=None,
        description="How much it takes off, of the order or of each unit in scope, or what is on the card.",
    )
    percent: int | None = strawberry.field(default=None, description="How many percent it takes off, 1 to 100.")
    scope: RewardScopeInput | None = strawberry.field(default=None, description="Which products it is about.")
    points: int = strawberry.field(default=0, description="How many points it costs.")
    is_claimable: bool = strawberry.field(
        default=True, description="Whether customers can claim it; else staff and occasions alone give it."
    )
    given_on: list[RewardOccasion] = strawberry.field(
        default_factory=list, description="When it is given without being asked for."
    )
    cost: BigInt | None = strawberry.field(
        default=None, description="What one costs the shop; null means the amount where there is one, else 0."
    )
    stock: int | None = strawberry.field(default=None, description="How many there are; null means any number.")
    budget: BigInt | None = strawberry.field(
        default=None, description="How much all of them together may cost; then it is sold out."
    )
    limits: list[RewardLimitInput] = strawberry.field(
        default_factory=list, description="How often one customer may claim it."
    )
    starts_at: datetime | None = strawberry.field(default=None, description="From when on it is given.")
    ends_at: datetime | None = strawberry.field(default=None, description="Until when it is given.")
    channels: list[str] = strawberry.field(
        default_factory=list, description="Slugs of the channels it is for; none means all of the program."
    )
    tiers: list[str] = strawberry.field(
        default_factory=list, description="Codes of the tiers it is for; none means all members."
    )
    min_spent: BigInt | None = strawberry.field(default=None, description="What an order has to be worth to use it.")
    coupon_days: int = strawberry.field(
        default=30, description="So many days its coupons can be used, to the end of the day in the program's zone."
    )
    points_back_on_expiry: bool = strawberry.field(
        default=True, description="Whether the points come back when a coupon's time is over."
    )
    deliver_within_hours: int = strawberry.field(
        default=24, description="If the shop gives no code within so many hours, the points come back."
    )
    picture: str | None = strawberry.field(default=None, description="Where its picture lies, as an https address.")
    position: int = strawberry.field(default=0, description="Its place in the list, the smallest first.")

    def read(self) -> rewards.RewardTerms:
        """Raises RewardInvalid and BadInputField."""
        scope = given(self.scope)
        document: dict[str, Any] = {
            "effect": {
                "kind": self.kind.name,
                **_set(amount=self.amount, percent=self.percent),
                "scope": {} if scope is None else _scope(scope),
            },
            **_words(self.words),
            "points": self.points,
            "is_claimable": self.is_claimable,
            "given_on": [one.name for one in self.given_on],
            "limits": [{"times": one.times, **_set(days=one.days)} for one in self.limits],
            "channels": list(self.channels),
            "tiers": list(self.tiers),
            "coupon_days": self.coupon_days,
            "points_back_on_expiry": self.points_back_on_expiry,
            "deliver_within_hours": self.deliver_within_hours,
            "position": self.position,
            **_set(cost=self.cost, stock=self.stock, budget=self.budget, min_spent=self.min_spent),
            **_set(starts_at=self.starts_at, ends_at=self.ends_at, picture=self.picture),
        }
        return rewards.read_terms(document)


def _set(**fields: object) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None and value is not strawberry.UNSET}


def _scope(scope: RewardScopeInput) -> dict[str, list[str]]:
    return {
        "products": [str(one) for one in scope.products],
        "variants": [str(one) for one in scope.variants],
        "collections": [str(one) for one in scope.collections],
        "categories": [str(one) for one in scope.categories],
    }


def _words(words: list[RewardWordsInput]) -> dict[str, Any]:
    own = [one for one in words if given(one.language_code) is None]
    if len(own) != 1:
        raise BadInputField("words", "Give the texts once without a language; others need one.")
    translated = {str(one.language_code): _texts(one) for one in words if given(one.language_code) is not None}
    return {"words": _texts(own[0]), "translations": translated}


def _texts(one: RewardWordsInput) -> dict[str, object]:
    return {"name": one.name.strip(), **_set(description=one.description, small_print=one.terms)}


@strawberry.type(description="A reward's texts in one language.")
class RewardWords:
    language_code: str | None = strawberry.field(description="One of Saleor's language codes; null for the shop's own.")
    name: str = strawberry.field(description="Its name.")
    description: str | None = strawberry.field(description="What it is, in more words.")
    terms: str | None = strawberry.field(description="The small print.")


@strawberry.type(description="At most so many times for one customer.")
class RewardLimit:
    times: int = strawberry.field(description="How often.")
    days: int | None = strawberry.field(description="Within so many days; null means ever.")


@strawberry.type(description="Products by Saleor's global ids.")
class RewardScope:
    products: list[strawberry.ID] = strawberry.field(description="Ids of products.")
    variants: list[strawberry.ID] = strawberry.field(description="Ids of product variants.")
    collections: list[strawberry.ID] = strawberry.field(description="Ids of collections.")
    categories: list[strawberry.ID] = strawberry.field(description="Ids of categories.")


@strawberry.type(description="A voucher in the shop that stands for coupons of a reward.")
class RewardVoucherState:
    name: str = strawberry.field(description="Its name in the shop.")
    voucher_id: strawberry.ID | None = strawberry.field(description="Its global id in Saleor; null until it is made.")
    is_current: bool = strawberry.field(description="Whether new coupons get its codes.")
    checked_at: datetime | None = strawberry.field(description="When it was last compared with the shop.")
    drift: list[str] = strawberry.field(description="What differed in the shop then, and was mended.")

    @classmethod
    def of(cls, voucher: RewardVoucher) -> "RewardVoucherState":
        return cls(
            name=voucher.name,
            voucher_id=None if voucher.saleor_id is None else strawberry.ID(voucher.saleor_id),
            is_current=voucher.is_current,
            checked_at=voucher.checked_at,
            drift=list(voucher.drift),
        )


@strawberry.type(description="Something that can be had for points, or is given. Amounts are in minor units.")
class Reward:
    id: strawberry.ID = strawberry.field(description="The reward's global id.")
    version: int = strawberry.field(description="Counts its changes; `rewardUpdate` wants the one it was made from.")
    kind: RewardKind = strawberry.field(description="What it is.")
    words: list[RewardWords] = strawberry.field(description="Its texts, the shop's own first.")
    amount: BigInt | None = strawberry.field(description="How much it takes off, or what is on the card.")
    percent: int | None = strawberry.field(description="How many percent it takes off.")
    scope: RewardScope = strawberry.field(description="Which products it is about.")
    points: int = strawberry.field(description="How many points it costs.")
    is_claimable: bool = strawberry.field(description="Whether customers can claim it.")
    given_on: list[RewardOccasion] = strawberry.field(description="When it is given without being asked for.")
    cost: BigInt = strawberry.field(description="What one costs the shop.")
    stock: int | None = strawberry.field(description="How many there were to give; null means any number.")
    stock_left: BigInt | None = strawberry.field(description="How many are left.")
    budget: BigInt | None = strawberry.field(description="How much all of them together may cost.")
    committed: BigInt = strawberry.field(description="How much of it is promised or given.")
    limits: list[RewardLimit] = strawberry.field(description="How often one customer may claim it.")
    starts_at: datetime | None = strawberry.field(description="From when on it is given.")
    ends_at: datetime | None = strawberry.field(description="Until when it is given.")
    channels: list[str] = strawberry.field(description="Slugs of the channels it is for; none means all.")
    tiers: list[str] = strawberry.field(description="Codes of the tiers it is for; none means all members.")
    min_spent: BigInt | None = strawberry.field(description="What an order has to be worth to use it.")
    coupon_days: int = strawberry.field(description="So many days its coupons can be used.")
    points_back_on_expiry: bool = strawberry.field(description="Whether the points come back when that is over.")
    deliver_within_hours: int = strawberry.field(description="Within so many hours there is a code, or points return.")
    picture: str | None = strawberry.field(description="Where its picture lies.")
    position: int = strawberry.field(description="Its place in the list.")
    retired_at: datetime | None = strawberry.field(description="Since when it is given no more.")
    row: strawberry.Private[rewards.Reward]

    @classmethod
    def of(cls, row: rewards.Reward) -> "Reward":
        terms = row.terms
        effect, scope = terms.effect, terms.effect.scope
        return cls(
            row=row,
            id=strawberry.ID(global_id("LoyaltyReward", row.id)),
            version=row.version,
            kind=RewardKind[effect.kind],
            words=[_told(None, terms.words)]
            + [_told(code, words) for code, words in sorted(terms.translations.items())],
            amount=_big(effect.amount),
            percent=effect.percent,
            scope=RewardScope(
                products=[strawberry.ID(one) for one in scope.products],
                variants=[strawberry.ID(one) for one in scope.variants],
                collections=[strawberry.ID(one) for one in scope.collections],
                categories=[strawberry.ID(one) for one in scope.categories],
            ),
            points=terms.points,
            is_claimable=terms.is_claimable,
            given_on=[RewardOccasion[one] for one in terms.given_on],
            cost=BigInt(terms.unit_cost),
            stock=terms.stock,
            stock_left=_big(row.stock_left),
            budget=_big(terms.budget),
            committed=BigInt(row.committed),
            limits=[RewardLimit(times=one.times, days=one.days) for one in terms.limits],
            starts_at=terms.starts_at,
            ends_at=terms.ends_at,
            channels=list(terms.channels),
            tiers=list(terms.tiers),
            min_spent=_big(terms.min_spent),
            coupon_days=terms.coupon_days,
            points_back_on_expiry=terms.points_back_on_expiry,
            deliver_within_hours=terms.deliver_within_hours,
            picture=terms.picture,
            position=terms.position,
            retired_at=row.retired_at,
        )


def _told(code: str | None, words: rewards.Words) -> RewardWords:
    return RewardWords(language_code=code, name=words.name, description=words.description, terms=words.small_print)


def _big(number: int | None) -> BigInt | None:
    return None if number is None else BigInt(number)
