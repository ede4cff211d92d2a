"""Checkouts read and given codes over real HTTP, in every version, each refusal by its own name."""

from decimal import Decimal

import pytest

from saleor_crm_app.demo.checkout import CheckoutLine as LineOfShop
from saleor_crm_app.demo.orders import Item
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.vouchers import VoucherTerms
from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.kernel.money import MinorUnits
from saleor_crm_app.saleor.channels import ShopChannel, read_channels
from saleor_crm_app.saleor.checkouts import (
    CheckoutLine,
    CheckoutState,
    add_promo_code,
    read_checkout,
    remove_gift_card,
    remove_voucher_code,
)
from saleor_crm_app.saleor.client import PermissionDenied, ShopUnavailable
from saleor_crm_app.saleor.shop_refusals import (
    CheckoutGone,
    GiftCardsNotAllowed,
    PromoCodeInvalid,
    ShopRefused,
    VoucherNotApplicable,
)
from tests.demo.promotions import listed
from tests.saleor.loopback import Answer, loopback
from tests.saleor.redemption import Till
from tests.saleor.test_client import client_of

SOME = global_id("Checkout", "7e423a16-4d37-4d6e-99ab-9e993fe3edee")


async def test_a_checkout_reads_with_buyer_lines_and_prices(till_of_any: Till) -> None:
    # given
    till, shop = till_of_any, till_of_any.shop
    listed(shop, "TWENTY")
    card = shop.gift_cards.create(25, "USD")
    cart = till.cart()
    shop.checkouts.add_promo_code(cart, "TWENTY")
    shop.checkouts.add_promo_code(cart, card.code)
    # when
    state = await read_checkout(till.client, cart.id)
    # then
    assert state == CheckoutState(
        id=cart.id,
        customer=till.anna_id,
        email="anna@example.com",
        channel="default-channel",
        currency="USD",
        display_gross=True,
        lines=(_line(cart.lines[0], left=4800, before=6000), _line(cart.lines[1], left=3200, before=4000)),
        subtotal=MinorUnits(8000),
        shipping=MinorUnits(1000),
        total=MinorUnits(6500),
        discount=MinorUnits(2000),
        voucher_code="TWENTY",
        gift_cards=(card.id,),
    )


def _line(line: LineOfShop, *, left: int, before: int) -> CheckoutLine:
    return CheckoutLine(
        id=line.id,
        quantity=1,
        is_gift=False,
        gross=MinorUnits(left),
        net=MinorUnits(left),
        undiscounted=MinorUnits(before),
        variant=line.variant.id,
        product=line.variant.product.id,
        category=None,
        collections=(),
        product_type=line.variant.product.product_type.id,
        kind="NORMAL",
    )


async def test_a_guests_checkout_has_no_customer(till: Till) -> None:
    state = await read_checkout(till.client, till.cart("guest@example.com").id)
    assert state is not None
    assert (state.customer, state.email, state.voucher_code, state.gift_cards) == (None, "guest@example.com", None, ())


@pytest.mark.parametrize("checkout", ["", "nonsense", global_id("Order", 1), SOME])
async def test_what_is_no_checkout_is_gone(till: Till, checkout: str) -> None:
    assert await read_checkout(till.client, checkout) is None
    assert await remove_voucher_code(till.client, checkout, "CODE") is None
    assert await remove_gift_card(till.client, checkout, "CODE") is None
    with pytest.raises(CheckoutGone):
        await add_promo_code(till.client, checkout, "CODE")


async def test_a_completed_checkout_is_gone(till: Till) -> None:
    cart = till.cart()
    till.shop.checkouts.complete(cart)
    assert await read_checkout(till.client, cart.id) is None
    with pytest.raises(CheckoutGone):
        await add_promo_code(till.client, cart.id, "CODE")


async def test_codes_go_on_and_off_again_without_any_permission_of_ours(till: Till) -> None:
    # given
    till.allow(Permission.MANAGE_USERS)  # only to read the buyer
    listed(till.shop, "TWENTY")
    card = till.shop.gift_cards.create(25, "USD", assigned_to=till.anna)
    cart = till.cart()
    # when
    with_code = await add_promo_code(till.client, cart.id, "TWENTY")
    with_card = await add_promo_code(till.client, cart.id, card.code)
    without_code = await remove_voucher_code(till.client, cart.id, "TWENTY")
    without_card = await remove_gift_card(till.client, cart.id, card.code)
    # then
    states = (with_code, with_card, without_code, without_card)
    assert [(one.voucher_code, len(one.gift_cards), one.total) for one in states if one] == [
        ("TWENTY", 0, 9000),
        ("TWENTY", 1, 6500),
        (None, 1, 8500),
        (None, 0, 11000),
    ]


