"""Which order events follow from a change of what was paid."""

from decimal import Decimal

from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.order import ChargeStatus, Order, OrderStatus
from saleor_crm_app.demo.state import ShopState
from saleor_crm_app.demo.transactions import Transaction

_PAID_UP = frozenset({ChargeStatus.FULL, ChargeStatus.OVERCHARGED})


class Announcer:
    """Tells of payments and refunds, as often and in the order Saleor does."""

    def __init__(self, state: ShopState) -> None:
        self._state = state

    def created(self, order: Order, *, by: object | None) -> None:
        """A new order, not a draft: a part payment made before is not worth an event."""
        self._state.events.tell(EventType.ORDER_CREATED, about=order, by=by)
        if order.charge_status in _PAID_UP:
            self.charged(order, by=by)
        if order.channel.auto_confirm:
            self._state.events.tell(EventType.ORDER_CONFIRMED, about=order, by=by)

    def charged(self, order: Order, *, by: object | None) -> None:
        """More was charged than before; fires again on each further rise."""
        if order.status is OrderStatus.DRAFT:
            return
        self._state.events.tell(EventType.ORDER_PAID, about=order, by=by)
        if order.charge_status not in _PAID_UP:
            self._state.events.tell(EventType.ORDER_UPDATED, about=order, by=by)
            return
        if order.channel.auto_confirm:
            order.refresh_status(self._state.clock.now())
        self._state.events.tell(EventType.ORDER_FULLY_PAID, EventType.ORDER_UPDATED, about=order, by=by)

    def refunded(self, order: Order, *, by: object | None, with_update: bool = True) -> None:
        """Money went back; `with_update` is off where the act ends with its own ORDER_UPDATED."""
        self._state.events.tell(EventType.ORDER_REFUNDED, about=order, by=by)
        if with_update:
            self._state.events.tell(EventType.ORDER_UPDATED, about=order, by=by)
        if order.total_refunded >= order.total:
            self._state.events.tell(EventType.ORDER_FULLY_REFUNDED, about=order, by=by)

    def transaction_changed(
        self, order: Order, transaction: Transaction, *, before: tuple[Decimal, Decimal], by: object | None
    ) -> None:
        """Compare with what was charged and refunded `before` and tell accordingly."""
        charged_before, refunded_before = before
        order.update_charge(self._state.clock.now())
        if order.channel.auto_confirm and order.status is OrderStatus.UNCONFIRMED:
            order.refresh_status(self._state.clock.now())
        if transaction.charged > charged_before:
            self.charged(order, by=by)
        if transaction.refunded > refunded_before:
            self.refunded(order, by=by)
        elif transaction.charged < charged_before:
            self._state.events.tell(EventType.ORDER_UPDATED, about=order, by=by)
