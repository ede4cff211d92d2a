"""What campaigns and offers say, as two typed documents: whom for, when, at what cost; what, where, in which words."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from saleor_crm_app.kernel.clock import end_of_local_day
from saleor_crm_app.kernel.ids import key_of
from saleor_crm_app.kernel.languages import in_language
from saleor_crm_app.loyalty.offers.errors import CampaignInvalid, OfferInvalid
from saleor_crm_app.loyalty.rewards import Limit, RewardKind

Amount = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000_000)]
"""Minor units of the program's currency."""
Percent = Annotated[int, msgspec.Meta(ge=1, le=100)]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Long = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
Goal = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
LanguageCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2,3}(_[A-Z]{2,4})*$")]
Segments = Annotated[tuple[UUID, ...], msgspec.Meta(max_length=20)]
Ids = Annotated[tuple[Annotated[str, msgspec.Meta(max_length=100)], ...], msgspec.Meta(max_length=50)]
Slugs = Annotated[tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=255)], ...], msgspec.Meta(max_length=50)]
Placements = Annotated[
    tuple[Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")], ...], msgspec.Meta(max_length=20)
]
Address = Annotated[str, msgspec.Meta(pattern=r"^(https://\S+|/[^/\s]\S*|/)$", max_length=500)]
"""Of another site by https, or a path of the storefront itself."""


class OfferKind(StrEnum):
    """What an offer is."""

    DISCOUNT = "DISCOUNT"
    FREE_SHIPPING = "FREE_SHIPPING"
    BONUS_POINTS = "BONUS_POINTS"
    GIFT = "GIFT"
    RECOMMENDED_PRODUCTS = "RECOMMENDED_PRODUCTS"
    REWARD_REMINDER = "REWARD_REMINDER"
    TIER_NUDGE = "TIER_NUDGE"
    EXPIRING_POINTS = "EXPIRING_POINTS"
    WIN_BACK = "WIN_BACK"
    REPLENISHMENT = "REPLENISHMENT"
    CROSS_SELL = "CROSS_SELL"
    UPSELL = "UPSELL"
    EARLY_ACCESS = "EARLY_ACCESS"


PRODUCT_KINDS: Final = frozenset(
    {OfferKind.RECOMMENDED_PRODUCTS, OfferKind.REPLENISHMENT, OfferKind.CROSS_SELL, OfferKind.UPSELL}
)
"""Kinds whose products are found for each customer."""

PERSONAL_KINDS: Final = frozenset(
    {
        OfferKind.REWARD_REMINDER,
        OfferKind.TIER_NUDGE,
        OfferKind.EXPIRING_POINTS,
        OfferKind.WIN_BACK,
        OfferKind.REPLENISHMENT,
    }
)
"""Kinds that say nothing to who is not known."""

REWARD_KINDS: Final = {
    OfferKind.DISCOUNT: frozenset({RewardKind.FIXED_AMOUNT, RewardKind.PERCENTAGE, RewardKind.PRODUCT_DISCOUNT}),
    OfferKind.FREE_SHIPPING: frozenset({RewardKind.FREE_SHIPPING}),
    OfferKind.GIFT: frozenset(
        {RewardKind.FREE_PRODUCT, RewardKind.GIFT_CARD, RewardKind.DRAW_TICKET, RewardKind.CUSTOM}
    ),
    OfferKind.WIN_BACK: frozenset(RewardKind),
    OfferKind.EARLY_ACCESS: frozenset(RewardKind),
}
"""Which rewards a kind of offer can bring; other kinds bring none."""

_NEED_REWARD: Final = frozenset({OfferKind.DISCOUNT, OfferKind.FREE_SHIPPING, OfferKind.GIFT})
_NEED_WORDS: Final = frozenset({OfferKind.BONUS_POINTS, OfferKind.EARLY_ACCESS})
_NAME_PRODUCTS: Final = frozenset({OfferKind.RECOMMENDED_PRODUCTS, OfferKind.EARLY_ACCESS})


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class Audience(_Part, frozen=True):
    """Segments, by their keys: in one of `any_of`, in each of `all_of`, in none of `none_of`; empty: everybody."""

    any_of: Segments = ()
    all_of: Segments = ()
    none_of: Segments = ()

    @property
    def is_everybody(self) -> bool:
        return not self.named

    @property
    def named(self) -> frozenset[UUID]:
        """The keys of all segments it asks for."""
        return frozenset((*self.any_of, *self.all_of, *self.none_of))

    def admits(self, segments: frozenset[UUID]) -> bool:
        """Whether who is in these segments belongs to it."""
        return (
            (not self.any_of or not segments.isdisjoint(self.any_of))
            and segments.issuperset(self.all_of)
            and segments.isdisjoint(self.none_of)
        )


class CampaignTerms(_Part, frozen=True):
    """All of a campaign but its offers. Its days are those of the program's zone, both included.

    `budget` is what its coupons may cost, minor units. So many percent of its audience are held out: they see nothing
    of it, so that one can tell what it brings.
    """

    name: Title
    goal: Goal
    audience: Audience = Audience()
    starts_on: date | None = None
    ends_on: date | None = None
    budget: Amount | None = None
    holdout_percent: Annotated[int, msgspec.Meta(ge=0, le=50)] = 10
    priority: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0

    def begins_at(self, zone: ZoneInfo) -> datetime | None:
        """The first instant of its first day; None: at once."""
        return None if self.starts_on is None else end_of_local_day(self.starts_on - timedelta(days=1), zone)

    def ends_at(self, zone: ZoneInfo) -> datetime | None:
        """The first instant after its last day; None: never."""
        return None if self.ends_on is None else end_of_local_day(self.ends_on, zone)

    def is_on(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether an instant is within its days."""
        begins, ends = self.begins_at(zone), self.ends_at(zone)
        return (begins is None or begins <= at) and (ends is None or at < ends)


class OfferWords(_Part, frozen=True):
    """An offer's texts in one language."""

    title: Title
    description: Long | None = None
    small_print: Long | None = None


class OfferTerms(_Part, frozen=True):
    """All of an offer. Without `words` it has those of its kind, with the customer's own numbers in them.

    `worth` is what one acceptance is worth to the shop after its cost, minor units; offers are ranked by it. Empty
    `placements` and `channels` mean all. `limits` count acceptances of one customer; left
    out, it is one ever, and for reminders as many as the rewards' own limits allow. A reward reminder and a tier
    nudge are shown from `near_percent` of what is needed on, expiring points from `least_points` on.
    """

    kind: OfferKind
    words: OfferWords | None = None
    translations: dict[LanguageCode, OfferWords] = {}
    placements: Placements = ()
    channels: Slugs = ()
    picture: Annotated[str, msgspec.Meta(pattern=r"^https://\S+$", max_length=500)] | None = None
    link: Address | None = None
    reward: UUID | None = None
    rule: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | None = None
    products: Ids = ()
    worth: Amount = 1000
    limits: Annotated[tuple[Limit, ...], msgspec.Meta(max_length=5)] | None = None
    near_percent: Percent = 80
    least_points: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)] = 10

    @property
    def caps(self) -> tuple[Limit, ...]:
        """How often one customer may accept it."""
        if self.limits is not None:
            return self.limits
        return () if self.kind is OfferKind.REWARD_REMINDER else (Limit(times=1),)

    def words_in(self, language: str | None) -> OfferWords | None:
        """In one of Saleor's language codes, such as `PT_BR`; its main language will do."""
        return in_language(self.translations, language) or self.words


