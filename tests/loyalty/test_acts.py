"""Staff move points: exact entries, the very lots, and proved books after each act."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from saleor_crm_app.kernel.audit import Actor
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.idempotency import IdempotencyConflict
from saleor_crm_app.kernel.ids import AccountId, EntryId, InstallationId, shard_key
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points.staff.staff_acts import (
    Adjustment,
    Goodwill,
    Outcome,
    ReasonCode,
    Reversal,
    erase_notes,
    notes_of,
    set_held,
)
from tests.loyalty.staff_books import A_YEAR_LATER, Books, open_books, refused
from tests.shop import ANNA, NOON, later, line, order


@pytest.fixture
async def books(database: Database, installation: InstallationId) -> Books:
    return await open_books(database, installation)


async def test_points_given_are_available_at_once_and_lapse_as_the_programs_do(books: Books) -> None:
    entry = await books.do(Adjustment(points=120, code=ReasonCode.CONTEST), key="one")
    assert await books.rows(
        "SELECT id, kind, source, points, key, order_id, subject_id, explanation, program_version FROM entry"
    ) == [(entry, "ADJUST", "STAFF", 120, "staff:one", None, None, {"code": "CONTEST"}, 1)]
    assert await books.rows("SELECT granted, remaining, source, cost_center, activates_at, expires_at FROM lot") == [
        (120, 120, "STAFF", None, NOON, A_YEAR_LATER)
    ]


async def test_points_given_make_up_what_is_owed_first(books: Books) -> None:
    await books.take(30, allow_deficit=True)
    assert await books.sums() == (-30, 30)
    await books.give(100)
    assert (await books.sums(), await books.lots()) == ((70, 0), [(70, 70)])
    await books.take(70 + 20, allow_deficit=True)
    await books.give(20)
    assert (await books.sums(), await books.lots()) == ((0, 0), [(70, 0)])


async def test_points_taken_are_those_that_lapse_next(books: Books) -> None:
    for days in (10, 0, 20):
        await books.give(100, at=NOON + timedelta(days=days))
    await books.take(150, at=NOON + timedelta(days=30))
    assert await books.lots() == [(100, 50), (100, 0), (100, 100)]
    assert (await books.entries())[-1] == ("ADJUST", "STAFF", -150)


async def test_no_more_is_taken_than_is_free(books: Books) -> None:
    await books.give(100)
    async with books.database.shop(books.shop) as session:
        await points.hold(
            session,
            books.shop,
            (ANNA, books.program.id),
            program=books.program,
            points=Points(40),
            subject="Checkout:1",
            until=NOON + timedelta(hours=1),
            at=NOON,
        )
    refusal = await refused(books, Adjustment(points=-61, code=ReasonCode.CORRECTION))
    assert isinstance(refusal, points.errors.NotEnoughPoints)
    assert (refusal.available, refusal.short_by) == (60, 1)
    await books.take(60)
    assert await books.lots() == [(100, 40)]


async def test_what_lapsed_cannot_be_taken(books: Books) -> None:
    await books.give(100)
    await books.give(5, at=NOON + timedelta(days=1))
    refusal = await refused(books, Adjustment(points=-6, code=ReasonCode.CORRECTION), at=A_YEAR_LATER)
    assert isinstance(refusal, points.errors.NotEnoughPoints)
    assert refusal.available == 5
    await books.take(5, at=A_YEAR_LATER)
    assert (await books.entries())[2:] == [("EXPIRE", "EXPIRY", -100), ("ADJUST", "STAFF", -5)]


async def test_more_is_taken_only_where_the_account_may_owe(books: Books) -> None:
    await books.give(100)
    await books.take(130, allow_deficit=True)
    assert (await books.sums(), await books.lots()) == ((-30, 30), [(100, 0)])
    await books.settle(deficit='"FLOOR_AT_ZERO"')
    act = Adjustment(points=-1, code=ReasonCode.CORRECTION, allow_deficit=True)
    refusal = await refused(books, act)
    assert (refusal.code, refusal.field) == (LoyaltyErrorCode.NOT_ENOUGH_POINTS, "allowDeficit")
    assert str(refusal) == "1 points lack, and in this program nobody may owe points."


@pytest.mark.parametrize(("named", "pays"), [(None, "service"), ("returns-desk", "returns-desk")])
async def test_goodwill_is_earned_on_a_cost_center_of_its_own(books: Books, named: str | None, pays: str) -> None:
    entry = await books.do(Goodwill(points=300, cost_center=named))
    assert await books.rows("SELECT kind, source, points, explanation FROM entry") == [
        ("EARN", "GOODWILL", 300, {"code": "GOODWILL"})
    ]
    assert await books.rows("SELECT source, cost_center, expires_at FROM lot") == [("GOODWILL", pays, A_YEAR_LATER)]
    assert await books.rows("SELECT entry_id, reason_code, reason, actor, actor_name, cost_center FROM entry_note") == [
        (entry, "GOODWILL", "Parcel of Mrs. Miller", "21", "sam@shop.example", pays)
    ]


async def test_a_gain_undone_is_taken_from_its_own_lot_first(books: Books) -> None:
    await books.give(100)
    later = await books.give(100, at=NOON + timedelta(days=9))
    undone = await books.reverse(later, at=NOON + timedelta(days=9))
    assert await books.lots() == [(100, 100), (0, 0)]
    assert await books.rows(
        "SELECT kind, source, points, subject_id, explanation FROM entry WHERE id = :id", id=undone
    ) == [("REVERSE", "STAFF", -100, later, {"code": "CORRECTION", "undoes": "ADJUST", "source": "STAFF"})]


async def test_a_gain_that_was_spent_is_taken_from_other_lots_and_then_owed(books: Books) -> None:
    first = await books.do(Goodwill(points=100))
    await books.redeem(100)
    await books.give(60)
    act = Reversal(entry=first, code=ReasonCode.CORRECTION)
    refusal = await refused(books, act)
    assert isinstance(refusal, points.errors.NotEnoughPoints)
    assert (refusal.available, refusal.short_by) == (60, 40)
    await books.reverse(first, allow_deficit=True)
    assert (await books.sums(), await books.lots()) == ((-40, 40), [(100, 0), (60, 0)])


async def test_a_loss_undone_goes_back_to_the_very_lots(books: Books) -> None:
    for days in (0, 10, 20):
        await books.give(100, at=NOON + timedelta(days=days))
    at = NOON + timedelta(days=30)
    taken = await books.take(150, at=at)
    assert await books.lots() == [(100, 0), (100, 50), (100, 100)]
    await books.reverse(taken, at=at)
    assert await books.lots() == [(100, 100), (100, 100), (100, 100)]
    assert (await books.entries())[-1] == ("REVERSE", "STAFF", 150)


async def test_a_loss_undone_after_its_lots_end_lasts_thirty_days_more(books: Books) -> None:
    await books.give(100)
    taken = await books.take(100)
    at = A_YEAR_LATER + timedelta(days=3)
    await books.reverse(taken, at=at)
    assert await books.rows(
        "SELECT origin_lot IS NOT NULL, remaining, activates_at, expires_at FROM lot ORDER BY id"
    ) == [
        (False, 0, NOON, A_YEAR_LATER),
        (True, 100, NOON, datetime(2027, 4, 5, tzinfo=UTC)),
    ]


async def test_lapsed_points_can_be_given_again_for_thirty_days(books: Books) -> None:
    await books.give(100)
    async with books.database.shop(books.shop) as session:
        assert await points.expire_due(session, books.shop, at=A_YEAR_LATER) == 1
    [(lapsed,)] = await books.rows("SELECT id FROM entry WHERE kind = 'EXPIRE'")
    await books.reverse(lapsed, at=A_YEAR_LATER)
    assert (await books.sums(), (await books.entries())[-1]) == ((100, 0), ("REVERSE", "STAFF", 100))
    async with books.database.shop(books.shop) as session:
        assert await points.expire_due(session, books.shop, at=datetime(2027, 4, 1, 23, 59, tzinfo=UTC)) == 0
        assert await points.expire_due(session, books.shop, at=datetime(2027, 4, 2, tzinfo=UTC)) == 1
    assert await books.findings() == ()


async def test_a_loss_on_credit_that_was_paid_since_comes_back_as_a_lot_of_its_own(books: Books) -> None:
    await books.give(60)
    taken = await books.take(100, allow_deficit=True)
    await books.give(40)
    assert (await books.sums(), await books.lots()) == ((0, 0), [(60, 0)])
    await books.reverse(taken)
    assert (await books.sums(), await books.lots()) == ((100, 0), [(60, 60), (40, 40)])


async def test_what_is_owed_is_made_up_before_a_loss_comes_back(books: Books) -> None:
    await books.give(60)
    taken = await books.take(50)
    await books.take(10 + 35, allow_deficit=True)
    assert await books.sums() == (-35, 35)
    await books.reverse(taken)
    assert (await books.sums(), await books.lots()) == ((15, 0), [(60, 15)])


async def test_each_entry_is_undone_once(books: Books) -> None:
    given = await books.give(100)
    undone = await books.reverse(given)
    refusal = await refused(books, Reversal(entry=given, code=ReasonCode.OTHER))
    assert (refusal.field, str(refusal)) == ("entryId", "This entry was reversed already.")
    refusal = await refused(books, Reversal(entry=undone, code=ReasonCode.OTHER))
    assert str(refusal) == "This entry undid another one; adjust the points instead."
    refusal = await refused(books, Reversal(entry=uuid4(), code=ReasonCode.OTHER))
    assert (refusal.code, refusal.field) == (LoyaltyErrorCode.NOT_FOUND, "entryId")


async def test_of_many_who_undo_an_entry_at_once_one_does(books: Books) -> None:
    given = await books.give(100)
    await books.give(1000)
    act = Reversal(entry=given, code=ReasonCode.CORRECTION)
    answers = await asyncio.gather(*(books.ask(act) for _ in range(8)), return_exceptions=True)
    done = [answer for answer in answers if isinstance(answer, Outcome)]
    assert len(done) == 1
    assert {str(answer) for answer in answers if answer not in done} == {"This entry was reversed already."}
    assert await books.sums() == (1000, 0)
    assert await books.findings() == ()


async def test_what_was_spent_on_an_order_follows_the_order(books: Books) -> None:
    await books.give(100)
    await books.redeem(100)
    [(spent,)] = await books.rows("SELECT id FROM entry WHERE kind = 'REDEEM'")
    refusal = await refused(books, Reversal(entry=spent, code=ReasonCode.COMPLAINT))
    assert str(refusal).startswith("What was taken back for an order, or spent on it, follows the order")


async def test_what_an_order_earned_is_taken_once_whatever_becomes_of_the_order(books: Books) -> None:
    bought = order(charged=10000)
    await books.hear(bought)
    [(earned,)] = await books.rows("SELECT id FROM entry")
    await books.reverse(earned)
    assert (await books.entries())[1:] == [("REVERSE", "STAFF", -100)]
    for minutes, charged in enumerate((5000, 10000, 0, 10000), start=1):
        await books.hear(later(bought, minutes=minutes, charged=charged))
        assert (charged, await books.sums()) == (charged, (0, 0))
    # it is worth more by now than what was taken
    await books.hear(
        later(bought, minutes=9, charged=12000, lines=(line("60", 6000), line("more", 6000)), subtotal=12000)
    )
    assert await books.sums() == (20, 0)
    assert await books.findings() == ()


async def test_of_a_refunded_order_only_what_is_left_is_taken(books: Books) -> None:
    bought = order(charged=10000)
    await books.hear(bought)
    await books.hear(later(bought, minutes=1, charged=4000))
    [(earned,), (taken,)] = await books.rows("SELECT id FROM entry ORDER BY seq")
    await books.reverse(earned)
    assert (await books.entries())[1:] == [("CLAWBACK", "ORDER", -60), ("REVERSE", "STAFF", -40)]
    refusal = await refused(books, Reversal(entry=taken, code=ReasonCode.OTHER))
    assert str(refusal).startswith("What was taken back for an order")
    await books.hear(later(bought, minutes=2, charged=0))
    assert await books.sums() == (0, 0)
    assert await books.findings() == ()


async def test_of_an_order_refunded_whole_nothing_is_left_to_take(books: Books) -> None:
    bought = order(charged=10000)
    await books.hear(bought)
    await books.hear(later(bought, minutes=1, charged=0))
    [(earned,), _] = await books.rows("SELECT id FROM entry ORDER BY seq")
    refusal = await refused(books, Reversal(entry=earned, code=ReasonCode.OTHER))
    assert str(refusal) == "Nothing is left of what this entry gave: the order was refunded or reversed since."


async def test_what_an_order_earned_and_was_spent_is_owed_and_never_taken_twice(books: Books) -> None:
    bought = order(charged=10000)
    await books.hear(bought)
    await books.take(70)
    [(earned,), _] = await books.rows("SELECT id FROM entry ORDER BY seq")
    await books.reverse(earned, allow_deficit=True)
    assert await books.sums() == (-70, 70)
    await books.hear(later(bought, minutes=1, charged=0))
    assert (await books.sums(), await books.findings()) == ((-70, 70), ())


async def test_one_instruction_is_done_once(books: Books) -> None:
    await books.do(Adjustment(points=5, code=ReasonCode.OTHER), key="one")
    with pytest.raises(IdempotencyConflict):
        await books.do(Adjustment(points=5, code=ReasonCode.OTHER), key="one")
    assert await books.sums() == (5, 0)


async def test_words_about_people_are_not_in_the_books_and_can_be_erased(books: Books) -> None:
    entry = await books.do(Goodwill(points=5))
    for table in ("entry", "lot", "allocation", "account"):
        assert (table, await books.rows(f"SELECT 1 FROM {table} AS held WHERE held::text LIKE '%Miller%'")) == (
            table,
            [],
        )
    shard = shard_key(books.shop, ANNA)
    async with books.database.shop(books.shop) as session:
        await erase_notes(session, books.shop, shard, [books.account])
        note = (await notes_of(session, books.shop, [(shard, EntryId(entry))]))[EntryId(entry)]
    assert (note.code, note.reason, note.actor, note.cost_center) == (
        ReasonCode.GOODWILL,
        None,
        Actor(id="21", name=None),
        "service",
    )
    assert await books.findings() == ()


async def test_a_held_account_is_adjusted_and_spends_nothing(books: Books) -> None:
    await books.give(100)
    async with books.database.shop(books.shop) as session:
        await set_held(session, books.shop, books.account, held=True)
    await books.give(5)
    with pytest.raises(points.errors.AccountHeld) as refusal:
        await books.redeem(50)
    assert refusal.value.code is LoyaltyErrorCode.HELD_FOR_REVIEW
    with pytest.raises(Refusal, match="held already"):
        async with books.database.shop(books.shop) as session:
            await set_held(session, books.shop, books.account, held=True)
    async with books.database.shop(books.shop) as session:
        await set_held(session, books.shop, books.account, held=False)
    await books.redeem(50)
    assert await books.sums() == (55, 0)


@pytest.mark.parametrize("status", ["MERGED", "ERASED"])
async def test_a_closed_account_is_left_alone(books: Books, status: str) -> None:
    async with books.database.shop(books.shop) as session:
        await session.execute(sa.text("UPDATE account SET status = :status"), {"status": status})
    assert isinstance(await refused(books, Goodwill(points=5)), points.errors.AccountClosed)


async def test_a_member_of_another_shop_is_not_found(books: Books) -> None:
    books.account = AccountId(uuid4())
    refusal = await refused(books, Goodwill(points=5))
    assert (refusal.code, refusal.field) == (LoyaltyErrorCode.NOT_FOUND, "memberId")
