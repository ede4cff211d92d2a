"""Points lapse at the end of their local day, once, whenever the job runs; held ones wait."""

from datetime import UTC, datetime, timedelta

import pytest

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.program import FixedDate, Inactivity, Never, Period, ProgramSettings
from tests.loyalty.ledger_acts import DAY, Books
from tests.shop import NOON


@pytest.fixture
def books(database: Database, installation: InstallationId) -> Books:
    return Books(database, installation)


async def test_points_lapse_at_the_end_of_their_day_whenever_the_job_runs(books: Books) -> None:
    await books.bought(100)
    end = (await books.lots())[0][2]
    assert end == NOON.replace(hour=0) - 30 * DAY + 15 * DAY + 366 * DAY
    books.clock = end - timedelta(seconds=1)
    assert (await books.balance()).available == 100
    assert await books.expire() == 0
    books.clock = end
    stand = await books.balance()
    assert (stand.available, stand.expired) == (0, 100)
    assert await books.expire() == 1
    assert await books.expire() == 0
    assert await books.balance() == stand
    assert await books.entries() == [("EARN", 100), ("EXPIRE", -100)]
    assert await books.proved() == ()


async def test_nothing_lapses_while_it_is_held(books: Books) -> None:
    await books.bought(100, ago=370 * DAY)
    held = await books.hold(60)
    books.clock = NOON + 30 * DAY
    assert await books.expire() == 1
    stand = await books.balance()
    assert (stand.held, stand.expired) == (60, 40)
    await books.release(held)
    assert (await books.balance()).expired == 100
    assert await books.expire() == 1
    assert await books.entries() == [("EARN", 100), ("EXPIRE", -40), ("EXPIRE", -60)]
    assert await books.proved() == ()


async def test_a_refund_after_the_end_takes_nothing_more(books: Books) -> None:
    old = await books.bought(100, ago=300 * DAY)
    await books.bought(50, ago=30 * DAY)
    books.clock = NOON + 90 * DAY
    await books.expire()
    back = await books.change(old, after=400 * DAY, charged=0, refunded=10000)
    stand = await books.balance()
    assert (stand.available, stand.expired, stand.deficit) == (50, 100, 0)
    await books.change(back, after=DAY, charged=10000, refunded=0)
    assert await books.entries() == [("EARN", 100), ("EARN", 50), ("EXPIRE", -100)]
    assert await books.proved() == ()


async def test_the_books_are_the_same_where_the_job_never_ran_before_the_refund(books: Books) -> None:
    old = await books.bought(100, ago=300 * DAY)
    await books.bought(50, ago=30 * DAY)
    books.clock = NOON + 90 * DAY
    await books.change(old, after=400 * DAY, charged=0, refunded=10000)
    assert await books.entries() == [("EARN", 100), ("EARN", 50), ("EXPIRE", -100)]
    assert await books.proved() == ()


async def test_nothing_lapses_in_a_paused_program(books: Books) -> None:
    await books.bought(100, ago=370 * DAY)
    await books.pause(NOON)
    books.clock = NOON + 60 * DAY
    assert await books.expire() == 0
    assert await books.entries() == [("EARN", 100)]


async def test_points_that_stay_never_lapse(books: Books) -> None:
    await books.bought(1)
    await books.choose(ProgramSettings(expiry=Never()))
    await books.bought(100)
    books.clock = NOON + 3650 * DAY
    await books.expire()
    assert (await books.balance()).available == 100
    assert await books.proved() == ()


@pytest.mark.parametrize(
    ("rule", "end"),
    [
        (FixedDate(month=12, day=31, at_least_days=180), datetime(2027, 1, 1, tzinfo=UTC)),
        (FixedDate(month=6, day=30, at_least_days=180), datetime(2027, 7, 1, tzinfo=UTC)),
        (FixedDate(month=2, day=31, at_least_days=0), datetime(2026, 3, 1, tzinfo=UTC)),
        (Period(days=10), datetime(2026, 2, 25, tzinfo=UTC)),
    ],
)
async def test_points_lapse_on_the_day_that_was_chosen(books: Books, rule: FixedDate | Period, end: datetime) -> None:
    await books.bought(1, ago=300 * DAY)
    await books.choose(ProgramSettings(expiry=rule))
    await books.bought(100, ago=30 * DAY)
    assert (await books.lots())[0 if end < datetime(2026, 12, 1, tzinfo=UTC) else -1][::2] == (100, end)


async def test_a_purchase_and_a_redemption_keep_idle_points_alive(books: Books) -> None:
    await books.bought(1)
    await books.choose(ProgramSettings(expiry=Inactivity(days=100)))
    await books.bought(100, ago=30 * DAY)
    assert (await books.lots())[0][2] == NOON.replace(hour=0) + (15 - 30 + 1 + 100) * DAY
    books.clock = NOON + 50 * DAY
    await books.bought(10, ago=timedelta(0))
    assert {end for left, _, end in await books.lots() if left == 100} == {NOON.replace(hour=0) + 151 * DAY}
    books.clock = NOON + 120 * DAY
    await books.redeem(20)
    assert (await books.balance(at=NOON + 219 * DAY)).available == 91
    # the first point keeps the later end it was promised before idle points lapsed
    assert (await books.balance(at=NOON + 222 * DAY)).available == 1
    assert await books.proved() == ()
