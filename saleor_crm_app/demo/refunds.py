"""Paying back: promised (granted) refunds and the refunds themselves, which may hang or fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from saleor_crm_app.demo.announce import Announcer
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.order import GrantedRefund, GrantedRefundLine, GrantedRefundStatus, Order, OrderLine
from saleor_crm_app.demo.payments import Payments, last_charged
from saleor_crm_app.demo.prices import NOTHING, rounded
from saleor_crm_app.demo.state import ShopState
from saleor_crm_app.demo.transactions import PaymentEventType, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """A refund that the payment provider is still busy with, or was."""

    order: Order
    transaction: Transaction
    amount: Decimal
    reference: str
    granted: GrantedRefund | None


class Refunds:
    """Refunds of transactions; those of the older API belong to items and so to fulfillments."""

    def __init__(self, state: ShopState, announcer: Announcer, payments: Payments) -> None:
        self._state = state
        self._announcer = announcer
        self._payments = payments

    def grant(
        self,
        order: Order,
        *,
        lines: Mapping[OrderLine, int] | None = None,
        shipping: bool = False,
        amount: Decimal | None = None,
        transaction: Transaction | None = None,
    ) -> GrantedRefund:
        """Promise to pay back (`orderGrantRefundCreate`): no event at all.

        `amount` defaults to the units' prices plus shipping. Without `transaction` the status stays NONE,
        whatever is refunded later. Raises ShopRefusal for units or shipping that were granted before.
        """
        wanted = lines or {}
        self._check_is_available(order, wanted, shipping=shipping)
        granted = GrantedRefund(
            pk=self._state.next_number("OrderGrantedRefund"),
            amount=self._value(order, wanted, shipping=shipping) if amount is None else amount,
            shipping_costs_included=shipping,
            transaction=transaction,
        )
        granted.lines = [
            GrantedRefundLine(pk=self._state.next_number("OrderGrantedRefundLine"), order_line=line, quantity=quantity)
            for line, quantity in wanted.items()
        ]
        order.granted_refunds.append(granted)
        order.update_charge(self._state.clock.now())
        return granted

    def refund(
        self,
        order: Order,
        amount: Decimal | None = None,
        *,
        transaction: Transaction | None = None,
        granted: GrantedRefund | None = None,
    ) -> None:
        """Pay back at once; without `granted` it is a plain refund that names no line.

        Never more than the transaction holds, all of it when no amount is given.
        """
        paid = transaction or (granted and granted.transaction) or last_charged(order)
        value = self._cut(paid, amount, granted)
        before = (paid.charged, paid.refunded)
        reference = self._payments.report(paid, PaymentEventType.REFUND_REQUEST, value)
        _follow(granted, paid, GrantedRefundStatus.PENDING)
        self._payments.report(paid, PaymentEventType.REFUND_SUCCESS, value, reference=reference)
        self._announcer.transaction_changed(order, paid, before=before, by=self._state.payment_app)
        _follow(granted, paid, GrantedRefundStatus.SUCCESS)

    def request(
        self,
        order: Order,
        amount: Decimal | None = None,
        *,
        transaction: Transaction | None = None,
        granted: GrantedRefund | None = None,
    ) -> RefundRequest:
        """Ask the provider to pay back; what is charged drops at once, and only ORDER_UPDATED fires."""
        paid = transaction or (granted and granted.transaction) or last_charged(order)
        value = self._cut(paid, amount, granted)
        before = (paid.charged, paid.refunded)
        reference = self._payments.report(paid, PaymentEventType.REFUND_REQUEST, value)
        _follow(granted, paid, GrantedRefundStatus.PENDING)
        self._announcer.transaction_changed(order, paid, before=before, by=self._state.payment_app)
        return RefundRequest(order=order, transaction=paid, amount=value, reference=reference, granted=granted)

    def succeed(self, request: RefundRequest) -> None:
        """The provider paid back."""
        self._answer(request, PaymentEventType.REFUND_SUCCESS, GrantedRefundStatus.SUCCESS)

    def fail(self, request: RefundRequest) -> None:
        """The provider did not; the charge rises again and so ORDER_PAID fires again."""
        self._answer(request, PaymentEventType.REFUND_FAILURE, GrantedRefundStatus.FAILURE)

    def reverse(self, request: RefundRequest) -> None:
        """A refund that had succeeded came back, which also fires ORDER_PAID again."""
        self._answer(request, PaymentEventType.REFUND_REVERSE, GrantedRefundStatus.NONE)

    def _answer(self, request: RefundRequest, kind: PaymentEventType, status: GrantedRefundStatus) -> None:
        paid = request.transaction
        before = (paid.charged, paid.refunded)
        self._payments.report(paid, kind, request.amount, reference=request.reference)
        self._announcer.transaction_changed(request.order, paid, before=before, by=self._state.payment_app)
        _follow(request.granted, paid, status)

    def _cut(self, paid: Transaction, amount: Decimal | None, granted: GrantedRefund | None) -> Decimal:
        wanted = amount if amount is not None else granted.amount if granted else paid.charged
        return min(wanted, paid.charged)

    def _value(self, order: Order, lines: Mapping[OrderLine, int], *, shipping: bool) -> Decimal:
        goods = sum((_unit_price(line) * quantity for line, quantity in lines.items()), NOTHING)
        return rounded(goods, order.currency) + (order.shipping_price.gross.amount if shipping else NOTHING)

    def _check_is_available(self, order: Order, wanted: Mapping[OrderLine, int], *, shipping: bool) -> None:
        if shipping and any(granted.shipping_costs_included for granted in order.granted_refunds):
            raise ShopRefusal("Shipping costs have already been granted.", code="SHIPPING_COSTS_ALREADY_GRANTED")
        for line, quantity in wanted.items():
            named = [part for granted in order.granted_refunds for part in granted.lines if part.order_line is line]
            left = line.quantity - sum(part.quantity for part in named)
            if quantity > left:
                text = f"Cannot grant refund for more than the available quantity of the line ({left})."
                raise ShopRefusal(text, code="QUANTITY_GREATER_THAN_AVAILABLE")


def _unit_price(line: OrderLine) -> Decimal:
    return line.total_price.gross.amount / line.quantity


def _follow(granted: GrantedRefund | None, paid: Transaction, status: GrantedRefundStatus) -> None:
    """Only a granted refund that was tied to this transaction hears of its refunds."""
    if granted is not None and granted.transaction is paid:
        granted.status = status
