"""A checkout as Saleor keeps it: lines, who buys, and the promo codes on it with what they take off."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from saleor_crm_app.demo.catalog import Channel, Variant
from saleor_crm_app.demo.gift_card import GiftCard
from saleor_crm_app.demo.nodes import Node
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.prices import NOTHING, Money, TaxedMoney, sum_of, taxed
from saleor_crm_app.demo.transactions import Transaction


@dataclass(slots=True, eq=False, kw_only=True)
class CheckoutLine(Node):
    """One line; `discount` is what the voucher takes off its total, gross.

    `full_price` is that of a unit before a promotion of the catalogue, where there is one.
    """

    kind = "CheckoutLine"
    variant: Variant
    quantity: int
    unit_price: Decimal
    currency: str
    full_price: Decimal | None = None
    tax_rate: Decimal = NOTHING
    discount: Decimal = NOTHING
    is_gift: bool = False

    @property
    def value(self) -> Decimal:
        """The total before the voucher, gross."""
        return self.unit_price * self.quantity

    @property
    def total_price(self) -> TaxedMoney:
        return taxed(self.value - self.discount, self.tax_rate, self.currency)

    @property
    def undiscounted_total_price(self) -> Money:
        unit = self.unit_price if self.full_price is None else self.full_price
        return Money(unit * self.quantity, self.currency)


@dataclass(slots=True, eq=False, kw_only=True)
class Checkout(Node):
    """A cart on its way; `shipping` is None until a delivery method is chosen.

    The voucher is kept by its code alone: when that dies, the code and its discount stay on until lines change.
    """

    kind = "Checkout"
    pk: UUID
    created: datetime
    channel: Channel
    user: User | None
    guest_email: str | None
    lines: list[CheckoutLine]
    shipping: Decimal | None = None
    voucher_code: str | None = None
    discount_name: str | None = None
    discount_amount: Decimal = NOTHING
    shipping_discount: Decimal = NOTHING
    gift_cards: list[GiftCard] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)

    @property
    def currency(self) -> str:
        return self.channel.currency_code

    @property
    def email(self) -> str | None:
        return self.guest_email if self.user is None else self.user.email

    @property
    def display_gross_prices(self) -> bool:
        return self.channel.display_gross_prices

    @property
    def discount(self) -> Money:
        return Money(self.discount_amount, self.currency)

    @property
    def value(self) -> Decimal:
        """The lines before any discount, gross."""
        return sum((line.value for line in self.lines), NOTHING)

    @property
    def subtotal_price(self) -> TaxedMoney:
        """Lines after discounts; neither shipping nor gift cards."""
        return sum_of([line.total_price for line in self.lines], self.currency)

    @property
    def shipping_price(self) -> TaxedMoney:
        price = (self.shipping or NOTHING) - self.shipping_discount
        return taxed(price, self.channel.tax_rate, self.currency)

    @property
    def before_cards(self) -> Decimal:
        """What is to be paid, by gift card or otherwise, gross."""
        return self.subtotal_price.gross.amount + self.shipping_price.gross.amount

    def total_after_cards(self, at: datetime) -> TaxedMoney:
        """What is left to pay; a card that is dead by now pays nothing."""
        cards = sum((card.balance for card in self.gift_cards if card.is_open(at)), NOTHING)
        return taxed(max(self.before_cards - cards, NOTHING), self.channel.tax_rate, self.currency)
