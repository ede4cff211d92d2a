"""Points pay at a real checkout of the shop, by a gift card or a code, and come back whatever goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest

from saleor_crm_app.demo import SaleorVersion, SimulatedShop, serving
from saleor_crm_app.demo.checkout import Checkout
from saleor_crm_app.demo.deliveries import Chaos
from saleor_crm_app.demo.order import Order
from saleor_crm_app.demo.signing import SigningKey
from saleor_crm_app.demo.vouchers import VoucherTerms
from saleor_crm_app.loyalty import tiers
from saleor_crm_app.loyalty.program import programs
from saleor_crm_app.saleor.business_time import business_time
from tests.journeys.conftest import RunningApp
from tests.journeys.shopper import Shopper, signed_in
from tests.loyalty.tiers.ladders import PLAN

VOUCHERS = '{"redemption": {"tender": "VOUCHER"}}'
HOUR = timedelta(hours=1)


@pytest.fixture
async def anna(app: RunningApp, shop: SimulatedShop) -> AsyncIterator[Shopper]:
    """With 1,000 points to spend."""
    async with signed_in(app, shop) as anna:
        await anna.earned(1000)
        yield anna


async def test_a_gift_card_bound_to_her_pays_what_the_points_are_worth(anna: Shopper) -> None:
    checkout = anna.fill(100, shipping=10)
    applied = await anna.apply(checkout, 800)
    assert (applied["errors"], applied["worth"]) == ([], {"amount": 8.0, "currency": "USD"})
    assert checkout.total_after_cards(anna.shop.clock.now()).gross.amount == Decimal(102)
    [card] = anna.shop.state.gift_cards.values()
    assert (card.assigned_to, card.current_balance.amount) == (anna.user, Decimal(8))
    assert await anna.balance() == {"available": 200, "held": 800}
    anna.shop.checkouts.charge(checkout)
    order = anna.shop.checkouts.complete(checkout)
    await anna.settle()
    # the part that was paid with points earns nothing: 102 of 110 were paid, of which 100 are merchandise
    assert await anna.balance() == {"available": 200, "spent": 800, "pending": 92}
    assert not card.is_active
    anna.shop.orders.cancel(order)
    await anna.settle()
    assert await anna.balance() == {"available": 1000}
    assert await anna.proved() == ()


async def test_a_code_pays_where_the_shop_wants_codes(anna: Shopper) -> None:
    await anna.choose(VOUCHERS)
    checkout = anna.fill(100)
    applied = await anna.apply(checkout, 800)
    assert applied["errors"] == []
    assert checkout.voucher_code == applied["code"]
    assert checkout.total_after_cards(anna.shop.clock.now()).gross.amount == Decimal(92)
    anna.shop.checkouts.charge(checkout)
    anna.shop.checkouts.complete(checkout)
    await anna.settle()
    assert await anna.balance() == {"available": 200, "spent": 800, "pending": 92}
    assert await anna.proved() == ()


async def test_a_channel_without_gift_cards_gets_a_code(anna: Shopper) -> None:
    anna.shop.state.channels["default-channel"].allow_legacy_gift_card_use = False
    checkout = anna.fill(100)
    applied = await anna.apply(checkout, 500)
    assert (applied["errors"], checkout.voucher_code) == ([], applied["code"])
    assert [card.is_active for card in anna.shop.state.gift_cards.values()] == [False]


@pytest.mark.parametrize("version", [SaleorVersion.V3_21, SaleorVersion.V3_22])
async def test_an_older_saleor_gets_a_code(app: RunningApp, shop_key: SigningKey, version: SaleorVersion) -> None:
    async with serving(SimulatedShop(version=version, seed=1, key=shop_key)) as shop, signed_in(app, shop) as anna:
        await anna.earned(1000)
        checkout = anna.fill(100)
        applied = await anna.apply(checkout, 500)
        assert (applied["errors"], checkout.voucher_code) == ([], applied["code"])


async def test_the_shoppers_own_code_is_not_replaced(anna: Shopper) -> None:
    await anna.choose(VOUCHERS)
    voucher = anna.shop.vouchers.create(VoucherTerms(name="Spring"), ["SPRING"])
    anna.shop.vouchers.list_in(voucher, anna.shop.state.channels["default-channel"], Decimal(5))
    checkout = anna.fill(100)
    anna.shop.checkouts.add_promo_code(checkout, "SPRING")
    applied = await anna.apply(checkout, 500)
    assert [(one["code"], one["message"]) for one in applied["errors"]] == [
        ("INVALID", "Another code is on this checkout; remove it to pay with points.")
    ]
    assert checkout.voucher_code == "SPRING"
    assert await anna.balance() == {"available": 1000}


async def test_points_taken_off_can_be_spent_again_and_the_card_is_dead(anna: Shopper) -> None:
    checkout = anna.fill(100)
    await anna.apply(checkout, 500)
    assert await anna.remove(checkout) == {"removed": True, "errors": []}
    assert await anna.remove(checkout) == {"removed": False, "errors": []}
    assert [card.is_active for card in anna.shop.state.gift_cards.values()] == [False]
    assert checkout.total_after_cards(anna.shop.clock.now()).gross.amount == Decimal(100)
    assert await anna.balance() == {"available": 1000}


async def test_the_same_key_gets_the_same_answer_and_one_card(anna: Shopper) -> None:
    checkout = anna.fill(100)
    answers = await asyncio.gather(*(anna.apply(checkout, 500, key="one") for _ in range(5)))
    assert all(answer == answers[0] and not answer["errors"] for answer in answers)
    assert sum(card.is_active for card in anna.shop.state.gift_cards.values()) == 1
    assert await anna.balance() == {"available": 500, "held": 500}
    other = await anna.apply(checkout, 600, key="one")
    assert other["errors"][0]["code"] == "IDEMPOTENCY_CONFLICT"


async def test_other_points_take_the_place_of_the_first(anna: Shopper) -> None:
    checkout = anna.fill(100)
    await anna.apply(checkout, 500)
    second = await anna.apply(checkout, 700)
    assert second["errors"] == []
    assert checkout.total_after_cards(anna.shop.clock.now()).gross.amount == Decimal(93)
    assert await anna.balance() == {"available": 300, "held": 700}


@pytest.mark.parametrize(
    ("wanted", "code", "field"),
    [(499, "BELOW_MINIMUM", "points"), (1001, "NOT_ENOUGH_POINTS", "points"), (900, "OVER_ORDER_CAP", "points")],
)
async def test_limits_refuse_and_nothing_changes(anna: Shopper, wanted: int, code: str, field: str) -> None:
    checkout = anna.fill(16 if code == "OVER_ORDER_CAP" else 100)
    applied = await anna.apply(checkout, wanted)
    assert [(one["code"], one["field"]) for one in applied["errors"]] == [(code, field)]
    assert (applied["hold"], anna.shop.state.gift_cards) == (None, {})
    assert await anna.balance() == {"available": 1000}


async def test_nobody_pays_at_somebody_elses_checkout(anna: Shopper) -> None:
    async with signed_in(anna.app, anna.shop, name="bob") as bob:
        theirs = bob.fill(100)
        applied = await anna.apply(theirs, 500)
        assert [one["code"] for one in applied["errors"]] == ["NOT_FOUND"]
        mine = anna.fill(100)
        await anna.apply(mine, 500)
        assert [one["code"] for one in (await bob.remove(mine))["errors"]] == ["NOT_FOUND"]
    assert await anna.balance() == {"available": 500, "held": 500}


async def test_a_hold_that_ran_out_is_given_back_once_its_card_is_dead(anna: Shopper) -> None:
    checkout = anna.fill(100)
    await anna.apply(checkout, 500)
    await anna.pass_time(2 * HOUR)
    await anna.app.worker.time.end_holds()
    await anna.settle()
    assert [card.is_active for card in anna.shop.state.gift_cards.values()] == [False]
    assert await anna.balance() == {"available": 1000}
    order = _completed(anna, anna.fill(50))
    assert order.total == Decimal(50)


async def test_an_order_that_was_quicker_keeps_its_points_spent(anna: Shopper) -> None:
    checkout = anna.fill(100)
    await anna.apply(checkout, 500)
    anna.shop.checkouts.charge(checkout)
    anna.shop.checkouts.complete(checkout)
    removed = await anna.remove(checkout)
    assert [one["code"] for one in removed["errors"]] == ["INVALID"]
    await anna.settle()
    assert (await anna.balance())["spent"] == 500
    assert await anna.proved() == ()


async def test_a_cheaper_order_spends_only_what_its_card_paid(anna: Shopper) -> None:
    checkout = anna.fill(20)
    await anna.apply(checkout, 800)
    anna.shop.checkouts.change_quantity(checkout, checkout.lines[0], 0)
    anna.shop.checkouts.add_item(checkout, anna.item(5))
    order = _completed(anna, checkout)
    await anna.settle()
    assert order.total == 0
    assert await anna.balance() == {"available": 500, "spent": 500}
    assert not any(card.is_active for card in anna.shop.state.gift_cards.values())
    assert await anna.proved() == ()


async def test_a_code_used_by_two_orders_at_once_is_paid_for_twice(anna: Shopper) -> None:
    await anna.choose(VOUCHERS)
    first, second = anna.fill(100), anna.fill(100)
    code = (await anna.apply(first, 500))["code"]
    anna.shop.checkouts.add_promo_code(second, code)
    for checkout in (first, second):
        anna.shop.checkouts.charge(checkout)
    made = anna.shop.checkouts.complete_at_once([first, second])
    assert all(isinstance(one, Order) for one in made)
    await anna.settle()
    assert (await anna.balance())["spent"] == 1000
    assert await anna.proved() == ()


async def test_an_order_that_is_heard_of_after_staff_deleted_its_voucher_has_its_points_spent(anna: Shopper) -> None:
    """Saleor keeps the code with the order, and forgets the voucher."""
    await anna.choose(VOUCHERS)
    checkout = anna.fill(100)
    await anna.apply(checkout, 500)
    anna.shop.deliveries.chaos = Chaos(drop=1.0)
    order = _completed(anna, checkout)
    voucher = order.voucher
    assert voucher is not None
    anna.shop.vouchers.delete(voucher)
    await anna.settle()
    anna.shop.deliveries.chaos = Chaos()
    anna.shop.parcels.fulfill(order)
    await anna.settle()
    assert order.voucher is None
    assert (await anna.balance())["spent"] == 500
    assert await anna.proved() == ()


async def test_an_order_paid_with_points_keeps_what_the_tier_of_its_day_makes_of_it(anna: Shopper) -> None:
    """It is posted when the shop tells of it, and again when its points are captured."""
    shop = await anna.app.installation()
    async with anna.app.database.shop(shop) as session:
        [held] = await programs(session)
        at = await business_time(session, shop)
        await tiers.save_ladder(session, shop, held.program.id, plan=PLAN, expected=0, author="1", at=at)
    anna.shop.clock.advance(21 * 24 * HOUR)
    await anna.app.worker.tiers.follow_time()
    await anna.settle()
    checkout = anna.fill(100, shipping=10)
    await anna.apply(checkout, 800)
    _completed(anna, checkout)
    await anna.settle()
    # 92 by the base rate, as without tiers, and gold makes one and a half of it
    assert await anna.balance() == {"available": 200, "spent": 800, "pending": 139}
    assert await anna.proved() == ()


def _completed(anna: Shopper, checkout: Checkout) -> Order:
    anna.shop.checkouts.charge(checkout)
    return anna.shop.checkouts.complete(checkout)