def checked_campaign(terms: CampaignTerms) -> CampaignTerms:
    """Give terms back that hold together.

    Raises CampaignInvalid.
    """
    if terms.starts_on is not None and terms.ends_on is not None and terms.ends_on < terms.starts_on:
        raise CampaignInvalid("its last day lies before its first.")
    return terms


def read_campaign_terms(document: object) -> CampaignTerms:
    """Read a campaign's terms from what JSON gave, strictly.

    Raises CampaignInvalid with the first fault.
    """
    try:
        return checked_campaign(msgspec.convert(document, CampaignTerms))
    except msgspec.ValidationError as error:
        raise CampaignInvalid(f"{error}.") from error


def checked_offer(terms: OfferTerms) -> OfferTerms:
    """Give terms back that hold together.

    Raises OfferInvalid with the first fault.
    """
    for fault in _faults(terms):
        raise OfferInvalid(fault)
    return terms


def read_offer_terms(document: object) -> OfferTerms:
    """Read an offer's terms from what JSON gave, strictly.

    Raises OfferInvalid with the first fault.
    """
    try:
        return checked_offer(msgspec.convert(document, OfferTerms))
    except msgspec.ValidationError as error:
        raise OfferInvalid(f"{error}.") from error


def _faults(terms: OfferTerms) -> Iterator[str]:
    kind = terms.kind
    if kind in _NEED_REWARD and terms.reward is None:
        yield "name the reward that it brings."
    if terms.reward is not None and kind not in REWARD_KINDS:
        yield "this kind of offer brings no reward."
    if kind in _NEED_WORDS and terms.words is None:
        yield "this kind of offer needs texts of yours."
    if (kind is OfferKind.BONUS_POINTS) != (terms.rule is not None):
        yield "bonus points, and they alone, name the earning rule that gives them."
    if terms.products and kind not in _NAME_PRODUCTS:
        yield "this kind of offer does not name products."
    for text in terms.products:
        try:
            key_of(text, kind="Product")
        except ValueError as error:
            yield f"products: {error}."
