"""Orders that come to nothing after a code was used: Saleor gives no code back, so the owner gets another one."""

from decimal import Decimal

import pytest

from tests.journeys.claims import claimed, codes, incidents, states
from tests.journeys.members import Member, proved
from tests.journeys.town import Refused, Town, buy


async def test_a_cancelled_order_gets_a_new_code_once(town: Town, anna: Member) -> None:
    code = await claimed(anna)
    order = await buy(town, anna.person, code)
    await town.hear()
    await town.cancel(order)
    for _ in range(2):
        await town.hear()
    assert await states(anna) == ["REVOKED", "ISSUED"]
    [fresh] = await codes(anna)
    assert fresh != code
    assert (await buy(town, anna.person, fresh)).saved == Decimal(5)
    await town.hear()
    assert (await states(anna), await codes(anna)) == (["REVOKED", "USED"], [])
    assert await anna.balance() == {"available": 500, "spent": 500}
    assert await incidents(town) == []
    assert await proved(town) == ()


async def test_the_code_of_a_cancelled_order_buys_nothing_more(town: Town, anna: Member) -> None:
    code = await claimed(anna)
    order = await buy(town, anna.person, code)
    await town.cancel(order)
    await town.hear()
    cart = await town.fill(anna.person, await town.thing(100))
    with pytest.raises(Refused) as refusal:
        await town.put(cart, code)
    assert refusal.value.code == "INVALID"
    assert await town.total(cart) == cart.full
    assert await states(anna) == ["REVOKED", "ISSUED"]


async def test_an_expired_order_gets_a_new_code(town: Town, anna: Member) -> None:
    code = await claimed(anna)
    cart = await town.fill(anna.person, await town.thing(100))
    await town.put(cart, code)
    order = await town.complete(cart)
    assert order.saved == Decimal(5)
    await town.hear(fully=True)
    assert await states(anna) == ["USED"]
    await town.expire(order)
    for _ in range(2):
        await town.hear(fully=True)
    assert await states(anna) == ["REVOKED", "ISSUED"]
    [fresh] = await codes(anna)
    assert fresh != code
    assert (await buy(town, anna.person, fresh)).saved == Decimal(5)
    await town.hear()
    assert await states(anna) == ["REVOKED", "USED"]
    assert await anna.balance() == {"available": 500, "spent": 500}
    assert await incidents(town) == []
    assert await proved(town) == ()
