"""A reward that is a gift card: good for its owner alone, and made good again where an order comes to nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.journeys.claims import claim, codes, coupon_of, end_what_is_due, incidents, offer, states
from tests.journeys.members import Member, member_of, proved
from tests.journeys.town import Person, Placed, Refused, Town, buy

TEN = {"kind": "GIFT_CARD", "amount": 1000}


async def card_of(who: Member) -> str:
    """The code of a card with 10 on it, once the shop has made it."""
    coupon = await coupon_of(who, await offer(who.town, effect=TEN))
    assert (coupon["state"], coupon["code"]) == ("HELD", None)
    await who.app.worker.runner.run_until_idle()
    [code] = await codes(who)
    return code


async def order_of(town: Town, buyer: Person, code: str, *, price: int) -> Placed:
    """An order on which a card pays what it can."""
    return await buy(town, buyer, code, await town.thing(price))


async def test_a_card_pays_for_its_owner(town: Town, anna: Member) -> None:
    code = await card_of(anna)
    assert (await order_of(town, anna.person, code, price=100)).saved == Decimal(10)
    await town.hear()
    assert await states(anna) == ["USED"]
    assert await anna.balance() == {"available": 500, "spent": 500}
    assert await incidents(town) == []
    assert await proved(town) == ()


async def test_nobody_else_can_use_it(town: Town, anna: Member) -> None:
    code = await card_of(anna)
    thing = await town.thing(100)
    async with member_of(town, "bert") as bert:
        for other in (bert.person, town.guest("carl"), Person(email=anna.person.email)):
            cart = await town.fill(other, thing)
            with pytest.raises(Refused) as refusal:
                await town.put(cart, code)
            assert refusal.value.code == "INVALID"
            assert await town.total(cart) == cart.full
    assert (await order_of(town, anna.person, code, price=100)).saved == Decimal(10)


async def test_what_a_cancelled_order_took_comes_on_a_new_card_once(town: Town, anna: Member) -> None:
    code = await card_of(anna)
    order = await order_of(town, anna.person, code, price=100)
    await town.hear()
    await town.cancel(order)
    for _ in range(2):
        await town.hear()
    assert await states(anna) == ["USED", "ISSUED"]
    fresh = next(one for one in await codes(anna) if one != code)
    again = await order_of(town, anna.person, fresh, price=40)
    assert again.saved == Decimal(10)
    await town.hear()
    assert await states(anna) == ["USED", "USED"]
    assert await anna.balance() == {"available": 500, "spent": 500}
    assert await incidents(town) == []
    assert await proved(town) == ()


async def test_an_unused_card_ends_by_our_clock_and_its_points_come_back(town: Town, anna: Member) -> None:
    code = await card_of(anna)
    await town.pass_time(timedelta(days=31))
    await end_what_is_due(town)
    assert await states(anna) == ["EXPIRED"]
    assert await anna.balance() == {"available": 1000}
    cart = await town.fill(anna.person, await town.thing(100))
    with pytest.raises(Refused) as refusal:
        await town.put(cart, code)
    assert refusal.value.code == "INVALID"
    assert await proved(town) == ()


async def test_a_checkout_with_a_card_that_has_ended_becomes_no_order(town: Town, anna: Member) -> None:
    cart = await town.fill(anna.person, await town.thing(100))
    await town.put(cart, await card_of(anna))
    await town.pay(cart)
    await town.pass_time(timedelta(days=31))
    await end_what_is_due(town)
    with pytest.raises(Refused):
        await town.complete(cart)
    assert await states(anna) == ["EXPIRED"]
    assert await anna.balance() == {"available": 1000}
    assert await proved(town) == ()


async def test_the_same_key_makes_one_card(town: Town, anna: Member) -> None:
    reward = await offer(town, effect=TEN)
    first, again = await claim(anna, reward, key="one"), await claim(anna, reward, key="one")
    assert first == again
    await anna.app.worker.runner.run_until_idle()
    assert len(await codes(anna)) == 1
    assert await anna.balance() == {"available": 500, "spent": 500}
