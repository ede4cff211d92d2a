"""Sending goods, and taking them back: fulfillments, their cancelation, returns, replacements, item refunds."""

from collections.abc import Mapping
from decimal import Decimal

from saleor_crm_app.demo.announce import Announcer
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.order import (
    Fulfillment,
    FulfillmentLine,
    FulfillmentStatus,
    Order,
    OrderLine,
    OrderOrigin,
    OrderStatus,
)
from saleor_crm_app.demo.orders import Item, Orders
from saleor_crm_app.demo.prices import NOTHING
from saleor_crm_app.demo.state import ShopState
from saleor_crm_app.demo.transactions import LegacyPayment

Quantities = Mapping[OrderLine, int]


class Parcels:
    """The acts of Saleor's fulfillment API, by staff."""

    def __init__(self, state: ShopState, announcer: Announcer, orders: Orders) -> None:
        self._state = state
        self._announcer = announcer
        self._orders = orders

    def fulfill(self, order: Order, quantities: Quantities | None = None) -> Fulfillment:
        """Send units, all that are left by default.

        Raises ShopRefusal for more than is left, or while unpaid orders may not be sent.
        """
        if order.charged < order.total and not self._state.fulfillment_allow_unpaid:
            raise ShopRefusal("Cannot fulfill unpaid order.", code="CANNOT_FULFILL_UNPAID_ORDER")
        units = {line: line.quantity_unfulfilled for line in order.lines} if quantities is None else quantities
        units = {line: quantity for line, quantity in units.items() if quantity}
        for line, quantity in units.items():
            if quantity > line.quantity_unfulfilled:
                text = f"Only {line.quantity_unfulfilled} items remaining to fulfill."
                raise ShopRefusal(text, code="FULFILL_ORDER_LINE")
        if not units:
            raise ShopRefusal("Total quantity must be larger than 0.", code="ZERO_QUANTITY")
        parcel = self._open(order, FulfillmentStatus.FULFILLED)
        for line, quantity in units.items():
            line.quantity_fulfilled += quantity
            self._put(parcel, line, quantity)
        order.refresh_status(self._state.clock.now())
        self._tell_fulfilled(order, parcel)
        return parcel

    def cancel(self, order: Order, parcel: Fulfillment) -> None:
        """Call a parcel back (`fulfillmentCancel`).

        Raises ShopRefusal for one that is canceled already.
        """
        if parcel.status is FulfillmentStatus.CANCELED:
            raise ShopRefusal("This fulfillment can't be canceled.", code="CANNOT_CANCEL_FULFILLMENT")
        for line in parcel.lines:
            line.order_line.quantity_fulfilled -= line.quantity
        parcel.status = FulfillmentStatus.CANCELED
        order.refresh_status(self._state.clock.now())
        self._state.events.tell(EventType.FULFILLMENT_CANCELED, about=parcel, by=self._state.staff)
        self._state.events.tell(EventType.ORDER_UPDATED, about=order, by=self._state.staff)

    def take_back(
        self,
        order: Order,
        quantities: Quantities,
        *,
        refund: bool = False,
        amount: Decimal | None = None,
        shipping: bool = False,
    ) -> Fulfillment:
        """Return units (`orderFulfillmentReturnProducts`): ORDER_UPDATED, and ORDER_REFUNDED before it on refund.

        A refund needs a legacy payment; `amount` defaults to the units' prices, plus shipping if asked.
        Units that were refunded before end as REFUNDED_AND_RETURNED beside a RETURNED parcel that may be empty.
        """
        taken = self._pick(order, quantities)
        back = self._pay_back(order, taken, amount=amount, shipping=shipping) if refund else None
        status = FulfillmentStatus.RETURNED if back is None else FulfillmentStatus.REFUNDED_AND_RETURNED
        parcel = self._open(order, status)
        parcel.shipping_refund = order.shipping_price.gross.amount if shipping and amount is None else None
        was_refunded = [unit for unit in taken if _is_refunded(unit[0]) and back is None]
        self._move(parcel, [unit for unit in taken if unit not in was_refunded])
        if was_refunded:
            self._move(self._open(order, FulfillmentStatus.REFUNDED_AND_RETURNED), was_refunded)
        _drop_empty(order)
        if back is not None:
            self._announcer.refunded(order, by=self._state.staff, with_update=False)
        order.refresh_status(self._state.clock.now())
        self._state.events.tell(EventType.ORDER_UPDATED, about=order, by=self._state.staff)
        return parcel

    def replace(self, order: Order, quantities: Quantities) -> Order:
        """Take units back and prepare a draft with the same ones; returns that draft.

        Saleor opens an empty RETURNED parcel along the way, so it is opened here too.
        """
        taken = self._pick(order, quantities)
        self._move(self._open(order, FulfillmentStatus.REPLACED), taken)
        self._open(order, FulfillmentStatus.RETURNED)
        _drop_empty(order)
        order.refresh_status(self._state.clock.now())
        self._state.events.tell(EventType.ORDER_UPDATED, about=order, by=self._state.staff)
        items = [
            Item(variant=line.variant, quantity=quantity, unit_price=line.unit_price)
            for line, quantity in quantities.items()
            if line.variant is not None
        ]
        return self._orders.create_draft(
            items,
            order.user or order.user_email,
            channel=order.channel.slug,
            origin=OrderOrigin.REISSUE,
        )

    def refund_items(
        self, order: Order, quantities: Quantities, *, amount: Decimal | None = None, shipping: bool = False
    ) -> Fulfillment:
        """Pay for units without getting them back (`orderFulfillmentRefundProducts`); legacy payments only.

        The order's status does not change, though units that were never sent count as fulfilled now.
        """
        taken = self._pick(order, quantities)
        self._pay_back(order, taken, amount=amount, shipping=shipping)
        parcel = self._open(order, FulfillmentStatus.REFUNDED)
        parcel.shipping_refund = order.shipping_price.gross.amount if shipping and amount is None else None
        self._move(parcel, taken)
        _drop_empty(order)
        self._announcer.refunded(order, by=self._state.staff, with_update=False)
        self._state.events.tell(EventType.ORDER_UPDATED, about=order, by=self._state.staff)
        return parcel

    def _open(self, order: Order, status: FulfillmentStatus) -> Fulfillment:
        pk = self._state.next_number("Fulfillment")
        parcel = Fulfillment(pk=pk, status=status, created=self._state.clock.now(), currency=order.currency)
        order.fulfillments.append(parcel)
        return parcel

    def _put(self, parcel: Fulfillment, line: OrderLine, quantity: int) -> None:
        for present in parcel.lines:
            if present.order_line is line:
                present.quantity += quantity
                return
        pk = self._state.next_number("FulfillmentLine")
        parcel.lines.append(FulfillmentLine(pk=pk, order_line=line, quantity=quantity))

    def _pick(self, order: Order, quantities: Quantities) -> list["Taken"]:
        """Choose units: first of parcels that are out, then of refunded ones, then those never sent."""
        taken: list[Taken] = []
        for line, quantity in quantities.items():
            left = quantity
            for parcel in _sources(order):
                for part in parcel.lines:
                    if part.order_line is line and left:
                        units = min(left, part.quantity)
                        taken.append((parcel, line, units))
                        left -= units
            if left > line.quantity_unfulfilled:
                raise ShopRefusal("Quantity provided to return is bigger than quantity from order line.")
            if left:
                taken.append((None, line, left))
        return taken

    def _move(self, target: Fulfillment, taken: list["Taken"]) -> None:
        for source, line, quantity in taken:
            if source is None:
                line.quantity_fulfilled += quantity
            else:
                _take_out(source, line, quantity)
            self._put(target, line, quantity)

    def _pay_back(self, order: Order, taken: list["Taken"], *, amount: Decimal | None, shipping: bool) -> Decimal:
        payment = _legacy_payment(order)
        prices = (line.unit_price * quantity for source, line, quantity in taken if not _is_refunded(source))
        wanted = amount
        if wanted is None:
            wanted = sum(prices, NOTHING) + (order.shipping_price.gross.amount if shipping else NOTHING)
        back = min(wanted, payment.captured)
        payment.refund(back)
        order.update_charge(self._state.clock.now())
        return back

    def _tell_fulfilled(self, order: Order, parcel: Fulfillment) -> None:
        staff = self._state.staff
        self._state.events.tell(EventType.FULFILLMENT_CREATED, about=parcel, by=staff)
        if order.status is OrderStatus.FULFILLED:
            self._state.events.tell(EventType.FULFILLMENT_APPROVED, about=parcel, by=staff)
        self._state.events.tell(EventType.ORDER_UPDATED, about=order, by=staff)
        if order.status is OrderStatus.FULFILLED:
            self._state.events.tell(EventType.ORDER_FULFILLED, about=order, by=staff)


