"""An order as the shop showed it at one moment: the numbers that points depend on, nothing about a person."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Self

import msgspec

from saleor_crm_app.kernel.ids import CustomerId, OrderId


class NamedUnits(msgspec.Struct, frozen=True, kw_only=True):
    """So many units of one order line, named by a fulfillment or a refund."""

    line: str
    quantity: int


class LineFact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One order line; `gross` and `net` are line totals after all discounts, in minor units.

    `kind` is the product type's kind, or None when the shop no longer knows the product. `undiscounted` is the line
    total before all discounts, gross; None where the shop did not tell.
    """

    id: str
    quantity: int
    fulfilled: int
    gross: int
    net: int
    gift: bool = False
    kind: str | None = None
    product: str | None = None
    category: str | None = None
    product_type: str | None = None
    collections: tuple[str, ...] = ()
    undiscounted: int | None = None


class FulfillmentFact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fulfillment in its present status."""

    status: str
    created_at: datetime
    shipping_refunded: bool = False
    lines: tuple[NamedUnits, ...] = ()


class RefundFact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One granted refund in its present status."""

    status: str
    shipping_included: bool = False
    lines: tuple[NamedUnits, ...] = ()


class DiscountFact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one reason took off the order or one of its lines, in minor units.

    `kind` is Saleor's, e.g. `VOUCHER`; a voucher's discount has the voucher's name.
    """

    kind: str
    amount: int
    name: str = ""

    @property
    def is_by_voucher(self) -> bool:
        """Whether a voucher took it off."""
        return self.kind == "VOUCHER"


class OrderSnapshot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The whole order; amounts are minor units of `currency`.

    `charged` is what all payments together took and hold, net of refunds; `gift_card_charged` is the part of
    it that gift-card and points gateways took; `refund_pending` is on its way back, `refunded` is back.

    What the last fields say of redemption stays empty for an order that was told of without it.
    """

    id: OrderId
    number: str
    status: str
    created_at: datetime
    updated_at: datetime
    display_gross: bool
    customer: CustomerId | None
    is_staff: bool
    channel: str
    currency: str
    subtotal: int
    shipping: int
    charged: int
    refund_pending: int
    gift_card_charged: int
    lines: tuple[LineFact, ...]
    fulfillments: tuple[FulfillmentFact, ...]
    refunds: tuple[RefundFact, ...]
    refunded: int = 0
    checkout: str | None = None
    """Saleor's id of the checkout that became this order."""
    voucher: str | None = None
    """Saleor's id of the voucher; none where several orders used one code at once and another one bears it."""
    voucher_codes: tuple[str, ...] = ()
    """Of the order and of its lines, each once."""
    discounts: tuple[DiscountFact, ...] = ()
    """Of the order, then of its lines."""
    gift_cards: tuple[str, ...] = ()
    """Saleor's ids of the cards that were on the checkout, used or empty."""

    @property
    def voucher_names(self) -> frozenset[str]:
        """What the vouchers are called that took something off, also where Saleor noted neither code nor id."""
        return frozenset(one.name for one in self.discounts if one.is_by_voucher and one.name)

    def content(self) -> bytes:
        """Digest of all that is said, equal for equal snapshots."""
        return blake2b(msgspec.json.encode(self), digest_size=16).digest()

    def with_known_kinds(self, kinds: Mapping[str, str | None]) -> Self:
        """Fill the product kinds that the shop has forgotten since from what was known by line."""
        lines = tuple(
            line if line.kind else msgspec.structs.replace(line, kind=kinds.get(line.id)) for line in self.lines
        )
        return msgspec.structs.replace(self, lines=lines)
