"""A reward is claimed for points, at once and once, and its code takes money off at the shop's checkout."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.journeys.claims import (
    claim,
    claimed,
    codes,
    coupon_of,
    end_what_is_due,
    incidents,
    offer,
    refusals,
    revoke,
    states,
    vouchers,
)
from tests.journeys.members import Member, proved
from tests.journeys.town import Refused, Town, buy

_READY = 100
"""Codes that are kept ahead."""


async def test_a_claimed_code_is_there_at_once_takes_money_off_and_is_used_then(town: Town, anna: Member) -> None:
    reward = await offer(town)
    coupon = await coupon_of(anna, reward)
    assert (coupon["state"], coupon["pointsSpent"], coupon["reward"]) == ("ISSUED", 500, {"name": "5 off"})
    assert await anna.balance() == {"available": 500, "spent": 500}
    order = await buy(town, anna.person, coupon["code"])
    assert order.saved == Decimal(5)
    await town.hear()
    assert (await states(anna), await codes(anna)) == (["USED"], [])
    assert await anna.balance() == {"available": 500, "spent": 500}
    assert await incidents(town) == []
    assert await proved(town) == ()


async def test_codes_are_made_ahead_and_one_of_them_is_given(town: Town, anna: Member) -> None:
    reward = await offer(town)
    [voucher] = await vouchers(town)
    assert await town.count_codes(voucher) == _READY
    coupon = await coupon_of(anna, reward)
    assert await town.has_code(coupon["code"])
    assert await town.count_codes(voucher) == _READY


async def test_the_same_key_gets_the_same_coupon(town: Town, anna: Member) -> None:
    reward = await offer(town)
    first, again = await claim(anna, reward, key="one"), await claim(anna, reward, key="one")
    assert first == again
    assert await anna.balance() == {"available": 500, "spent": 500}
    assert await states(anna) == ["ISSUED"]


async def test_a_limit_refuses_and_nothing_else_happens(town: Town, anna: Member) -> None:
    reward = await offer(town, limits=[{"times": 1}])
    first = await coupon_of(anna, reward)
    assert await refusals(anna, reward) == ["LIMIT_REACHED"]
    assert await anna.balance() == {"available": 500, "spent": 500}
    assert await codes(anna) == [first["code"]]


async def test_too_few_points_refuse_and_nothing_else_happens(town: Town, anna: Member) -> None:
    reward = await offer(town, points=1001)
    assert await refusals(anna, reward) == ["NOT_ENOUGH_POINTS"]
    assert await anna.balance() == {"available": 1000}
    assert await states(anna) == []


async def test_a_code_ends_by_our_clock_and_its_points_come_back(town: Town, anna: Member) -> None:
    coupon = await coupon_of(anna, await offer(town))
    await town.pass_time(timedelta(days=31))
    await end_what_is_due(town)
    assert (await states(anna), await codes(anna)) == (["EXPIRED"], [])
    assert await anna.balance() == {"available": 1000}
    assert not await town.has_code(coupon["code"])
    cart = await town.fill(anna.person, await town.thing(100))
    with pytest.raises(Refused) as refusal:
        await town.put(cart, coupon["code"])
    assert refusal.value.code == "INVALID"
    assert await proved(town) == ()


async def test_a_checkout_with_a_code_that_has_ended_becomes_no_order(town: Town, anna: Member) -> None:
    code = await claimed(anna)
    cart = await town.fill(anna.person, await town.thing(100))
    await town.put(cart, code)
    await town.pay(cart)
    await town.pass_time(timedelta(days=31))
    await end_what_is_due(town)
    with pytest.raises(Refused) as refusal:
        await town.complete(cart)
    assert refusal.value.code == "VOUCHER_NOT_APPLICABLE"
    assert await anna.balance() == {"available": 1000}
    assert await incidents(town) == []
    assert await proved(town) == ()


async def test_staff_take_a_code_back_with_its_points(town: Town, anna: Member) -> None:
    coupon = await coupon_of(anna, await offer(town))
    await revoke(town, coupon)
    assert (await states(anna), await codes(anna)) == (["REVOKED"], [])
    assert await anna.balance() == {"available": 1000}
    assert not await town.has_code(coupon["code"])
    assert await proved(town) == ()
