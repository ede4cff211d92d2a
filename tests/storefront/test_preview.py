"""What is asked of a preview and by whom: what is refused, what guests see, and how little it takes."""

from typing import Any

import pytest
import sqlalchemy as sa

from saleor_crm_app.checkout.preview.rates import GUESTS_PREVIEWS_A_MINUTE, PREVIEWS_A_MINUTE
from saleor_crm_app.demo.troubles import Trouble
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import global_id
from tests.door import Door, counted
from tests.storefront.market import BEN, PREVIEW, Answer, Market, market_of

GONE = global_id("Checkout", "00000000-0000-4000-8000-000000000000")


def refusals(answer: Answer) -> list[tuple[str, str | None]]:
    """Codes and fields; nothing is told then."""
    told = {name: found for name, found in answer.items() if name != "errors" and found}
    assert told == {}
    return [(error["code"], error["field"]) for error in answer["errors"]]


async def test_a_member_is_told_points_total_and_coupon(market: Market) -> None:
    await market.give(market.anna, "R-0000-0000-0001")
    told = await market.asked(market.anna)
    assert told["errors"] == []
    assert (told["total"]["total"], told["earns"]["points"]) == ({"amount": 55.0, "currency": "USD"}, 55)
    assert told["coupon"]["best"]["amount"] == {"amount": 5.0}
    assert told["spend"] == {
        "min": 500,
        "most": 1000,
        "step": 1,
        "reason": None,
        "applied": 0,
        "error": None,
    }


async def test_a_guest_is_told_what_a_new_member_would_earn(market: Market) -> None:
    await market.give(market.anna, "R-0000-0000-0001")
    told = await market.asked(pointsToSpend=500)
    assert (told["earns"]["points"], told["earns"]["reason"]["code"]) == (60, "GUEST_EARNS")
    assert (told["spend"]["most"], told["spend"]["reason"]["code"]) == (0, "SIGN_IN")
    assert told["spend"]["error"] == {"field": "pointsToSpend", "code": "NOT_ELIGIBLE"}
    assert (told["coupon"], told["suggestions"]) == ({"best": None, "others": []}, [])
    assert told["total"]["total"]["amount"] == 60.0


REFUSED: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "neither": ({"lines": None}, ("REQUIRED", "checkoutId")),
    "both": ({"lines": [], "checkoutId": GONE}, ("REQUIRED", "checkoutId")),
    "no line": ({"lines": []}, ("INVALID", "lines")),
    "no unit": ({"lines": [{"variantId": "x", "quantity": 0}]}, ("INVALID", "lines.0.quantity")),
    "too many units": ({"lines": [{"variantId": "x", "quantity": 10_001}]}, ("INVALID", "lines.0.quantity")),
    "too many lines": ({"lines": [{"variantId": "x", "quantity": 1}] * 101}, ("INVALID", "lines")),
    "no program": ({"channel": "elsewhere"}, ("NOT_FOUND", "channel")),
    "no checkout": ({"checkoutId": GONE}, ("NOT_FOUND", "checkoutId")),
    "no checkout's id": ({"checkoutId": "nonsense"}, ("NOT_FOUND", "checkoutId")),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_told_is_refused_with_its_field(market: Market, name: str) -> None:
    asked, refusal = REFUSED[name]
    assert refusals(await market.asked(market.anna, **asked)) == [refusal]


async def test_an_unknown_variant_is_named_by_its_place(market: Market) -> None:
    unknown = {"variantId": global_id("ProductVariant", 999), "quantity": 1}
    told = await market.asked(lines=[market.lamp(), unknown])
    assert refusals(told) == [("NOT_FOUND", "lines.1.variantId")]


