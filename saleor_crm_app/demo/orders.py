"""The life of an order before and beside its parcels: placed, confirmed, edited, canceled, expired."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from saleor_crm_app.demo.announce import Announcer
from saleor_crm_app.demo.catalog import Channel, Variant
from saleor_crm_app.demo.checkout import Checkout
from saleor_crm_app.demo.discounts import spread
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.order import (
    Discount,
    Fulfillment,
    FulfillmentLine,
    FulfillmentStatus,
    Order,
    OrderLine,
    OrderOrigin,
    OrderStatus,
)
from saleor_crm_app.demo.payments import Payments
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.prices import NOTHING, Money, rounded, taxed
from saleor_crm_app.demo.state import ShopState
from saleor_crm_app.demo.transactions import PaymentEventType, PaymentMethod
from saleor_crm_app.demo.voucher_use import VoucherUse
from saleor_crm_app.kernel.ids import global_id

DEFAULT_CHANNEL = "default-channel"
_EDITABLE = frozenset({OrderStatus.DRAFT, OrderStatus.UNCONFIRMED})
_CANCELABLE_PARCELS = frozenset(FulfillmentStatus) - {FulfillmentStatus.FULFILLED}


Buyer = User | str
"""A customer with an account, or the e-mail address of a guest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What goes into a cart; `unit_price` replaces the variant's own, gross."""

    variant: Variant
    quantity: int = 1
    unit_price: Decimal | None = None
    is_gift: bool = False

    def price_in(self, channel: Channel) -> Decimal:
        """What one costs there. Raises ShopRefusal for what has no price there."""
        price = self.variant.price_in(channel) if self.unit_price is None else self.unit_price
        if price is None:
            message = "Cannot add lines with unavailable variants."
            raise ShopRefusal(message, code="UNAVAILABLE_VARIANT_IN_CHANNEL", field="lines")
        return rounded(NOTHING if self.is_gift else price, channel.currency_code)

    def full_price_in(self, channel: Channel) -> Decimal | None:
        """The same before promotions of the catalogue, where they took something off."""
        full = self.variant.full_price_in(channel)
        is_reduced = self.unit_price is None and not self.is_gift and full != self.variant.price_in(channel)
        return rounded(full, channel.currency_code) if is_reduced and full is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOrder:
    """An order of the past for `bulk_create`; one that is fulfilled gets a parcel of that day."""

    items: Sequence[Item]
    buyer: Buyer
    created: datetime
    status: OrderStatus = OrderStatus.UNFULFILLED
    shipping: Decimal = NOTHING
    paid: Decimal = NOTHING
    channel: str = DEFAULT_CHANNEL


