"""A reward is claimed for points, and its code takes money off at the shop's checkout, once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest

from saleor_crm_app.demo import SimulatedShop
from saleor_crm_app.demo.order import Order
from tests.journeys.claims import claim, codes, coupon_of, incidents, offer, states
from tests.journeys.conftest import RunningApp
from tests.journeys.shopper import Shopper, signed_in


@pytest.fixture
async def anna(app: RunningApp, shop: SimulatedShop) -> AsyncIterator[Shopper]:
    """With 1,000 points to spend."""
    async with signed_in(app, shop) as anna:
        await anna.earned(1000)
        yield anna


def buy(anna: Shopper, code: str, *, price: int = 100) -> Order:
    """An order of hers with a code."""
    checkout = anna.fill(price)
    anna.shop.checkouts.add_promo_code(checkout, code)
    anna.shop.checkouts.charge(checkout)
    return anna.shop.checkouts.complete(checkout)


async def test_a_claimed_code_takes_money_off_and_is_used_then(anna: Shopper) -> None:
    reward = await offer(anna)
    coupon = await coupon_of(anna, reward)
    assert (coupon["state"], coupon["pointsSpent"], coupon["reward"]) == ("ISSUED", 500, {"name": "5 off"})
    assert await anna.balance() == {"available": 500, "spent": 500}
    order = buy(anna, coupon["code"])
    assert order.total == Decimal(95)
    await anna.settle()
    assert await states(anna) == ["USED"]
    assert await codes(anna) == []
    assert await incidents(anna) == []
    assert await anna.proved() == ()


async def test_the_same_key_gets_the_same_coupon(anna: Shopper) -> None:
    reward = await offer(anna)
    first, again = await claim(anna, reward, key="one"), await claim(anna, reward, key="one")
    assert first == again
    assert await anna.balance() == {"available": 500, "spent": 500}


async def test_a_code_ends_by_our_clock_and_its_points_come_back(anna: Shopper) -> None:
    reward = await offer(anna)
    coupon = await coupon_of(anna, reward)
    await anna.pass_time(timedelta(days=31))
    await anna.app.worker.time.end_coupons()
    await anna.settle()
    assert await states(anna) == ["EXPIRED"]
    assert coupon["code"] not in anna.shop.state.voucher_codes
    assert await anna.balance() == {"available": 1000}
    assert await anna.proved() == ()


async def test_a_cancelled_order_gets_a_new_code(anna: Shopper) -> None:
    reward = await offer(anna)
    coupon = await coupon_of(anna, reward)
    order = buy(anna, coupon["code"])
    await anna.settle()
    anna.shop.orders.cancel(order)
    await anna.settle()
    assert await states(anna) == ["REVOKED", "ISSUED"]
    [fresh] = await codes(anna)
    assert fresh != coupon["code"]
    assert buy(anna, fresh).total == Decimal(95)
    await anna.settle()
    assert await states(anna) == ["REVOKED", "USED"]
    assert await anna.proved() == ()
