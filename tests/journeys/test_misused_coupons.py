"""Codes that somebody else used, or that were used after their end: what staff are told, and who pays."""

from datetime import timedelta
from decimal import Decimal

from tests.journeys.claims import claimed, codes, coupon_of, end_what_is_due, incidents, offer, revoke, states
from tests.journeys.members import Member, member_of, proved
from tests.journeys.town import Town, buy


async def test_another_customer_uses_it_up_and_staff_are_told(town: Town, anna: Member) -> None:
    code = await claimed(anna)
    async with member_of(town, "bert") as bert:
        assert (await buy(town, bert.person, code)).saved == Decimal(5)
        await town.hear()
        assert await bert.balance() == {}
    assert (await states(anna), await codes(anna)) == (["USED"], [])
    assert await anna.balance() == {"available": 500, "spent": 500}
    assert await incidents(town) == [("COUPON_USED_BY_OTHER", 500, True)]
    assert await proved(town) == ()


async def test_the_other_customers_order_is_cancelled_and_the_owner_has_a_code_again(town: Town, anna: Member) -> None:
    code = await claimed(anna)
    async with member_of(town, "bert") as bert:
        order = await buy(town, bert.person, code)
    await town.hear()
    await town.cancel(order)
    await town.hear()
    assert await states(anna) == ["REVOKED", "ISSUED"]
    assert await incidents(town) == [("COUPON_USED_BY_OTHER", 500, False)]
    assert await anna.balance() == {"available": 500, "spent": 500}
    assert await proved(town) == ()


async def test_a_guest_uses_it_up_and_staff_are_told(town: Town, anna: Member) -> None:
    code = await claimed(anna)
    assert (await buy(town, town.guest("somebody"), code)).saved == Decimal(5)
    await town.hear()
    assert await states(anna) == ["USED"]
    assert await anna.balance() == {"available": 500, "spent": 500}
    assert await incidents(town) == [("COUPON_USED_BY_GUEST", 500, True)]
    assert await proved(town) == ()


async def test_the_guest_was_the_owner_after_all(town: Town, anna: Member) -> None:
    code = await claimed(anna)
    order = await buy(town, town.guest("anna.elsewhere"), code)
    await town.hear()
    assert await incidents(town) == [("COUPON_USED_BY_GUEST", 500, True)]
    await town.adopt(order, anna.person)
    await town.hear(fully=True)
    assert await incidents(town) == [("COUPON_USED_BY_GUEST", 500, False)]
    assert await states(anna) == ["USED"]
    assert await anna.balance() == {"available": 500, "spent": 500}
    assert await proved(town) == ()


async def test_used_after_its_end_it_costs_its_owner_the_points_once_more(town: Town, anna: Member) -> None:
    """An order is placed, staff delete its code, and the time of the coupon is over before the app hears of it."""
    code = await claimed(anna)
    await buy(town, anna.person, code)
    await town.delete_code(code)
    await town.pass_time(timedelta(days=31))
    await end_what_is_due(town)
    assert await states(anna) == ["EXPIRED"]
    assert await anna.balance() == {"available": 1000}
    for _ in range(2):
        await town.hear()
    assert await states(anna) == ["EXPIRED"]
    assert await anna.balance() == {"available": 500, "spent": 500}
    assert await incidents(town) == [("COUPON_USED_AFTER_END", 500, True)]
    assert await proved(town) == ()


async def test_an_order_after_the_end_is_cancelled_and_the_points_are_there_again(town: Town, anna: Member) -> None:
    coupon = await coupon_of(anna, await offer(town))
    order = await buy(town, anna.person, coupon["code"])
    await town.delete_code(coupon["code"])
    await revoke(town, coupon)
    assert await anna.balance() == {"available": 1000}
    await town.hear()
    assert await anna.balance() == {"available": 500, "spent": 500}
    await town.cancel(order)
    await town.hear()
    assert await states(anna) == ["REVOKED"]
    assert await anna.balance() == {"available": 1000}
    assert await incidents(town) == [("COUPON_USED_AFTER_END", 500, False)]
    assert await proved(town) == ()


async def test_used_by_another_after_its_end_it_costs_its_owner_nothing(town: Town, anna: Member) -> None:
    coupon = await coupon_of(anna, await offer(town))
    async with member_of(town, "bert") as bert:
        await buy(town, bert.person, coupon["code"])
    await town.delete_code(coupon["code"])
    await revoke(town, coupon)
    await town.hear()
    assert await states(anna) == ["REVOKED"]
    assert await anna.balance() == {"available": 1000}
    assert await incidents(town) == [("COUPON_USED_AFTER_END", 500, True)]
    assert await proved(town) == ()


async def test_used_in_time_but_heard_of_late_it_is_used(town: Town, anna: Member) -> None:
    code = await claimed(anna)
    await buy(town, anna.person, code)
    await town.pass_time(timedelta(days=31))
    await end_what_is_due(town)
    assert await anna.balance() == {"available": 500, "spent": 500}
    assert await town.has_code(code)
    await town.hear()
    assert await states(anna) == ["USED"]
    assert await anna.balance() == {"available": 500, "spent": 500}
    assert await incidents(town) == []
    assert await proved(town) == ()
