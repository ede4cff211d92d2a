"""One shop as the page shows it: what customers and staff may do there, and a record of what they did."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from saleor_crm_app.demo.deliveries import Chaos
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.events import ShopEvent
from saleor_crm_app.demo.order import FulfillmentStatus, Order, OrderLine, OrderStatus
from saleor_crm_app.demo.orders import Buyer, Item
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.prices import NOTHING
from saleor_crm_app.demo.seed import SHIPPING, Showroom
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.web.basket import Baskets, Quote

GUEST = "guest@example.com"
SMALL_REFUND = Decimal(10)
MOST_UNITS = 20
_CLOSED = frozenset({OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.DRAFT})
_MORNING = time(8)


class Deed(StrEnum):
    """What the page's buttons do."""

    BUY = "buy"
    CHECK_OUT = "check_out"
    PAY = "pay"
    DEPOSIT = "deposit"
    FULFILL = "fulfill"
    REFUND_SOME = "refund_some"
    REFUND_ALL = "refund_all"
    RETURN_LINE = "return_line"
    CANCEL = "cancel"
    WAIT = "wait"
    RECONCILE = "reconcile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A deed that was done, and the events of the shop it caused."""

    number: int
    deed: Deed
    order: Order | None
    days: int
    at: datetime
    events: tuple[ShopEvent, ...]


@dataclass(slots=True, kw_only=True)
class Counter:
    """A shop, its goods and people, the acts done on the page, and the trouble that is switched on."""

    key: str
    shop: SimulatedShop
    showroom: Showroom
    acts: list[Act] = field(default_factory=list)
    _by_key: dict[str, Act] = field(default_factory=dict)
    _baskets: Baskets = field(init=False)

    def __post_init__(self) -> None:
        self._baskets = Baskets(self.shop)

    def person(self, key: str) -> User:
        """Raises ShopRefusal for a name that is none of ours."""
        user = self.showroom.people.get(key)
        if user is None:
            raise ShopRefusal("Nobody of this name can be signed in here.", code="NOT_FOUND")
        return user

    def buyer(self, key: str | None) -> Buyer:
        return GUEST if key is None else self.person(key)

    def orders_of(self, key: str | None) -> list[Order]:
        """Newest first; all guests share one."""
        buyer = self.buyer(key)
        everybody = reversed(self.shop.state.orders.values())
        if isinstance(buyer, User):
            return [order for order in everybody if order.user is buyer]
        return [order for order in everybody if order.user is None and order.user_email == buyer]

    def order(self, number: str, key: str | None) -> Order:
        """Raises ShopRefusal for an order that is not this customer's."""
        for order in self.orders_of(key):
            if order.number == number:
                return order
        raise ShopRefusal("There is no such order.", code="NOT_FOUND")

    def done_before(self, once: str) -> Act | None:
        """The act that was already done for this press of a button."""
        return self._by_key.get(once)

    def buy(self, once: str, key: str | None, cart: Mapping[str, int]) -> Act:
        """Place an order, not yet paid; `cart` maps ids of variants to quantities."""
        items = self._items(cart)
        before = len(self.shop.events.happened)
        order = self.shop.orders.place(items, self.buyer(key), shipping=SHIPPING)
        return self._record(once, Deed.BUY, before, order=order)

    def quote(self, key: str | None, cart: Mapping[str, int], code: str | None) -> Quote:
        """What the shop's checkout asks for a cart, with a promo code on it."""
        return self._baskets.quote(self.buyer(key), self._items(cart), code)

    def check_out(self, once: str, key: str | None, cart: Mapping[str, int], code: str | None) -> Act:
        """Place an order through the shop's checkout, where one pays at once and codes and gift cards count.

        Raises ShopRefusal, also for a code that the shop does not take.
        """
        items = self._items(cart)
        before = len(self.shop.events.happened)
        order = self._baskets.order(self.buyer(key), items, code)
        return self._record(once, Deed.CHECK_OUT, before, order=order)

    def do(self, once: str, deed: Deed, order: Order, line: OrderLine | None = None) -> Act:
        """Do something to an order.

        Raises ShopRefusal when the order is not in a state for it.
        """
        if deed not in allowed(order) or (deed is Deed.RETURN_LINE and (line is None or not sent_units(order, line))):
            raise ShopRefusal("This order is not in a state for that.", code="INVALID")
        before = len(self.shop.events.happened)
        match deed:
            case Deed.PAY:
                self.shop.payments.charge(order)
            case Deed.DEPOSIT:
                self.shop.payments.charge(order, half_of(order.total))
            case Deed.FULFILL:
                self.shop.parcels.fulfill(order)
            case Deed.REFUND_SOME:
                self.shop.refunds.refund(order, SMALL_REFUND)
            case Deed.REFUND_ALL:
                self._refund_all(order)
            case Deed.RETURN_LINE if line is not None:
                self.shop.parcels.take_back(order, {line: 1})
            case Deed.CANCEL:
                self.shop.orders.cancel(order)
            case _:
                raise ShopRefusal("Nothing of the kind can be done to an order.", code="INVALID")
        return self._record(once, deed, before, order=order)

    def wait(self, once: str, days: int) -> tuple[Act, timedelta]:
        """Let days pass, and the night after them: points change at the end of a day. Says by how much time moved."""
        now = self.shop.clock.now()
        morning = datetime.combine((now + timedelta(days=days + 1)).date(), _MORNING, now.tzinfo)
        by = morning - now
        self.shop.clock.advance(by)
        return self._record(once, Deed.WAIT, len(self.shop.events.happened), days=days), by

    def note_reconciled(self, once: str) -> Act:
        return self._record(once, Deed.RECONCILE, len(self.shop.events.happened))

    def set_trouble(self, *, duplicate: bool, reorder: bool, drop: bool, bad_signature: bool, is_down: bool) -> None:
        """Switch what goes wrong; each holds for every delivery from now on."""
        self.shop.deliveries.chaos = Chaos(
            duplicate=float(duplicate), shuffle=reorder, drop=float(drop), bad_signature=float(bad_signature)
        )
        # bodies of the moment, so that what comes late also is old
        self.shop.state.defers_payloads = self.shop.version.defers_order_payloads and not reorder
        self.shop.is_down = is_down

    def _items(self, cart: Mapping[str, int]) -> list[Item]:
        goods = {good.variant.id: good.variant for good in self.showroom.goods}
        if not cart or any(name not in goods or not 0 < units <= MOST_UNITS for name, units in cart.items()):
            raise ShopRefusal("This cart cannot be bought.", code="INVALID")
        return [Item(variant=goods[name], quantity=units) for name, units in cart.items()]

    def _refund_all(self, order: Order) -> None:
        for transaction in order.transactions:
            if transaction.charged > NOTHING:
                self.shop.refunds.refund(order, transaction=transaction)

    def _record(self, once: str, deed: Deed, before: int, *, order: Order | None = None, days: int = 0) -> Act:
        act = Act(
            number=len(self.acts) + 1,
            deed=deed,
            order=order,
            days=days,
            at=self.shop.clock.now(),
            events=tuple(self.shop.events.happened[before:]),
        )
        self.acts.append(act)
        self._by_key[once] = act
        return act


