"""What the page is told, as JSON: shop, goods, orders, and what became of an act."""

import json
from decimal import Decimal
from typing import Any, Final

from saleor_crm_app.demo.deliveries import Delivery
from saleor_crm_app.demo.order import Order
from saleor_crm_app.demo.orders import DEFAULT_CHANNEL
from saleor_crm_app.demo.seed import SHIPPING
from saleor_crm_app.demo.web.basket import Quote
from saleor_crm_app.demo.web.counter import Act, Counter, allowed, half_of, sent_units
from saleor_crm_app.demo.web.street import SECOND, Street

Json = dict[str, Any]

SHOWN_ORDERS: Final = 8
_SHOWN_HEADERS: Final = ("Saleor-Event", "Saleor-Domain", "Saleor-Api-Url", "User-Agent", "Content-Type")


def shop_view(street: Street, counter: Counter) -> Json:
    """Everything about a shop that does not depend on who is signed in."""
    shop = counter.shop
    channel = shop.state.channels[DEFAULT_CHANNEL]
    chaos = shop.deliveries.chaos
    return {
        "key": counter.key,
        "name": shop.state.name,
        "version": shop.version.full,
        "now": shop.clock.now().isoformat(),
        "apiUrl": shop.api_url,
        "appUrl": street.controls.url,
        "channel": DEFAULT_CHANNEL,
        "currency": channel.currency_code,
        "shipping": _amount(SHIPPING),
        "bindsCards": shop.version.binds_gift_cards,
        "shops": [{"key": one.key, "name": one.shop.state.name} for one in street.counters.values()],
        "people": [{"key": key, "name": user.first_name} for key, user in counter.showroom.people.items()],
        "goods": [
            {
                "id": good.variant.id,
                "product": good.variant.product.id,
                "name": good.variant.product.name,
                "price": _amount(good.variant.price),
                "picture": good.picture,
            }
            for good in counter.showroom.goods
        ],
        "trouble": {
            "duplicate": chaos.duplicate > 0,
            "reorder": chaos.shuffle,
            "drop": chaos.drop > 0,
            "badSignature": chaos.bad_signature > 0,
            "isDown": shop.is_down,
            "secondShop": SECOND in street.counters,
        },
    }


def orders_view(counter: Counter, person: str | None) -> list[Json]:
    """A customer's newest orders."""
    return [_order_view(order) for order in counter.orders_of(person)[:SHOWN_ORDERS]]


def quote_view(quote: Quote) -> Json:
    """A cart as the shop's checkout reckons it."""
    return {
        "checkout": quote.checkout.id,
        "refused": quote.refused,
        "byCode": _amount(quote.by_code),
        "byCards": _amount(quote.by_cards),
        "total": _amount(quote.total),
    }


def act_view(counter: Counter, act: Act, *, is_settled: bool) -> Json:
    """An act and its deliveries so far; `is_settled` once no delivery of the shop is under way."""
    order = None if act.order is None else act.order.number
    own = {id(event): place for place, event in enumerate(act.events, start=1)}
    found = [one for one in counter.shop.deliveries.log if id(one.event) in own]
    return {
        "number": act.number,
        "deed": act.deed.value,
        "order": order,
        "days": act.days,
        "at": act.at.isoformat(),
        "isSettled": is_settled,
        "deliveries": [_delivery_view(one, own[id(one.event)]) for one in found],
    }


def _order_view(order: Order) -> Json:
    may = allowed(order)
    return {
        "id": order.id,
        "number": order.number,
        "created": order.created.isoformat(),
        "status": order.status.value,
        "chargeStatus": order.charge_status.value,
        "currency": order.currency,
        "total": _amount(order.total),
        "charged": _amount(order.charged),
        "refunded": _amount(order.total_refunded),
        "deposit": _amount(half_of(order.total)),
        "code": order.voucher_code,
        "byCards": _amount(order.gift_card_amount),
        "lines": [
            {
                "id": line.id,
                "name": "" if line.variant is None else line.variant.product.name,
                "quantity": line.quantity,
                "sent": sent_units(order, line),
            }
            for line in order.lines
        ],
        "may": sorted(deed.value for deed in may),
    }


def _delivery_view(delivery: Delivery, place: int) -> Json:
    return {
        "place": place,
        "event": delivery.event.type.value.upper(),
        "webhook": delivery.webhook.name,
        "target": delivery.webhook.target_url,
        "status": delivery.status.value,
        "isSpoiled": delivery.is_spoiled,
        "attempts": [{"status": one.status_code, "error": one.error} for one in delivery.attempts],
        "signature": delivery.headers.get("Saleor-Signature", ""),
        "headers": {name: delivery.headers[name] for name in _SHOWN_HEADERS if name in delivery.headers},
        "body": json.dumps(json.loads(delivery.body), indent=2, ensure_ascii=False) if delivery.body else "",
    }


def _amount(value: Decimal) -> str:
    """Decimal text, so that no cent is lost on the way."""
    return f"{value:.2f}"
