"""A reward's terms as one typed document: what it is, what it takes to have it, and its texts."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from saleor_crm_app.kernel.ids import key_of
from saleor_crm_app.kernel.languages import in_language
from saleor_crm_app.loyalty.rewards.errors import RewardInvalid

Amount = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000_000)]
"""Minor units of the program's currency."""
Percent = Annotated[int, msgspec.Meta(ge=1, le=100)]
WholePoints = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Long = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
LanguageCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2,3}(_[A-Z]{2,4})*$")]
Ids = Annotated[tuple[Annotated[str, msgspec.Meta(max_length=100)], ...], msgspec.Meta(max_length=100)]
Slugs = Annotated[tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=255)], ...], msgspec.Meta(max_length=100)]
Times = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Days = Annotated[int, msgspec.Meta(ge=1, le=3650)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class RewardKind(StrEnum):
    """What a reward is."""

    FIXED_AMOUNT = "FIXED_AMOUNT"
    PERCENTAGE = "PERCENTAGE"
    FREE_SHIPPING = "FREE_SHIPPING"
    FREE_PRODUCT = "FREE_PRODUCT"
    PRODUCT_DISCOUNT = "PRODUCT_DISCOUNT"
    GIFT_CARD = "GIFT_CARD"
    DRAW_TICKET = "DRAW_TICKET"
    CUSTOM = "CUSTOM"


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class Scope(_Part, frozen=True):
    """Products by Saleor's global ids; a discount on products takes off whatever one of these names."""

    products: Ids = ()
    variants: Ids = ()
    collections: Ids = ()
    categories: Ids = ()

    @property
    def names_any(self) -> bool:
        return bool(self.products or self.variants or self.collections or self.categories)


class Effect(_Part, frozen=True):
    """What using a coupon does: `amount` is off the order, each unit in scope, or on the card; or so many `percent`.

    Which of them a kind has is checked when terms are read.
    """

    kind: RewardKind
    amount: Amount | None = None
    percent: Percent | None = None
    scope: Scope = Scope()


class Limit(_Part, frozen=True):
    """At most so many times for one customer: within so many days, or ever."""

    times: Times
    days: Days | None = None


class Occasion(StrEnum):
    """When a reward is given without being asked for, and without points."""

    SIGN_UP = "SIGN_UP"
    FIRST_ORDER = "FIRST_ORDER"
    BIRTHDAY = "BIRTHDAY"


class Words(_Part, frozen=True):
    """A reward's texts in one language."""

    name: Name
    description: Long | None = None
    small_print: Long | None = None


class RewardTerms(_Part, frozen=True):
    """All of a reward. Texts without a translation come as `words` has them.

    `cost` is what one coupon costs the shop, minor units; left out, it is the amount where there is one, else 0.
    Empty `channels` and `tiers` mean all. A reward that is given on an occasion cannot be had for points.
    """

    effect: Effect
    words: Words
    translations: dict[LanguageCode, Words] = {}
    picture: Annotated[str, msgspec.Meta(pattern=r"^https://\S+$", max_length=500)] | None = None
    points: WholePoints = 0
    is_claimable: bool = True
    given_on: tuple[Occasion, ...] = ()
    cost: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000_000)] | None = None
    stock: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)] | None = None
    budget: Amount | None = None
    limits: Annotated[tuple[Limit, ...], msgspec.Meta(max_length=5)] = ()
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    channels: Slugs = ()
    tiers: Slugs = ()
    min_spent: Amount | None = None
    coupon_days: Days = 30
    points_back_on_expiry: bool = True
    deliver_within_hours: Annotated[int, msgspec.Meta(ge=1, le=720)] = 24
    position: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0

    @property
    def kind(self) -> RewardKind:
        return self.effect.kind

    @property
    def unit_cost(self) -> int:
        """What is reserved of the budget for one coupon, minor units."""
        return (self.effect.amount or 0) if self.cost is None else self.cost

    def words_in(self, language: str | None) -> Words:
        """In one of Saleor's language codes, such as `PT_BR`; its main language will do."""
        return in_language(self.translations, language) or self.words


_WITH_AMOUNT: Final = {RewardKind.FIXED_AMOUNT, RewardKind.GIFT_CARD}
_WITH_SCOPE: Final = {RewardKind.FREE_PRODUCT, RewardKind.PRODUCT_DISCOUNT}
_SCOPE_KINDS: Final = {
    "products": "Product",
    "variants": "ProductVariant",
    "collections": "Collection",
    "categories": "Category",
}


def read_terms(document: object) -> RewardTerms:
    """Read terms from what JSON gave, strictly.

    Raises RewardInvalid with the first fault.
    """
    try:
        terms = msgspec.convert(document, RewardTerms)
    except msgspec.ValidationError as error:
        raise RewardInvalid(str(error)) from error
    return checked(terms)


def checked(terms: RewardTerms) -> RewardTerms:
    """Give terms back that hold together.

    Raises RewardInvalid with the first fault.
    """
    for fault in _faults(terms):
        if fault is not None:
            raise RewardInvalid(fault)
    return terms


def _faults(terms: RewardTerms) -> tuple[str | None, ...]:
    effect = terms.effect
    kind = effect.kind
    needs_amount = kind in _WITH_AMOUNT or (kind is RewardKind.PRODUCT_DISCOUNT and effect.percent is None)
    needs_percent = kind is RewardKind.PERCENTAGE or (kind is RewardKind.PRODUCT_DISCOUNT and effect.amount is None)
    ends_early = terms.starts_at is not None and terms.ends_at is not None and terms.ends_at <= terms.starts_at
    return (
        "an amount is needed." if needs_amount and effect.amount is None else None,
        "an amount has no meaning here." if effect.amount is not None and not needs_amount else None,
        "a percentage is needed." if needs_percent and effect.percent is None else None,
        "a percentage has no meaning here." if effect.percent is not None and not needs_percent else None,
        "name the products it is for." if kind in _WITH_SCOPE and not effect.scope.names_any else None,
        "only product discounts and free products name products."
        if kind not in _WITH_SCOPE and effect.scope.names_any
        else None,
        "a free product is named by products or variants."
        if kind is RewardKind.FREE_PRODUCT and (effect.scope.collections or effect.scope.categories)
        else None,
        "it has to end after it starts." if ends_early else None,
        "what is given on an occasion cannot be had for points." if terms.given_on and terms.points else None,
        "a gift card does not depend on what is spent." if kind is RewardKind.GIFT_CARD and terms.min_spent else None,
        _wrong_id(effect.scope),
    )


def _wrong_id(scope: Scope) -> str | None:
    for field, kind in _SCOPE_KINDS.items():
        for text in getattr(scope, field):
            try:
                key_of(text, kind=kind)
            except ValueError as error:
                return f"{field}: {error}."
    return None
