"""Gift cards of the simulated shop: whom they open to, what they pay, and what never comes back by itself."""

from datetime import timedelta
from decimal import Decimal

import pytest

from saleor_crm_app.demo.checkout import Checkout
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.gift_card import GiftCard, GiftCardEventType
from saleor_crm_app.demo.order import ChargeStatus, Order
from saleor_crm_app.demo.orders import Item
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.signing import SigningKey
from saleor_crm_app.demo.versions import SaleorVersion
from tests.demo.conftest import Goods
from tests.demo.promotions import amounts_of, balance_of, cart, discounts_of, refusal_of, total_of


@pytest.fixture
def anna(unserved: SimulatedShop) -> User:
    return unserved.customers.register("anna@example.com")


def with_card(shop: SimulatedShop, goods: Goods, buyer: User | str, card: GiftCard) -> Checkout:
    checkout = cart(shop, goods, buyer)
    shop.checkouts.add_promo_code(checkout, card.code)
    return checkout


def test_a_card_lowers_what_is_left_to_pay_and_not_the_subtotal(
    unserved: SimulatedShop, goods: Goods, anna: User
) -> None:
    # given
    card = unserved.gift_cards.create(25, "USD", assigned_to=anna)
    checkout = with_card(unserved, goods, anna, card)
    assert amounts_of(checkout, unserved) == (100, 10, 85)
    # when
    unserved.checkouts.charge(checkout)
    order = unserved.checkouts.complete(checkout)
    # then
    assert (total_of(order), order.subtotal.gross.amount == 100, order.charged == 85) == (85, True, True)
    assert (order.charge_status, order.gift_cards, discounts_of(order)) == (ChargeStatus.FULL, [card], [])
    assert (balance_of(card), card.initial == 25, card.is_active) == (0, True, True)


def test_a_card_pays_no_more_than_there_is_and_keeps_the_rest(
    unserved: SimulatedShop, goods: Goods, anna: User
) -> None:
    card = unserved.gift_cards.create(200, "USD")
    order = unserved.checkouts.complete(with_card(unserved, goods, anna, card))
    assert (total_of(order), order.charge_status, balance_of(card)) == (0, ChargeStatus.FULL, 90)


def test_being_used_fires_nothing_and_is_in_the_cards_history(
    unserved: SimulatedShop, goods: Goods, anna: User
) -> None:
    card = unserved.gift_cards.create(25, "USD")
    checkout = with_card(unserved, goods, anna, card)
    unserved.events.forget()
    order = unserved.checkouts.complete(checkout)
    assert not [kind for kind in unserved.events.types() if kind.value.startswith("gift_card_")]
    used = card.history[-1]
    assert (used.type, used.order_id) == (GiftCardEventType.USED_IN_ORDER, order.id)
    assert used.balance is not None
    assert used.balance.old_current_balance is not None
    assert used.balance.old_current_balance.amount == 25
    assert used.balance.current_balance.amount == 0


@pytest.mark.parametrize("buyer", ["boris", "guest", "guest with her e-mail"])
def test_a_bound_card_opens_to_its_customer_only(unserved: SimulatedShop, goods: Goods, anna: User, buyer: str) -> None:
    boris = unserved.customers.register("boris@example.com")
    others: dict[str, User | str] = {"boris": boris, "guest": "guest@example.com", "guest with her e-mail": anna.email}
    card = unserved.gift_cards.create(25, "USD", assigned_to=anna)
    assert refusal_of(unserved, cart(unserved, goods, others[buyer]), card.code) == ("INVALID", "promoCode")
    assert with_card(unserved, goods, anna, card).gift_cards == [card]


