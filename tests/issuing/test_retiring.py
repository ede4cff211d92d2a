"""A reward that changes or is retired: codes that nobody has leave the shop, those that customers hold stay good."""

from decimal import Decimal

import pytest

from saleor_crm_app.demo.troubles import Trouble
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.ids import RewardId
from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.rewards import WithdrawVoucher
from saleor_crm_app.saleor.business_time import business_time
from tests.issuing.conftest import Keepers
from tests.journeys.claims import coupon_of, incidents, offer, refusals, states
from tests.journeys.members import Member
from tests.journeys.simulated_town import SimulatedTown
from tests.journeys.town import buy


async def retire(town: SimulatedTown, reward: RewardId) -> None:
    shop = await town.app.installation()
    async with town.app.database.shop(shop) as session:
        await rewards.retire_reward(session, shop, reward, at=await business_time(session, shop))


async def test_a_retired_rewards_codes_leave_the_shop_but_for_those_that_are_out(
    town: SimulatedTown, anna: Member, keepers: Keepers
) -> None:
    reward = await offer(town)
    code = (await coupon_of(anna, reward))["code"]
    voucher = await keepers.in_shop(reward)
    await retire(town, reward)
    await town.app.worker.runner.run_until_idle()
    assert [one.code for one in voucher.voucher_codes] == [code]
    assert await refusals(anna, reward) == ["NOT_ELIGIBLE"]
    assert (await buy(town, anna.person, code)).saved == Decimal(5)
    await town.hear()
    assert (await states(anna), await incidents(town)) == (["USED"], [])
    await town.app.worker.time.check_vouchers()
    await town.app.worker.runner.run_until_idle()
    assert voucher.end_date is not None


async def test_what_was_cut_off_is_finished_later(town: SimulatedTown, anna: Member, keepers: Keepers) -> None:
    reward = await offer(town)
    key, voucher = (await keepers.voucher(reward)).key, await keepers.in_shop(reward)
    await retire(town, reward)
    job = WithdrawVoucher(installation=await town.app.installation(), voucher=key)
    town.shop.troubles.lasting = Trouble.UNAVAILABLE
    with pytest.raises(Unavailable):
        await keepers.withdrawer.withdraw(job)
    town.shop.troubles.lasting = None
    assert len(voucher.voucher_codes) == 100
    await keepers.withdrawer.withdraw(job)
    await keepers.withdrawer.withdraw(job)
    assert voucher.voucher_codes == []
    assert voucher.end_date is not None
