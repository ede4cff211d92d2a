"""An order as Saleor keeps it: lines, fulfillments, granted refunds, payments and what follows from them."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from saleor_crm_app.demo.catalog import Channel, Variant
from saleor_crm_app.demo.gift_card import GiftCard
from saleor_crm_app.demo.nodes import Node
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.prices import NOTHING, Money, TaxedMoney, sum_of, taxed
from saleor_crm_app.demo.transactions import LegacyPayment, Transaction
from saleor_crm_app.demo.voucher import Voucher


class OrderStatus(StrEnum):
    DRAFT = "DRAFT"
    UNCONFIRMED = "UNCONFIRMED"
    UNFULFILLED = "UNFULFILLED"
    PARTIALLY_FULFILLED = "PARTIALLY_FULFILLED"
    FULFILLED = "FULFILLED"
    PARTIALLY_RETURNED = "PARTIALLY_RETURNED"
    RETURNED = "RETURNED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"


class OrderOrigin(StrEnum):
    CHECKOUT = "CHECKOUT"
    DRAFT = "DRAFT"
    REISSUE = "REISSUE"
    BULK_CREATE = "BULK_CREATE"


class ChargeStatus(StrEnum):
    NONE = "NONE"
    PARTIAL = "PARTIAL"
    FULL = "FULL"
    OVERCHARGED = "OVERCHARGED"


class FulfillmentStatus(StrEnum):
    FULFILLED = "FULFILLED"
    REFUNDED = "REFUNDED"
    RETURNED = "RETURNED"
    REPLACED = "REPLACED"
    REFUNDED_AND_RETURNED = "REFUNDED_AND_RETURNED"
    CANCELED = "CANCELED"


class GrantedRefundStatus(StrEnum):
    NONE = "NONE"
    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """An `OrderDiscount` or `OrderLineDiscount`: what one reason took off, e.g. of type `VOUCHER`."""

    type: str
    name: str
    total: Money


@dataclass(slots=True, eq=False, kw_only=True)
class OrderLine(Node):
    """One line; `discount` is what order-level discounts took off its total, gross.

    `full_price` is that of a unit before a promotion of the catalogue, where there is one.
    """

    kind = "OrderLine"
    variant: Variant | None
    quantity: int
    unit_price: Decimal
    currency: str
    full_price: Decimal | None = None
    tax_rate: Decimal = NOTHING
    discount: Decimal = NOTHING
    is_gift: bool = False
    quantity_fulfilled: int = 0
    voucher_code: str | None = None
    discounts: list[Discount] = field(default_factory=list)

    @property
    def total_price(self) -> TaxedMoney:
        return taxed(self.unit_price * self.quantity - self.discount, self.tax_rate, self.currency)

    @property
    def undiscounted_total_price(self) -> TaxedMoney:
        unit = self.unit_price if self.full_price is None else self.full_price
        return taxed(unit * self.quantity, self.tax_rate, self.currency)

    @property
    def quantity_unfulfilled(self) -> int:
        return self.quantity - self.quantity_fulfilled


@dataclass(slots=True, eq=False, kw_only=True)
class FulfillmentLine(Node):
    kind = "FulfillmentLine"
    order_line: OrderLine
    quantity: int


@dataclass(slots=True, eq=False, kw_only=True)
class Fulfillment(Node):
    """A parcel, or what came back of one; `created` never changes, whatever its status becomes."""

    kind = "Fulfillment"
    status: FulfillmentStatus
    created: datetime
    currency: str
    lines: list[FulfillmentLine] = field(default_factory=list)
    shipping_refund: Decimal | None = None

    @property
    def shipping_refunded_amount(self) -> Money | None:
        return None if self.shipping_refund is None else Money(self.shipping_refund, self.currency)

    @property
    def quantity(self) -> int:
        return sum(line.quantity for line in self.lines)


@dataclass(slots=True, eq=False, kw_only=True)
class GrantedRefundLine(Node):
    kind = "OrderGrantedRefundLine"
    order_line: OrderLine
    quantity: int


@dataclass(slots=True, eq=False, kw_only=True)
class GrantedRefund(Node):
    """A promise to pay back; its status follows refunds of `transaction`, of no other and of none when unset."""

    kind = "OrderGrantedRefund"
    amount: Decimal
    lines: list[GrantedRefundLine] = field(default_factory=list)
    shipping_costs_included: bool = False
    transaction: Transaction | None = None
    status: GrantedRefundStatus = GrantedRefundStatus.NONE


@dataclass(slots=True, eq=False, kw_only=True)
class Order(Node):
    """An order; `charged` and `charge_status` are kept, not computed, and change when Saleor changes them."""

    kind = "Order"
    pk: UUID
    number: str
    status: OrderStatus
    origin: OrderOrigin
    created: datetime
    updated_at: datetime
    channel: Channel
    user: User | None
    user_email: str
    display_gross_prices: bool
    shipping_price: TaxedMoney
    lines: list[OrderLine]
    gift_card_amount: Decimal = NOTHING
    external_reference: str | None = None
    checkout_id: str | None = None
    voucher: Voucher | None = None
    voucher_code: str | None = None
    discounts: list[Discount] = field(default_factory=list)
    gift_cards: list[GiftCard] = field(default_factory=list)
    fulfillments: list[Fulfillment] = field(default_factory=list)
    granted_refunds: list[GrantedRefund] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)
    payments: list[LegacyPayment] = field(default_factory=list)
    charged: Decimal = NOTHING
    charge_status: ChargeStatus = ChargeStatus.NONE

    @property
    def currency(self) -> str:
        return self.channel.currency_code

    @property
    def subtotal(self) -> TaxedMoney:
        """Lines after discounts; neither shipping nor gift cards."""
        return sum_of([line.total_price for line in self.lines], self.currency)

    @property
    def total(self) -> Decimal:
        """What is to be paid, gross: a legacy gift card has been taken off, a gift-card transaction has not."""
        return max(self.subtotal.gross.amount + self.shipping_price.gross.amount - self.gift_card_amount, NOTHING)

    @property
    def total_charged(self) -> Money:
        return Money(self.charged, self.currency)

    @property
    def total_refund_pending(self) -> Money:
        return Money(sum((paid.refund_pending for paid in self.transactions), NOTHING), self.currency)

    @property
    def total_refunded(self) -> Decimal:
        by_older_api = sum((payment.refunded for payment in self.payments), NOTHING)
        return by_older_api + sum((paid.refunded for paid in self.transactions), NOTHING)

    def update_charge(self, at: datetime) -> None:
        """Read the payments anew; granted refunds of any status lower what counts as full."""
        payments = sum((payment.captured for payment in self.payments), NOTHING)
        self.charged = payments + sum((paid.charged for paid in self.transactions), NOTHING)
        granted = sum((refund.amount for refund in self.granted_refunds), NOTHING)
        self.charge_status = _charge_status(self.charged, max(self.total - granted, NOTHING))
        self.updated_at = at

    def refresh_status(self, at: datetime) -> None:
        """Compute the status anew; `updated_at` moves only if that changes it (so not on a second return)."""
        status = self._status_by_quantities()
        if status is not None and status != self.status:
            self.status = status
            self.updated_at = at

    def _status_by_quantities(self) -> OrderStatus | None:
        replaced = self._quantity_in(FulfillmentStatus.REPLACED)
        returned = self._quantity_in(FulfillmentStatus.RETURNED, FulfillmentStatus.REFUNDED_AND_RETURNED)
        total = sum(line.quantity for line in self.lines) - replaced
        fulfilled = sum(line.quantity_fulfilled for line in self.lines) - replaced
        if total == 0:
            return None  # everything was replaced: Saleor leaves the status as it was
        if fulfilled <= 0:
            return OrderStatus.UNFULFILLED
        if 0 < returned < total:
            return OrderStatus.PARTIALLY_RETURNED
        if returned == total:
            return OrderStatus.RETURNED
        return OrderStatus.PARTIALLY_FULFILLED if fulfilled < total else OrderStatus.FULFILLED

    def _quantity_in(self, *statuses: FulfillmentStatus) -> int:
        return sum(parcel.quantity for parcel in self.fulfillments if parcel.status in statuses)


def _charge_status(charged: Decimal, due: Decimal) -> ChargeStatus:
    if charged == due:
        return ChargeStatus.FULL
    if charged <= NOTHING:
        return ChargeStatus.NONE
    return ChargeStatus.PARTIAL if charged < due else ChargeStatus.OVERCHARGED
