"""What shoppers, staff and Saleor do to codes and cards behind our back: points follow what was really paid."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import sqlalchemy as sa

from saleor_crm_app.demo import SimulatedShop
from saleor_crm_app.demo.checkout import Checkout
from saleor_crm_app.demo.order import Order
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.troubles import Trouble
from saleor_crm_app.demo.vouchers import VoucherTerms
from tests.journeys.conftest import RunningApp
from tests.journeys.shopper import Shopper, signed_in

VOUCHERS = '{"redemption": {"tender": "VOUCHER"}}'
CARDS = '{"redemption": {"tender": "GIFT_CARD"}}'


@pytest.fixture
async def anna(app: RunningApp, shop: SimulatedShop) -> AsyncIterator[Shopper]:
    """With 1,000 points to spend."""
    async with signed_in(app, shop) as anna:
        await anna.earned(1000)
        yield anna


def completed(anna: Shopper, checkout: Checkout) -> Order:
    anna.shop.checkouts.charge(checkout)
    return anna.shop.checkouts.complete(checkout)


async def spent(anna: Shopper) -> dict[str, int]:
    """Her balance without what she earns by the order."""
    return {name: points for name, points in (await anna.balance()).items() if name != "pending"}


async def test_a_code_put_on_a_second_time_costs_its_points_once(anna: Shopper) -> None:
    """One checkout has had two codes of the same voucher by then."""
    await anna.choose(VOUCHERS)
    checkout = anna.fill(100)
    await anna.apply(checkout, 500)
    await anna.remove(checkout)
    await anna.apply(checkout, 500)
    completed(anna, checkout)
    await anna.settle()
    assert await anna.tenders() == [("RELEASED", "DEAD"), ("CAPTURED", "SPENT")]
    assert await spent(anna) == {"available": 500, "spent": 500}
    assert await anna.proved() == ()


async def test_a_request_that_is_repeated_late_does_not_take_newer_points_off(anna: Shopper) -> None:
    checkout = anna.fill(100)
    await anna.apply(checkout, 500, key="early")
    second = await anna.apply(checkout, 700, key="late")
    repeated = await anna.apply(checkout, 500, key="early")
    assert [(one["code"], one["field"]) for one in repeated["errors"]] == [("EXPIRED", "idempotencyKey")]
    assert [card.code for card in checkout.gift_cards] == [second["code"]]
    assert await anna.balance() == {"available": 300, "held": 700}


@pytest.mark.parametrize("wanted", [400, 1001, 5001])
async def test_a_wish_that_is_refused_leaves_the_points_of_before_on(anna: Shopper, wanted: int) -> None:
    checkout = anna.fill(100)
    first = await anna.apply(checkout, 500)
    refused = await anna.apply(checkout, wanted)
    assert [one["field"] for one in refused["errors"]] == ["points"]
    assert [card.code for card in checkout.gift_cards] == [first["code"]]
    assert await anna.balance() == {"available": 500, "held": 500}


@pytest.mark.parametrize("settings", ["{}", VOUCHERS])
async def test_points_the_shopper_took_off_in_the_shop_can_be_put_on_again(anna: Shopper, settings: str) -> None:
    await anna.choose(settings)
    checkout = anna.fill(100)
    first = await anna.apply(checkout, 500)
    anna.shop.checkouts.remove_promo_code(checkout, first["code"])
    again = await anna.apply(checkout, 500)
    assert (again["errors"], again["code"]) == ([], first["code"])
    assert checkout.total_after_cards(anna.shop.clock.now()).gross.amount == 95
    assert await anna.balance() == {"available": 500, "held": 500}


@pytest.mark.parametrize("settings", ["{}", VOUCHERS])
async def test_an_order_without_the_points_gives_them_back(anna: Shopper, settings: str) -> None:
    await anna.choose(settings)
    checkout = anna.fill(100)
    applied = await anna.apply(checkout, 500)
    anna.shop.checkouts.remove_promo_code(checkout, applied["code"])
    assert completed(anna, checkout).total == 100
    await anna.settle()
    assert (await spent(anna), anna.live_cards()) == ({"available": 1000}, 0)
    assert applied["code"] not in anna.shop.state.voucher_codes
    assert await anna.proved() == ()


async def test_her_card_used_in_her_other_checkout_is_paid_for_there(anna: Shopper) -> None:
    first, second = anna.fill(100), anna.fill(50)
    code = (await anna.apply(first, 500))["code"]
    anna.shop.checkouts.add_promo_code(second, code)
    assert completed(anna, second).total == 45
    await anna.settle()
    assert (await spent(anna), await anna.tenders()) == ({"available": 500, "spent": 500}, [("CAPTURED", "SPENT")])
    # the dead card does not keep the first checkout from being completed
    assert first.gift_cards == []
    assert completed(anna, first).total == 100


async def test_a_code_used_by_somebody_else_costs_the_points_of_whose_it_is(anna: Shopper) -> None:
    await anna.choose(VOUCHERS)
    mine = anna.fill(100)
    code = (await anna.apply(mine, 500))["code"]
    async with signed_in(anna.app, anna.shop, name="bob") as bob:
        theirs = bob.fill(100)
        anna.shop.checkouts.add_promo_code(theirs, code)
        order = completed(bob, theirs)
        await anna.settle()
        assert (order.total, await bob.balance()) == (Decimal(95), {"pending": 95})
    assert (await spent(anna), await anna.tenders()) == ({"available": 500, "spent": 500}, [("CAPTURED", "SPENT")])
    assert (mine.voucher_code, completed(anna, mine).total) == (None, Decimal(100))
    anna.shop.orders.cancel(order)
    await anna.settle()
    assert await spent(anna) == {"available": 1000}
    assert await anna.proved() == ()


async def test_a_second_card_of_the_same_hold_dies_with_the_first(anna: Shopper) -> None:
    checkout = anna.fill(100)
    await anna.apply(checkout, 500)
    [card] = anna.shop.state.gift_cards.values()
    other = anna.shop.gift_cards.create(5, "USD", assigned_to=anna.user, metadata=card.metadata)
    anna.shop.checkouts.add_promo_code(checkout, other.code)
    await anna.remove(checkout)
    assert (checkout.gift_cards, anna.live_cards()) == ([], 0)
    assert await anna.balance() == {"available": 1000}


async def test_two_cards_of_one_hold_in_one_order_cost_what_both_paid(anna: Shopper) -> None:
    checkout = anna.fill(100)
    await anna.apply(checkout, 500)
    [card] = anna.shop.state.gift_cards.values()
    other = anna.shop.gift_cards.create(5, "USD", assigned_to=anna.user, metadata=card.metadata)
    anna.shop.checkouts.add_promo_code(checkout, other.code)
    assert completed(anna, checkout).total == 90
    await anna.settle()
    # a hold is never captured for more than was held: the shop's second card is the shop's
    assert (await spent(anna), anna.live_cards()) == ({"available": 500, "spent": 500}, 0)
    assert await anna.proved() == ()


async def test_a_leftover_costs_nothing_whatever_the_rate_became(anna: Shopper) -> None:
    checkout = anna.fill(100)
    await anna.apply(checkout, 800)
    async with anna.app.database.shop(await anna.app.installation()) as session:
        await session.execute(sa.text("UPDATE program SET burn_points = burn_points * 2"))
    line = checkout.lines[0]
    anna.shop.checkouts.change_quantity(checkout, line, 0)
    anna.shop.checkouts.add_item(checkout, anna.item(2))
    assert completed(anna, checkout).total == 0
    await anna.settle()
    assert (await spent(anna), anna.live_cards()) == ({"available": 800, "spent": 200}, 0)


async def test_the_voucher_that_staff_deleted_is_made_anew(anna: Shopper) -> None:
    await anna.choose(VOUCHERS)
    earlier = anna.fill(100)
    await anna.apply(earlier, 500)
    await anna.remove(earlier)
    await anna.settle()
    [voucher] = anna.shop.state.vouchers.values()
    anna.shop.vouchers.delete_codes([code.pk for _, code in anna.shop.state.voucher_codes.values()])
    del anna.shop.state.vouchers[voucher.pk]
    checkout = anna.fill(100)
    refused = await anna.apply(checkout, 500)
    assert [one["code"] for one in refused["errors"]] == ["NOT_ELIGIBLE"]
    assert await anna.balance() == {"available": 1000}
    applied = await anna.apply(checkout, 500)
    assert (applied["errors"], checkout.voucher_code) == ([], applied["code"])
    completed(anna, checkout)
    await anna.settle()
    assert await spent(anna) == {"available": 500, "spent": 500}


@pytest.mark.parametrize(
    ("settings", "without", "said"),
    [
        (CARDS, Permission.MANAGE_GIFT_CARD, ["NOT_ELIGIBLE"]),
        (VOUCHERS, Permission.MANAGE_DISCOUNTS, ["NOT_ELIGIBLE"]),
        ("{}", Permission.MANAGE_GIFT_CARD, []),
        ("{}", Permission.MANAGE_DISCOUNTS, []),
    ],
)
async def test_a_missing_permission_refuses_or_leads_to_the_other_way(
    anna: Shopper, settings: str, without: Permission, said: list[str]
) -> None:
    await anna.choose(settings)
    [ours] = [app for app in anna.shop.state.apps.values() if Permission.MANAGE_GIFT_CARD in app.permissions]
    anna.shop.apps.allow(ours, ours.permissions - {without})
    checkout = anna.fill(100)
    applied = await anna.apply(checkout, 500)
    assert [one["code"] for one in applied["errors"]] == said
    assert await anna.balance() == ({"available": 1000} if said else {"available": 500, "held": 500})
    assert checkout.total_after_cards(anna.shop.clock.now()).gross.amount == (100 if said else 95)


async def test_without_any_permission_nothing_is_held(anna: Shopper) -> None:
    [ours] = [app for app in anna.shop.state.apps.values() if Permission.MANAGE_GIFT_CARD in app.permissions]
    anna.shop.apps.allow(ours, ours.permissions - {Permission.MANAGE_GIFT_CARD, Permission.MANAGE_DISCOUNTS})
    refused = await anna.apply(anna.fill(100), 500)
    assert [one["code"] for one in refused["errors"]] == ["NOT_ELIGIBLE"]
    assert await anna.balance() == {"available": 1000}


async def test_a_card_that_may_not_be_looked_for_any_more_keeps_its_points_held(anna: Shopper) -> None:
    """It could still be spent; once the app may look again, it is dead before its points are free."""
    checkout = anna.fill(100)
    anna.shop.troubles.coming.extend([None, None, None, Trouble.UNAVAILABLE])
    await anna.apply(checkout, 500, key="one")
    [ours] = [app for app in anna.shop.state.apps.values() if Permission.MANAGE_GIFT_CARD in app.permissions]
    permissions = ours.permissions
    anna.shop.apps.allow(ours, permissions - {Permission.MANAGE_GIFT_CARD})
    refused = await anna.apply(checkout, 500, key="one")
    assert [one["code"] for one in refused["errors"]] == ["SHOP_UNAVAILABLE"]
    await anna.run_out()
    assert (anna.live_cards(), await anna.balance()) == (1, {"available": 500, "held": 500})
    anna.shop.apps.allow(ours, permissions)
    await anna.run_out()
    assert (anna.live_cards(), await anna.balance()) == (0, {"available": 1000})


async def test_a_channel_without_gift_cards_refuses_where_only_they_may_pay(anna: Shopper) -> None:
    await anna.choose(CARDS)
    anna.shop.state.channels["default-channel"].allow_legacy_gift_card_use = False
    checkout = anna.fill(100)
    refused = await anna.apply(checkout, 500)
    assert [one["code"] for one in refused["errors"]] == ["NOT_ELIGIBLE"]
    assert (anna.live_cards(), await anna.balance()) == (0, {"available": 1000})


async def test_a_code_the_shopper_enters_meanwhile_is_not_replaced(anna: Shopper) -> None:
    await anna.choose(VOUCHERS)
    voucher = anna.shop.vouchers.create(VoucherTerms(name="Spring"), ["SPRING"])
    anna.shop.vouchers.list_in(voucher, anna.shop.state.channels["default-channel"], Decimal(5))
    checkout = anna.fill(100)

    def enter(name: str) -> None:
        if name == "VoucherCreate":
            anna.shop.checkouts.add_promo_code(checkout, "SPRING")

    anna.shop.troubles.before_call = enter
    applied = await anna.apply(checkout, 500)
    assert [one["code"] for one in applied["errors"]] == ["INVALID"]
    assert (checkout.voucher_code, await anna.balance()) == ("SPRING", {"available": 1000})


async def test_a_checkout_that_changed_hands_gives_the_first_ones_points_back(anna: Shopper) -> None:
    await anna.choose(VOUCHERS)
    checkout = anna.fill(100)
    await anna.apply(checkout, 500)
    async with signed_in(anna.app, anna.shop, name="bob") as bob:
        await bob.earned(1000)
        checkout.user = bob.user
        applied = await bob.apply(checkout, 500)
        assert (applied["errors"], checkout.voucher_code) == ([], applied["code"])
        assert await bob.balance() == {"available": 500, "held": 500}
    assert await anna.balance() == {"available": 1000}


@pytest.mark.parametrize("settings", [VOUCHERS, CARDS])
async def test_what_pays_for_a_deleted_customer_dies_with_the_account(anna: Shopper, settings: str) -> None:
    await anna.choose(settings)
    code = (await anna.apply(anna.fill(100), 500))["code"]
    anna.shop.customers.delete_by_staff(anna.user)
    await anna.settle()
    alive = {one.code for voucher in anna.shop.state.vouchers.values() for one in voucher.voucher_codes}
    assert (code in alive, anna.live_cards()) == (False, 0)
    assert await anna.tenders() == [("RELEASED", "DEAD")]
    assert await anna.proved() == ()
