"""The page's carts as checkouts of the shop: what a cart costs with a code on it, and the order made of it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from saleor_crm_app.demo.checkout import Checkout
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.order import Order
from saleor_crm_app.demo.orders import Buyer, Item
from saleor_crm_app.demo.prices import NOTHING
from saleor_crm_app.demo.seed import SHIPPING
from saleor_crm_app.demo.shop import SimulatedShop


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What the shop asks for a cart; `refused` is its sentence where it does not take the code.

    `by_code` is what the code takes off or pays, `by_cards` what gift cards pay that are on the checkout otherwise.
    """

    checkout: Checkout
    refused: str | None
    by_code: Decimal
    by_cards: Decimal
    total: Decimal


class Baskets:
    """One open checkout for each customer, filled anew with what the page's cart holds."""

    def __init__(self, shop: SimulatedShop) -> None:
        self._shop = shop
        self._open: dict[Buyer, Checkout] = {}
        self._codes: dict[Buyer, str | None] = {}

    def quote(self, buyer: Buyer, items: Sequence[Item], code: str | None) -> Quote:
        """Ask the shop what this costs; a code it refuses stays off."""
        checkout = self._filled(buyer, items)
        refused = None
        try:
            self._put(buyer, checkout, code)
        except ShopRefusal as refusal:
            refused = str(refusal)
        return self._quoted(checkout, code, refused)

    def order(self, buyer: Buyer, items: Sequence[Item], code: str | None) -> Order:
        """Pay and make the order.

        Raises ShopRefusal, also for a code that the shop does not take.
        """
        checkout = self._filled(buyer, items)
        self._put(buyer, checkout, code)
        self._shop.checkouts.charge(checkout)
        try:
            return self._shop.checkouts.complete(checkout)
        except ShopRefusal:
            checkout.transactions.clear()  # the money goes back; the checkout can be tried again
            raise

    def _filled(self, buyer: Buyer, items: Sequence[Item]) -> Checkout:
        known = self._open.get(buyer)
        if known is None or known.pk not in self._shop.state.checkouts:
            self._codes[buyer] = None
            checkout = self._shop.checkouts.create(items, buyer, shipping=SHIPPING)
            self._open[buyer] = checkout
            return checkout
        self._refill(known, items)
        return known

    def _refill(self, checkout: Checkout, items: Sequence[Item]) -> None:
        """Only what differs is said to the shop, as a storefront would."""
        wanted = {item.variant: item for item in items}
        lines = {line.variant: line for line in checkout.lines}
        for variant, item in wanted.items():
            if variant not in lines:
                self._shop.checkouts.add_item(checkout, item)
            elif lines[variant].quantity != item.quantity:
                self._shop.checkouts.change_quantity(checkout, lines[variant], item.quantity)
        for variant, line in lines.items():
            if variant not in wanted:
                self._shop.checkouts.change_quantity(checkout, line, 0)

    def _put(self, buyer: Buyer, checkout: Checkout, code: str | None) -> None:
        """Take off the code that was on it before, and put on this one unless it is there."""
        former, self._codes[buyer] = self._codes.get(buyer), code
        if former is not None and former != code and _bears(checkout, former):
            with suppress(ShopRefusal):
                self._shop.checkouts.remove_promo_code(checkout, former)
        if code is not None and not _bears(checkout, code):
            self._shop.checkouts.add_promo_code(checkout, code)

    def _quoted(self, checkout: Checkout, code: str | None, refused: str | None) -> Quote:
        now = self._shop.clock.now()
        full = checkout.value + (checkout.shipping or NOTHING)
        by = _paid_by_cards(checkout, now)
        by_code = NOTHING if code is None else by.pop(code, NOTHING)
        return Quote(
            checkout=checkout,
            refused=refused,
            by_code=by_code + full - checkout.before_cards,
            by_cards=sum(by.values(), NOTHING),
            total=checkout.total_after_cards(now).gross.amount,
        )


def _bears(checkout: Checkout, code: str) -> bool:
    return checkout.voucher_code == code or any(card.code == code for card in checkout.gift_cards)


def _paid_by_cards(checkout: Checkout, at: datetime) -> dict[str, Decimal]:
    """How much each card pays, by its code, in the order in which they were put on."""
    left, paid = checkout.before_cards, {}
    for card in checkout.gift_cards:
        paid[card.code] = min(card.balance, left) if card.is_open(at) else NOTHING
        left -= paid[card.code]
    return paid
