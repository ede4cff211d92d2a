"""A cart is told of before the checkout, and then its order comes to just that: money and points."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from saleor_crm_app.demo import SimulatedShop
from saleor_crm_app.demo.checkout import Checkout
from saleor_crm_app.demo.orders import Item
from saleor_crm_app.demo.vouchers import VoucherTerms
from saleor_crm_app.loyalty import tiers
from saleor_crm_app.loyalty.program import programs
from saleor_crm_app.saleor.business_time import business_time
from tests.journeys.conftest import RunningApp
from tests.journeys.previews import (
    Answer,
    bought,
    claimed,
    money,
    offer,
    preview,
    preview_of_guest,
    publish,
)
from tests.journeys.shopper import Shopper, signed_in
from tests.loyalty.tiers.ladders import PLAN

VOUCHERS = '{"redemption": {"tender": "VOUCHER"}}'
EVERY_SECOND = {
    "name": "Every second order twice",
    "when": {"type": "ORDER"},
    "if": {"type": "NTH_ORDER", "every": 2},
    "then": {"type": "MULTIPLIER", "percent": 200},
}


@pytest.fixture
async def anna(app: RunningApp, shop: SimulatedShop) -> AsyncIterator[Shopper]:
    """With 3,000 points to spend."""
    async with signed_in(app, shop) as anna:
        await anna.earned(3000)
        yield anna


def cart(anna: Shopper, *, shipping: int = 10) -> Checkout:
    """Two lamps of 33.33, a cup of 10.01."""
    sell = anna.shop.shelves.sell
    items = [
        Item(variant=sell("Lamp", Decimal("33.33")), quantity=2),
        Item(variant=sell("Cup", Decimal("10.01"))),
    ]
    return anna.shop.checkouts.create(items, anna.user, shipping=Decimal(shipping))


def product(of: Checkout, place: int) -> dict[str, list[str]]:
    return {"products": [of.lines[place].variant.product.id]}


async def demand_true(anna: Shopper, told: Answer, checkout: Checkout) -> None:
    """What was told is what the order comes to."""
    order, earned = await bought(anna, checkout)
    assert order.total == money(told["total"]["total"])
    assert earned == told["earns"]["points"]
    assert sum(line["points"] for line in told["earns"]["lines"]) == earned
    assert await anna.proved() == ()


KINDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "an amount": ("FIXED_AMOUNT", {"amount": 500}, "5.00"),
    "a percentage": ("PERCENTAGE", {"percent": 15}, "11.50"),
    "free shipping": ("FREE_SHIPPING", {}, "10.00"),
    "a free product": ("FREE_PRODUCT", {}, "10.01"),
    "an amount off each": ("PRODUCT_DISCOUNT", {"amount": 300}, "6.00"),
    "a percentage off some": ("PRODUCT_DISCOUNT", {"percent": 33}, "22.00"),
    "a gift card": ("GIFT_CARD", {"amount": 2000}, "20.00"),
}


@pytest.mark.parametrize("name", KINDS)
async def test_each_kind_of_coupon_takes_off_what_was_told(anna: Shopper, name: str) -> None:
    kind, effect, amount = KINDS[name]
    checkout = cart(anna)
    if kind in {"FREE_PRODUCT", "PRODUCT_DISCOUNT"}:
        effect = effect | {"scope": product(checkout, 0 if kind == "PRODUCT_DISCOUNT" else 1)}
    code = await claimed(anna, kind, **effect)
    # when
    told = await preview(anna, checkout)
    # then
    assert told["errors"] == []
    best = told["coupon"]["best"]
    assert (best["coupon"]["code"], money(best["amount"])) == (code, Decimal(amount))
    assert best["reason"]["text"] == f"It takes {amount} USD off."
    assert money(told["total"]["total"]) == Decimal("86.67") - Decimal(amount)
    anna.shop.checkouts.add_promo_code(checkout, code)
    on_it = await preview(anna, checkout)
    assert (on_it["total"], on_it["earns"]) == (told["total"], told["earns"])
    await demand_true(anna, told, checkout)


async def test_lines_are_told_of_as_a_checkout_is_but_for_shipping(anna: Shopper) -> None:
    code = await claimed(anna, "FIXED_AMOUNT", amount=500)
    checkout = cart(anna)
    lines = [{"variantId": one.variant.id, "quantity": one.quantity} for one in checkout.lines]
    told, of_checkout = await preview(anna, lines=lines), await preview(anna, checkout)
    assert told["coupon"] == of_checkout["coupon"]
    assert told["coupon"]["best"]["coupon"]["code"] == code
    assert [one["points"] for one in told["earns"]["lines"]] == [one["points"] for one in of_checkout["earns"]["lines"]]
    assert [one["lineId"] for one in of_checkout["earns"]["lines"]] == [one.id for one in checkout.lines]
    assert {one["lineId"] for one in told["earns"]["lines"]} == {None}
    assert told["total"] | {"total": None} == {
        "subtotal": {"amount": 76.67},
        "discount": {"amount": 5.0},
        "shipping": None,
        "points": {"amount": 0.0},
        "giftCards": {"amount": 0.0},
        "total": None,
    }
    assert money(told["total"]["total"]) == Decimal("71.67")
    assert told["earns"]["rules"] == [
        {"name": "Base", "points": 71, "text": "“Base”: an order earns 1 point for each 1.00 USD."}
    ]


@pytest.mark.parametrize("settings", ["{}", VOUCHERS])
async def test_points_pay_what_was_told(anna: Shopper, settings: str) -> None:
    await anna.choose(settings)
    checkout = cart(anna)
    told = await preview(anna, checkout, pointsToSpend=1500)
    assert (told["spend"]["applied"], told["spend"]["appliedWorth"], told["spend"]["error"]) == (
        1500,
        {"amount": 15.0},
        None,
    )
    assert money(told["total"]["total"]) == Decimal("71.67")
    assert (await anna.apply(checkout, 1500))["errors"] == []
    # what is on it counts, without being asked for again
    on_it = await preview(anna, checkout)
    assert (on_it["total"], on_it["earns"], on_it["spend"]) == (told["total"], told["earns"], told["spend"])
    assert (await preview(anna, checkout, pointsToSpend=0))["total"]["total"] == {"amount": 86.67, "currency": "USD"}
    await demand_true(anna, told, checkout)


async def test_a_coupon_and_points_by_gift_card_go_together(anna: Shopper) -> None:
    code = await claimed(anna, "PERCENTAGE", percent=10)
    checkout = cart(anna)
    told = await preview(anna, checkout, pointsToSpend=1000)
    assert (money(told["total"]["discount"]), money(told["total"]["points"])) == (Decimal("7.67"), Decimal(10))
    anna.shop.checkouts.add_promo_code(checkout, code)
    await anna.apply(checkout, 1000)
    assert (await preview(anna, checkout))["total"] == told["total"]
    await demand_true(anna, told, checkout)


async def test_a_coupon_and_points_by_code_exclude_each_other(anna: Shopper) -> None:
    await anna.choose(VOUCHERS)
    code = await claimed(anna, "FIXED_AMOUNT", amount=500)
    checkout = cart(anna)
    # points that are asked for take the place of the best coupon
    told = await preview(anna, checkout, pointsToSpend=1000)
    assert (money(told["total"]["discount"]), money(told["total"]["points"])) == (Decimal(0), Decimal(10))
    assert told["coupon"]["best"]["coupon"]["code"] == code
    # but not of a code that was typed, or that is on the checkout
    for asked in ({"promoCode": code}, {}):
        refused = await preview(anna, checkout, pointsToSpend=1000, **asked)
        assert refused["spend"]["error"]["code"] == "INVALID"
        assert (refused["spend"]["most"], refused["spend"]["reason"]["code"]) == (0, "ANOTHER_CODE")
        assert money(refused["total"]["total"]) == Decimal("81.67")
        anna.shop.checkouts.add_promo_code(checkout, code)
    assert [one["code"] for one in (await anna.apply(checkout, 1000))["errors"]] == ["INVALID"]


@pytest.mark.parametrize("wanted", [1, 499, 2701, 4000])
async def test_points_are_refused_as_the_checkout_refuses_them(anna: Shopper, wanted: int) -> None:
    await anna.choose('{"redemption": {"max_share_percent": 30}}')
    checkout = cart(anna)
    told = await preview(anna, checkout, pointsToSpend=wanted)
    [error] = (await anna.apply(checkout, wanted))["errors"]
    assert told["spend"]["error"] == error | {"field": "pointsToSpend"}
    assert (told["spend"]["min"], told["spend"]["most"], told["spend"]["worth"]) == (500, 2600, {"amount": 26.0})
    assert (told["spend"]["applied"], told["total"]["points"]) == (0, {"amount": 0.0})


async def test_the_shops_own_code_on_it_counts_as_it_is(anna: Shopper) -> None:
    voucher = anna.shop.vouchers.create(VoucherTerms(name="Spring"), ["SPRING"])
    anna.shop.vouchers.list_in(voucher, anna.shop.state.channels["default-channel"], Decimal(7))
    checkout = cart(anna)
    await claimed(anna, "FIXED_AMOUNT", amount=500)
    anna.shop.checkouts.add_promo_code(checkout, "SPRING")
    told = await preview(anna, checkout, promoCode="SPRING")
    assert (told["promoCode"]["valid"], told["promoCode"]["reason"]["code"]) == (False, "NO_CODE")
    assert (money(told["total"]["subtotal"]), money(told["total"]["discount"])) == (Decimal("76.67"), Decimal(7))
    assert money(told["coupon"]["best"]["amount"]) == 5
    await demand_true(anna, told, checkout)


async def test_the_coupon_that_takes_most_off_is_best_and_of_equals_the_one_that_ends_first(anna: Shopper) -> None:
    await claimed(anna, "FIXED_AMOUNT", amount=500, name="late")
    early = await claimed(anna, "FIXED_AMOUNT", amount=500, name="early", coupon_days=3)
    await claimed(anna, "PERCENTAGE", percent=5, name="less")
    await claimed(anna, "FIXED_AMOUNT", amount=900, name="from a hundred", min_spent=10_000)
    await claimed(anna, "FREE_SHIPPING", name="shipping")
    checkout = cart(anna, shipping=2)
    told = (await preview(anna, checkout))["coupon"]
    assert told["best"]["coupon"]["code"] == early
    assert told["best"]["reason"]["code"] == "ENDS_FIRST"
    assert [(one["coupon"]["reward"]["name"], money(one["amount"])) for one in told["others"]] == [
        ("late", Decimal(5)),
        ("less", Decimal("3.83")),
        ("shipping", Decimal(2)),
        ("from a hundred", None),
    ]
    assert told["others"][-1]["missing"] == [{"code": "SPEND", "text": "23.33 USD more"}]
    [dear] = [{"variantId": anna.item(100).variant.id, "quantity": 1}]
    of_lines = (await preview(anna, lines=[dear]))["coupon"]
    assert (of_lines["best"]["coupon"]["reward"]["name"], of_lines["best"]["reason"]) == (
        "from a hundred",
        {"code": "MOST_OFF", "text": "It takes most off: 9.00 USD."},
    )
    assert of_lines["others"][-1]["missing"] == [{"code": "DELIVERY", "text": "Choose a delivery first"}]


async def test_rewards_that_would_pay_are_suggested(anna: Shopper) -> None:
    checkout = cart(anna)
    for amount in (400, 500, 600, 700):
        await offer(anna, "FIXED_AMOUNT", name=f"{amount} off", amount=amount, points=amount)
    await offer(anna, "FIXED_AMOUNT", name="too dear", amount=5000, points=5000)
    await offer(anna, "FREE_PRODUCT", name="not here", scope={"products": [anna.item(1).variant.product.id]})
    await claimed(anna, "FIXED_AMOUNT", name="450 off", amount=450)
    told = (await preview(anna, checkout))["suggestions"]
    assert [(one["reward"]["name"], money(one["amount"]), one["text"]) for one in told] == [
        ("700 off", Decimal(7), "Claim “700 off” (700 points) to save 7.00 USD"),
        ("600 off", Decimal(6), "Claim “600 off” (600 points) to save 6.00 USD"),
        ("500 off", Decimal(5), "Claim “500 off” (500 points) to save 5.00 USD"),
    ]


async def test_it_speaks_the_customers_language_or_the_one_that_is_asked_for(anna: Shopper) -> None:
    anna.shop.customers.update(anna.user, language_code="RU")
    await claimed(anna, "FIXED_AMOUNT", amount=500)
    await claimed(anna, "FIXED_AMOUNT", amount=900, min_spent=10_000)
    await offer(anna, "FIXED_AMOUNT", amount=740, points=500, name="Скидка")
    checkout = cart(anna)
    told = await preview(anna, checkout)
    assert told["coupon"]["best"]["reason"]["text"] == "Даёт скидку 5,00 USD."
    assert told["coupon"]["others"][0]["missing"][0]["text"] == "Ещё 23,33 USD"
    assert told["suggestions"][0]["text"] == "Получите «Скидка» (500 баллов) и сэкономьте 7,40 USD"
    assert told["earns"]["rules"][0]["text"] == "«Base»: заказ приносит 1 балл за каждые 1,00 USD."
    english = await preview(anna, checkout, languageCode="EN_GB")
    assert english["coupon"]["best"]["reason"]["text"] == "It takes 5.00 USD off."


async def test_where_prices_are_shown_without_tax_points_count_what_is_shown(anna: Shopper) -> None:
    anna.shop.shelves.open_channel("trade", "USD", tax_rate=Decimal("0.25"), display_gross_prices=False)
    goods = anna.item(125)
    first = anna.shop.orders.place([goods], anna.user, channel="trade")  # which gives the channel its program
    anna.shop.payments.charge(first)
    await anna.settle()
    checkout = anna.shop.checkouts.create([goods], anna.user, channel="trade")
    told = await preview(anna, lines=[{"variantId": goods.variant.id, "quantity": 1}], channel="trade")
    assert (told["earns"]["points"], money(told["total"]["total"])) == (100, Decimal(125))
    assert (await preview(anna, checkout, channel="trade"))["earns"]["points"] == 100
    await demand_true(anna, told, checkout)


async def test_a_tier_and_rules_count_as_they_will(anna: Shopper) -> None:
    await publish(anna, EVERY_SECOND)
    shop = await anna.app.installation()
    async with anna.app.database.shop(shop) as session:
        [held] = await programs(session)
        at = await business_time(session, shop)
        await tiers.save_ladder(session, shop, held.program.id, plan=PLAN, expected=0, author="1", at=at)
    anna.shop.clock.advance(timedelta(days=20))  # as late as it is in the app
    await anna.pass_time(timedelta(days=1))
    await anna.app.worker.tiers.follow_time()
    await anna.settle()
    checkout = cart(anna)
    told = await preview(anna, checkout)
    # 76.67 in the gold tier, which earns half as much again, and as much once more by the rule
    assert (told["earns"]["multiplierPercent"], told["earns"]["points"]) == (150, 230)
    assert [rule["points"] for rule in told["earns"]["rules"]] == [115, 115]
    await demand_true(anna, told, checkout)
    again = cart(anna)
    told = await preview(anna, again)
    assert told["earns"]["points"] == 115
    await demand_true(anna, told, again)


async def test_points_that_were_put_on_can_be_changed_for_more(anna: Shopper) -> None:
    checkout = cart(anna)
    await anna.apply(checkout, 1000)
    # those that are set aside for this cart can be spent on it anew
    told = await preview(anna, checkout, pointsToSpend=2500)
    assert (told["spend"]["applied"], told["spend"]["error"], told["spend"]["most"]) == (2500, None, 3000)
    assert (await preview(anna, cart(anna)))["spend"]["most"] == 2000
    await anna.apply(checkout, 2500)
    assert (await preview(anna, checkout))["total"] == told["total"]


async def test_a_guest_is_told_of_the_same_cart(anna: Shopper) -> None:
    await claimed(anna, "FIXED_AMOUNT", amount=500)
    checkout = anna.shop.checkouts.create([anna.item(50)], "guest@example.com", shipping=Decimal(10))
    told = await preview_of_guest(anna, checkout, languageCode="RU")
    assert (told["earns"]["points"], money(told["total"]["total"])) == (50, Decimal(60))
    assert told["earns"]["reason"]["text"] == "Это получают участники: войдите или зарегистрируйтесь."
    assert told["coupon"] == {"best": None, "others": []}
    assert (await preview_of_guest(anna, cart(anna)))["errors"][0]["code"] == "NOT_FOUND"
    order, earned = await bought(anna, checkout)
    assert (order.total, earned) == (Decimal(60), 0)
