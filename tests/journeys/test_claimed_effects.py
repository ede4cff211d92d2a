"""What a claimed code takes off at the shop's checkout, for each kind of reward; and off what it takes nothing."""

from decimal import Decimal

import pytest

from tests.journeys.claims import claimed, codes, incidents, states
from tests.journeys.members import Member, proved
from tests.journeys.town import Cart, Refused, Thing, Town

CENT = Decimal("0.01")


async def refused(town: Town, cart: Cart, code: str) -> str:
    """Why the shop does not take a code, and that nothing came off."""
    with pytest.raises(Refused) as refusal:
        await town.put(cart, code)
    assert await town.total(cart) == cart.full
    return refusal.value.code


async def off(town: Town, who: Member, code: str, *things: Thing, pieces: int = 1) -> Decimal:
    """What comes off an order of theirs, after which the code is used and the books are right."""
    cart = await town.fill(who.person, *things, pieces=pieces)
    await town.put(cart, code)
    await town.pay(cart)
    order = await town.complete(cart)
    await town.hear()
    assert await states(who) == ["USED"]
    assert await incidents(town) == []
    assert await proved(town) == ()
    return order.saved


async def test_a_percentage_of_the_goods(town: Town, anna: Member) -> None:
    code = await claimed(anna, effect={"kind": "PERCENTAGE", "percent": 15})
    dear, cheap = await town.thing(100), await town.thing(40)
    assert await off(town, anna, code, dear, cheap) == ((dear.price + cheap.price) * 15 / 100).quantize(CENT)


async def test_the_shipping(town: Town, anna: Member) -> None:
    code = await claimed(anna, effect={"kind": "FREE_SHIPPING"})
    thing = await town.thing(100)
    assert await off(town, anna, code, thing) == (await town.fill(anna.person, thing)).shipping


async def test_one_piece_of_the_product_that_is_free(town: Town, anna: Member) -> None:
    free, other = await town.thing(40), await town.thing(100)
    code = await claimed(anna, effect={"kind": "FREE_PRODUCT", "scope": {"products": [free.product]}})
    assert await off(town, anna, code, other, free, pieces=2) == free.price


async def test_nothing_where_the_free_product_is_not_in_the_cart(town: Town, anna: Member) -> None:
    free, other = await town.thing(40), await town.thing(100)
    code = await claimed(anna, effect={"kind": "FREE_PRODUCT", "scope": {"products": [free.product]}})
    assert await refused(town, await town.fill(anna.person, other), code) == "VOUCHER_NOT_APPLICABLE"
    assert await codes(anna) == [code]


async def test_a_percentage_of_one_product(town: Town, anna: Member) -> None:
    named, other = await town.thing(40), await town.thing(100)
    scope = {"products": [named.product]}
    code = await claimed(anna, effect={"kind": "PRODUCT_DISCOUNT", "percent": 25, "scope": scope})
    assert await off(town, anna, code, named, other, pieces=2) == (named.price * 2 * 25 / 100).quantize(CENT)


async def test_an_amount_off_each_piece_of_one_product(town: Town, anna: Member) -> None:
    named, other = await town.thing(40), await town.thing(100)
    scope = {"variants": [named.variant]}
    code = await claimed(anna, effect={"kind": "PRODUCT_DISCOUNT", "amount": 300, "scope": scope})
    assert await off(town, anna, code, named, other, pieces=2) == Decimal(6)


async def test_nothing_below_what_must_be_spent(town: Town, anna: Member) -> None:
    thing = await town.thing(40)
    minor = int(thing.price * 100)
    code = await claimed(anna, min_spent=minor + 1)
    assert await refused(town, await town.fill(anna.person, thing), code) == "VOUCHER_NOT_APPLICABLE"
    assert await off(town, anna, code, thing, pieces=2) == Decimal(5)
