"""Carts and vouchers for tests of redemption: a test names only what it is about."""

from decimal import Decimal

import pytest

from saleor_crm_app.demo.checkout import Checkout
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.gift_card import GiftCard
from saleor_crm_app.demo.order import Order
from saleor_crm_app.demo.orders import DEFAULT_CHANNEL, Buyer, Item
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.voucher import Voucher
from saleor_crm_app.demo.vouchers import VoucherTerms
from tests.demo.conftest import Goods

Amount = int | Decimal
"""Of the shop's money, so that a test may write a plain number."""


def cart(shop: SimulatedShop, goods: Goods, buyer: Buyer) -> Checkout:
    """A lamp for 60, a vase for 40, delivered for 10."""
    items = [Item(variant=goods.lamp), Item(variant=goods.vase)]
    return shop.checkouts.create(items, buyer, shipping=Decimal(10))


def listed(
    shop: SimulatedShop,
    *codes: str,
    value: Decimal | int = 20,
    min_spent: Decimal | None = None,
    terms: VoucherTerms | None = None,
) -> Voucher:
    """A voucher of 20, or of other terms, in the default channel."""
    voucher = shop.vouchers.create(terms or VoucherTerms(name="Twenty off"), codes)
    shop.vouchers.list_in(voucher, shop.state.channels[DEFAULT_CHANNEL], value, min_spent=min_spent)
    return voucher


def refusal_of(shop: SimulatedShop, checkout: Checkout, code: str) -> tuple[str, str | None]:
    """Code and field of what the shop says to a promo code."""
    with pytest.raises(ShopRefusal) as refusal:
        shop.checkouts.add_promo_code(checkout, code)
    return refusal.value.code, refusal.value.field


def amounts_of(checkout: Checkout, shop: SimulatedShop) -> tuple[Amount, Amount, Amount]:
    """Subtotal, shipping and what is left to pay, gross."""
    left = checkout.total_after_cards(shop.clock.now()).gross.amount
    return checkout.subtotal_price.gross.amount, checkout.shipping_price.gross.amount, left


def total_of(order: Order) -> Amount:
    return order.total


def balance_of(card: GiftCard) -> Amount:
    return card.balance


def discounts_of(order: Order) -> list[tuple[str, str, Amount]]:
    """Type, name and amount, of the order and then of its lines."""
    found = [*order.discounts, *(one for line in order.lines for one in line.discounts)]
    return [(one.type, one.name, one.total.amount) for one in found]
