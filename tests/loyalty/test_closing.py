"""Accounts of deleted customers: everything leaves, the books stay whole, and late news bring nothing back."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from saleor_crm_app.crm import customers
from saleor_crm_app.kernel.audit import Act, Actor, Subject, audit
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import points
from saleor_crm_app.reactions import react
from saleor_crm_app.saleor.events import CustomerGone
from tests.loyalty.ledger_acts import DAY, Books
from tests.shop import ANNA, EMMA, NOON, NamedUnits, RefundFact, line, order


class Leaving(Books):
    """Books whose customers may be deleted in the shop."""

    async def delete(self, *gone: CustomerId, event: str = "AccountDeleted") -> None:
        events = [CustomerGone(event=event, issued_at=self.clock, customer=one) for one in gone]
        async with self.database.shop(self.shop) as session:
            await react(session, self.shop, events, at=self.clock)

    async def one(self, query: str) -> object:
        async with self.database.shop(self.shop, read_only=True) as session:
            return (await session.execute(sa.text(query))).scalar_one()


@pytest.fixture
def books(database: Database, installation: InstallationId) -> Leaving:
    return Leaving(database, installation)


@pytest.mark.parametrize("event", ["AccountDeleted", "CustomerDeleted", "CustomerGone"])
async def test_all_points_leave_however_the_customer_was_deleted(books: Leaving, event: str) -> None:
    await books.bought(100, ago=40 * DAY)
    await books.bought(50, ago=DAY)
    await books.bought(7, customer=EMMA)
    await books.delete(ANNA, event=event)
    stand = await books.balance()
    assert (stand.available, stand.pending, stand.held, stand.expired) == (0, 0, 0, 150)
    assert (await books.balance(EMMA)).available == 7
    assert sorted(await books.entries()) == [("EARN", 50), ("EARN", 100), ("EXPIRE", -100), ("EXPIRE", -50)]
    assert await books.one("SELECT status FROM account WHERE customer_id = '7'") == "ERASED"
    assert await books.proved() == ()


async def test_a_second_deletion_changes_nothing(books: Leaving) -> None:
    await books.bought(100)
    await books.delete(ANNA)
    entries = await books.entries()
    await books.delete(ANNA, event="CustomerDeleted")
    assert await books.entries() == entries


async def test_open_holds_end(books: Leaving) -> None:
    await books.bought(100)
    held = await books.hold(60)
    await books.delete(ANNA)
    assert await books.one("SELECT state FROM hold") == "RELEASED"
    assert await books.balance() == await books.balance(at=NOON + DAY)
    paid_with = order(line("free", 0), created_at=NOON, updated_at=NOON)
    await books.happen(paid_with)
    await books.capture(held, paid_with)
    assert (await books.balance()).deficit == 0
    assert await books.proved() == ()


async def test_what_was_owed_is_written_off(books: Leaving) -> None:
    refunded = await books.bought(80)
    await books.redeem(80)
    await books.change(refunded, after=40 * DAY, status="CANCELED")
    assert (await books.balance()).deficit == 80
    await books.delete(ANNA)
    assert (await books.balance()).deficit == 0
    assert (await books.entries())[-1] == ("ADJUST", 80)
    assert await books.proved() == ()


async def test_late_news_of_orders_bring_nothing_back(books: Leaving) -> None:
    bought = await books.bought(100)
    await books.delete(ANNA)
    entries = await books.entries()
    books.clock = NOON + DAY
    await books.bought(40, ago=timedelta(hours=1))
    refund = RefundFact(status="SUCCESS", lines=(NamedUnits(line="line", quantity=1),))
    refunded = await books.change(bought, after=31 * DAY, refunds=(refund,), charged=0, refunded=10_000)
    await books.change(refunded, after=DAY, refunds=(), charged=10_000, refunded=0)
    assert await books.entries() == entries
    assert (await books.balance()).deficit == 0
    assert await books.proved() == ()


async def test_points_spent_on_an_order_do_not_come_back_to_the_deleted(books: Leaving) -> None:
    await books.bought(300)
    held = await books.hold(200)
    paid_with = await books.bought(50, ago=timedelta(0))
    await books.capture(held, paid_with)
    await books.delete(ANNA)
    entries = await books.entries()
    await books.change(paid_with, after=DAY, status="CANCELED")
    assert await books.entries() == entries
    assert await books.proved() == ()


async def test_words_about_the_deleted_are_erased_and_those_about_others_stay(books: Leaving) -> None:
    await books.bought(100)
    await books.bought(100, customer=EMMA)
    for customer in (ANNA, EMMA):
        await _goodwill(books, customer)
    await books.delete(ANNA)
    async with books.database.shop(books.shop, read_only=True) as session:
        rows = await session.execute(
            sa.text(
                "SELECT customer_id, reason, reason_code FROM entry_note JOIN entry ON entry.id = entry_id"
                " JOIN account ON account.id = account_id ORDER BY 1"
            )
        )
        notes = [tuple(row) for row in rows]
        trail = await session.execute(sa.text("SELECT reason FROM audit_trail ORDER BY id"))
        reasons = [row.reason for row in trail]
    assert notes == [("7", None, "GOODWILL"), ("8", "she waited for weeks", "GOODWILL")]
    assert reasons == [None, "she waited for weeks"]


async def _goodwill(books: Leaving, customer: CustomerId) -> None:
    program = await books.program()
    actor = Actor(id="1", name="staff@example.com")
    async with books.database.shop(books.shop) as session:
        member = await points.account_of(session, books.shop, customer, program.id)
        assert member is not None
        wanted = points.staff_acts.Instruction(
            account=member.account,
            act=points.staff_acts.Goodwill(points=5),
            reason="she waited for weeks",
            actor=actor,
            key=f"goodwill-{customer}",
        )
        await points.staff_acts.instruct(session, books.shop, wanted, at=books.clock)
        act = Act(
            name="goodwillGrant",
            actor=actor,
            subject=Subject("Member", str(member.account)),
            reason="she waited for weeks",
            request_id="r",
            at=books.clock,
        )
        await audit(session, books.shop, act)


async def test_birthday_and_occasions_are_forgotten(books: Leaving) -> None:
    born = customers.Birthday(customer=ANNA, month=5, day=6, known_since=NOON)
    signed = customers.Occasion(customer=ANNA, key="sign-up", name="customer.signed_up", occurred_at=NOON)
    async with books.database.shop(books.shop) as session:
        await customers.tell_birthdays(session, books.shop, [born])
        await customers.note_occasions(session, books.shop, [signed], at=NOON)
    await books.delete(ANNA)
    async with books.database.shop(books.shop, read_only=True) as session:
        assert await customers.birthday_of(session, books.shop, ANNA) is None
    assert await books.one("SELECT count(*) FROM occasion") == 0


async def test_points_that_were_merged_into_another_account_stay_there(books: Leaving) -> None:
    bought = await books.bought(100)
    await books.bought(10, customer=EMMA)
    program = await books.program()
    async with books.database.shop(books.shop) as session:
        anna, emma = [
            (await points.accounts_of(session, books.shop, one, [program.id]))[program.id].account
            for one in (ANNA, EMMA)
        ]
        await points.memberships.merge(session, books.shop, anna, into=emma, at=NOON)
    await books.delete(ANNA)
    assert (await books.balance(EMMA)).available == 110
    async with books.database.shop(books.shop) as session:
        with pytest.raises(points.errors.AccountClosed):
            await points.memberships.unmerge(session, books.shop, anna, at=NOON)
    # a refund of her order still takes the points from where they are
    await books.change(bought, after=40 * DAY, status="CANCELED")
    async with books.database.shop(books.shop) as session:
        await points.memberships.sweep(session, books.shop, anna, at=NOON + 10 * DAY)
    assert (await books.balance(EMMA)).available == 10
    assert await books.proved() == ()
