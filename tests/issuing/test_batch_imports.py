"""Codes that were made elsewhere come into a batch and into the shop; what cannot is told by its place."""

from typing import Any

import pytest

from saleor_crm_app.demo.voucher_terms import VoucherTerms
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.loyalty.coupons import BatchState, Outcome
from saleor_crm_app.loyalty.rewards.batch_errors import BatchInvalid, BatchOver, OneForAll
from saleor_crm_app.loyalty.rewards.importing import BadCode, Fault
from tests.journeys.campaigns import Campaign, campaign
from tests.journeys.claims import coupon_of, offer
from tests.journeys.members import Member
from tests.journeys.simulated_town import SimulatedTown
from tests.journeys.town import buy


async def empty(town: SimulatedTown, **wish: Any) -> Campaign:  # noqa: ANN401 # any part of it
    """A batch to import into."""
    return await campaign(town, quantity=0, **wish)


async def test_imported_codes_are_good_as_they_were_printed(town: SimulatedTown) -> None:
    one = await empty(town)
    assert (await one.now()).state is BatchState.READY
    done = await one.take_in(["Herbst-2026-a", " FLYER_002 ", "\u0412\u0415\u0421\u041d\u0410-10"])
    assert ([*done.taken], [*done.bad]) == ([1, 2, 3], [])
    assert ((await one.now()).state, (await one.now()).wanted) == (BatchState.RUNNING, 3)
    await town.app.worker.runner.run_until_idle()
    now = await one.now()
    assert (now.state, now.made, now.wanted) == (BatchState.READY, 3, 3)
    assert await one.codes() == ["Herbst-2026-a", "FLYER_002", "\u0412\u0415\u0421\u041d\u0410-10"]
    for code in await one.codes():
        assert (await buy(town, town.guest("bob"), code)).saved == 5
    await town.hear()
    assert ((await one.now()).uses, await one.outcomes()) == (3, [Outcome.USED] * 3)


async def test_each_bad_row_is_named_with_its_fault_and_the_others_are_taken(town: SimulatedTown, anna: Member) -> None:
    one, other = await empty(town), await empty(town, name="Other")
    await other.take_in(["OTHERS-1"])
    hers = (await coupon_of(anna, await offer(town)))["code"]
    rows = [
        "SHORT",
        "x" * 256,
        "with space",
        "=cmd()",
        "GOOD-1",
        "good-1",
        "OTHERS-1",
        hers,
        "GOOD-2",
        "",
        "e\u0301toile1",
    ]
    done = await one.take_in(rows)
    assert [*done.taken] == [5, 9]
    assert [*done.bad] == [
        BadCode(1, Fault.TOO_SHORT),
        BadCode(2, Fault.TOO_LONG),
        BadCode(3, Fault.BAD_CHARACTERS),
        BadCode(4, Fault.BAD_CHARACTERS),
        BadCode(6, Fault.DOUBLED),
        BadCode(7, Fault.TAKEN),
        BadCode(8, Fault.TAKEN),
        BadCode(10, Fault.TOO_SHORT),
        BadCode(11, Fault.BAD_CHARACTERS),
    ]
    assert await one.codes() == ["GOOD-1", "GOOD-2"]


async def test_the_same_codes_again_are_in_the_batch_already(town: SimulatedTown) -> None:
    one = await empty(town)
    codes = [f"FLYER-{number:04}" for number in range(500)]
    assert len((await one.take_in(codes)).taken) == 500
    again = await one.take_in(codes)
    assert [*again.taken] == []
    assert {bad.fault for bad in again.bad} == {Fault.IN_BATCH}
    await one.make()
    assert ((await one.now()).wanted, await one.states()) == (500, {"ISSUED": 500})


async def test_what_the_shop_has_for_something_else_is_left_out_and_may_be_tried_again(town: SimulatedTown) -> None:
    theirs = town.shop.vouchers.create(VoucherTerms(name="By hand"), ["FOREIGN-1", "FOREIGN-2"])
    card = town.shop.gift_cards.create(10, "USD", code="CARD-CARD")
    one = await empty(town)
    await one.take_in(["FOREIGN-1", "OURS-1", card.code, "OURS-2", "FOREIGN-2"])
    await one.make()
    now = await one.now()
    assert (now.state, now.made, now.wanted, now.left_out) == (BatchState.READY, 2, 2, 3)
    assert await one.states() == {"ISSUED": 2, "FAILED": 3}
    assert [code.code for code in theirs.voucher_codes] == ["FOREIGN-1", "FOREIGN-2"]
    town.shop.vouchers.delete(theirs)
    done = await one.take_in(["FOREIGN-1", "FOREIGN-2", "OURS-1"])
    assert ([*done.taken], [*done.bad]) == ([1, 2], [BadCode(3, Fault.IN_BATCH)])
    await one.make()
    now = await one.now()
    assert (now.state, now.made, now.wanted, now.left_out) == (BatchState.READY, 4, 4, 1)
    assert await one.states() == {"ISSUED": 4, "FAILED": 1}


async def test_a_stopped_batch_takes_codes_in_and_waits(town: SimulatedTown) -> None:
    one = await campaign(town, quantity=10)
    await one.do("stop")
    await one.take_in(["FLYER-1"])
    await one.make()
    assert ((await one.now()).state, await one.states()) == (BatchState.STOPPED, {"HELD": 1})
    await one.do("resume")
    await one.make()
    assert ((await one.now()).made, await one.states()) == (11, {"ISSUED": 11})


@pytest.mark.parametrize(
    ("codes", "wish", "refusal"),
    [
        ([], {}, BatchInvalid),
        (["GOOD-1"] * 501, {}, BatchInvalid),
        (["GOOD-1"], {"quantity": 1, "is_shared": True}, OneForAll),
    ],
)
async def test_what_cannot_be_imported_is_refused_whole(
    town: SimulatedTown, codes: list[str], wish: dict[str, Any], refusal: type[Refusal]
) -> None:
    one = await campaign(town, **{"quantity": 0, **wish})
    before = await one.now()
    with pytest.raises(refusal):
        await one.take_in(codes)
    assert await one.now() == before


async def test_an_ended_batch_takes_nothing_in(town: SimulatedTown) -> None:
    one = await empty(town)
    await one.end()
    with pytest.raises(BatchOver):
        await one.take_in(["GOOD-1"])
