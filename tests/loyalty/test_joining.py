"""Joining and leaving where customers do so by themselves: who is in since when, and which orders that lets count."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.program import Enrollment, Program, ProgramSettings, programs_for
from saleor_crm_app.reactions.again import Again
from tests.conftest import MakeInstallation
from tests.door import clock_at
from tests.loyalty.ledger_acts import DAY, Books
from tests.shop import ANNA, EMMA, NOON

Stay = points.memberships.Stay


class Joining(Books):
    """Books of a program that customers join."""

    async def open(self, **settings: object) -> Program:
        async with self.database.shop(self.shop) as session:
            await programs_for(session, self.shop, {"default-channel": "EUR"})
        await self.choose(ProgramSettings(enrollment=Enrollment.OPT_IN, **settings))  # type: ignore[arg-type] # any
        return await self.program()

    async def join(self, customer: CustomerId = ANNA, *, at: datetime = NOON, terms: str | None = None) -> bool:
        program = await self.program()
        async with self.database.shop(self.shop) as session:
            return await points.memberships.join(session, self.shop, customer, program, terms_version=terms, at=at)

    async def leave(self, customer: CustomerId = ANNA, *, at: datetime = NOON) -> bool:
        program = await self.program()
        async with self.database.shop(self.shop) as session:
            return await points.memberships.leave(session, self.shop, customer, program, at=at)

    async def stays(self, *customers: CustomerId) -> list[list[Stay]]:
        program = await self.program()
        async with self.database.shop(self.shop, read_only=True) as session:
            found = await points.memberships.joined_of(session, self.shop, {(one, program.id) for one in customers})
        return [list(found.get((one, program.id), ())) for one in customers]


@pytest.fixture
def books(database: Database, installation: InstallationId) -> Joining:
    return Joining(database, installation)


async def test_joining_twice_is_joining_once(books: Joining) -> None:
    await books.open()
    assert await books.join(terms="2026-01") is True
    assert await books.join(at=NOON + DAY) is False
    assert await books.stays(ANNA, EMMA) == [[Stay(NOON, None, "2026-01")], []]


async def test_who_left_may_join_again_and_both_stays_are_known(books: Joining) -> None:
    await books.open()
    assert await books.leave() is False
    await books.join()
    assert await books.leave(at=NOON + DAY) is True
    await books.join(at=NOON + 2 * DAY)
    assert await books.stays(ANNA) == [[Stay(NOON, NOON + DAY), Stay(NOON + 2 * DAY)]]


async def test_joining_owes_a_look_at_earlier_orders(books: Joining) -> None:
    program = await books.open()
    await books.join()
    async with books.database.queue() as session:
        [(task, arguments)] = (await session.execute(sa.text("SELECT task_name, args FROM procrastinate_jobs"))).all()
    assert task == "AccrueAgain"
    assert (arguments["program"], arguments["customer"]) == (str(program.id), ANNA)


@pytest.mark.parametrize(
    ("ordered_at", "credited_days", "counts"),
    [
        (NOON - timedelta(seconds=1), 0, False),
        (NOON, 0, True),
        (NOON + DAY, 0, False),
        (NOON + 2 * DAY, 0, True),
        (NOON - 5 * DAY, 5, True),
        (NOON - 5 * DAY - timedelta(seconds=1), 5, False),
    ],
)
async def test_orders_count_while_joined(
    books: Joining, ordered_at: datetime, credited_days: int, *, counts: bool
) -> None:
    program = await books.open(credit_days_on_join=credited_days)
    stays = [Stay(NOON, NOON + DAY), Stay(NOON + 2 * DAY)]
    assert points.memberships.counts_while_joined(program, stays, ordered_at) is counts


async def test_where_nobody_has_to_join_all_orders_count(books: Joining) -> None:
    await books.open()
    await books.choose(ProgramSettings())
    program = await books.program()
    assert points.memberships.counts_while_joined(program, (), NOON) is True
    async with books.database.shop(books.shop, read_only=True) as session:
        assert await points.memberships.programs_joined(session, books.shop, ANNA, [program]) == {program.id}


async def test_the_deleted_leave(books: Joining) -> None:
    await books.open()
    await books.join()
    async with books.database.shop(books.shop) as session:
        await points.memberships.close(session, books.shop, [ANNA], at=NOON + DAY)
    assert await books.stays(ANNA) == [[Stay(NOON, NOON + DAY)]]


async def test_only_orders_made_while_joined_earn(books: Joining) -> None:
    await books.open()
    await books.bought(100, ago=3 * DAY)
    assert await books.entries() == []
    await books.join(at=NOON - 2 * DAY)
    await books.bought(40, ago=DAY)
    await books.leave(at=NOON)
    books.clock = NOON + 2 * DAY
    await books.bought(20, ago=DAY)
    assert await books.entries() == [("EARN", 40)]
    assert await books.proved() == ()


async def test_orders_of_the_days_before_joining_are_credited_by_the_job(
    database: Database, make_installation: MakeInstallation
) -> None:
    books = Joining(database, await make_installation(**clock_at(NOON)))
    program = await books.open(credit_days_on_join=30)
    for customer in (ANNA, EMMA):
        await books.bought(100, ago=31 * DAY, customer=customer)
        await books.bought(40, ago=10 * DAY, customer=customer)
    await books.join(EMMA)
    await books.join()
    job = points.memberships.AccrueAgain(installation=books.shop, program=program.id, customer=ANNA)
    for _ in range(2):
        await Again(database).accrue_again(job)
    assert (await books.entries(), await books.entries(EMMA)) == ([("EARN", 40)], [])
    assert await books.proved() == ()


async def test_what_had_earned_before_one_had_to_join_is_followed_on(books: Joining) -> None:
    refunded = await books.bought(100)
    paid_with = await books.bought(10, ago=DAY)
    await books.bought(300)
    held = await books.hold(50)
    await books.capture(held, paid_with)
    await books.open()
    await books.change(refunded, after=40 * DAY, status="CANCELED")
    await books.change(paid_with, after=40 * DAY, status="CANCELED")
    stand = await books.balance()
    assert (stand.available, stand.pending, stand.spent, stand.deficit) == (300, 0, 0, 0)
    assert await books.proved() == ()
