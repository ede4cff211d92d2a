"""What may happen next in a made-up shop: buying, paying, sending, and taking back, each by its weight."""

from collections.abc import Callable
from datetime import timedelta

from tests.reliability.shop import Shop, global_id
from tests.reliability.shop_orders import UPDATED, Events, Grant, Payment, Refund, Shipment, ShopOrder

GIFT_CARD = "GiftCardPaymentMethodDetails"
METHODS = ("CardPaymentMethodDetails", "OtherPaymentMethodDetails", None)

Way = tuple[int, Callable[[Shop, ShopOrder], Events]]
"""A weight, and a change that can be made to the order as it is now."""


def change(shop: Shop) -> None:
    """One change, told at once; take-backs come whenever their share of all events falls behind."""
    shop.pass_time()
    if shop.customers and shop.chance(0.02):
        shop.change_customer()
        return
    behind = shop.taken_back < shop.plan.takebacks * len(shop.told)
    if behind and _change_one(shop, shop.orders, ways_back):
        return
    if shop.chance(0.55) and _change_one(shop, shop.unfinished, ways_on):
        return
    buy(shop)


def _change_one(shop: Shop, orders: list[ShopOrder], ways_of: Callable[[Shop, ShopOrder], list[Way]]) -> bool:
    """Change one of these orders in one of the ways open to it; False when none was found in a few tries."""
    for _ in range(30 if orders else 0):
        order = shop.random.choice(orders)
        ways = ways_of(shop, order)
        if ways:
            (way,) = shop.random.choices([way for _, way in ways], [weight for weight, _ in ways])
            told = shop.tell(way(shop, order), order)
            shop.taken_back += told if ways_of is ways_back else 0
            return True
        if ways_of is ways_on:
            orders.remove(order)
            return False
    return False


# Buying


def buy(shop: Shop) -> None:
    """A new order: mostly paid in full at once; an unpaid one is not told of, for nobody asked to be told."""
    if shop.chance(0.02):
        imported = [shop.new_order() for _ in range(shop.random.randint(2, 4))]
        for each in imported:
            pay_rest(shop, each)
        shop.tell(("OrderBulkCreated",), *imported)
        return
    order = shop.new_order()
    ways: list[Way] = [(62, pay_rest), (12, pay_part), (6, _marked_as_paid), (4, _with_a_gift_card), (1, _too_much)]
    (way,) = shop.random.choices([*(way for _, way in ways), _not_yet], [*(weight for weight, _ in ways), 15])
    shop.tell(way(shop, order) if order.due else order.charge(shop.payment(None), 0), order)


def pay_rest(shop: Shop, order: ShopOrder) -> Events:
    return order.charge(_method(shop), order.due - order.charged)


def pay_part(shop: Shop, order: ShopOrder) -> Events:
    return order.charge(_method(shop), shop.random.randint(1, order.due - order.charged))


def _marked_as_paid(shop: Shop, order: ShopOrder) -> Events:
    return order.mark_as_paid(_method(shop))


def _with_a_gift_card(shop: Shop, order: ShopOrder) -> Events:
    if shop.plan.knows_methods:
        order.charge(shop.payment(GIFT_CARD), shop.random.randint(1, order.due))
    return pay_rest(shop, order) if order.charged < order.due else order.charge(order.payments[0], 0)


def _too_much(shop: Shop, order: ShopOrder) -> Events:
    return order.charge(_method(shop), order.due + shop.random.randint(1, 500))


def _not_yet(_shop: Shop, _order: ShopOrder) -> Events:
    return ()


def _method(shop: Shop) -> Payment:
    return shop.payment(shop.random.choice(METHODS))


# Going on


