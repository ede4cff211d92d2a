"""What staff of the shop change of our vouchers by hand is put right; codes that customers hold go on working."""

from decimal import Decimal

import pytest

from saleor_crm_app.demo.voucher import VoucherType
from tests.issuing.conftest import Keepers
from tests.journeys.claims import coupon_of, incidents, offer
from tests.journeys.members import Member
from tests.journeys.simulated_town import SimulatedTown
from tests.journeys.town import Refused, buy


async def test_a_voucher_as_it_should_be_is_left_alone(town: SimulatedTown, anna: Member, keepers: Keepers) -> None:
    reward = await offer(town)
    town.shop.troubles.calls.clear()
    assert await keepers.check(reward) == []
    assert {"VoucherUpdate", "VoucherChannelListingUpdate", "VoucherCreate"}.isdisjoint(town.shop.troubles.calls)


async def test_a_voucher_that_was_deleted_is_made_anew_with_the_codes_that_customers_hold(
    town: SimulatedTown, anna: Member, keepers: Keepers
) -> None:
    reward = await offer(town)
    coupon = await coupon_of(anna, reward)
    town.shop.vouchers.delete(await keepers.in_shop(reward))
    assert await keepers.check(reward) == ["deleted"]
    assert (await buy(town, anna.person, coupon["code"])).saved == Decimal(5)
    fresh = await coupon_of(anna, reward)
    assert (await buy(town, anna.person, fresh["code"])).saved == Decimal(5)
    await town.hear()
    assert await incidents(town) == []
    assert await keepers.check(reward) == []


async def test_another_worth_or_end_or_kind_is_put_back(town: SimulatedTown, anna: Member, keepers: Keepers) -> None:
    reward = await offer(town)
    code = (await coupon_of(anna, reward))["code"]
    voucher = await keepers.in_shop(reward)
    town.shop.vouchers.list_in(voucher, town.shop.state.channels[town.channel], 50, min_spent=Decimal(10))
    town.shop.vouchers.change(voucher, end_date=town.shop.clock.now(), type=VoucherType.SHIPPING)
    assert sorted(await keepers.check(reward)) == ["dates", "listings", "type"]
    assert await keepers.check(reward) == []
    assert (await buy(town, anna.person, code)).saved == Decimal(5)


async def test_a_voucher_taken_out_of_its_channel_is_listed_again(
    town: SimulatedTown, anna: Member, keepers: Keepers
) -> None:
    reward = await offer(town)
    code = (await coupon_of(anna, reward))["code"]
    town.shop.vouchers.unlist(await keepers.in_shop(reward), town.shop.state.channels[town.channel])
    with pytest.raises(Refused):
        await buy(town, anna.person, code)
    assert await keepers.check(reward) == ["listings"]
    assert (await buy(town, anna.person, code)).saved == Decimal(5)


async def test_codes_that_were_deleted_come_back_and_strange_ones_go(
    town: SimulatedTown, anna: Member, keepers: Keepers
) -> None:
    reward = await offer(town)
    code = (await coupon_of(anna, reward))["code"]
    voucher = await keepers.in_shop(reward)
    await town.delete_code(code)
    town.shop.vouchers.add_codes(voucher, ["FORFRIENDS"])
    assert await keepers.check(reward) == ["codes deleted", "codes added"]
    assert "FORFRIENDS" not in town.shop.state.voucher_codes
    assert (await buy(town, anna.person, code)).saved == Decimal(5)


async def test_codes_made_ahead_that_were_deleted_are_given_to_nobody(
    town: SimulatedTown, anna: Member, keepers: Keepers
) -> None:
    reward = await offer(town)
    voucher = await keepers.in_shop(reward)
    town.shop.vouchers.delete_codes([code.pk for code in voucher.voucher_codes])
    assert await keepers.check(reward) == []
    assert (await coupon_of(anna, reward))["state"] == "HELD"
    await town.hear()
    code = (await coupon_of(anna, reward))["code"]
    assert (await buy(town, anna.person, code)).saved == Decimal(5)


async def test_a_voucher_whose_products_are_gone_takes_nothing_off_everything_else(
    town: SimulatedTown, anna: Member, keepers: Keepers
) -> None:
    lamp = await town.thing(40)
    effect = {"kind": "PRODUCT_DISCOUNT", "percent": 100, "scope": {"products": [lamp.product]}}
    reward = await offer(town, effect=effect)
    code = (await coupon_of(anna, reward))["code"]
    product = next(one for one in town.shop.state.products.values() if one.id == lamp.product)
    town.shop.shelves.delete_product(product)
    assert await keepers.check(reward) == ["products", "products gone"]
    with pytest.raises(Refused):
        await buy(town, anna.person, code)
    assert [kind for kind, _, _ in await incidents(town)] == ["REWARD_PRODUCTS_GONE"]
