"""What random lives of shops with coupons have found, one by one: races, and orders that come to nothing."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from saleor_crm_app.issuing import withdrawing
from saleor_crm_app.issuing.turns import SomebodyAtWork, alone_with_voucher
from saleor_crm_app.kernel.ids import RewardId
from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.rewards import EndCoupons
from saleor_crm_app.saleor.business_time import business_time
from tests.issuing.conftest import Keepers
from tests.journeys.claims import FIVE_OFF, codes, coupon_of, end_what_is_due, offer, revoke, states
from tests.journeys.members import Member, proved, the_program
from tests.journeys.simulated_town import SimulatedTown
from tests.journeys.town import buy

CARD = {"kind": "GIFT_CARD", "amount": 1000}
A_MONTH = timedelta(days=31)


async def change(town: SimulatedTown, reward: RewardId, **changes: Any) -> None:  # noqa: ANN401 # any term's
    shop = await town.app.installation()
    async with town.app.database.shop(shop) as session:
        program = await the_program(session, shop, town)
        held = (await rewards.rewards_by_id(session, [reward]))[reward]
        terms = rewards.read_terms({**FIVE_OFF, **changes})
        at = await business_time(session, shop)
        await rewards.update_reward(session, shop, reward, terms, program=program, expected_version=held.version, at=at)


async def supply(town: SimulatedTown, reward: RewardId) -> tuple[int | None, int, int]:
    """What is left of it, what is committed, and what its coupons cost."""
    async with town.app.database.shop(await town.app.installation(), read_only=True) as session:
        held = (await rewards.rewards_by_id(session, [reward]))[reward]
        cost = await session.scalar(sa.text("SELECT sum(cost) FROM coupon WHERE reward_id = :id"), {"id": reward})
    return held.stock_left, held.committed, int(cost or 0)


async def card_of(who: Member, reward: RewardId) -> str:
    await coupon_of(who, reward)
    await who.town.hear()
    [code] = await codes(who)
    return code


async def test_a_card_whose_first_order_is_cancelled_at_once_is_used_and_cannot_be_taken_back(
    town: SimulatedTown, anna: Member, keepers: Keepers
) -> None:
    reward = await offer(town, effect=CARD)
    order = await buy(town, anna.person, await card_of(anna, reward), await town.thing(3))
    await town.cancel(order)
    await town.hear()
    assert order.saved == Decimal(8)
    assert await states(anna) == ["USED", "ISSUED"]
    await town.pass_time(A_MONTH)
    await end_what_is_due(town)
    assert await states(anna) == ["USED", "EXPIRED"]
    assert await proved(town) == ()


async def test_a_card_over_what_a_cancelled_order_took_puts_nothing_back_into_stock(
    town: SimulatedTown, anna: Member
) -> None:
    reward = await offer(town, effect=CARD, stock=2)
    order = await buy(town, anna.person, await card_of(anna, reward))
    await town.hear()
    await town.cancel(order)
    await town.hear()
    assert (await states(anna), await supply(town, reward)) == (["USED", "ISSUED"], (1, 1000, 1000))
    await town.pass_time(A_MONTH)
    await end_what_is_due(town)
    assert (await states(anna), await supply(town, reward)) == (["USED", "EXPIRED"], (1, 1000, 1000))


async def test_a_cancelled_order_after_the_end_costs_no_budget(town: SimulatedTown, anna: Member) -> None:
    reward = await offer(town, budget=10_000)
    coupon = await coupon_of(anna, reward)
    order = await buy(town, anna.person, coupon["code"])
    await town.delete_code(coupon["code"])
    await revoke(town, coupon)
    await town.hear()
    assert await supply(town, reward) == (None, 500, 500)
    await town.cancel(order)
    await town.hear()
    assert await supply(town, reward) == (None, 0, 0)


async def test_no_code_is_ended_while_somebody_may_put_it_back(
    town: SimulatedTown, anna: Member, keepers: Keepers
) -> None:
    reward = await offer(town)
    code = await coupon_of(anna, reward)
    await town.pass_time(A_MONTH)
    shop, key = await town.app.installation(), (await keepers.voucher(reward)).key
    job = EndCoupons(installation=shop, voucher=key)
    async with alone_with_voucher(town.app.database, shop, key):
        with pytest.raises(SomebodyAtWork):
            await keepers.withdrawer.end_coupons(job)
    assert await anna.balance() == {"available": 500, "spent": 500}
    assert await town.has_code(code["code"])
    await keepers.withdrawer.end_coupons(job)
    assert await anna.balance() == {"available": 1000}


async def test_a_deleted_code_whose_time_is_over_is_not_put_back(
    town: SimulatedTown, anna: Member, keepers: Keepers
) -> None:
    reward = await offer(town)
    code = (await coupon_of(anna, reward))["code"]
    await town.delete_code(code)
    await town.pass_time(A_MONTH)
    assert await keepers.check(reward) == []
    assert not await town.has_code(code)


async def test_a_code_put_back_before_its_order_was_heard_of_goes_again(
    town: SimulatedTown, anna: Member, keepers: Keepers
) -> None:
    reward = await offer(town)
    code = (await coupon_of(anna, reward))["code"]
    await buy(town, anna.person, code)
    await town.delete_code(code)
    assert await keepers.check(reward) == ["codes deleted"]
    await town.hear()
    assert await states(anna) == ["USED"]
    assert await keepers.check(reward) == ["codes added"]
    assert not await town.has_code(code)
    assert await keepers.check(reward) == []


async def test_a_voucher_that_is_wanted_again_while_it_is_withdrawn_is_kept(
    town: SimulatedTown, anna: Member, keepers: Keepers
) -> None:
    reward = await offer(town)
    first = await keepers.voucher(reward)
    await change(town, reward, effect={"kind": "FIXED_AMOUNT", "amount": 700})
    await change(town, reward)
    await keepers.withdrawer._withdraw_free(await town.app.installation(), first)
    assert (await keepers.voucher(reward)).key == first.key
    await town.hear()
    code = (await coupon_of(anna, reward))["code"]
    assert (await buy(town, anna.person, code)).saved == Decimal(5)


async def test_a_code_in_place_of_another_is_worth_the_same(town: SimulatedTown, anna: Member) -> None:
    """Also when the reward has changed since, or is not given any more."""
    reward = await offer(town)
    code = (await coupon_of(anna, reward))["code"]
    order = await buy(town, anna.person, code)
    await change(town, reward, effect={"kind": "FIXED_AMOUNT", "amount": 100})
    await town.cancel(order)
    await town.hear()
    [fresh] = await codes(anna)
    assert (await buy(town, anna.person, fresh)).saved == Decimal(5)


async def test_codes_that_cannot_end_yet_keep_no_others_waiting(
    town: SimulatedTown, anna: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(withdrawing, "CODES_AT_ONCE", 1)
    reward = await offer(town)
    first = (await coupon_of(anna, reward))["code"]
    await coupon_of(anna, reward)
    await buy(town, anna.person, first)
    await town.pass_time(A_MONTH)
    await end_what_is_due(town)
    assert await anna.balance() == {"available": 500, "spent": 500}
    await town.hear()
    assert await states(anna) == ["USED", "EXPIRED"]