def ways_on(shop: Shop, order: ShopOrder) -> list[Way]:
    """Paying, sending, attaching a guest's order; none for an order that is through."""
    ways: list[Way] = []
    if order.is_open and order.charged < order.due and order.under_way is None:
        ways += [(1, pay_rest)] if order.refunded else [(6, pay_rest), (2, pay_part)]
    if order.is_open and order.status != "UNCONFIRMED" and order.unsent():
        ways += [(6, _send_all), (2, _send_part)]
    if order.user is None:
        ways += [(1, _attach)]
    if shop.plan.moving_clocks and order.is_open and order.sent:
        ways += [(1, _cancel_fulfillment)]
    return [*ways, (1, _touch)] if ways else []


def _send_all(shop: Shop, order: ShopOrder) -> Events:
    return order.fulfill(_shipment(shop, "FULFILLED", order.unsent()))


def _send_part(shop: Shop, order: ShopOrder) -> Events:
    return order.fulfill(_shipment(shop, "FULFILLED", _some(shop, order.unsent())))


def _attach(shop: Shop, order: ShopOrder) -> Events:
    customers = [each for each in shop.customers.values() if each["email"] == order.email]
    order.user = shop.buyer(customers[0]) if customers else None
    return UPDATED


def _cancel_fulfillment(shop: Shop, order: ShopOrder) -> Events:
    return order.cancel_fulfillment(shop.random.choice(order.sent))


def _touch(_shop: Shop, _order: ShopOrder) -> Events:
    return UPDATED


def _shipment(shop: Shop, status: str, units: dict[str, int], *, shipping: int | None = None) -> Shipment:
    return Shipment(
        id=global_id("Fulfillment", next(shop.numbers)),
        status=status,
        created=shop.now - timedelta(milliseconds=shop.random.randint(20, 400)),
        units=units,
        shipping_refunded=shipping,
    )


def _some(shop: Shop, units: dict[str, int]) -> dict[str, int]:
    """Some of these units, at least one, in whole lines or part of them."""
    lines = shop.random.sample(list(units), shop.random.randint(1, len(units)))
    return {line: shop.random.randint(1, units[line]) for line in lines}


# Taking back


def ways_back(shop: Shop, order: ShopOrder) -> list[Way]:
    """Refunds, charge-backs, returns, cancellation and expiry; first of all the end of a refund under way."""
    if order.under_way is not None:
        return [(7, _refund_succeeds), (3, _refund_fails)]
    ways: list[Way] = []
    if _richest(order) is not None:
        ways += [(4, _refund_part), (3, _refund_all), (1, _charge_back)]
        ways += [(4, _refund_units)] if _not_granted(order) else []
        ways += [(2, _refund_shipping)] if order.shipping else []
    if order.is_open and _returnable(shop, order):
        ways += [(3, _return), (1, _replace)]
        ways += [(3, _return_for_money), (2, _refund_sent)] if _richest(order) is not None else []
    if order.is_open and order.status == "PARTIALLY_FULFILLED":
        ways += [(1, _return_unsent)]
    if order.is_open and not order.sent:
        ways += [(3, _cancel)]
    if order.status == "UNCONFIRMED" and not order.payments:
        ways += [(3, _expire)]
    return ways


def _refund_succeeds(_shop: Shop, order: ShopOrder) -> Events:
    return order.refund_succeeded()


def _refund_fails(_shop: Shop, order: ShopOrder) -> Events:
    return order.refund_failed()


def _refund_part(shop: Shop, order: ShopOrder) -> Events:
    return _refund(shop, order, shop.random.randint(1, _rich(order).charged))


def _refund_all(shop: Shop, order: ShopOrder) -> Events:
    return _refund(shop, order, _rich(order).charged)


def _refund_units(shop: Shop, order: ShopOrder) -> Events:
    units = _some(shop, _not_granted(order))
    shipping = shop.chance(0.3)
    grant = Grant(id=global_id("OrderGrantedRefund", next(shop.numbers)), units=units, shipping=shipping)
    return _refund(shop, order, order.value_of(units) + shipping * order.shipping, grant)


def _refund_shipping(shop: Shop, order: ShopOrder) -> Events:
    grant = Grant(id=global_id("OrderGrantedRefund", next(shop.numbers)), units={}, shipping=True)
    return _refund(shop, order, order.shipping, grant)


