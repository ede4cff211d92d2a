"""A campaign from its codes to its end: what orders were given is counted, and the budget stops it."""

from decimal import Decimal
from typing import Any

import pytest

from saleor_crm_app.loyalty.coupons import BatchEnd, BatchState
from tests.journeys.campaigns import Campaign, campaign
from tests.journeys.claims import incidents
from tests.journeys.town import Placed, Refused, Town, buy


async def ready(town: Town, **wish: Any) -> Campaign:  # noqa: ANN401 # any part of it
    """A batch whose codes are in the shop."""
    one = await campaign(town, **wish)
    await one.make()
    return one


async def counted(one: Campaign) -> tuple[int, int]:
    """How many orders used its codes, and what they were given."""
    now = await one.now()
    return now.uses, now.spent


async def test_what_orders_were_given_follows_them_also_back(town: Town) -> None:
    one = await ready(town, quantity=3)
    codes = await one.codes()
    first = await buy(town, town.guest("bob"), codes[0])
    await buy(town, await town.customer("emma"), codes[1])
    await town.hear()
    assert await counted(one) == (2, 1000)
    assert await one.states() == {"ISSUED": 1, "USED": 2}
    await town.cancel(first)
    await town.hear()
    assert await counted(one) == (1, 500)
    assert await one.outcomes() == ["VOID", "USED"]
    await town.hear(fully=True)
    assert await counted(one) == (1, 500)
    assert await incidents(town) == []


async def test_a_budget_warns_at_eighty_percent_and_stops_the_codes_when_it_is_used_up(town: Town) -> None:
    one = await ready(town, quantity=7, budget=2500)
    codes = await one.codes()
    for number in range(4):
        await buy(town, town.guest(f"g{number}"), codes[number])
        await town.hear()
    assert await incidents(town) == [("BUDGET_LOW", 0, True)]
    assert (await one.now()).state is BatchState.READY
    await buy(town, town.guest("g4"), codes[4])
    await town.hear()
    now = await one.now()
    assert (now.state, now.end_reason, now.spent) == (BatchState.ENDED, BatchEnd.BUDGET, 2500)
    assert await incidents(town) == [("BUDGET_LOW", 0, True), ("BUDGET_USED_UP", 0, True)]
    assert await one.states() == {"USED": 5, "REVOKED": 2}
    with pytest.raises(Refused):
        await buy(town, town.guest("late"), codes[5])


async def test_orders_made_before_the_shop_knew_of_the_end_are_as_they_should_be(town: Town) -> None:
    one = await ready(town, quantity=6, budget=1000)
    codes = await one.codes()
    for number in range(4):
        await buy(town, town.guest(f"g{number}"), codes[number])
    await town.hear()
    now = await one.now()
    assert (now.end_reason, now.uses, now.spent) == (BatchEnd.BUDGET, 4, 2000)
    assert await one.outcomes() == ["USED"] * 4
    assert await one.states() == {"USED": 4, "REVOKED": 2}
    assert [kind for kind, _, _ in await incidents(town)] == ["BUDGET_LOW", "BUDGET_USED_UP"]


async def test_an_order_that_is_heard_of_after_the_end_was_in_time(town: Town) -> None:
    one = await ready(town, quantity=2)
    [code, _] = await one.codes()
    await buy(town, town.guest("bob"), code)
    await one.end()
    assert await one.states() == {"REVOKED": 2}
    await town.hear()
    assert await counted(one) == (1, 500)
    assert await one.states() == {"USED": 1, "REVOKED": 1}
    assert await incidents(town) == []


async def test_codes_of_an_ended_batch_are_refused_by_the_shop_at_once(town: Town) -> None:
    one = await ready(town, quantity=2)
    [code, _] = await one.codes()
    cart = await town.fill(town.guest("bob"), await town.thing(100))
    await town.put(cart, code)
    await one.end()
    with pytest.raises(Refused):
        await town.put(await town.fill(town.guest("eve"), await town.thing(100)), code)
    await town.pay(cart)
    with pytest.raises(Refused):
        await town.complete(cart)


async def test_a_code_for_all_is_used_as_often_as_it_may_be(town: Town) -> None:
    one = await ready(town, code="SPRING10", is_shared=True, most_uses=3)
    for number in range(3):
        assert (await buy(town, town.guest(f"g{number}"), "SPRING10")).saved == Decimal(5)
    with pytest.raises(Refused):
        await buy(town, town.guest("late"), "SPRING10")
    await town.hear()
    assert await counted(one) == (3, 1500)
    assert (await one.states(), await incidents(town)) == ({"USED": 1}, [])


async def test_a_customer_has_a_code_for_all_once(town: Town) -> None:
    one = await ready(town, code="ONCE", is_shared=True, once_per_customer=True)
    anna, emma = await town.customer("anna"), await town.customer("emma")
    for who in (anna, emma):
        await buy(town, who, "ONCE")
    with pytest.raises(Refused):
        await buy(town, anna, "ONCE")
    await town.hear()
    assert (await counted(one), await one.outcomes()) == ((2, 1000), ["USED", "USED"])
    assert (await one.states(), await incidents(town)) == ({"ISSUED": 1}, [])


async def race(town: Town, code: str, *buyers: str) -> list[Placed]:
    """Several orders with one code in one moment: Saleor gives the discount to all of them."""
    carts = [await town.fill(town.guest(name), await town.thing(100)) for name in buyers]
    for cart in carts:
        await town.put(cart, code)
        await town.pay(cart)
    return [one for one in await town.complete_at_once(carts) if isinstance(one, Placed)]


@pytest.mark.parametrize("is_shared", [True, False], ids=["for all", "single-use"])
async def test_orders_at_once_beyond_the_limit_are_counted_and_told_of(town: Town, *, is_shared: bool) -> None:
    limits: dict[str, Any] = {"code": "RACE", "is_shared": True, "most_uses": 1} if is_shared else {"quantity": 2}
    one = await ready(town, **limits)
    made = await race(town, (await one.codes())[0], "g1", "g2", "g3")
    await town.hear()
    await town.hear()
    assert len(made) >= 1
    assert await counted(one) == (len(made), 500 * len(made))
    assert sorted(await one.outcomes()) == sorted(["USED", *["USED_AGAIN"] * (len(made) - 1)])
    assert await incidents(town) == [("COUPON_USED_AGAIN", 500, True)] * (len(made) - 1)


async def test_when_the_first_of_orders_at_once_is_cancelled_another_takes_its_place(town: Town) -> None:
    one = await ready(town, quantity=1)
    made = await race(town, (await one.codes())[0], "g1", "g2")
    await town.hear()
    await town.cancel(made[0])
    await town.hear()
    if len(made) == 2:
        assert sorted(await one.outcomes()) == ["USED", "VOID"]
        assert [is_open for _, _, is_open in await incidents(town)] == [False]
    assert await counted(one) == (len(made) - 1, 500 * (len(made) - 1))
