"""What one member of staff may move alone, and the second pair of eyes for the rest."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points.staff.staff_acts import (
    Adjustment,
    Goodwill,
    Outcome,
    ReasonCode,
    RequestState,
    reject,
    staff_requests,
)
from tests.loyalty.staff_books import KIM, ROBOT, SAM, Books, open_books
from tests.shop import NOON


@pytest.fixture
async def books(database: Database, installation: InstallationId) -> Books:
    return await open_books(database, installation)


async def test_one_person_moves_so_many_points_a_local_day(books: Books) -> None:
    await books.settle(staff='{"daily_limit": 100, "four_eyes_above": 100}')
    async with books.database.shop(books.shop) as session:
        await session.execute(sa.text("UPDATE program SET zone = 'Asia/Tokyo'"))
    gain, loss = Adjustment(points=60, code=ReasonCode.OTHER), Adjustment(points=-40, code=ReasonCode.OTHER)
    assert (await books.ask(gain)).request is None
    assert (await books.ask(loss)).request is None
    more = await books.ask(Adjustment(points=1, code=ReasonCode.OTHER))
    assert (more.entry, more.points) == (None, 1)
    assert (await books.ask(gain, by=KIM)).request is None
    # 1 March ends at 15:00 UTC in Tokyo
    late = datetime(2026, 3, 1, 14, 59, 59, tzinfo=UTC)
    assert (await books.ask(gain, at=late)).entry is None
    assert (await books.ask(gain, at=late + timedelta(seconds=1))).request is None
    assert await books.sums() == (140, 0)
    assert await books.findings() == ()


async def test_acts_at_once_do_not_pass_the_limit_together(books: Books) -> None:
    await books.settle(staff='{"daily_limit": 50, "four_eyes_above": 50}')
    outcomes = await asyncio.gather(*(books.ask(Adjustment(points=10, code=ReasonCode.OTHER)) for _ in range(16)))
    assert sum(outcome.entry is not None for outcome in outcomes) == 5
    assert sum(outcome.request is not None for outcome in outcomes) == 11
    assert (await books.sums(), await books.rows("SELECT points FROM staff_day")) == ((50, 0), [(50,)])


async def test_what_cannot_be_done_does_not_wait(books: Books) -> None:
    await books.settle(staff='{"four_eyes_above": 0}')
    with pytest.raises(points.errors.NotEnoughPoints):
        await books.ask(Adjustment(points=-5, code=ReasonCode.OTHER))
    assert await books.rows("SELECT count(*) FROM staff_request") == [(0,)]


async def test_a_large_act_waits_for_a_second_person(books: Books) -> None:
    # given
    await books.settle(staff='{"four_eyes_above": 99, "daily_limit": 1000}')
    asked = (await books.ask(Goodwill(points=100))).request
    assert asked is not None
    assert (asked.state, asked.points, await books.entries()) == (RequestState.WAITING, 100, [])
    # when
    for wrong in (SAM, replace(SAM, name="other@shop.example"), ROBOT):
        with pytest.raises(Refusal, match="Somebody else has to approve this, signed in as themselves"):
            await books.approve(asked.id, by=wrong)
    outcome = await books.approve(asked.id, by=KIM, at=NOON + timedelta(days=1))
    # then
    assert await books.rows("SELECT id, key, source, points, occurred_at FROM entry") == [
        (outcome.entry, f"staff:request:{asked.id}", "GOODWILL", 100, NOON + timedelta(days=1))
    ]
    assert await books.rows("SELECT actor, reason FROM entry_note") == [("21", "Parcel of Mrs. Miller")]
    assert await books.rows("SELECT state, requester_id, decider_id, decided_at, entry_id FROM staff_request") == [
        ("APPROVED", "21", "22", NOON + timedelta(days=1), outcome.entry)
    ]
    # what two stand for takes nothing of one person's day
    assert await books.rows("SELECT count(*) FROM staff_day") == [(0,)]
    with pytest.raises(Refusal, match="it is approved"):
        await books.approve(asked.id, by=KIM)
    assert await books.findings() == ()


async def test_a_request_is_decided_once(books: Books) -> None:
    await books.settle(staff='{"four_eyes_above": 0}')
    asked = (await books.ask(Goodwill(points=100))).request
    assert asked is not None
    answers = await asyncio.gather(*(books.approve(asked.id, by=KIM) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(answer, Outcome) for answer in answers) == 1
    assert await books.sums() == (100, 0)


async def test_a_rejected_request_moves_nothing(books: Books) -> None:
    await books.settle(staff='{"four_eyes_above": 0}')
    asked = (await books.ask(Goodwill(points=100))).request
    assert asked is not None
    async with books.database.shop(books.shop) as session:
        await reject(session, books.shop, asked.id, by=KIM, at=NOON)
    with pytest.raises(Refusal, match="it is rejected"):
        await books.approve(asked.id, by=KIM)
    assert await books.entries() == []


async def test_a_request_waits_fourteen_days(books: Books) -> None:
    await books.settle(staff='{"four_eyes_above": 0}')
    asked = (await books.ask(Goodwill(points=100))).request
    assert asked is not None
    over = NOON + timedelta(days=14)
    for at, state in ((over - timedelta(seconds=1), RequestState.WAITING), (over, RequestState.EXPIRED)):
        async with books.database.shop(books.shop, read_only=True) as session:
            for wanted in (None, state):
                [found] = await staff_requests(session, books.shop, most=5, at=at, state=wanted)
                assert found == replace(asked, state=state)
            other = RequestState.EXPIRED if state is RequestState.WAITING else RequestState.WAITING
            assert await staff_requests(session, books.shop, most=5, at=at, state=other) == []
    with pytest.raises(Refusal, match="it is expired"):
        await books.approve(asked.id, by=KIM, at=over)
    assert await books.entries() == []


async def test_the_database_itself_refuses_what_one_pair_of_eyes_approved(books: Books) -> None:
    await books.settle(staff='{"four_eyes_above": 0}')
    await books.ask(Goodwill(points=100))
    change = "UPDATE staff_request SET state = 'APPROVED', decider_id = requester_id, entry_id = id"
    with pytest.raises(IntegrityError, match="four_eyes"):
        async with books.database.shop(books.shop) as session:
            await session.execute(sa.text(change))
