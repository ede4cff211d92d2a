"""Coupons that come without being asked for: once for each occasion, never to who is no member, never too many."""

from typing import Any

import pytest
import sqlalchemy as sa

from saleor_crm_app.crm import customers, orders
from saleor_crm_app.crm.customers import Birthday
from saleor_crm_app.kernel import clock
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.program import Enrollment, ProgramSettings
from saleor_crm_app.loyalty.rewards import Event, Occasion
from saleor_crm_app.reactions.actions import Celebrator
from saleor_crm_app.reactions.coupons import give_on_first_orders
from tests.loyalty.ledger_acts import DAY, Books
from tests.loyalty.rewards.store import Store
from tests.shop import ANNA, EMMA, NOON, observed, order

WELCOME: dict[str, Any] = {"given_on": ["SIGN_UP"], "points": 0}


@pytest.fixture
async def store(database: Database, installation: InstallationId) -> Store:
    made = Store(Books(database, installation))
    await made.books.bought(300)
    return made


async def given(store: Store) -> list[tuple[str, str]]:
    """Whose coupons there are, and what made them."""
    async with store.database.shop(store.shop, read_only=True) as session:
        rows = await session.execute(sa.text("SELECT customer_id, origin FROM coupon ORDER BY issued_at, customer_id"))
        return [(customer, origin) for customer, origin in rows]


async def happens(store: Store, *events: Event) -> None:
    async with store.database.shop(store.shop) as session:
        await rewards.grant_on(session, store.shop, events, at=store.books.clock)


def signs_up(customer: CustomerId) -> Event:
    return Event(occasion=Occasion.SIGN_UP, customer=customer, key="sign-up")


async def test_an_occasion_gives_once(store: Store) -> None:
    await store.offer(**WELCOME)
    await happens(store, signs_up(ANNA), signs_up(ANNA))
    await happens(store, signs_up(ANNA), signs_up(EMMA))
    assert await given(store) == [(ANNA, "SIGN_UP"), (EMMA, "SIGN_UP")]
    assert await store.balances(ANNA) == [300]


async def test_a_reward_that_is_used_up_is_left_out(store: Store) -> None:
    reward = await store.offer(**WELCOME, stock=1)
    await happens(store, signs_up(ANNA), signs_up(EMMA))
    assert await given(store) == [(ANNA, "SIGN_UP")]
    assert (await store.reward(reward)).stock_left == 0


async def test_who_has_not_joined_gets_nothing(store: Store) -> None:
    await store.books.choose(ProgramSettings(enrollment=Enrollment.OPT_IN))
    await store.offer(**WELCOME)
    await happens(store, signs_up(EMMA))
    assert await given(store) == []


async def test_another_occasion_and_a_paused_program_give_nothing(store: Store) -> None:
    await store.offer(**WELCOME)
    await happens(store, Event(occasion=Occasion.BIRTHDAY, customer=ANNA, key="birthday:2026"))
    await store.books.pause(NOON)
    await happens(store, signs_up(ANNA))
    assert await given(store) == []


async def test_a_birthday_gives_each_year_by_the_programs_calendar(store: Store) -> None:
    await store.offer(given_on=["BIRTHDAY"], points=0)
    async with store.database.shop(store.shop) as session:
        born = Birthday(customer=ANNA, month=3, day=1, known_since=NOON - 60 * DAY)
        await customers.tell_birthdays(session, store.shop, [born])
        await session.execute(
            sa.text("UPDATE installation SET sandbox = true, clock_offset = :by"), {"by": NOON - clock.now()}
        )
    for _ in range(2):
        await Celebrator(store.database).celebrate()
    assert await given(store) == [(ANNA, "BIRTHDAY")]


async def test_the_first_paid_order_gives_and_no_other(store: Store) -> None:
    await store.offer(given_on=["FIRST_ORDER"], points=0)
    store.books.clock += DAY
    moment = store.books.clock
    firsts = [order(customer=EMMA, created_at=moment, updated_at=moment, charged=paid) for paid in (0, 10_000, 10_000)]
    second = order(customer=ANNA, created_at=moment, updated_at=moment, charged=10_000)
    for one in (*firsts, second):
        async with store.database.shop(store.shop) as session:
            learnt = await orders.record(session, store.shop, observed(one), at=moment)
            await give_on_first_orders(session, store.shop, learnt.changed, at=moment)
    assert await given(store) == [(EMMA, "FIRST_ORDER")]


async def test_an_order_from_before_the_reward_was_there_gives_nothing(store: Store) -> None:
    await store.offer(given_on=["FIRST_ORDER"], points=0)
    early = order(customer=EMMA, created_at=NOON - DAY, updated_at=NOON - DAY, charged=10_000)
    async with store.database.shop(store.shop) as session:
        learnt = await orders.record(session, store.shop, observed(early), at=NOON)
        await give_on_first_orders(session, store.shop, learnt.changed, at=NOON)
    assert await given(store) == []
