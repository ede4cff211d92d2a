"""The shop is away when rewards are claimed: the claim is kept, shown as pending, and delivered once or refunded."""

from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from saleor_crm_app.demo.troubles import Trouble
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.loyalty.rewards import StockCodes
from tests.issuing.conftest import Keepers
from tests.journeys.claims import claim, codes, coupon_of, end_what_is_due, offer, states
from tests.journeys.members import Member, member_of, proved
from tests.journeys.simulated_town import SimulatedTown
from tests.journeys.town import buy

TWENTY_MINUTES = timedelta(minutes=20)


async def test_after_two_hours_away_every_claim_is_delivered_once(town: SimulatedTown, keepers: Keepers) -> None:
    reward = await offer(town)
    await keepers.empty_pool()
    town.shop.troubles.lasting = Trouble.UNAVAILABLE
    job = StockCodes(installation=await town.app.installation(), voucher=(await keepers.voucher(reward)).key)
    async with AsyncExitStack() as street:
        people = [await street.enter_async_context(member_of(town, f"p{n}", with_points=1000)) for n in range(8)]
        for _ in range(6):
            for person in people[:4]:
                await claim(person, reward)
            with pytest.raises(Unavailable):
                await keepers.stocker.stock(job)
            await town.pass_time(TWENTY_MINUTES)
            await end_what_is_due(town)
        for person in people[4:]:
            await claim(person, reward)
        assert [await states(person) for person in people] == [["HELD", "HELD"]] * 4 + [["HELD"]] * 4
        town.shop.troubles.lasting = None
        await keepers.stocker.stock(job)
        await keepers.stocker.stock(job)
        assert [await states(person) for person in people] == [["ISSUED", "ISSUED"]] * 4 + [["ISSUED"]] * 4
        given = [code for person in people for code in await codes(person)]
        assert len(set(given)) == 12
        assert set(given) <= town.shop.state.voucher_codes.keys()
        assert [await person.balance() for person in people] == [{"spent": 1000}] * 4 + [
            {"available": 500, "spent": 500}
        ] * 4
        assert await proved(town) == ()


async def test_what_is_not_delivered_in_the_stated_time_is_refunded_without_the_shop(
    town: SimulatedTown, anna: Member, keepers: Keepers
) -> None:
    reward = await offer(town, deliver_within_hours=2)
    await keepers.empty_pool()
    town.shop.troubles.lasting = Trouble.UNAVAILABLE
    assert (await coupon_of(anna, reward))["state"] == "HELD"
    await town.pass_time(timedelta(hours=2, seconds=1))
    await end_what_is_due(town)
    assert (await states(anna), await anna.balance()) == (["FAILED"], {"available": 1000})
    town.shop.troubles.lasting = None
    job = StockCodes(installation=await town.app.installation(), voucher=(await keepers.voucher(reward)).key)
    await keepers.stocker.stock(job)
    assert (await states(anna), await codes(anna)) == (["FAILED"], [])
    assert await proved(town) == ()


async def test_an_answer_that_is_lost_makes_no_second_voucher_and_no_code_twice(
    town: SimulatedTown, anna: Member, keepers: Keepers
) -> None:
    town.shop.troubles.coming.extend([None, None, Trouble.LOST])  # the third call makes the voucher
    reward = await offer(town)
    job = StockCodes(installation=await town.app.installation(), voucher=(await keepers.voucher(reward)).key)
    await keepers.stocker.stock(job)
    assert len(town.shop.state.vouchers) == 1
    code = (await coupon_of(anna, reward))["code"]
    assert (await buy(town, anna.person, code)).saved == 5


async def test_a_code_is_taken_out_of_the_shop_before_its_points_come_back(
    town: SimulatedTown, anna: Member, keepers: Keepers
) -> None:
    coupon = await coupon_of(anna, await offer(town))
    town.shop.troubles.lasting = Trouble.UNAVAILABLE
    await town.pass_time(timedelta(days=31))
    await end_what_is_due(town)
    assert await anna.balance() == {"available": 500, "spent": 500}
    assert coupon["code"] in town.shop.state.voucher_codes
    town.shop.troubles.lasting = None
    await keepers.try_again()
    assert (await states(anna), await anna.balance()) == (["EXPIRED"], {"available": 1000})
    assert coupon["code"] not in town.shop.state.voucher_codes


async def test_a_gift_card_that_the_shop_could_not_make_is_made_once_it_is_back(
    town: SimulatedTown, anna: Member, keepers: Keepers
) -> None:
    reward = await offer(town, effect={"kind": "GIFT_CARD", "amount": 1000})
    town.shop.troubles.lasting = Trouble.UNAVAILABLE
    assert (await coupon_of(anna, reward))["state"] == "HELD"
    await town.app.worker.runner.run_until_idle()
    assert town.shop.state.gift_cards == {}
    town.shop.troubles.lasting = None
    await keepers.try_again()
    assert await states(anna) == ["ISSUED"]
    assert [card.assigned_to is not None for card in town.shop.state.gift_cards.values()] == [True]
