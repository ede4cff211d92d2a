"""Taking money for an order, and losing it to a charge-back."""

from decimal import Decimal

from saleor_crm_app.demo.announce import Announcer
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.order import Order
from saleor_crm_app.demo.prices import NOTHING
from saleor_crm_app.demo.state import ShopState
from saleor_crm_app.demo.transactions import LegacyPayment, PaymentEvent, PaymentEventType, PaymentMethod, Transaction


class Payments:
    """Payment apps report, staff marks as paid."""

    def __init__(self, state: ShopState, announcer: Announcer) -> None:
        self._state = state
        self._announcer = announcer

    def charge(
        self,
        order: Order,
        amount: Decimal | None = None,
        *,
        transaction: Transaction | None = None,
        method: PaymentMethod = PaymentMethod.CARD,
    ) -> Transaction:
        """Charge what is still due, or any `amount`, also too much; in a new transaction or an older one."""
        paid = transaction or self.open_transaction(order, method=method)
        before = (paid.charged, paid.refunded)
        self.report(paid, PaymentEventType.CHARGE_SUCCESS, order.total - order.charged if amount is None else amount)
        self._announcer.transaction_changed(order, paid, before=before, by=self._state.payment_app)
        return paid

    def mark_as_paid(self, order: Order) -> Transaction:
        """Staff says the money is in (`orderMarkAsPaid`): no ORDER_PAID, and an unconfirmed order stays so.

        Raises ShopRefusal when anything was paid already.
        """
        if order.transactions or order.payments:
            raise ShopRefusal("Orders with payments can not be manually marked as paid.", code="PAYMENT_ERROR")
        paid = self.open_transaction(order, method=None, name="Mark-as-paid transaction")
        self.report(paid, PaymentEventType.CHARGE_SUCCESS, order.total)
        order.update_charge(self._state.clock.now())
        told = (EventType.ORDER_FULLY_PAID, EventType.ORDER_UPDATED)
        self._state.events.tell(*told, about=order, by=self._state.staff)
        return paid

    def capture(self, order: Order, amount: Decimal | None = None) -> LegacyPayment:
        """Take money through the older payment API, which alone lets items be refunded."""
        due = order.total - order.charged if amount is None else amount
        payment = LegacyPayment(pk=self._state.next_number("Payment"), captured=due)
        order.payments.append(payment)
        order.update_charge(self._state.clock.now())
        self._announcer.charged(order, by=self._state.staff)
        return payment

    def charge_back(self, order: Order, amount: Decimal, *, transaction: Transaction | None = None) -> None:
        """The bank takes money back: ORDER_UPDATED is all one hears."""
        paid = transaction or last_charged(order)
        before = (paid.charged, paid.refunded)
        self.report(paid, PaymentEventType.CHARGE_BACK, amount)
        self._announcer.transaction_changed(order, paid, before=before, by=self._state.payment_app)

    def correct_charge(self, order: Order, charged: Decimal, *, transaction: Transaction | None = None) -> None:
        """Set what a transaction is said to have charged (`transactionUpdate`), up or down."""
        paid = transaction or last_charged(order)
        before = (paid.charged, paid.refunded)
        self.report(paid, PaymentEventType.CHARGE_SUCCESS, charged - paid.charged)
        self._announcer.transaction_changed(order, paid, before=before, by=self._state.payment_app)

    def open_transaction(
        self, order: Order, *, method: PaymentMethod | None, name: str = "Card payments"
    ) -> Transaction:
        """Attach an empty transaction to the order, telling nobody."""
        paid = Transaction(pk=self._state.new_uuid(), name=name, currency=order.currency, method=method)
        order.transactions.append(paid)
        return paid

    def report(
        self, transaction: Transaction, kind: PaymentEventType, amount: Decimal, *, reference: str | None = None
    ) -> str:
        """Add an event to a transaction, telling nobody; returns the reference that later reports repeat."""
        psp_reference = reference or f"psp-{self._state.new_key(8)}"
        at = self._state.clock.now()
        transaction.report(PaymentEvent(type=kind, amount=amount, reference=psp_reference, created=at))
        return psp_reference


def last_charged(order: Order) -> Transaction:
    """The newest transaction that holds money.

    Raises ShopRefusal when none does.
    """
    for transaction in reversed(order.transactions):
        if transaction.charged > NOTHING:
            return transaction
    raise ShopRefusal("The order has no transaction that was charged.", code="NOT_FOUND")
