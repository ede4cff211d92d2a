"""Batches end whole: one call to the shop, whenever it is there, and all codes that nobody used."""

from datetime import timedelta

import pytest

from saleor_crm_app.demo.troubles import Trouble
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.loyalty.coupons import BatchEnd, BatchState
from tests.issuing.conftest import Keepers
from tests.journeys.campaigns import campaign
from tests.journeys.claims import end_what_is_due, incidents
from tests.journeys.simulated_town import SimulatedTown
from tests.journeys.town import Refused, buy


async def test_a_batch_ends_by_the_clock_and_so_do_its_codes(town: SimulatedTown) -> None:
    one = await campaign(town, quantity=3, expires_at=town.shop.clock.now() + timedelta(days=30))
    await one.make()
    codes = await one.codes()
    await buy(town, town.guest("bob"), codes[0])
    await town.pass_time(timedelta(days=31))
    with pytest.raises(Refused):
        await buy(town, town.guest("eve"), codes[1])
    town.shop.troubles.calls.clear()
    await end_what_is_due(town)
    now = await one.now()
    assert (now.state, now.end_reason) == (BatchState.ENDED, BatchEnd.EXPIRED)
    assert [call for call in town.shop.troubles.calls if "Code" in call] == []
    await town.hear()
    assert await one.states() == {"EXPIRED": 2, "USED": 1}
    assert ((await one.now()).uses, await incidents(town)) == (1, [])


async def test_two_thousand_codes_end_by_one_call_and_a_second_time_does_nothing(town: SimulatedTown) -> None:
    one = await campaign(town, quantity=2000)
    await one.make()
    town.shop.troubles.calls.clear()
    await one.end()
    assert town.shop.troubles.calls == ["VoucherChange"]
    assert await one.states() == {"REVOKED": 2000}
    await one.end_in_shop()
    assert town.shop.troubles.calls == ["VoucherChange"]


async def test_while_the_shop_is_away_codes_are_not_said_to_be_invalid(town: SimulatedTown, keepers: Keepers) -> None:
    one = await campaign(town, quantity=2)
    await one.make()
    await one.do("end")
    town.shop.troubles.lasting = Trouble.UNAVAILABLE
    await town.app.worker.runner.run_until_idle()
    assert ((await one.now()).state, await one.states()) == (BatchState.ENDED, {"ISSUED": 2})
    town.shop.troubles.lasting = None
    await keepers.try_again()
    assert await one.states() == {"REVOKED": 2}
    with pytest.raises(Refused):
        await buy(town, town.guest("eve"), (await one.codes())[0])


async def test_codes_whose_time_is_over_need_not_wait_for_the_shop(town: SimulatedTown) -> None:
    one = await campaign(town, quantity=2, expires_at=town.shop.clock.now() + timedelta(days=30))
    await one.make()
    await town.pass_time(timedelta(days=31))
    town.shop.troubles.lasting = Trouble.UNAVAILABLE
    await end_what_is_due(town)
    assert await one.states() == {"EXPIRED": 2}


async def test_a_voucher_whose_making_was_not_answered_ends_too(town: SimulatedTown) -> None:
    one = await campaign(town, quantity=2)
    town.shop.troubles.coming.extend([None, None, Trouble.LOST])
    with pytest.raises(Unavailable):
        await one.make()
    [voucher] = [each for each in town.shop.state.vouchers.values() if each.name.startswith("Spring flyer")]
    assert ((await one.voucher()).saleor_id, voucher.end_date) == (None, None)
    await one.do("end")
    await one.end_in_shop()
    assert voucher.end_date is not None
    assert await one.states() == {"REVOKED": 2}


@pytest.mark.parametrize("made", [True, False])
async def test_where_the_shop_has_no_voucher_there_is_nothing_to_end(town: SimulatedTown, *, made: bool) -> None:
    one = await campaign(town, quantity=2)
    if made:
        await one.make()
        for voucher in list(town.shop.state.vouchers.values()):
            town.shop.vouchers.delete(voucher)
    await one.end()
    assert await one.states() == ({"REVOKED": 2} if made else {})
    assert town.shop.state.voucher_codes == {}


async def test_a_batch_that_has_ended_makes_no_more(town: SimulatedTown) -> None:
    one = await campaign(town, quantity=3000)
    await one.make_once()
    await one.end()
    await one.make()
    now = await one.now()
    assert (now.state, now.end_reason, now.made, now.trouble) == (BatchState.ENDED, BatchEnd.STAFF, 2000, None)
    assert await one.states() == {"REVOKED": 2000}
