"""Points for other acts than orders: signing up, birthdays and events, each once, within the limits of their rules."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from saleor_crm_app.crm import segments
from saleor_crm_app.crm.segments import read_condition
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, global_id
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.program import Enrollment, ProgramSettings
from saleor_crm_app.reactions.actions import Celebrator
from saleor_crm_app.reactions.again import Again
from saleor_crm_app.reactions.facts import keep_facts
from saleor_crm_app.reactions.told import Told
from tests.conftest import MakeInstallation
from tests.door import clock_at
from tests.loyalty.action_books import ActionBooks, fixed
from tests.loyalty.ledger_acts import DAY
from tests.shop import ANNA, EMMA, NOON


@pytest.fixture
async def books(database: Database, make_installation: MakeInstallation) -> ActionBooks:
    return ActionBooks(database, await make_installation(**clock_at(NOON)))


def told(name: str = "review", *, event: str = "e1", customer: CustomerId = ANNA, **other: object) -> Told:
    return Told(id=event, name=name, customer=customer, **other)  # type: ignore[arg-type] # any column


async def test_signing_up_earns_once_the_account_is_confirmed(books: ActionBooks) -> None:
    await books.publish(fixed("SIGN_UP", 50))
    await books.create(is_confirmed=False)
    assert await books.earned() == []
    await books.confirm()
    await books.confirm()
    assert await books.earned() == [("SIGN_UP", 50)]
    stand = await books.balance()
    assert (stand.available, stand.next_expiry_at) == (50, datetime(2027, 3, 2, tzinfo=UTC))
    assert await books.proved() == ()


async def test_an_account_that_needs_no_confirmation_earns_when_it_is_made(books: ActionBooks) -> None:
    await books.publish(fixed("SIGN_UP", 50))
    await books.create()
    await books.confirm()
    assert await books.earned() == [("SIGN_UP", 50)]


async def test_who_signed_up_before_the_rule_held_earns_nothing(books: ActionBooks) -> None:
    books.clock = NOON - DAY
    await books.create()
    await books.publish(fixed("SIGN_UP", 50))
    books.clock = NOON
    assert await books.earned() == []


async def test_staff_earn_nothing(books: ActionBooks) -> None:
    await books.publish(fixed("SIGN_UP", 50))
    await books.create(is_staff=True)
    assert await books.earned() == []


async def test_each_event_counts_once_and_names_its_rule(books: ActionBooks) -> None:
    await books.publish(fixed("review", 20), fixed("visit", 3))
    await books.known()
    answers = await books.tell(told(), told(), told("visit", event="e2"), told("unheard.of", event="e3"))
    assert [(one.status, one.points) for one in answers] == [
        ("ACCEPTED", 20),
        ("KNOWN", 0),
        ("ACCEPTED", 3),
        ("ACCEPTED", 0),
    ]
    again = await books.tell(told(), told("visit", event="e1", customer=ANNA))
    assert [one.status for one in again] == ["KNOWN", "KNOWN"]
    assert sorted(await books.earned()) == [("EVENT", 3), ("EVENT", 20)]
    async with books.database.shop(books.shop, read_only=True) as session:
        [(key, version, explanation)] = await session.execute(
            sa.text("SELECT key, program_version, explanation FROM entry WHERE points = 20")
        )
    assert key.startswith(f"action:{explanation['rule']}:event:")
    assert (version, explanation["event"], explanation["fixed"], explanation["cap"]) == (3, "review", 20, None)
    assert await books.proved() == ()


async def test_what_cannot_count_is_refused_each_with_a_sentence(books: ActionBooks) -> None:
    await books.known()
    answers = await books.tell(
        told(event="1", customer=EMMA),
        told(event="2", occurred_at=NOON - 31 * DAY),
        told(event="3", occurred_at=NOON + timedelta(minutes=6)),
        told("customer.signed_up", event="4"),
        told("customer.birthday", event="5", born=(2, 30)),
        told("customer.birthday", event="6"),
        told(event="7"),
    )
    refusals = [None if one.refusal is None else type(one.refusal).__name__ for one in answers]
    assert refusals == [
        "CustomerUnknown", "WrongTime", "WrongTime", "NameReserved", "NoSuchDay", "NoSuchDay", None,
    ]  # fmt: skip


async def test_limits_by_day_and_by_customer_are_kept(books: ActionBooks) -> None:
    await books.publish(fixed("visit", 10, limits={"perDay": 15, "perCustomer": 40}))
    await books.known()
    for day in range(4):
        books.clock = NOON + day * DAY
        await books.tell(*(told("visit", event=f"{day}-{number}") for number in range(3)))
    assert [points for _, points in await books.earned()] == [10, 5, 10, 5, 10]
    assert await books.proved() == ()


async def test_a_budget_ends_for_all(books: ActionBooks) -> None:
    await books.publish(fixed("visit", 10, limits={"budget": 25}))
    await books.known()
    await books.known(EMMA)
    answers = await books.tell(
        told("visit", event="1"), told("visit", event="2", customer=EMMA), told("visit", event="3")
    )
    assert [one.points for one in answers] == [10, 10, 5]
    [last] = await books.tell(told("visit", event="4", customer=EMMA))
    assert last.points == 0


async def test_conditions_of_the_day_hold(books: ActionBooks) -> None:
    # NOON is a Sunday
    await books.publish(
        fixed("visit", 10, **{"if": {"type": "WEEKDAY", "in": ["SUNDAY"]}}),
        fixed("review", 5, **{"if": {"type": "WEEKDAY", "in": ["MONDAY"]}}),
    )
    await books.known()
    answers = await books.tell(told("visit", event="1"), told(event="2"))
    assert [one.points for one in answers] == [10, 0]


async def test_points_make_up_for_what_is_owed_first(books: ActionBooks) -> None:
    await books.publish(fixed("visit", 100))
    await books.known()
    refunded = await books.bought(80)
    await books.redeem(80)
    await books.change(refunded, after=40 * DAY, status="CANCELED")
    await books.tell(told("visit"))
    stand = await books.balance()
    assert (stand.available, stand.deficit) == (20, 0)
    assert await books.proved() == ()


async def test_the_birthday_counts_once_a_year_even_when_it_is_told_anew(books: ActionBooks) -> None:
    await books.publish(fixed("BIRTHDAY", 100), at=NOON - DAY)
    await books.known()
    await books.born(3, 1, told=NOON - 40 * DAY)
    celebrator = Celebrator(books.database)
    await celebrator.celebrate()
    await celebrator.celebrate()
    assert await books.earned() == [("BIRTHDAY", 100)]
    await books.born(2, 28, told=NOON - 35 * DAY)
    await celebrator.celebrate()
    assert await books.earned() == [("BIRTHDAY", 100)]
    assert await books.proved() == ()


@pytest.mark.parametrize(("known_days", "given"), [(29, 0), (31, 100)])
async def test_a_birthday_must_have_been_told_a_month_before(books: ActionBooks, known_days: int, given: int) -> None:
    await books.publish(fixed("BIRTHDAY", 100), at=NOON - DAY)
    await books.known()
    await books.born(3, 1, told=NOON - known_days * DAY)
    await Celebrator(books.database).celebrate()
    assert sum(points for _, points in await books.earned()) == given


async def test_who_was_born_on_29_february_has_the_28th(books: ActionBooks) -> None:
    await books.publish(fixed("BIRTHDAY", 100), at=NOON - 3 * DAY)
    await books.known()
    await books.born(2, 29, told=NOON - 60 * DAY)
    await Celebrator(books.database).celebrate()
    assert await books.earned() == [("BIRTHDAY", 100)]
    async with books.database.shop(books.shop, read_only=True) as session:
        moment = (await session.execute(sa.text("SELECT occurred_at FROM entry"))).scalar_one()
    assert moment == datetime(2026, 2, 28, tzinfo=UTC)


async def test_a_paused_program_grants_when_it_goes_on(books: ActionBooks) -> None:
    await books.publish(fixed("visit", 10), at=NOON - DAY)
    await books.known()
    await books.pause(NOON - timedelta(hours=1))
    assert [one.status for one in await books.tell(told("visit"))] == ["ACCEPTED"]
    assert await books.earned() == []
    program = await books.program()
    async with books.database.shop(books.shop) as session:
        await points.memberships.resume(session, books.shop, program.id, at=NOON)
    job = points.memberships.AccrueAgain(installation=books.shop, program=program.id, since=NOON - DAY)
    for _ in range(2):
        await Again(books.database).accrue_again(job)
    assert await books.earned() == [("EVENT", 10)]
    assert await books.proved() == ()


async def test_only_who_has_joined_earns_where_one_has_to_join(books: ActionBooks) -> None:
    await books.publish(fixed("visit", 10))
    await books.choose(ProgramSettings(enrollment=Enrollment.OPT_IN))
    await books.known()
    await books.known(EMMA)
    program = await books.program()
    async with books.database.shop(books.shop) as session:
        await points.memberships.join(session, books.shop, EMMA, program, terms_version=None, at=NOON - DAY)
    await books.tell(told("visit", event="1"), told("visit", event="2", customer=EMMA))
    assert (await books.earned(ANNA), await books.earned(EMMA)) == ([], [("EVENT", 10)])


async def test_after_a_dry_run_only_what_comes_later_earns(books: ActionBooks) -> None:
    await books.publish(fixed("visit", 10), at=NOON - DAY)
    await books.known()
    await books.choose(ProgramSettings(dry_run=True))
    await books.tell(told("visit", event="1"))
    await books.choose(ProgramSettings(earn_since=NOON))
    await books.tell(told("visit", event="2", occurred_at=NOON - timedelta(minutes=1)), told("visit", event="3"))
    assert await books.earned() == [("EVENT", 10)]


async def test_an_event_earns_by_the_segments_its_customer_was_in_when_it_occurred(books: ActionBooks) -> None:
    condition = read_condition({"type": "NUMBER", "fact": "ORDERS", "atLeast": 1})
    async with books.database.shop(books.shop) as session:
        buyers = await segments.create_segment(session, books.shop, name="Buyers", condition=condition, at=NOON)
    of_buyers = {"type": "SEGMENT", "in": [global_id("CustomerSegment", buyers.id)]}
    await books.publish(fixed("review", 20, **{"if": of_buyers}), at=NOON - DAY)
    await books.known()
    await books.bought(100)
    async with books.database.shop(books.shop) as session:
        await keep_facts(session, books.shop, [ANNA], (), at=NOON)
        await segments.follow(session, books.shop, [ANNA], at=NOON)
    books.clock = NOON + DAY
    before, after = NOON - timedelta(seconds=1), NOON
    answers = await books.tell(
        told(event="before", occurred_at=before), told(event="after", occurred_at=after), told(event="now")
    )
    assert [one.points for one in answers] == [0, 20, 20]
