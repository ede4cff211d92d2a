"""What of a member, of the catalog and of the cart matters for offers; given to what decides, which asks nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from saleor_crm_app.kernel.ids import CustomerId, RewardId
from saleor_crm_app.loyalty.offers.campaigns import CampaignId
from saleor_crm_app.loyalty.offers.responses import NO_RESPONSES, Responses
from saleor_crm_app.loyalty.offers.said import Lack, Said
from saleor_crm_app.loyalty.offers.terms import OfferKind
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rewards import Chance, MemberState, Reward
from saleor_crm_app.loyalty.rules import PublishedRule
from saleor_crm_app.loyalty.tiers import TierStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """What the storefront says is in the cart: products by Saleor's global ids, and what they come to, minor units."""

    products: tuple[str, ...] = ()
    amount: int | None = None


NO_CART: Final = Cart()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What offers are asked for: who, where, when.

    `customer` is None for who is no member: `must` says what they would have to do first.
    """

    program: Program
    customer: CustomerId | None
    channel: str
    placement: str | None
    at: datetime
    cart: Cart = NO_CART
    must: Lack = Lack.SIGN_IN


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is kept of a member: in which segments they are, what they answered lately, when they claimed which reward,
    and of their orders when the last was and how many days usually lie between two.
    """

    segments: frozenset[UUID] = frozenset()
    responses: Responses = NO_RESPONSES
    had: Mapping[RewardId, Sequence[datetime]] = field(default_factory=dict)
    last_order_at: datetime | None = None
    gap_days: float | None = None


NOBODY: Final = Standing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A product found for this customer, by Saleor's global id, and why."""

    product: str
    because: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All else that offers can say something of; what no offer asks for is left out.

    `rewards` are those that offers bring, `catalog` what can be claimed in the channel; `for_sale` are products
    that staff named and that this customer can buy and never had; `committed` is what campaigns with a budget have
    spent by now, minor units. `judged` fills as offers are looked at: what was judged of a reward.
    """

    member: MemberState = field(default_factory=MemberState)
    tier: TierStatus | None = None
    last_order_at: datetime | None = None
    gap_days: float | None = None
    rewards: Mapping[RewardId, Reward] = field(default_factory=dict)
    catalog: Sequence[Reward] = ()
    rules: Mapping[str, PublishedRule] = field(default_factory=dict)
    picks: Mapping[OfferKind, Sequence[Pick]] = field(default_factory=dict)
    for_sale: frozenset[str] = frozenset()
    committed: Mapping[CampaignId, int] = field(default_factory=dict)
    judged: dict[tuple[RewardId, int], Chance] = field(default_factory=dict, compare=False)