def half_of(amount: Decimal) -> Decimal:
    """A deposit: half, in whole cents."""
    return (amount / 2).quantize(Decimal("0.01"), rounding=ROUND_DOWN)


def allowed(order: Order) -> set[Deed]:
    """What may be done to an order as it stands."""
    is_open = order.status not in _CLOSED
    is_out = any(parcel.status is FulfillmentStatus.FULFILLED for parcel in order.fulfillments)
    is_paid_for = order.charged > NOTHING or not order.total  # codes and gift cards may pay for all of it
    may = {
        Deed.PAY: is_open and order.charged < order.total and not order.total_refunded,
        Deed.DEPOSIT: is_open and not order.charged and not order.total_refunded,
        Deed.FULFILL: is_open and is_paid_for and any(line.quantity_unfulfilled for line in order.lines),
        Deed.REFUND_SOME: order.charged >= SMALL_REFUND,
        Deed.REFUND_ALL: order.charged > NOTHING,
        Deed.RETURN_LINE: is_out,
        Deed.CANCEL: is_open and not is_out,
    }
    return {deed for deed, is_possible in may.items() if is_possible}


def sent_units(order: Order, line: OrderLine) -> int:
    """Units of a line that are with the customer."""
    out = [parcel for parcel in order.fulfillments if parcel.status is FulfillmentStatus.FULFILLED]
    return sum(part.quantity for parcel in out for part in parcel.lines if part.order_line is line)
