"""Codes of a campaign are made in the shop: none is lost or made twice, whatever breaks in between."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from saleor_crm_app.demo.troubles import Trouble
from saleor_crm_app.demo.voucher import DiscountValueType, Voucher
from saleor_crm_app.demo.voucher_terms import VoucherTerms
from saleor_crm_app.issuing.turns import SomebodyAtWork
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.loyalty.coupons import BatchState
from tests.journeys.campaigns import BOOK, Campaign, campaign, reward_of
from tests.journeys.simulated_town import SimulatedTown
from tests.journeys.town import Refused, buy


def in_shop(one: Campaign) -> Voucher:
    """The batch's voucher as the shop has it."""
    assert isinstance(one.town, SimulatedTown)
    [found] = [each for each in one.town.shop.state.vouchers.values() if each.name.startswith("Spring flyer")]
    return found


async def agree(one: Campaign, number: int) -> None:
    """So many codes are in the shop and here, the same ones, each once."""
    ours, theirs = await one.codes(), [code.code for code in in_shop(one).voucher_codes]
    assert len(ours) == len(set(ours)) == number
    assert sorted(ours) == sorted(theirs)
    async with one.town.app.database.shop(await one.town.app.installation(), read_only=True) as session:
        pool = sa.text(
            "SELECT count(*) FROM voucher_code JOIN coupon ON coupon.id = taken_by AND code_mac = mac"
            " WHERE batch_id = :batch AND voucher_id = :voucher"
        )
        kept = await session.scalar(pool, {"batch": one.batch, "voucher": (await one.voucher()).saleor_id})
    assert kept == number


async def test_codes_are_made_with_their_prefix_and_take_money_off_once(town: SimulatedTown) -> None:
    one = await campaign(town, quantity=3, prefix="SPRING")
    await one.make()
    codes = await one.codes()
    assert [code.startswith("SPRING-") for code in codes] == [True] * 3
    await agree(one, 3)
    now = await one.now()
    assert (now.state, now.made, now.wanted, await one.states()) == (BatchState.READY, 3, 3, {"ISSUED": 3})
    assert (await buy(town, town.guest("bob"), codes[0])).saved == Decimal(5)
    with pytest.raises(Refused):
        await buy(town, town.guest("eve"), codes[0])


async def test_five_thousand_codes_are_made_by_jobs_that_let_others_in_between(town: SimulatedTown) -> None:
    one = await campaign(town, quantity=5000)
    made = []
    while (await one.now()).state is BatchState.RUNNING:
        await one.make_once()
        made.append((await one.now()).made)
    assert made == [2000, 4000, 5000]
    await agree(one, 5000)
    # with the one that asks again, each job of the queue is the same
    await town.app.worker.runner.run_until_idle()
    await agree(one, 5000)


async def test_the_queue_makes_all_of_them(town: SimulatedTown) -> None:
    one = await campaign(town, quantity=2600)
    await town.app.worker.runner.run_until_idle()
    assert (await one.now()).state is BatchState.READY
    await agree(one, 2600)


async def killed_before(one: Campaign, call: str, *, nth: int = 1) -> None:
    """Make codes in a process that dies when the shop gets a call; the shop does what it was asked all the same."""
    assert isinstance(one.town, SimulatedTown)
    troubles = one.town.shop.troubles
    task = asyncio.create_task(one.make())
    left = nth

    def kill(name: str) -> None:
        nonlocal left
        left -= name == call
        if left == 0:
            task.cancel()

    troubles.before_call = kill
    with pytest.raises(asyncio.CancelledError):
        await task
    troubles.before_call = lambda _name: None
    with pytest.raises(SomebodyAtWork):  # it may still be at work
        await one.make()
    await one.pass_turns()


@pytest.mark.parametrize(("call", "nth"), [("VoucherCreate", 1), ("VoucherChange", 1), ("VoucherChange", 3)])
async def test_a_process_that_dies_with_the_shop_at_work_loses_and_doubles_nothing(
    town: SimulatedTown, call: str, nth: int
) -> None:
    one = await campaign(town, quantity=1100)
    await killed_before(one, call, nth=nth)
    held = (await one.states())["HELD"]
    assert held == 500 if nth == 1 else held > 0
    await one.make()
    assert (await one.now()).made == 1100
    await agree(one, 1100)


async def test_an_answer_that_is_lost_loses_and_doubles_nothing(town: SimulatedTown) -> None:
    for lost in range(1, 8):
        one = await campaign(town, name=f"Lost {lost}", quantity=600)
        town.shop.troubles.coming.extend([*[None] * lost, Trouble.LOST])
        for _ in range(3):
            try:
                await one.make()
            except Unavailable:
                assert (await one.now()).trouble == "The shop answered 503"
                await one.pass_turns()
        town.shop.troubles.coming.clear()
        now = await one.now()
        assert (now.state, now.made, now.trouble) == (BatchState.READY, 600, None)
        [voucher] = [each for each in town.shop.state.vouchers.values() if each.name.startswith(f"Lost {lost} ")]
        assert sorted(code.code for code in voucher.voucher_codes) == sorted(await one.codes())


async def test_while_the_shop_is_away_the_batch_says_so_and_goes_on_later(town: SimulatedTown) -> None:
    one = await campaign(town, quantity=700)
    town.shop.troubles.coming.extend([None] * 7)  # voucher and first codes
    town.shop.troubles.lasting = Trouble.UNAVAILABLE
    with pytest.raises(Unavailable):
        await one.make()
    now = await one.now()
    assert (now.state, now.made, now.trouble) == (BatchState.RUNNING, 500, "The shop answered 503")
    town.shop.troubles.lasting = None
    await one.make()
    now = await one.now()
    assert (now.state, now.made, now.trouble) == (BatchState.READY, 700, None)
    await agree(one, 700)


