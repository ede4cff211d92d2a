"""An order as it read at one moment, typed and checked: money in minor units, ids decoded."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from saleor_crm_app.kernel.errors import BadInput
from saleor_crm_app.kernel.ids import CustomerId, OrderId, customer_id, order_id
from saleor_crm_app.kernel.money import MinorUnits, exponent_of, minor_units
from saleor_crm_app.saleor import bodies

NO_MONEY: Final = MinorUnits(0)
_CURRENCY = re.compile(r"[A-Z]{3}")
_GIFT_CARD_GATEWAY = "GiftCardPaymentMethodDetails"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountState:
    """What one reason took off an order or a line; `kind` is Saleor's, e.g. `VOUCHER`, `name` the voucher's then."""

    kind: str
    name: str
    amount: MinorUnits


@dataclass(frozen=True, slots=True, kw_only=True)
class LineState:
    """One line; the last five are None when its variant is gone. Ids are Saleor's global ids as sent.

    `undiscounted` is gross; None where the shop did not tell it, or not as an amount.
    """

    id: str
    quantity: int
    quantity_fulfilled: int
    is_gift: bool
    gross: MinorUnits
    net: MinorUnits
    product: str | None
    category: str | None
    collections: tuple[str, ...] | None
    product_type: str | None
    kind: str | None
    """`NORMAL` or `GIFT_CARD`."""
    voucher_code: str | None = None
    discounts: tuple[DiscountState, ...] = ()
    undiscounted: MinorUnits | None = None


@dataclass(frozen=True, slots=True)
class UnitsOfLine:
    """So many units of one line of the same order."""

    line: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfillmentState:
    """Units sent out or come back; `status` is Saleor's, e.g. `FULFILLED`, `RETURNED`, `CANCELED`."""

    status: str
    created: datetime
    shipping_refunded: bool
    lines: tuple[UnitsOfLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedRefundState:
    """A refund that names what it is for; `status` is Saleor's: `NONE PENDING SUCCESS FAILURE`."""

    status: str
    shipping_included: bool
    lines: tuple[UnitsOfLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderState:
    """Everything an order's points depend on, in minor units of `currency`."""

    id: OrderId
    number: str
    status: str
    """Saleor's `OrderStatus`; one that a newer Saleor adds comes through as it is."""
    created: datetime
    updated_at: datetime
    display_gross: bool
    user: CustomerId | None
    """None: bought as a guest."""
    is_staff: bool | None
    channel: str
    currency: str
    subtotal: MinorUnits
    """Gross, after discounts."""
    shipping: MinorUnits
    """Gross."""
    total_charged: MinorUnits
    """Net of refunds already."""
    refund_pending: MinorUnits
    gift_card_charged: MinorUnits
    """The part of `total_charged` that Saleor's own gift-card gateway paid; known from 3.23 on, else 0."""
    lines: tuple[LineState, ...]
    fulfillments: tuple[FulfillmentState, ...]
    granted_refunds: tuple[GrantedRefundState, ...]
    total_refunded: MinorUnits = NO_MONEY
    checkout: str | None = None
    """The checkout it came from; like the four below, Saleor's text as sent and empty where it was not asked for."""
    voucher: str | None = None
    voucher_code: str | None = None
    discounts: tuple[DiscountState, ...] = ()
    gift_cards: tuple[str, ...] = ()


def believe_order(body: bodies.Order) -> OrderState:
    """Turn a complete body into an order's state.

    Raises BadInput with the reason when an id is of another kind, the currency is none or not its channel's,
    or an amount is negative, too precise for the currency or beyond what is believed.
    """
    try:
        return _state(body)
    except (ValueError, ArithmeticError) as error:
        raise BadInput(f"order {body.number[:40]}: {error}") from error


def _state(body: bodies.Order) -> OrderState:
    currency = _currency_of(body)
    user = body.user
    refunded = body.total_refunded
    return OrderState(
        id=order_id(body.id),
        number=body.number,
        status=body.status,
        created=body.created,
        updated_at=body.updated_at,
        display_gross=body.display_gross_prices,
        user=None if user is None else customer_id(user.id),
        is_staff=None if user is None else user.is_staff,
        channel=body.channel.slug,
        currency=currency,
        subtotal=minor_units(body.subtotal.gross.amount, currency),
        shipping=minor_units(body.shipping_price.gross.amount, currency),
        total_charged=minor_units(body.total_charged.amount, currency),
        refund_pending=minor_units(body.total_refund_pending.amount, currency),
        gift_card_charged=_gift_card_charged(body.transactions, currency),
        lines=tuple([_line(line, currency) for line in body.lines]),
        fulfillments=tuple([_fulfillment(one) for one in body.fulfillments]),
        granted_refunds=tuple([_granted_refund(one) for one in body.granted_refunds]),
        total_refunded=NO_MONEY if refunded is None else minor_units(refunded.amount, currency),
        checkout=body.checkout_id,
        voucher=None if body.voucher is None else body.voucher.id,
        voucher_code=body.voucher_code,
        discounts=_discounts(body.discounts, currency),
        gift_cards=tuple([one.id for one in body.gift_cards or ()]),
    )


def _currency_of(body: bodies.Order) -> str:
    currency = body.channel.currency_code
    if _CURRENCY.fullmatch(currency) is None:
        raise ValueError(f"{currency[:20]!r} is not a currency")
    if body.subtotal.currency != currency:
        raise ValueError(f"its currency {body.subtotal.currency[:20]!r} is not its channel's, {currency}")
    return currency


def _gift_card_charged(transactions: list[bodies.Transaction], currency: str) -> MinorUnits:
    total = 0
    for transaction in transactions:
        charged = minor_units(transaction.charged_amount.amount, currency)
        method = transaction.payment_method_details
        if isinstance(method, bodies.PaymentMethod) and method.typename == _GIFT_CARD_GATEWAY:
            total += charged
    return MinorUnits(total)


def _line(line: bodies.Line, currency: str) -> LineState:
    product = None if line.variant is None else line.variant.product
    category = None if product is None else product.category
    return LineState(
        id=line.id,
        quantity=line.quantity,
        quantity_fulfilled=line.quantity_fulfilled,
        is_gift=bool(line.is_gift),
        gross=minor_units(line.total_price.gross.amount, currency),
        net=minor_units(line.total_price.net.amount, currency),
        undiscounted=_undiscounted(line, currency),
        product=None if product is None else product.id,
        category=None if category is None else category.id,
        collections=None if product is None else tuple([one.id for one in product.collections or ()]),
        product_type=None if product is None else product.product_type.id,
        kind=None if product is None else product.product_type.kind,
        voucher_code=line.voucher_code,
        discounts=_discounts(line.discounts, currency),
    )


def _discounts(discounts: list[bodies.Discount] | None, currency: str) -> tuple[DiscountState, ...]:
    return tuple(
        [
            DiscountState(kind=one.type, name=one.name or "", amount=_nearest(one.total.amount, currency))
            for one in discounts or ()
        ]
    )


def _undiscounted(line: bodies.Line, currency: str) -> MinorUnits | None:
    """Only says whether something was on sale, so an order is not lost for it."""
    if line.undiscounted_total_price is None:
        return None
    try:
        return minor_units(line.undiscounted_total_price.gross.amount, currency)
    except (ValueError, ArithmeticError):
        return None


def _nearest(amount: Decimal, currency: str) -> MinorUnits:
    """Saleor keeps discounts with three decimals; one that is told so precisely is no reason to refuse the order."""
    smallest = Decimal(1).scaleb(-exponent_of(currency))
    return minor_units(amount.quantize(smallest, rounding=ROUND_HALF_UP), currency)


def _units(lines: list[bodies.Units] | None) -> tuple[UnitsOfLine, ...]:
    return tuple([UnitsOfLine(one.order_line.id, one.quantity) for one in lines or () if one.order_line is not None])


def _fulfillment(body: bodies.Fulfillment) -> FulfillmentState:
    shipping = body.shipping_refunded_amount
    return FulfillmentState(
        status=body.status,
        created=body.created,
        shipping_refunded=shipping is not None and shipping.amount > Decimal(0),
        lines=_units(body.lines),
    )


def _granted_refund(body: bodies.GrantedRefund) -> GrantedRefundState:
    return GrantedRefundState(
        status=body.status, shipping_included=body.shipping_costs_included, lines=_units(body.lines)
    )