class Orders:
    """The acts of Saleor's checkout and order API, except payments and parcels."""

    def __init__(self, state: ShopState, announcer: Announcer, payments: Payments, voucher_use: VoucherUse) -> None:
        self._state = state
        self._voucher_use = voucher_use
        self._announcer = announcer
        self._payments = payments

    def place(
        self,
        items: Sequence[Item],
        buyer: Buyer,
        *,
        channel: str = DEFAULT_CHANNEL,
        shipping: Decimal = NOTHING,
        discount: Decimal = NOTHING,
        gift_card: Decimal = NOTHING,
        paid: Decimal | None = None,
        method: PaymentMethod = PaymentMethod.CARD,
    ) -> Order:
        """Complete a checkout; `paid` was charged on the checkout before, None means nothing was.

        `discount` is an order voucher and lowers the lines; `gift_card` is a legacy card and lowers the total.
        """
        order = self._make(items, buyer, channel=channel, shipping=shipping, origin=OrderOrigin.CHECKOUT)
        spread(order.lines, discount, order.currency)
        if discount:
            off = Money(discount, order.currency)
            order.discounts.append(Discount(type="VOUCHER", name="Some voucher", total=off))
        order.gift_card_amount = gift_card
        order.checkout_id = global_id(Checkout.kind, UUID(int=uuid5(order.pk, "checkout").int, version=4))
        if paid is not None:
            transaction = self._payments.open_transaction(order, method=method)
            self._payments.report(transaction, PaymentEventType.CHARGE_SUCCESS, paid)
            if order.channel.auto_confirm:
                order.status = OrderStatus.UNFULFILLED
        order.update_charge(self._state.clock.now())
        self._announcer.created(order, by=order.user)
        return order

    def create_draft(
        self,
        items: Sequence[Item],
        buyer: Buyer,
        *,
        channel: str = DEFAULT_CHANNEL,
        shipping: Decimal = NOTHING,
        origin: OrderOrigin = OrderOrigin.DRAFT,
    ) -> Order:
        """Staff prepares an order (`draftOrderCreate`)."""
        order = self._make(items, buyer, channel=channel, shipping=shipping, origin=origin)
        order.status = OrderStatus.DRAFT
        self._state.events.tell(EventType.DRAFT_ORDER_CREATED, about=order, by=self._state.staff)
        return order

    def complete_draft(self, order: Order) -> None:
        """Make a draft an order (`draftOrderComplete`); money charged on it is told of only now."""
        if order.status is not OrderStatus.DRAFT:
            raise ShopRefusal("The order is not draft.", code="INVALID")
        order.status = OrderStatus.UNFULFILLED if order.channel.auto_confirm else OrderStatus.UNCONFIRMED
        order.update_charge(self._state.clock.now())
        self._announcer.created(order, by=self._state.staff)

    def bulk_create(self, specs: Sequence[BulkOrder]) -> list[Order]:
        """Import orders (`orderBulkCreate`): one event for all of them, ORDER_CREATED for none."""
        orders = [self._import(spec) for spec in specs]
        self._state.events.tell(EventType.ORDER_BULK_CREATED, about=orders, by=self._state.staff)
        return orders

    def confirm(self, order: Order) -> None:
        """Staff confirms (`orderConfirm`)."""
        if order.status is not OrderStatus.UNCONFIRMED:
            raise ShopRefusal("Provided order id belongs to an order with status different than unconfirmed.")
        order.refresh_status(self._state.clock.now())
        order.updated_at = self._state.clock.now()
        self._state.events.tell(EventType.ORDER_CONFIRMED, about=order, by=self._state.staff)

    def cancel(self, order: Order) -> None:
        """Cancel (`orderCancel`): nothing is refunded, no voucher and no gift card comes back.

        Raises ShopRefusal while a parcel is out.
        """
        is_out = any(parcel.status not in _CANCELABLE_PARCELS for parcel in order.fulfillments)
        if is_out or order.status in {OrderStatus.CANCELED, OrderStatus.DRAFT, OrderStatus.EXPIRED}:
            raise ShopRefusal("This order can't be canceled.", code="CANNOT_CANCEL_ORDER")
        order.status = OrderStatus.CANCELED
        order.updated_at = self._state.clock.now()
        told = (EventType.ORDER_CANCELLED, EventType.ORDER_UPDATED)
        self._state.events.tell(*told, about=order, by=self._state.staff)

    def expire_due(self) -> list[Order]:
        """Run the shop's timer: unconfirmed orders without any payment, older than their channel allows.

        Saleor writes this past the field's own logic, so `updated_at` does not move.
        """
        due = [order for order in self._state.orders.values() if self._is_overdue(order)]
        for order in due:
            order.status = OrderStatus.EXPIRED
            self._voucher_use.release_expired(order)
            self._state.events.tell(EventType.ORDER_EXPIRED, EventType.ORDER_UPDATED, about=order, by=None)
        return due

    def change_quantity(self, order: Order, line: OrderLine, quantity: int) -> None:
        """Edit a line of a draft or an unconfirmed order."""
        self._check_is_editable(order)
        if quantity <= 0:
            raise ShopRefusal("Ensure this value is greater than 0.", code="ZERO_QUANTITY")
        if line.is_gift:
            raise ShopRefusal("Order line marked as gift can't be edited.", code="NON_EDITABLE_GIFT_LINE")
        line.quantity = quantity
        self._tell_edited(order)

    def add_item(self, order: Order, item: Item) -> OrderLine:
        """Add a line to a draft or an unconfirmed order."""
        self._check_is_editable(order)
        line = self._line(item, order.channel)
        order.lines.append(line)
        self._tell_edited(order)
        return line

    def remove_line(self, order: Order, line: OrderLine) -> None:
        """Take a line off a draft or an unconfirmed order."""
        self._check_is_editable(order)
        order.lines.remove(line)
        self._tell_edited(order)

    def _make(
        self,
        items: Sequence[Item],
        buyer: Buyer,
        *,
        channel: str,
        shipping: Decimal,
        origin: OrderOrigin,
    ) -> Order:
        where = self._state.channels[channel]
        now = self._state.clock.now()
        order = Order(
            pk=self._state.new_uuid(),
            number=str(self._state.next_number("Order")),
            status=OrderStatus.UNCONFIRMED,
            origin=origin,
            created=now,
            updated_at=now,
            channel=where,
            user=buyer if isinstance(buyer, User) else None,
            user_email=buyer.email if isinstance(buyer, User) else buyer,
            display_gross_prices=where.display_gross_prices,
            shipping_price=taxed(shipping, where.tax_rate, where.currency_code),
            lines=[self._line(item, where) for item in items],
        )
        self._state.orders[order.pk] = order
        return order

    def _line(self, item: Item, channel: Channel) -> OrderLine:
        return OrderLine(
            pk=self._state.new_uuid(),
            variant=item.variant,
            quantity=item.quantity,
            unit_price=item.price_in(channel),
            full_price=item.full_price_in(channel),
            currency=channel.currency_code,
            tax_rate=channel.tax_rate,
            is_gift=item.is_gift,
        )

    def _import(self, spec: BulkOrder) -> Order:
        order = self._make(
            spec.items,
            spec.buyer,
            channel=spec.channel,
            shipping=spec.shipping,
            origin=OrderOrigin.BULK_CREATE,
        )
        order.created = spec.created
        order.status = spec.status
        if spec.paid:
            transaction = self._payments.open_transaction(order, method=None, name="Imported payment")
            self._payments.report(transaction, PaymentEventType.CHARGE_SUCCESS, spec.paid)
        if spec.status is OrderStatus.FULFILLED:
            order.fulfillments.append(self._imported_parcel(order))
        order.update_charge(self._state.clock.now())
        return order

    def _imported_parcel(self, order: Order) -> Fulfillment:
        """Saleor stamps imported parcels with the moment of the import."""
        pk = self._state.next_number("Fulfillment")
        at = self._state.clock.now()
        parcel = Fulfillment(pk=pk, status=FulfillmentStatus.FULFILLED, created=at, currency=order.currency)
        for line in order.lines:
            line.quantity_fulfilled = line.quantity
            line_pk = self._state.next_number("FulfillmentLine")
            parcel.lines.append(FulfillmentLine(pk=line_pk, order_line=line, quantity=line.quantity))
        return parcel

    def _is_overdue(self, order: Order) -> bool:
        limit = order.channel.expire_orders_after
        is_untouched = order.status is OrderStatus.UNCONFIRMED and not order.transactions and not order.payments
        return is_untouched and limit is not None and self._state.clock.now() - order.created >= limit

    def _check_is_editable(self, order: Order) -> None:
        if order.status not in _EDITABLE:
            raise ShopRefusal("Only draft and unconfirmed orders can be edited.", code="NOT_EDITABLE")

    def _tell_edited(self, order: Order) -> None:
        """Prices follow the lines; the charge status is left as it was, as in Saleor."""
        order.updated_at = self._state.clock.now()
        is_draft = order.status is OrderStatus.DRAFT
        told = EventType.DRAFT_ORDER_UPDATED if is_draft else EventType.ORDER_UPDATED
        self._state.events.tell(told, about=order, by=self._state.staff)
