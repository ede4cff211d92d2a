"""What goes wrong with points elsewhere, each as people meet it there, and what happens here instead."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.kernel.money import MinorUnits, Money, Points
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.program import FixedDate, ProgramSettings
from tests.loyalty.ledger_acts import DAY, Books
from tests.shop import ANNA, NOON, FulfillmentFact, NamedUnits, RefundFact, line, order

TODAY = timedelta(0)


@pytest.fixture
def books(database: Database, installation: InstallationId) -> Books:
    return Books(database, installation)


async def kinds(books: Books) -> dict[str, int]:
    """What was posted in all, by kind."""
    sums = Counter[str]()
    for kind, number in await books.entries():
        sums[kind] += number
    return dict(sums)


async def test_1_points_are_granted_again_on_every_status_change_or_replayed_event(books: Books) -> None:
    paid = order(charged=10_000)
    await books.happen(paid)
    for minute, status in enumerate(("UNFULFILLED", "PARTIALLY_FULFILLED", "FULFILLED", "UNFULFILLED"), start=1):
        paid = await books.change(paid, after=timedelta(minutes=minute), status=status)
        await books.happen(paid, paid)
    assert await books.entries() == [("EARN", 100)]
    assert await books.proved() == ()


async def test_2_buy_earn_refund_and_keep_the_points_again_and_again(books: Books) -> None:
    for _ in range(5):
        bought = await books.bought(100)
        await books.change(bought, after=31 * DAY, charged=0, refunded=10_000)
    assert await kinds(books) == {"EARN": 500, "CLAWBACK": -500}
    stand = await books.balance()
    assert (stand.available, stand.pending, stand.deficit) == (0, 0, 0)
    assert await books.proved() == ()


async def test_3_a_refund_takes_points_twice_or_once_more_for_a_line_that_was_not_refunded(books: Books) -> None:
    bought = order(line("60", 6_000), line("40", 4_000), charged=10_000)
    await books.happen(bought)
    named = RefundFact(status="SUCCESS", lines=(NamedUnits(line="40", quantity=1),))
    returned = FulfillmentFact(
        status="REFUNDED_AND_RETURNED", created_at=NOON, lines=(NamedUnits(line="40", quantity=1),)
    )
    told = await books.change(bought, after=DAY, refunds=(named,))
    told = await books.change(told, after=DAY, refunds=(named,), charged=6_000, refunded=4_000)
    await books.change(told, after=DAY, fulfillments=(returned,))
    assert await books.entries() == [("EARN", 100), ("CLAWBACK", -40)]


async def test_4_an_order_that_is_cancelled_and_completed_again_never_gives_its_points_back(books: Books) -> None:
    bought = await books.bought(100)
    cancelled = await books.change(bought, after=31 * DAY, status="CANCELED")
    assert (await books.balance()).available == 0
    await books.change(cancelled, after=DAY, status="FULFILLED")
    assert (await books.balance()).available == 100
    assert await books.entries() == [("EARN", 100), ("CLAWBACK", -100), ("EARN", 100)]
    assert await books.proved() == ()


async def test_5_two_checkouts_at_once_spend_the_same_points(books: Books) -> None:
    await books.bought(500)
    tries = [books.hold(500, subject=f"checkout {number}") for number in range(20)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, points.errors.NotEnoughPoints)]
    assert (len(refused), {one.short_by for one in refused}) == (19, {500})
    assert (await books.balance()).held == 500
    assert await books.proved() == ()


async def test_6_giving_back_what_was_set_aside_credits_too_much_or_a_timed_out_order_eats_it(books: Books) -> None:
    await books.bought(300)
    held = await books.hold(200)
    for _ in range(3):
        await books.release(held)
    stand = await books.balance()
    assert (stand.available, stand.held, stand.spent) == (300, 0, 0)
    again = await books.hold(200)
    await books.release(again)
    assert (await books.balance()).available == 300
    assert await books.entries() == [("EARN", 300)]


async def test_7_floats_leave_crumbs_and_break_a_program_of_one_point(books: Books) -> None:
    # thirds and sevenths of a line, refunded cent by cent
    bought = order(line("odd", 26_828, quantity=7), charged=26_828)
    await books.happen(bought)
    told = bought
    for cents in (8_942, 8_943, 8_943):
        told = await books.change(told, after=DAY, charged=told.charged - cents, refunded=told.refunded + cents)
    assert (told.charged, await kinds(books)) == (0, {"EARN": 268, "CLAWBACK": -268})
    single = order(line("one", 100), charged=100)
    await books.happen(single)
    assert (await books.balance(at=NOON + 3 * DAY)).pending == 1


async def test_8_a_cart_of_one_currency_earns_by_the_number_of_another(books: Books) -> None:
    rand = order(line("cart", 170_000), charged=170_000, currency="ZAR", channel="cape-town")
    await books.happen(order(line("cart", 10_000), charged=10_000), rand)
    assert (await books.balance(at=NOON)).pending == 100
    with pytest.raises(points.errors.NotEnoughPoints):
        await books.hold(1_700)


async def test_9_worth_and_rate_are_off_by_a_hundred_or_upside_down(books: Books) -> None:
    await books.happen(order(line("tea", 1_999), charged=1_999))
    assert (await books.balance(at=NOON)).pending == 19
    program = await books.program()
    assert program.worth(Points(100)) == Money(MinorUnits(100), "EUR")
    assert program.worth(Points(99)) == Money(MinorUnits(99), "EUR")
    assert program.worth(Points(1)) == Money(MinorUnits(1), "EUR")


async def test_10_the_part_that_was_paid_with_points_earns_points(books: Books) -> None:
    paid_in_part_by_card_of_ours = order(line("60", 6_000), line("40", 4_000), charged=10_000, gift_card_charged=5_000)
    reward = order(line("reward", 5_000, gift=True), line("60", 6_000), charged=6_000, subtotal=6_000)
    await books.happen(paid_in_part_by_card_of_ours, reward)
    assert sorted(await books.entries()) == [("EARN", 50), ("EARN", 60)]


async def test_11_points_of_some_kinds_never_lapse_and_only_the_next_end_is_shown(books: Books) -> None:
    await books.bought(100, ago=300 * DAY)
    await books.bought(200, ago=200 * DAY)
    await books.choose(ProgramSettings(expiry=FixedDate()))
    await books.bought(300, ago=100 * DAY)
    stand = await books.balance()
    assert [one.points for one in stand.expiring] == [100, 200, 300]
    assert None not in {end for _, _, end in await books.lots()}
    books.clock = NOON + 3650 * DAY
    assert await books.expire() == 3
    assert await books.expire() == 0
    assert (await books.balance()).expired == 600


async def test_11_one_run_of_the_job_is_as_large_as_the_shop(books: Books) -> None:
    for number in range(7):
        await books.bought(10, ago=370 * DAY, customer=CustomerId(str(100 + number)))
    books.clock = NOON + 60 * DAY
    batches = []
    for _ in range(4):
        async with books.database.shop(books.shop) as session:
            batches.append(await points.expire_due(session, books.shop, at=books.clock, most=3))
    assert batches == [3, 3, 1, 0]


async def test_12_redeeming_moves_a_member_down_since_the_tier_looks_at_points(books: Books) -> None:
    await books.bought(1_000)
    before = await counted(books)
    await books.redeem(900)
    assert await counted(books) == before == [(100_000, 1, 1_000)]


async def counted(books: Books) -> list[tuple[int, int, int]]:
    """What counts towards Anna's tier: spend, orders, points."""
    owner = (ANNA, (await books.program()).id)
    async with books.database.shop(books.shop, read_only=True) as session:
        found = await points.qualifying_of(session, books.shop, {owner: NOON - 365 * DAY})
    return [(one.spend, one.orders, one.points) for one in found[owner].amounts]