async def test_two_processes_at_once_make_each_code_once(town: SimulatedTown) -> None:
    one = await campaign(town, quantity=1200)
    done = await asyncio.gather(*(one.make() for _ in range(3)), return_exceptions=True)
    assert {type(each) for each in done if each is not None} <= {SomebodyAtWork}
    await one.make()
    await agree(one, 1200)


async def test_a_stopped_batch_makes_no_more_and_goes_on_where_it_was(town: SimulatedTown) -> None:
    one = await campaign(town, quantity=1500)

    def stop_at_second(name: str) -> None:
        if name == "VoucherChange" and town.shop.troubles.calls.count(name) == 2:
            stopping.append(asyncio.create_task(one.do("stop")))

    stopping: list[asyncio.Task[object]] = []
    town.shop.troubles.before_call = stop_at_second
    await one.make()
    await asyncio.gather(*stopping)
    now = await one.now()
    assert now.state is BatchState.STOPPED
    assert 0 < now.made < 1500
    assert await one.states() == {"ISSUED": now.made}
    first = (await one.codes())[0]
    assert (await buy(town, town.guest("bob"), first)).saved == Decimal(5)
    town.shop.troubles.before_call = lambda _name: None
    await one.make()
    assert (await one.now()).made == now.made
    await one.do("resume")
    await one.make()
    assert ((await one.now()).state, (await one.now()).made) == (BatchState.READY, 1500)
    await agree(one, 1500)


async def test_a_code_that_an_order_used_before_it_was_noted_is_counted_once(town: SimulatedTown) -> None:
    one = await campaign(town, quantity=3)
    await killed_before(one, "VoucherChange", nth=2)  # the first is refused, since the voucher has one of them
    await asyncio.sleep(0.05)  # the shop does what it was asked
    assert await one.states() == {"HELD": 3}
    used = (await one.codes())[1]
    await buy(town, town.guest("bob"), used)
    await town.listen()
    await town.app.worker.runner.run_until_idle()
    await one.make()
    now = await one.now()
    assert (now.state, now.made, now.uses, now.spent) == (BatchState.READY, 3, 1, 500)
    assert await one.states() == {"ISSUED": 2, "USED": 1}
    await agree(one, 3)


async def test_a_code_for_all_that_the_shop_has_already_stops_the_batch_until_it_is_free(town: SimulatedTown) -> None:
    one = await campaign(town, code="SPRING10", is_shared=True)
    await one.make()
    other = await campaign(town, name="Second", reward=one.reward, code="SUMMER10", is_shared=True)
    theirs = town.shop.vouchers.create(VoucherTerms(name="By hand"), ["SUMMER10"])
    await other.make()
    now = await other.now()
    assert (now.state, now.made) == (BatchState.STOPPED, 0)
    assert now.trouble == "The shop has some of these codes already. Choose others."
    town.shop.vouchers.delete(theirs)
    await other.do("resume")
    await other.make()
    assert ((await other.now()).state, (await other.now()).trouble) == (BatchState.READY, None)


async def test_a_voucher_that_was_deleted_by_hand_stops_the_batch(town: SimulatedTown) -> None:
    one = await campaign(town, quantity=2500)
    await one.make_once()
    town.shop.vouchers.delete(in_shop(one))
    await one.make()
    now = await one.now()
    assert (now.state, now.made) == (BatchState.STOPPED, 2000)
    assert (now.trouble or "").startswith("The voucher of this batch was deleted in the shop")


async def test_codes_at_rest_are_digests_and_ciphertexts(town: SimulatedTown) -> None:
    one = await campaign(town, quantity=2, prefix="PLAIN")
    await one.make()
    [code, _] = await one.codes()
    async with town.app.database.shop(await town.app.installation(), read_only=True) as session:
        for table in ("coupon", "voucher_code", "coupon_batch", "reward_voucher"):
            rows = await session.scalars(sa.text(f"SELECT held::text FROM {table} AS held"))
            assert not [row for row in rows if code in row or code.encode().hex() in row]
        mac = BOOK.mac(code, installation=await town.app.installation())
        assert await session.scalar(sa.text("SELECT count(*) FROM voucher_code WHERE mac = :mac"), {"mac": mac}) == 1


async def test_codes_end_by_saleors_own_date(town: SimulatedTown) -> None:
    ends = town.shop.clock.now() + timedelta(days=30)
    one = await campaign(town, quantity=1, expires_at=ends)
    await one.make()
    assert in_shop(one).end_date == ends
    assert in_shop(one).single_use


async def test_the_effect_is_the_rewards_own(town: SimulatedTown) -> None:
    reward = await reward_of(town, effect={"kind": "PERCENTAGE", "percent": 10}, min_spent=5000)
    one = await campaign(town, reward=reward, is_shared=True, code="TEN", most_uses=7, once_per_customer=True)
    await one.make()
    voucher = in_shop(one)
    [listing] = voucher.channel_listings
    assert voucher.discount_value_type is DiscountValueType.PERCENTAGE
    assert (listing.discount_value, listing.min_spent_amount) == (Decimal(10), Decimal(50))
    assert (voucher.single_use, voucher.usage_limit, voucher.apply_once_per_customer) == (False, 7, True)
    assert [code.code for code in voucher.voucher_codes] == ["TEN"]