Taken = tuple[Fulfillment | None, OrderLine, int]
"""Units of a line, and the parcel they are in; None for units that were never sent."""


def _sources(order: Order) -> list[Fulfillment]:
    ranked = (FulfillmentStatus.FULFILLED, FulfillmentStatus.REFUNDED)
    return [parcel for status in ranked for parcel in order.fulfillments if parcel.status is status]


def _is_refunded(source: Fulfillment | None) -> bool:
    return source is not None and source.status is FulfillmentStatus.REFUNDED


def _take_out(source: Fulfillment, line: OrderLine, quantity: int) -> None:
    for part in list(source.lines):
        if part.order_line is line:
            part.quantity -= quantity
            if part.quantity == 0:
                source.lines.remove(part)


def _drop_empty(order: Order) -> None:
    """A parcel that is out and holds nothing more is deleted; every other kind stays, though empty."""
    order.fulfillments[:] = [
        parcel for parcel in order.fulfillments if parcel.lines or parcel.status is not FulfillmentStatus.FULFILLED
    ]


def _legacy_payment(order: Order) -> LegacyPayment:
    if not order.payments or order.payments[-1].captured <= NOTHING:
        raise ShopRefusal("The order has no payment that items can be refunded through.", code="CANNOT_REFUND")
    return order.payments[-1]