async def test_each_refusal_has_its_name(till: Till) -> None:
    # given
    shop = till.shop
    boris = shop.customers.register("boris@example.com")
    listed(shop, "RICH", min_spent=Decimal(1000))
    hers = shop.gift_cards.create(25, "USD", assigned_to=till.anna)
    shop.shelves.open_channel("modern", "USD", allow_legacy_gift_card_use=False)
    modern = shop.checkouts.create([Item(variant=till.lamp)], till.anna, channel="modern")
    # then
    for cart, code, expected in (
        (till.cart(), "NOWHERE", PromoCodeInvalid),
        (till.cart(boris), hers.code, PromoCodeInvalid),
        (till.cart("anna@example.com"), hers.code, PromoCodeInvalid),
        (till.cart(), "RICH", VoucherNotApplicable),
        (modern, hers.code, GiftCardsNotAllowed),
    ):
        with pytest.raises(ShopRefused) as refusal:
            await add_promo_code(till.client, cart.id, code)
        assert (type(refusal.value), refusal.value.field) == (expected, "promoCode")
        assert (cart.voucher_code, cart.gift_cards) == (None, [])


async def test_taking_off_what_is_not_on_it_changes_nothing(till: Till) -> None:
    listed(till.shop, "ELSEWHERE")
    card = till.shop.gift_cards.create(25, "USD")
    cart = till.cart()
    before = await read_checkout(till.client, cart.id)
    assert before is not None
    assert await remove_voucher_code(till.client, cart.id, "ELSEWHERE") == before
    assert await remove_gift_card(till.client, cart.id, card.code) == before
    assert await remove_gift_card(till.client, cart.id, "NOWHERE") == before


async def test_another_code_of_the_same_voucher_stays_on(till: Till) -> None:
    listed(till.shop, "HERS", "OURS", terms=VoucherTerms(name="Pool", single_use=True))
    cart = till.cart()
    till.shop.checkouts.add_promo_code(cart, "HERS")
    state = await remove_voucher_code(till.client, cart.id, "OURS")
    assert state is not None
    assert (state.voucher_code, cart.voucher_code) == ("HERS", "HERS")


async def test_a_code_that_died_on_the_checkout_is_taken_off(till: Till) -> None:
    voucher = listed(till.shop, "TWENTY")
    cart = till.cart()
    till.shop.checkouts.add_promo_code(cart, "TWENTY")
    till.shop.vouchers.delete_codes([voucher.voucher_codes[0].pk])
    state = await remove_voucher_code(till.client, cart.id, "TWENTY")
    assert state is not None
    assert (state.voucher_code, state.total) == (None, 11000)


async def test_a_buyer_is_hidden_from_an_app_that_may_not_see_users(till: Till) -> None:
    till.allow(Permission.MANAGE_ORDERS)
    with pytest.raises(PermissionDenied):
        await read_checkout(till.client, till.cart().id)


async def test_a_channel_tells_whether_its_prices_have_tax(till_of_any: Till) -> None:
    cart = till_of_any.cart()
    for entered_with_tax in (True, False):
        cart.channel.prices_entered_with_tax = entered_with_tax
        state = await read_checkout(till_of_any.client, cart.id)
        assert state is not None
        assert state.prices_with_tax is entered_with_tax


@pytest.mark.parametrize("data", [{"checkout": {"id": 7}}, {"checkout": 7}])
async def test_what_reads_like_no_checkout_may_be_asked_for_again(data: object) -> None:
    async with loopback(lambda _: Answer.of({"data": data})) as shop, client_of(shop) as client:
        with pytest.raises(ShopUnavailable, match="no checkout"):
            await read_checkout(client, SOME)


@pytest.mark.parametrize("data", [{"checkoutAddPromoCode": None}, {"other": 1}])
async def test_a_mutation_without_its_payload_may_be_tried_again(data: object) -> None:
    async with loopback(lambda _: Answer.of({"data": data})) as shop, client_of(shop) as client:
        with pytest.raises(ShopUnavailable, match="something else"):
            await add_promo_code(client, SOME, "CODE")


async def test_a_refusal_we_have_no_name_for_says_what_the_shop_said() -> None:
    error = {"field": "lines", "message": "Some variants are unavailable.", "code": "UNAVAILABLE_VARIANT_IN_CHANNEL"}
    data = {"checkoutAddPromoCode": {"checkout": None, "errors": [error]}}
    async with loopback(lambda _: Answer.of({"data": data})) as shop, client_of(shop) as client:
        with pytest.raises(ShopRefused, match=r"The shop refuses this: Some variants are unavailable\.") as refusal:
            await add_promo_code(client, SOME, "CODE")
    assert (refusal.value.shop_code, refusal.value.shop_field) == ("UNAVAILABLE_VARIANT_IN_CHANNEL", "lines")


async def test_channels_come_with_their_currencies(till_of_any: Till) -> None:
    shop = till_of_any.shop
    shop.shelves.open_channel("euro", "EUR").is_active = False
    assert await read_channels(till_of_any.client) == (
        ShopChannel(id=global_id("Channel", 1), slug="default-channel", currency="USD", is_active=True),
        ShopChannel(id=global_id("Channel", 2), slug="euro", currency="EUR", is_active=False),
    )