async def test_a_checkout_is_its_owners_a_guests_is_everybodys(market: Market) -> None:
    mine, guests = market.cart(), market.cart(of_guest=True)
    assert (await market.asked(market.anna, checkoutId=mine.id))["total"]["total"]["amount"] == 110.0
    for other in (BEN, None):
        assert refusals(await market.asked(other, checkoutId=mine.id)) == [("NOT_FOUND", "checkoutId")]
    for anybody in (market.anna, BEN, None):
        assert (await market.asked(anybody, checkoutId=guests.id))["errors"] == []
    told = await market.asked(market.anna, checkoutId=guests.id, pointsToSpend=500)
    assert (told["spend"]["reason"]["code"], told["spend"]["error"]["code"]) == ("NOT_ATTACHED", "NOT_FOUND")


async def test_a_checkout_of_another_channel_is_not_found(market: Market) -> None:
    market.till.shop.shelves.open_channel("other", "USD")
    elsewhere = market.till.shop.checkouts.create([], market.till.anna, channel="other")
    assert refusals(await market.asked(market.anna, checkoutId=elsewhere.id)) == [("NOT_FOUND", "checkoutId")]


async def test_a_shop_that_is_away_is_data_and_no_error(market: Market) -> None:
    market.till.shop.troubles.lasting = Trouble.UNAVAILABLE
    assert refusals(await market.asked(market.anna)) == [("SHOP_UNAVAILABLE", None)]
    assert refusals(await market.asked(market.anna, checkoutId=GONE)) == [("SHOP_UNAVAILABLE", None)]


async def test_a_shop_that_is_slow_is_not_waited_for(market: Market) -> None:
    async with market_of(market.shop, market.till, delay=60) as slow:
        assert refusals(await slow.asked(market.anna)) == [("SHOP_UNAVAILABLE", None)]


async def test_prices_are_asked_for_once_in_half_a_minute(market: Market) -> None:
    calls = market.till.shop.troubles.calls
    for _ in range(3):
        await market.asked(lines=[market.lamp(2)])
    assert calls == ["PricedVariants", "ProductsSold"]
    await market.asked(lines=[market.lamp(2), {"variantId": market.till.vase.id, "quantity": 1}])
    assert calls == ["PricedVariants", "ProductsSold"] * 2


async def test_it_takes_so_many_statements(market: Market) -> None:
    await market.give(market.anna, "R-0000-0000-0001")
    await market.asked(market.anna)
    found = []
    for customer, asked in (
        (None, {}),
        (market.anna, {}),
        (market.anna, {"checkoutId": market.cart().id}),
        (market.anna, {"promoCode": "R-0000-0000-0001"}),
    ):
        with counted(market.database) as statements:
            await market.asked(customer, **asked)
        found.append(len([one for one in statements if "FROM installation" not in one]))
    # a guest; a member; a member with a checkout; a member with a code that is right
    assert found == [3, 12, 13, 16]


async def test_sixty_a_minute_for_a_member_three_hundred_for_an_address(market: Market) -> None:
    for customer, most in ((market.anna, PREVIEWS_A_MINUTE), (None, GUESTS_PREVIEWS_A_MINUTE)):
        await market.asked(customer)
        # in a minute that does not end while the test runs
        await market.change("UPDATE act_rate SET acts = :acts, begun_at = now() + interval '1 hour'", acts=most - 1)
        assert (await market.asked(customer))["errors"] == []
        assert refusals(await market.asked(customer)) == [("RATE_LIMITED", None)]
        await market.change("DELETE FROM act_rate")


async def test_addresses_are_kept_as_digests(market: Market, database: Database) -> None:
    await market.asked()
    async with database.shop(market.shop.id, read_only=True) as session:
        owners = [str(owner) for owner in await session.scalars(sa.text("SELECT owner FROM act_rate"))]
    assert len(owners) == 1
    assert "203.0.113.7" not in owners[0]


async def test_a_guest_has_to_name_the_shop(door: Door) -> None:
    wanted = {"input": {"channel": "default-channel", "lines": [{"variantId": "x", "quantity": 1}]}}
    [error] = (await door.ask(PREVIEW, wanted)).json()["errors"]
    assert error["extensions"]["code"] == "REQUIRED"
