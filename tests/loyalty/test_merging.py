"""Two accounts of one person become one, and two again: no point is gained or lost by it, whatever comes later."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.ids import AccountId, CustomerId, InstallationId
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points.accounts.merge_errors import (
    MergedOn,
    NotMerged,
    OtherProgram,
    PointsSetAside,
    SameAccount,
    UnderReview,
)
from saleor_crm_app.loyalty.program import DeficitPolicy, ProgramSettings
from saleor_crm_app.reactions.merges import Sweeper, owed_sweeps
from tests.conftest import MakeInstallation
from tests.door import clock_at
from tests.loyalty.ledger_acts import DAY, Books
from tests.shop import ANNA, EMMA, NOON, FulfillmentFact, line, order

THEA = CustomerId("9")
VOID = {"status": "CANCELED"}


class Persons(Books):
    """Books in which Anna's account is merged into Emma's."""

    async def account(self, customer: CustomerId) -> AccountId:
        program = await self.program()
        async with self.database.shop(self.shop, read_only=True) as session:
            member = await points.account_of(session, self.shop, customer, program.id)
        assert member is not None
        return member.account

    async def merge(self, source: CustomerId = ANNA, into: CustomerId = EMMA) -> points.memberships.Merged:
        one, other = await self.account(source), await self.account(into)
        async with self.database.shop(self.shop) as session:
            return await points.memberships.merge(session, self.shop, one, into=other, at=self.clock)

    async def unmerge(self, source: CustomerId = ANNA) -> points.memberships.Parted:
        account = await self.account(source)
        async with self.database.shop(self.shop) as session:
            return await points.memberships.unmerge(session, self.shop, account, at=self.clock)

    async def sweep(self, source: CustomerId = ANNA) -> AccountId | None:
        account = await self.account(source)
        async with self.database.shop(self.shop) as session:
            return await points.memberships.sweep(session, self.shop, account, at=self.clock)

    async def spend(self, wanted: int, customer: CustomerId) -> None:
        held = await self.hold(wanted, subject=f"{customer}-{wanted}-{self.clock}", customer=customer)
        paid_with = order(line("free", 0), customer=customer, created_at=self.clock, updated_at=self.clock)
        await self.happen(paid_with)
        await self.capture(held, paid_with)

    async def available(self, *customers: CustomerId) -> list[int]:
        return [(await self.balance(one)).available for one in customers]

    async def totals(self, *customers: CustomerId) -> list[int]:
        """What each account is worth in all: points of every kind less what is owed."""
        async with self.database.shop(self.shop, read_only=True) as session:
            rows = await session.execute(sa.text("SELECT customer_id, balance FROM account"))
            known = {row.customer_id: row.balance for row in rows}
        return [known.get(one, 0) for one in customers]


@pytest.fixture
def books(database: Database, installation: InstallationId) -> Persons:
    return Persons(database, installation)


async def test_all_points_move_lot_by_lot_with_dates_and_order(books: Persons) -> None:
    first = await books.bought(100, ago=40 * DAY)
    second = await books.bought(50, ago=30 * DAY)
    waiting = await books.bought(30, ago=DAY)
    await books.bought(10, customer=EMMA)
    ends = [end for _, _, end in await books.lots()]
    # when
    merged = await books.merge()
    # then
    assert (merged.points, merged.settled, merged.owed) == (180, 0, 0)
    anna, emma = await books.balance(ANNA), await books.balance(EMMA)
    assert (anna.available, anna.pending, emma.available, emma.pending) == (0, 0, 160, 30)
    assert [end for _, _, end in await books.lots()] == ends
    async with books.database.shop(books.shop, read_only=True) as session:
        rows = await session.execute(
            sa.text(
                "SELECT lot.remaining, lot.order_id, lot.source FROM lot JOIN account ON account.id = lot.account_id"
                " WHERE lot.origin_lot IS NOT NULL AND account.customer_id = '8' ORDER BY remaining"
            )
        )
        moved = [tuple(row) for row in rows]
    assert moved == [(30, waiting.id, "ORDER"), (50, second.id, "ORDER"), (100, first.id, "ORDER")]
    assert await books.entries(EMMA) == [("EARN", 10), ("TRANSFER", 180)]
    assert await books.entries(ANNA) == [("EARN", 100), ("EARN", 50), ("EARN", 30), ("TRANSFER", -180)]
    assert await books.proved() == ()


async def test_parting_brings_all_back_into_the_very_lots(books: Persons) -> None:
    await books.bought(100, ago=40 * DAY)
    await books.bought(50, ago=DAY)
    await books.bought(10, customer=EMMA)
    lots = await books.lots()
    await books.merge()
    parted = await books.unmerge()
    assert (parted.points, parted.stay, parted.owed) == (150, 0, 0)
    anna, emma = await books.balance(ANNA), await books.balance(EMMA)
    assert (anna.available, anna.pending, emma.available) == (100, 50, 10)
    assert await books.lots() == lots
    await books.redeem(100)
    assert await books.proved() == ()


async def test_parting_says_how_many_points_stay_since_they_were_spent(books: Persons) -> None:
    await books.bought(100, ago=40 * DAY)
    await books.bought(30, customer=EMMA)
    await books.merge()
    await books.spend(70, EMMA)
    parted = await books.unmerge()
    assert (parted.points, parted.stay) == (30, 70)
    assert await books.available(ANNA, EMMA) == [30, 30]
    assert await books.proved() == ()


async def test_merged_again_after_parting_changes_no_sum(books: Persons) -> None:
    await books.bought(100, ago=40 * DAY)
    await books.bought(30, customer=EMMA)
    for _ in range(2):
        await books.merge()
        assert await books.available(ANNA, EMMA) == [0, 130]
        await books.unmerge()
        assert await books.available(ANNA, EMMA) == [100, 30]
    assert await books.proved() == ()


async def test_points_make_up_for_what_the_other_account_owes(books: Persons) -> None:
    await books.bought(100, ago=40 * DAY)
    refunded = await books.bought(80, customer=EMMA)
    await books.spend(80, EMMA)
    await books.change(refunded, after=40 * DAY, **VOID)
    assert (await books.balance(EMMA)).deficit == 80
    merged = await books.merge()
    assert (merged.points, merged.settled) == (100, 80)
    assert await books.available(ANNA, EMMA) == [0, 20]
    assert await books.proved() == ()


async def test_what_is_owed_moves_too_and_comes_back_while_it_is_owed(books: Persons) -> None:
    refunded = await books.bought(80)
    await books.redeem(80)
    await books.change(refunded, after=40 * DAY, **VOID)
    await books.bought(30, customer=EMMA)
    merged = await books.merge()
    assert (merged.points, merged.owed) == (0, 80)
    assert [(await books.balance(one)).deficit for one in (ANNA, EMMA)] == [0, 50]
    parted = await books.unmerge()
    assert (parted.points, parted.owed) == (0, 50)
    assert [(await books.balance(one)).deficit for one in (ANNA, EMMA)] == [50, 0]
    assert await books.proved() == ()


async def test_later_orders_of_the_merged_customer_are_swept_on(books: Persons) -> None:
    await books.bought(100)
    await books.bought(10, customer=EMMA)
    await books.merge()
    await books.bought(40)
    assert await books.available(ANNA, EMMA) == [40, 110]
    assert await books.sweep() is None
    assert await books.available(ANNA, EMMA) == [0, 150]
    assert await books.sweep() is None
    assert await books.entries(EMMA) == [("EARN", 10), ("TRANSFER", 100), ("TRANSFER", 40)]
    assert await books.proved() == ()


async def test_later_refunds_take_the_points_from_the_order_that_earned_them(books: Persons) -> None:
    refunded = await books.bought(100, ago=30 * DAY)
    kept = await books.bought(60, ago=40 * DAY)
    await books.bought(10, customer=EMMA)
    await books.merge()
    await books.change(refunded, after=30 * DAY, **VOID)
    assert (await books.balance(ANNA)).deficit == 100
    await books.sweep()
    assert await books.totals(ANNA, EMMA) == [0, 70]
    async with books.database.shop(books.shop, read_only=True) as session:
        rows = await session.execute(sa.text("SELECT order_id, remaining FROM lot WHERE origin_lot IS NOT NULL"))
        left = {row.order_id: row.remaining for row in rows}
    assert left == {refunded.id: 0, kept.id: 60}
    assert await books.proved() == ()


async def test_points_that_wait_become_available_when_their_order_is_sent(books: Persons) -> None:
    waiting = order(line("line", 5000), charged=5000, created_at=NOON - DAY, updated_at=NOON - DAY)
    await books.happen(waiting)
    await books.bought(10, customer=EMMA)
    await books.merge()
    assert (await books.balance(EMMA)).pending == 50
    sent = FulfillmentFact(status="FULFILLED", created_at=NOON)
    await books.change(waiting, after=DAY, status="FULFILLED", fulfillments=(sent,))
    await books.sweep()
    assert (await books.balance(EMMA, at=NOON + 20 * DAY)).available == 60
    await books.unmerge()
    assert (await books.balance(ANNA, at=NOON + 20 * DAY)).available == 50
    assert await books.proved() == ()


async def test_where_nobody_may_owe_the_target_gives_what_it_has_and_the_shop_bears_the_rest(books: Persons) -> None:
    refunded = await books.bought(100)
    await books.bought(10, customer=EMMA)
    await books.choose(ProgramSettings(deficit=DeficitPolicy.FLOOR_AT_ZERO))
    await books.merge()
    await books.spend(70, EMMA)
    cancelled = await books.change(refunded, after=40 * DAY, **VOID)
    await books.sweep()
    assert await books.totals(ANNA, EMMA) == [0, 0]
    assert await books.proved() == ()
    # when the refund does not happen after all, only what was taken comes back
    await books.change(cancelled, after=DAY, status="FULFILLED")
    await books.sweep()
    assert await books.totals(ANNA, EMMA) == [0, 40]
    assert await books.proved() == ()


async def test_what_lapsed_in_the_target_need_not_come_back(books: Persons) -> None:
    refunded = await books.bought(100, ago=300 * DAY)
    await books.bought(10, customer=EMMA)
    await books.merge()
    books.clock = NOON + 100 * DAY
    assert await books.expire() == 1
    await books.change(refunded, after=399 * DAY, **VOID)
    await books.sweep()
    assert await books.totals(ANNA, EMMA) == [0, 10]
    assert await books.proved() == ()


async def test_a_chain_of_merges_is_swept_to_its_end(books: Persons) -> None:
    await books.bought(100)
    await books.bought(10, customer=EMMA)
    await books.bought(1, customer=THEA)
    await books.merge(ANNA, EMMA)
    await books.merge(EMMA, THEA)
    await books.bought(40)
    following = await books.sweep(ANNA)
    assert following == await books.account(EMMA)
    assert await books.sweep(EMMA) is None
    assert await books.available(ANNA, EMMA, THEA) == [0, 0, 151]
    with pytest.raises(MergedOn):
        await books.unmerge(ANNA)
    await books.unmerge(EMMA)
    await books.unmerge(ANNA)
    assert await books.available(ANNA, EMMA, THEA) == [140, 10, 1]
    assert await books.proved() == ()


async def test_refuses_what_cannot_be_merged_and_nothing_moves(books: Persons) -> None:
    await books.bought(100)
    await books.bought(10, customer=EMMA)
    with pytest.raises(SameAccount):
        await books.merge(ANNA, ANNA)
    with pytest.raises(NotMerged):
        await books.unmerge()
    held = await books.hold(40)
    with pytest.raises(PointsSetAside) as refusal:
        await books.merge()
    assert refusal.value.points == 40
    await books.release(held)
    account = await books.account(EMMA)
    async with books.database.shop(books.shop) as session:
        await points.staff_acts.set_held(session, books.shop, account, held=True)
    with pytest.raises(UnderReview) as review:
        await books.merge()
    assert review.value.field == "intoMemberId"
    assert await books.available(ANNA, EMMA) == [100, 10]


async def test_refuses_to_cross_programs_and_to_use_a_closed_account(books: Persons) -> None:
    await books.bought(100)
    await books.bought(10, customer=EMMA)
    await books.bought(10, customer=THEA, channel="pln", currency="PLN")
    async with books.database.shop(books.shop, read_only=True) as session:
        [other] = await points.members(session, books.shop, most=1, customer=THEA)
    anna = await books.account(ANNA)
    async with books.database.shop(books.shop) as session:
        with pytest.raises(OtherProgram):
            await points.memberships.merge(session, books.shop, anna, into=other.account, at=NOON)
    await books.merge()
    with pytest.raises(points.errors.AccountClosed):
        await books.merge(EMMA, ANNA)
    with pytest.raises(points.errors.AccountClosed):
        await books.redeem(1)


async def test_points_set_aside_in_the_target_wait_before_the_two_are_parted(books: Persons) -> None:
    await books.bought(100, ago=40 * DAY)
    await books.bought(10, customer=EMMA)
    await books.merge()
    held = await books.hold(40, customer=EMMA)
    with pytest.raises(PointsSetAside):
        await books.unmerge()
    await books.release(held)
    await books.unmerge()
    assert await books.available(ANNA, EMMA) == [100, 10]


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("buy"), st.sampled_from([ANNA, EMMA]), st.integers(1, 200)),
        st.tuples(st.just("spend"), st.sampled_from([ANNA, EMMA]), st.integers(1, 200)),
        st.tuples(st.just("cancel"), st.just(ANNA), st.integers(0, 9)),
        st.tuples(st.sampled_from(["merge", "unmerge", "sweep"]), st.just(ANNA), st.just(0)),
    ),
    min_size=4,
    max_size=12,
)


@given(acts=ACTS)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
async def test_whatever_happens_both_accounts_together_hold_what_was_earned_less_what_was_spent(
    database: Database, make_installation: MakeInstallation, acts: list[tuple[str, CustomerId, int]]
) -> None:
    books = Persons(database, await make_installation())
    bought = [await books.bought(100), await books.bought(50, customer=EMMA)]
    living, due = {one.id: one.subtotal // 100 for one in bought}, 150
    for number, (act, customer, size) in enumerate(acts):
        books.clock = NOON + number * timedelta(minutes=1)
        if act == "buy":
            bought.append(await books.bought(size, customer=customer))
            living[bought[-1].id] = size
            due += size
        elif act == "cancel":
            gone = bought[size % len(bought)]
            due -= living.pop(gone.id, 0)
            await books.change(gone, after=31 * DAY, **VOID)
        else:
            with suppress(Refusal):
                if act == "spend":
                    await books.spend(size, customer)
                    due -= size
                else:
                    deeds: dict[str, Callable[[], Awaitable[object]]] = {
                        "merge": books.merge,
                        "unmerge": books.unmerge,
                        "sweep": books.sweep,
                    }
                    await deeds[act]()
        assert sum(await books.totals(ANNA, EMMA)) == due, act
    assert await books.proved() == ()


async def test_news_of_a_merged_customer_owe_a_sweep_and_news_of_others_none(
    database: Database, make_installation: MakeInstallation
) -> None:
    books = Persons(database, await make_installation(**clock_at(NOON)))
    for customer in (ANNA, EMMA, THEA):
        await books.bought(10, customer=customer)
    await books.merge(ANNA, EMMA)
    await books.merge(EMMA, THEA)
    await books.bought(40)
    async with books.database.shop(books.shop) as session:
        assert await owed_sweeps(session, books.shop, {THEA}) == []
        [job] = await owed_sweeps(session, books.shop, {ANNA, THEA})
    sweeper = Sweeper(books.database)
    await sweeper.sweep_all()
    await sweeper.sweep(job)
    async with books.database.queue() as session:
        rows = await session.execute(sa.text("SELECT task_name, args ->> 'account' AS account FROM procrastinate_jobs"))
        owed = [(row.task_name, row.account) for row in rows]
    # what the look at all accounts found, and the account that the points went through
    accounts = [str(await books.account(one)) for one in (ANNA, EMMA)]
    assert owed == [("SweepMerged", account) for account in accounts]
    await sweeper.sweep(points.memberships.SweepMerged(installation=books.shop, account=await books.account(EMMA)))
    assert await books.available(ANNA, EMMA, THEA) == [0, 0, 70]
    assert await books.proved() == ()