def test_a_wrong_code_and_somebody_elses_card_are_told_alike(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    card = unserved.gift_cards.create(25, "USD", assigned_to=anna)
    said = []
    for code in (card.code, "NO-SUCH-CODE"):
        with pytest.raises(ShopRefusal) as refusal:
            unserved.checkouts.add_promo_code(cart(unserved, goods, "guest@example.com"), code)
        said.append((str(refusal.value), refusal.value.code, refusal.value.field))
    assert said == [("Promo code is invalid", "INVALID", "promoCode")] * 2


def test_cards_are_bound_from_3_23_on(key: SigningKey) -> None:
    shop = SimulatedShop(version=SaleorVersion.V3_22, key=key)
    with pytest.raises(ShopRefusal, match="assignedTo"):
        shop.gift_cards.create(25, "USD", assigned_to=shop.customers.register("anna@example.com"))


def test_a_card_of_another_currency_closed_or_expired_is_invalid(
    unserved: SimulatedShop, goods: Goods, anna: User
) -> None:
    euros = unserved.gift_cards.create(25, "EUR")
    closed = unserved.gift_cards.create(25, "USD", is_active=False)
    expired = unserved.gift_cards.create(25, "USD", expires_on=(unserved.clock.now() + timedelta(days=1)).date())
    unserved.clock.advance(timedelta(days=2))
    for card in (euros, closed, expired):
        assert refusal_of(unserved, cart(unserved, goods, anna), card.code) == ("INVALID", "promoCode")


def test_a_channel_may_take_no_cards_as_codes(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    unserved.shelves.open_channel("modern", "USD", allow_legacy_gift_card_use=False)
    checkout = unserved.checkouts.create([Item(variant=goods.lamp)], anna, channel="modern")
    card = unserved.gift_cards.create(25, "USD", assigned_to=anna)
    assert refusal_of(unserved, checkout, card.code) == ("GIFT_CARD_NOT_APPLICABLE", "promoCode")


def test_a_closed_card_blocks_the_checkout_until_it_is_taken_off(
    unserved: SimulatedShop, goods: Goods, anna: User
) -> None:
    card = unserved.gift_cards.create(25, "USD", assigned_to=anna)
    checkout = with_card(unserved, goods, anna, card)
    unserved.gift_cards.deactivate(card)
    assert amounts_of(checkout, unserved) == (100, 10, 110)
    with pytest.raises(ShopRefusal) as refusal:
        unserved.checkouts.complete(checkout)
    assert refusal.value.code == "GIFT_CARD_NOT_APPLICABLE"
    unserved.checkouts.remove_promo_code(checkout, card.code)
    assert unserved.checkouts.complete(checkout).gift_cards == []
    assert unserved.events.types(about=card) == [EventType.GIFT_CARD_CREATED, EventType.GIFT_CARD_STATUS_CHANGED]


def test_cancelling_an_order_gives_no_balance_back_but_staff_can(
    unserved: SimulatedShop, goods: Goods, anna: User
) -> None:
    card = unserved.gift_cards.create(25, "USD")
    order = unserved.checkouts.complete(with_card(unserved, goods, anna, card))
    unserved.orders.cancel(order)
    assert card.balance == 0
    unserved.gift_cards.set_balance(card, 25)
    assert (balance_of(card), unserved.events.types(about=card)[-1]) == (25, EventType.GIFT_CARD_UPDATED)


def test_of_simultaneous_orders_one_spends_the_card_and_the_others_fail(
    unserved: SimulatedShop, goods: Goods, anna: User
) -> None:
    card = unserved.gift_cards.create(25, "USD", assigned_to=anna)
    carts = [with_card(unserved, goods, anna, card) for _ in range(3)]
    answers = unserved.checkouts.complete_at_once(carts)
    assert [one.total if isinstance(one, Order) else one.code for one in answers] == [
        Decimal(85),
        "GIFT_CARD_NOT_APPLICABLE",
        "GIFT_CARD_NOT_APPLICABLE",
    ]
    assert len(unserved.state.orders) == 1


def test_a_later_order_names_the_empty_card_too(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    card = unserved.gift_cards.create(25, "USD", assigned_to=anna)
    first, second = (with_card(unserved, goods, anna, card) for _ in range(2))
    orders = [unserved.checkouts.complete(first), unserved.checkouts.complete(second)]
    assert [(total_of(one), one.gift_cards) for one in orders] == [(85, [card]), (110, [card])]


@pytest.mark.parametrize("way", ["delete_by_staff", "delete_self"])
def test_a_card_is_closed_when_its_customer_goes(unserved: SimulatedShop, goods: Goods, anna: User, way: str) -> None:
    card = unserved.gift_cards.create(25, "USD", assigned_to=anna)
    getattr(unserved.customers, way)(anna)
    assert (card.is_active, card.assigned_to, card.assigned_to_email) == (False, None, "anna@example.com")
    unserved.gift_cards.activate(card)
    assert refusal_of(unserved, cart(unserved, goods, "anna@example.com"), card.code) == ("INVALID", "promoCode")


@pytest.mark.parametrize(("amount", "code"), [("0", None), ("1.001", None), ("1", "short"), ("1", "x" * 17)])
def test_amounts_and_codes_that_cannot_be_are_refused(unserved: SimulatedShop, amount: str, code: str | None) -> None:
    with pytest.raises(ShopRefusal):
        unserved.gift_cards.create(Decimal(amount), "USD", code=code)
    assert unserved.state.gift_cards == {}
