"""Points set aside, spent and given back: from which lots, in which order, and never twice."""

from datetime import timedelta

import pytest

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId, RedemptionId, new_id
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.program import DeficitPolicy, ProgramSettings
from tests.loyalty.ledger_acts import DAY, Books
from tests.shop import NOON, NamedUnits, RefundFact


@pytest.fixture
def books(database: Database, installation: InstallationId) -> Books:
    return Books(database, installation)


async def test_what_is_held_cannot_be_spent_and_comes_from_the_nearest_expiry(books: Books) -> None:
    await books.bought(100, ago=40 * DAY)
    await books.bought(300, ago=30 * DAY)
    await books.hold(150)
    assert [(left, held) for left, held, _ in await books.lots()] == [(100, 100), (300, 50)]
    stand = await books.balance()
    assert (stand.available, stand.held) == (250, 150)
    with pytest.raises(points.errors.NotEnoughPoints) as refusal:
        await books.redeem(251)
    assert (refusal.value.available, refusal.value.short_by) == (250, 1)
    assert await books.entries() == [("EARN", 100), ("EARN", 300)]
    assert await books.proved() == ()


async def test_one_checkout_holds_once(books: Books) -> None:
    await books.bought(300)
    await books.hold(100)
    with pytest.raises(points.errors.HoldExists):
        await books.hold(100)
    assert (await books.balance()).held == 100


async def test_a_released_hold_leaves_no_trace_in_the_books(books: Books) -> None:
    await books.bought(300)
    held = await books.hold(200)
    assert len(await books.release(held)) == 1
    assert await books.release(held) == []
    stand = await books.balance()
    assert (stand.available, stand.held) == (300, 0)
    assert await books.entries() == [("EARN", 300)]
    assert await books.proved() == ()


async def test_an_order_captures_its_hold_once(books: Books) -> None:
    await books.bought(300)
    held = await books.hold(200)
    paid_with = await books.bought(50, ago=timedelta(0))
    await books.capture(held, paid_with)
    await books.capture(held, paid_with)
    assert await books.entries() == [("EARN", 300), ("EARN", 50), ("REDEEM", -200)]
    stand = await books.balance()
    assert (stand.available, stand.held, stand.spent) == (100, 0, 200)
    assert await books.release(held) == []
    assert await books.proved() == ()


async def test_an_order_after_the_release_captures_all_the_same_and_may_owe(books: Books) -> None:
    await books.bought(300)
    held = await books.hold(200)
    await books.release(held)
    await books.redeem(250)
    paid_with = await books.bought(10, ago=timedelta(0))
    await books.capture(held, paid_with)
    stand = await books.balance()
    assert (stand.available, stand.pending, stand.deficit, stand.spent) == (0, 0, 140, 450)
    with pytest.raises(points.errors.PointsOwed):
        await books.hold(1)
    assert await books.proved() == ()


async def test_a_second_order_on_one_hold_pays_for_itself(books: Books) -> None:
    await books.bought(500)
    held = await books.hold(200)
    first, second = await books.bought(10, ago=timedelta(0)), await books.bought(10, ago=timedelta(0))
    await books.capture(held, first)
    await books.capture(held, second)
    assert (await books.balance()).spent == 400
    assert await books.proved() == ()


async def test_points_come_back_by_the_share_of_the_money(books: Books) -> None:
    await books.bought(100, ago=40 * DAY)
    await books.bought(300, ago=30 * DAY)
    held = await books.hold(150)
    bought = await books.bought(90, ago=timedelta(0))
    await books.capture(held, bought)
    ends = [end for _, _, end in await books.lots() if end is not None]
    half = await books.change(bought, after=DAY, charged=4500, refunded=4500)
    # the later end first: 50 went out of the second lot, then 100 out of the first
    assert [(left, end) for left, _, end in await books.lots()][:2] == [(25, ends[0] - 10 * DAY), (300, ends[0])]
    await books.change(half, after=DAY, charged=0, refunded=9000)
    assert [left for left, _, _ in await books.lots()] == [100, 300]
    assert (await books.entries())[2:] == [
        ("EARN", 90),
        ("REDEEM", -150),
        ("CLAWBACK", -45),
        ("RETURN", 75),
        ("CLAWBACK", -45),
        ("RETURN", 75),
    ]
    assert await books.proved() == ()


async def test_a_refund_that_fails_again_spends_the_points_again(books: Books) -> None:
    await books.bought(300)
    held = await books.hold(100)
    bought = await books.bought(90, ago=timedelta(0))
    await books.capture(held, bought)
    back = await books.change(bought, after=DAY, charged=0, refunded=9000)
    await books.change(back, after=DAY, charged=9000, refunded=0)
    stand = await books.balance(at=NOON + 2 * DAY)
    assert (stand.available, stand.spent, stand.pending) == (200, 100, 90)
    assert await books.proved() == ()


