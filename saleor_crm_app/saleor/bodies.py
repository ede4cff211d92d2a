"""The shapes of the JSON that our documents bring, in deliveries and in answers; decoded exactly.

A field without a default must be there and must not be null: a body that lacks one is incomplete and its
subject is read again. Amounts become Decimal from their text, so no amount is ever a float.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Instant = Annotated[datetime, Meta(tz=True)]


class Body(Struct, rename="camel", gc=False):
    """Base of what is decoded; holds no references in circles, so the collector need not look at it."""


class Identified(Body):
    id: str


class Amount(Body):
    amount: Decimal


class Gross(Body):
    gross: Amount


class Subtotal(Body):
    currency: str
    gross: Amount


class Taxed(Body):
    gross: Amount
    net: Amount


class Discount(Body):
    """What one reason took off; of an order or of a line."""

    type: str
    name: str | None
    total: Amount


class Channel(Body):
    slug: str
    currency_code: str


class TaxConfiguration(Body):
    prices_entered_with_tax: bool


class TaxedChannel(Channel):
    """A channel that tells whether prices are entered with tax there; what is not told is so as a rule."""

    tax_configuration: TaxConfiguration | None = None

    @property
    def has_prices_with_tax(self) -> bool:
        return self.tax_configuration is None or self.tax_configuration.prices_entered_with_tax


class Buyer(Body):
    id: str
    is_staff: bool


class ProductType(Body):
    id: str
    kind: str


class Product(Body):
    id: str
    category: Identified | None
    collections: list[Identified] | None
    product_type: ProductType


class Variant(Body):
    id: str
    product: Product


class Line(Body):
    id: str
    quantity: Count
    quantity_fulfilled: Count
    is_gift: bool | None
    total_price: Taxed
    variant: Variant | None
    undiscounted_total_price: Gross | None = None
    """Deliveries from before it was asked for lack it, and are usable all the same."""
    voucher_code: str | None = None
    discounts: list[Discount] | None = None


class Units(Body):
    """So many units of one line."""

    quantity: Count
    order_line: Identified | None


class Fulfillment(Body):
    status: str
    created: Instant
    shipping_refunded_amount: Amount | None
    lines: list[Units] | None


class GrantedRefund(Body):
    status: str
    shipping_costs_included: bool
    lines: list[Units] | None


class PaymentMethod(Struct, rename={"typename": "__typename"}, gc=False):
    typename: str


class Transaction(Body):
    charged_amount: Amount
    payment_method_details: PaymentMethod | UnsetType | None = UNSET
    """Saleor 3.23 and later only; unset where the document does not ask for it."""


class Order(Body):
    id: str
    number: str
    status: str
    created: Instant
    updated_at: Instant
    display_gross_prices: bool
    user_email: str | None
    user: Buyer | None
    channel: Channel
    subtotal: Subtotal
    shipping_price: Gross
    total_charged: Amount
    total_refund_pending: Amount
    lines: list[Line]
    fulfillments: list[Fulfillment]
    granted_refunds: list[GrantedRefund]
    transactions: list[Transaction]
    # what redemption needs is asked for by newer documents only: without it a body is still complete
    checkout_id: str | None = None
    voucher_code: str | None = None
    voucher: Identified | None = None
    discounts: list[Discount] | None = None
    gift_cards: list[Identified] | None = None
    total_refunded: Amount | None = None


class Country(Body):
    code: str


class Address(Body):
    """Of an address the country only is asked for."""

    country: Country


class Customer(Body):
    """The addresses are not in deliveries that were asked for before they were."""

    id: str
    email: str | None
    is_active: bool
    is_confirmed: bool
    is_staff: bool
    language_code: str
    date_joined: Instant
    updated_at: Instant
    default_shipping_address: Address | UnsetType | None = UNSET
    default_billing_address: Address | UnsetType | None = UNSET
