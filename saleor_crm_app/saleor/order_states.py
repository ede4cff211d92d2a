"""An order as it read at one moment, typed and checked: money in minor units, ids decoded."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from saleor_crm_app.kernel.errors import BadInput
from saleor_crm_app.kernel.ids import CustomerId, OrderId, customer_id, order_id
from saleor_crm_app.kernel.money import MinorUnits, minor_units
from saleor_crm_app.saleor import bodies

_CURRENCY = re.compile(r"[A-Z]{3}")
_GIFT_CARD_GATEWAY = "GiftCardPaymentMethodDetails"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineState:
    """One line; the last five are None when its variant is gone. Ids are Saleor's global ids as sent."""

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
    origin: str
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
    return OrderState(
        id=order_id(body.id),
        number=body.number,
        status=body.status,
        origin=body.origin,
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
        product=None if product is None else product.id,
        category=None if category is None else category.id,
        collections=None if product is None else tuple([one.id for one in product.collections or ()]),
        product_type=None if product is None else product.product_type.id,
        kind=None if product is None else product.product_type.kind,
    )


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