async def test_13_two_accounts_of_one_person_are_merged_and_points_are_lost(books: Books) -> None:
    other = CustomerId("8")
    await books.bought(100, ago=40 * DAY)
    await books.bought(250, ago=30 * DAY, customer=other)
    held = await books.hold(40)
    await books.release(held)
    program = await books.program()
    async with books.database.shop(books.shop) as session:
        source = await points.account_of(session, books.shop, other, program.id)
        target = await points.account_of(session, books.shop, ANNA, program.id)
        assert source is not None
        assert target is not None
        await points.memberships.merge(session, books.shop, source.account, into=target.account, at=books.clock)
    assert (await books.balance()).available == 350
    assert sorted(left for left, _, _ in await books.lots()) == [100, 250]
    async with books.database.shop(books.shop) as session:
        await points.memberships.unmerge(session, books.shop, source.account, at=books.clock)
    assert ((await books.balance()).available, (await books.balance(other)).available) == (100, 250)
    assert await books.proved() == ()


async def test_17_the_end_of_one_batch_wipes_the_whole_balance(books: Books) -> None:
    await books.bought(100, ago=370 * DAY)
    await books.bought(250, ago=30 * DAY)
    books.clock = NOON + 30 * DAY
    await books.expire()
    stand = await books.balance()
    assert (stand.available, stand.expired) == (250, 100)
    assert await books.entries() == [("EARN", 100), ("EARN", 250), ("EXPIRE", -100)]


async def test_17_a_reward_that_was_taken_cannot_be_revoked(books: Books) -> None:
    await books.bought(300)
    held = await books.hold(200)
    bought = await books.bought(90, ago=TODAY)
    await books.capture(held, bought)
    await books.change(bought, after=DAY, status="CANCELED")
    stand = await books.balance(at=NOON + DAY)
    assert (stand.available, stand.spent) == (300, 0)
    assert await books.proved() == ()