async def test_a_cancelled_order_gives_all_points_back(books: Books) -> None:
    await books.bought(300)
    held = await books.hold(300)
    bought = await books.bought(90, ago=timedelta(0))
    await books.capture(held, bought)
    await books.change(bought, after=DAY, status="CANCELED")
    stand = await books.balance(at=NOON + DAY)
    assert (stand.available, stand.spent, stand.pending) == (300, 0, 0)
    assert await books.proved() == ()


async def test_an_order_paid_with_points_alone_returns_the_named_share(books: Books) -> None:
    await books.bought(300)
    held = await books.hold(200)
    bought = await books.bought(50, ago=timedelta(0))
    await books.capture(held, bought)
    unpaid = await books.change(bought, after=DAY, charged=0, gift_card_charged=0)
    named = RefundFact(status="SUCCESS", lines=(NamedUnits(line="line", quantity=1),))
    await books.change(unpaid, after=DAY, refunds=(named,))
    assert (await books.balance(at=NOON + 2 * DAY)).spent == 0
    assert await books.proved() == ()


async def test_points_whose_time_is_over_come_back_with_thirty_days(books: Books) -> None:
    await books.bought(100, ago=360 * DAY)
    held = await books.hold(100)
    bought = await books.bought(90, ago=timedelta(0))
    await books.capture(held, bought)
    books.clock = NOON + 40 * DAY
    await books.change(bought, after=40 * DAY, charged=0, refunded=9000)
    midnight = NOON.replace(hour=0)
    assert await books.lots() == [(100, 0, midnight + 71 * DAY)]
    assert (await books.balance()).available == 100
    assert await books.proved() == ()


async def test_what_is_owed_is_made_up_when_a_hold_is_released(books: Books) -> None:
    earned = await books.bought(300)
    held = await books.hold(200)
    await books.change(earned, after=31 * DAY, charged=0, refunded=30000)
    stand = await books.balance()
    assert (stand.available, stand.held, stand.deficit) == (0, 200, 200)
    await books.release(held)
    stand = await books.balance()
    assert (stand.available, stand.held, stand.deficit) == (0, 0, 0)
    assert await books.entries() == [("EARN", 300), ("CLAWBACK", -300), ("ADJUST", 0)]
    assert await books.proved() == ()


async def test_where_nobody_may_owe_the_shop_bears_what_was_spent(books: Books) -> None:
    earned = await books.bought(300)
    await books.choose(ProgramSettings(deficit=DeficitPolicy.FLOOR_AT_ZERO))
    await books.redeem(250)
    back = await books.change(earned, after=31 * DAY, charged=0, refunded=30000)
    stand = await books.balance()
    assert (stand.available, stand.deficit) == (0, 0)
    await books.change(back, after=DAY, charged=30000, refunded=0)
    stand = await books.balance()
    assert (stand.available, stand.deficit, stand.spent) == (50, 0, 250)
    assert await books.proved() == ()


async def test_points_taken_from_another_lot_return_to_it(books: Books) -> None:
    first = await books.bought(100, ago=40 * DAY)
    await books.bought(300, ago=30 * DAY)
    await books.redeem(100)
    before = await books.lots()
    back = await books.change(first, after=41 * DAY, charged=0, refunded=10000)
    assert [left for left, _, _ in await books.lots()] == [200]
    await books.change(back, after=DAY, charged=10000, refunded=0)
    assert await books.lots() == before
    assert await books.proved() == ()


async def test_the_same_redemption_twice_spends_once(books: Books) -> None:
    await books.bought(300)
    redemption = RedemptionId(new_id())
    await books.redeem(100, redemption=redemption)
    await books.redeem(100, redemption=redemption)
    assert await books.entries() == [("EARN", 300), ("REDEEM", -100)]


async def test_a_paused_program_spends_nothing(books: Books) -> None:
    await books.bought(300)
    await books.pause(NOON)
    with pytest.raises(points.errors.ProgramPaused):
        await books.hold(100)
    with pytest.raises(points.errors.ProgramPaused):
        await books.redeem(100)
    assert await books.entries() == [("EARN", 300)]


async def test_an_order_that_used_a_part_captures_a_part(books: Books) -> None:
    await books.bought(300)
    held = await books.hold(200)
    bought = await books.bought(90, ago=timedelta(0))
    one = points.Capture(hold=held.key, order=bought.id, ordered_at=bought.created_at, points=150)
    async with books.database.shop(books.shop) as session:
        await points.capture(session, books.shop, [one], at=books.clock)
    stand = await books.balance()
    assert (stand.available, stand.held, stand.spent) == (150, 0, 150)
    assert await books.proved() == ()


async def test_what_the_shop_bore_once_is_not_taken_from_later_points(books: Books) -> None:
    await books.bought(300)
    await books.choose(ProgramSettings(deficit=DeficitPolicy.FLOOR_AT_ZERO))
    held = await books.hold(200)
    await books.release(held)
    await books.redeem(300)
    paid_with = await books.bought(0, ago=timedelta(0))
    await books.capture(held, paid_with)
    await books.bought(500)
    await books.capture(held, paid_with)
    assert (await books.balance()).available == 500
    assert await books.proved() == ()