def _charge_back(shop: Shop, order: ShopOrder) -> Events:
    payment = _rich(order)
    return order.charge_back(payment, shop.random.choice([payment.charged, (payment.charged + 1) // 2]))


def _return(shop: Shop, order: ShopOrder) -> Events:
    return order.take_back(_shipment(shop, "RETURNED", _returnable(shop, order)))


def _replace(shop: Shop, order: ShopOrder) -> Events:
    return order.take_back(_shipment(shop, "REPLACED", _returnable(shop, order)))


def _return_for_money(shop: Shop, order: ShopOrder) -> Events:
    return _refund_by_fulfillment(shop, order, "REFUNDED_AND_RETURNED")


def _refund_sent(shop: Shop, order: ShopOrder) -> Events:
    return _refund_by_fulfillment(shop, order, "REFUNDED")


def _return_unsent(shop: Shop, order: ShopOrder) -> Events:
    return order.take_back(_shipment(shop, "RETURNED", order.unsent()))


def _cancel(_shop: Shop, order: ShopOrder) -> Events:
    return order.cancel()


def _expire(_shop: Shop, order: ShopOrder) -> Events:
    return order.expire()


def _refund(shop: Shop, order: ShopOrder, amount: int, grant: Grant | None = None) -> Events:
    """As much of the amount as the payment holds, at once or after a while of waiting."""
    payment = _rich(order)
    refund = Refund(payment=payment, amount=min(amount, payment.charged), grant=grant)
    return order.refund_at_once(refund) if shop.chance(0.5) else order.ask_refund(refund)


def _refund_by_fulfillment(shop: Shop, order: ShopOrder, status: str) -> Events:
    payment, units = _rich(order), _returnable(shop, order)
    shipping = order.shipping if shop.chance(0.3) else None
    order.take_back(_shipment(shop, status, units, shipping=shipping))
    amount = min(order.value_of(units) + (shipping or 0), payment.charged)
    return order.refund_at_once(Refund(payment=payment, amount=amount, grant=None))


def _richest(order: ShopOrder) -> Payment | None:
    with_money = [payment for payment in order.payments if payment.charged > 0]
    return max(with_money, key=lambda payment: payment.charged, default=None)


def _rich(order: ShopOrder) -> Payment:
    payment = _richest(order)
    if payment is None:
        raise LookupError(f"order {order.number} holds no money")
    return payment


def _not_granted(order: ShopOrder) -> dict[str, int]:
    """Units that no granted refund names, failed ones aside."""
    left = {line.id: line.quantity for line in order.lines}
    for grant in order.grants:
        for line_id, units in grant.units.items():
            left[line_id] -= units if grant.status != "FAILURE" else 0
    return {line_id: units for line_id, units in left.items() if units}


def _returnable(shop: Shop, order: ShopOrder) -> dict[str, int]:
    """All that was sent, or some of it that leaves a unit in the last fulfillment, lest its clock moves."""
    sent = order.sent
    every: dict[str, int] = {}
    for shipment in sent:
        for line_id, units in shipment.units.items():
            every[line_id] = every.get(line_id, 0) + units
    every = {line_id: units for line_id, units in every.items() if units}
    if not every or shop.chance(0.25):
        return every
    some = _some(shop, every)
    return some if shop.plan.moving_clocks or _keeps_the_clock(sent, some) else every


def _keeps_the_clock(sent: list[Shipment], taken: dict[str, int]) -> bool:
    """Whether the last fulfillment keeps a unit, when earlier ones are emptied first."""
    *earlier, last = sorted(sent, key=lambda shipment: shipment.created)
    before = {line_id: sum(each.units.get(line_id, 0) for each in earlier) for line_id in taken}
    from_last = sum(max(0, units - before[line_id]) for line_id, units in taken.items())
    return from_last < sum(last.units.values())
