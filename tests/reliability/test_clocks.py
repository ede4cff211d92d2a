"""Promises 13 and 14: ten years of local days in five zones, a job that is late, and clocks that step back."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from tests.conftest import MakeInstallation
from tests.reliability import oracle
from tests.reliability.account_oracle import Rules
from tests.reliability.crowd import customer
from tests.reliability.real_ledger import RealLedger
from tests.reliability.till import Order, Till, told

ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "Pacific/Apia", "Europe/Moscow")
MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)
BEGIN = datetime(2008, 1, 1, tzinfo=UTC)
SPECIAL = [
    datetime(2008, 2, 29, 23, 59, 59, tzinfo=UTC),  # a leap day, and 365 days later there is none
    datetime(2012, 2, 14, 12, tzinfo=UTC),  # its points open on a leap day
    datetime(2015, 2, 13, 23, 30, tzinfo=UTC),  # its points end on one
    datetime(2011, 12, 16, 9, tzinfo=UTC),  # opens on the day that Apia skipped
    datetime(2010, 12, 16, 9, tzinfo=UTC),  # ends on it
    datetime(2011, 3, 13, 1, tzinfo=UTC),  # opens on the day Moscow left winter time for good
    datetime(2013, 10, 13, 1, tzinfo=UTC),  # and on the day it went back
    datetime(2016, 3, 13, 1, tzinfo=UTC),  # on a day of 23 hours in Berlin
    datetime(2016, 10, 16, 1, tzinfo=UTC),  # and of 25
]


def instants() -> list[datetime]:
    """The hard ones, and one by chance for each month of ten years."""
    chance = Random(13)  # noqa: S311 # it must repeat by its seed and guards nothing
    months = [BEGIN + timedelta(days=30 * month, seconds=chance.randrange(30 * 86_400)) for month in range(120)]
    return sorted([*SPECIAL, *months])


@pytest.mark.parametrize("zone", ZONES)
async def test_points_live_for_whole_local_days(database: Database, installation: InstallationId, zone: str) -> None:
    # given: members who each got an order at another instant of ten years
    shop, till = RealLedger(database, installation), Till()
    await shop.begin(zone=zone)
    orders = {}
    for number, instant in enumerate(instants()):
        till.clock = instant
        orders[customer(number)] = told(till.bought(customer(number), 10_000))
    await shop.tell(list(orders.values()), at=till.clock)
    # when, then: the oracle's calendar and the ledger's are the same
    rules, program = Rules(zone=ZoneInfo(zone)), oracle.Program(zone=ZoneInfo(zone))
    expected = {}
    for name, order in orders.items():
        opens = oracle.available_at(order, program)
        assert opens is not None
        expected[name] = (opens, rules.end(opens, None))
    found = await shop.rows(
        "SELECT customer_id, activates_at, expires_at FROM lot JOIN account ON account.id = account_id"
    )
    assert {name: (opens, ends) for name, opens, ends in found} == expected
    # and: both ends are the first instant of a local day, none is reached a moment too soon
    for name in (customer(number) for number in range(0, len(orders), 13)):
        opens, ends = expected[name]
        assert ends is not None
        for edge, before, after in ((opens, (100, 0, 0), (0, 100, 0)), (ends, (0, 100, 0), (0, 0, 100))):
            local = [(each.astimezone(program.zone)).date() for each in (edge - MOMENT, edge)]
            assert local[0] < local[1]
            assert [await standing(shop, name, at) for at in (edge - MOMENT, edge)] == [before, after]
    assert await shop.findings() == ()
    await shop.end()


async def standing(shop: RealLedger, name: str, at: datetime) -> tuple[int, int, int]:
    one = (await shop.books([name], at=at)).standings[name]
    return one.pending, one.available, one.expired


async def a_life(shop: RealLedger, *, job_runs: Sequence[int]) -> list[object]:
    """The same acts every time; the job runs after those acts that are named. Gives the books at the end."""
    await shop.begin()
    till = Till()
    acts = 0

    async def then(*orders: Order, wait: int) -> None:
        nonlocal acts
        await shop.tell(orders, at=till.clock)
        acts += 1
        till.pass_time(wait * DAY)
        if acts in job_runs:
            await shop.expire(at=till.clock)

    first = till.bought("7", 10_000)
    await then(first, wait=40)
    await then(second := till.bought("7", 7_000), wait=40)
    await shop.redeem(UUID(int=1), "7", 30, at=till.clock)
    await shop.hold("checkout", "7", 20, at=till.clock)
    await then(till.bought("7", 5_000), wait=301)
    await then(till.refund(first, 6_000), wait=40)
    await shop.release("checkout", at=till.clock)
    await then(till.charge_back(first), wait=30)
    await then(till.refund(second, 7_000), wait=400)
    await shop.expire(at=till.clock)
    kinds = await shop.rows("SELECT kind, points, occurred_at FROM entry ORDER BY occurred_at, kind, points")
    orders = await shop.rows("SELECT posted, forgiven FROM order_points ORDER BY order_id")
    books = await shop.books(["7"], at=till.clock)
    assert await shop.findings() == ()
    await shop.end()
    return [kinds, orders, books.standings, sorted(books.lots)]


async def test_a_job_that_comes_late_or_five_times_or_never_leaves_equal_books(
    database: Database, make_installation: MakeInstallation
) -> None:
    on_time, late, never = [
        await a_life(RealLedger(database, await make_installation()), job_runs=runs)
        for runs in ((1, 2, 3, 4, 5, 6), (5,), ())
    ]
    assert on_time == late == never


async def test_nothing_lapses_while_it_is_held_however_often_the_job_runs(
    database: Database, installation: InstallationId
) -> None:
    shop, till = RealLedger(database, installation), Till()
    await shop.begin()
    await shop.tell([till.bought("7", 10_000)], at=till.clock)
    till.pass_time(20 * DAY)
    await shop.hold("checkout", "7", 60, at=till.clock)
    till.pass_time(3650 * DAY)
    for _ in range(5):
        await shop.expire(at=till.clock)
    one = (await shop.books(["7"], at=till.clock)).standings["7"]
    assert (one.held, one.expired) == (60, 40)
    await shop.end()


async def test_clocks_that_step_back_break_nothing(database: Database, installation: InstallationId) -> None:
    shop, till = RealLedger(database, installation), Till()
    await shop.begin()
    chance = Random(14)  # noqa: S311 # it must repeat by its seed and guards nothing
    order = till.bought("7", 90_000)
    await shop.tell([order], at=till.clock)
    till.pass_time(120 * DAY)
    steps = (timedelta(hours=-1), DAY, timedelta(seconds=1), -2 * DAY, timedelta(days=5), timedelta(hours=-30))
    for number in range(40):
        till.pass_time(chance.choice(steps))
        at = till.clock
        await shop.redeem(UUID(int=number), "7", 1, at=at)
        await shop.hold(f"checkout{number}", "7", 2, at=at)
        await shop.tell([told(till.pay(order, 100)), told(till.refund(order, 300))], at=at)
        await shop.release(f"checkout{number}", at=at - timedelta(hours=1))
        await shop.expire(at=at)
    sequence = [seq for (seq,) in await shop.rows("SELECT seq FROM entry ORDER BY id")]
    assert sequence == list(range(1, len(sequence) + 1))
    assert len(sequence) > 40
    assert await shop.findings() == ()
    await shop.end()
