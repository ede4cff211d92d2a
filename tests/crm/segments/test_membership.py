"""Customers enter and leave segments, at once with their orders and at night with all others, and it is told when."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from saleor_crm_app.crm import orders, segments
from saleor_crm_app.crm.segments import Resegment, SegmentNotFound, SegmentStale, read_condition
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.reactions.facts import keep_facts
from saleor_crm_app.reactions.segments import Segmenter, follow_customers
from tests.conftest import MakeInstallation
from tests.crm.facts.test_rollups import BEN, CARL, happen, ordered
from tests.door import counted
from tests.operations.waiting import until
from tests.shop import ANNA, NOON, later, observed

RECENT = read_condition({"type": "TIME", "fact": "LAST_ORDER", "withinDays": 30})
_WAITERS = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
IDLE = read_condition({"type": "TIME", "fact": "LAST_ORDER", "beforeDays": 60})
REPEAT = read_condition({"type": "NUMBER", "fact": "ORDERS", "atLeast": 2})


async def made(database: Database, shop: InstallationId) -> tuple[UUID, UUID]:
    async with database.shop(shop) as session:
        both = [
            await segments.create_segment(session, shop, name=name, condition=condition, at=NOON)
            for name, condition in (("Recent", RECENT), ("Repeat", REPEAT))
        ]
    return both[0].id, both[1].id


async def waits(database: Database) -> bool:
    """Whether somebody waits for a lock."""
    async with database.engine.connect() as connection:
        return bool((await connection.execute(_WAITERS)).scalar_one())


async def members(database: Database, shop: InstallationId, segment: UUID) -> set[CustomerId]:
    async with database.shop(shop, read_only=True) as session:
        found = await segments.members_of(session, shop, segment, after=None, first=100)
        return {one.customer for one in found}


async def changes(database: Database, shop: InstallationId) -> list[tuple[str, bool, int]]:
    async with database.shop(shop, read_only=True) as session:
        rows = await session.execute(
            sa.text("SELECT customer_id, entered, at FROM segment_change ORDER BY at, entered, customer_id")
        )
        return [(row.customer_id, row.entered, (row.at - NOON).days) for row in rows]


async def follow(database: Database, shop: InstallationId, *who: CustomerId, days: int = 0) -> None:
    async with database.shop(shop) as session:
        await follow_customers(session, shop, who, (), at=NOON + timedelta(days=days))


async def test_an_order_lets_its_customer_enter_at_once(database: Database, installation: InstallationId) -> None:
    recent, repeat = await made(database, installation)
    await happen(database, installation, ordered(3), ordered(3, customer=BEN), ordered(90, customer=BEN))
    await follow(database, installation, ANNA)
    assert (await members(database, installation, recent), await members(database, installation, repeat)) == (
        {ANNA},
        set(),
    )
    await follow(database, installation, ANNA, BEN, days=28)
    assert await members(database, installation, recent) == set()
    assert await members(database, installation, repeat) == {BEN}
    assert await changes(database, installation) == [("7", True, 0), ("7", False, 28), ("8", True, 28)]


async def test_following_costs_three_statements_whatever_the_number(
    database: Database, installation: InstallationId
) -> None:
    await made(database, installation)
    await happen(database, installation, ordered(3), ordered(3, customer=BEN))
    for who in ((ANNA,), (ANNA, BEN, CARL)):
        with counted(database) as statements:
            await follow(database, installation, *who)
        assert len(statements) == 3  # the lock, the segments, who comes and goes


@pytest.mark.parametrize("page", [1, 2, 100])
async def test_a_night_sees_everybody_and_counts(
    database: Database, make_installation: MakeInstallation, *, page: int
) -> None:
    shop = await make_installation(sandbox=True, clock_offset=NOON - datetime.now(UTC))
    recent, repeat = await made(database, shop)
    await happen(database, shop, ordered(3), ordered(3, customer=BEN), ordered(60, customer=BEN),
                 ordered(60, customer=CARL))  # fmt: skip
    job: Resegment | None = Resegment(installation=shop)
    while job is not None:
        await Segmenter(database, page=page).resegment(job)
        async with database.shop(shop, read_only=True) as session:
            after = None if job.shard_after is None else (job.shard_after, job.customer_after)
            end = await segments.end_of_page(session, shop, after=after, size=page)  # type: ignore[arg-type] # plain
        job = None if end is None else Resegment(installation=shop, shard_after=end[0], customer_after=end[1])
    assert await members(database, shop, recent) == {ANNA, BEN}
    assert await members(database, shop, repeat) == {BEN}
    async with database.shop(shop, read_only=True) as session:
        sizes = [await segments.sizes_of(session, shop, one, since=NOON.date()) for one in (recent, repeat)]
    assert [[one.members for one in size] for size in sizes] == [[2], [1]]


async def test_who_retires_a_segment_lets_all_leave_it(database: Database, installation: InstallationId) -> None:
    recent, _ = await made(database, installation)
    await happen(database, installation, ordered(3))
    await follow(database, installation, ANNA)
    async with database.shop(installation) as session:
        await segments.retire_segment(session, installation, recent, at=NOON + timedelta(days=1))
        assert [one.name for one in await segments.segments(session, installation)] == ["Repeat"]
        with pytest.raises(SegmentNotFound):
            await segments.segment_by_id(session, installation, recent)
    assert await members(database, installation, recent) == set()
    assert await changes(database, installation) == [("7", True, 0), ("7", False, 1)]


async def test_a_segment_that_is_retired_while_all_are_asked_ends_empty(
    database: Database, installation: InstallationId
) -> None:
    recent, _ = await made(database, installation)
    await happen(database, installation, ordered(3))

    async def retire() -> None:
        async with database.shop(installation) as session:
            await segments.retire_segment(session, installation, recent, at=NOON)

    async with database.shop(installation) as session:
        await segments.follow_all(session, installation, (None, None), at=NOON)
        retiring = asyncio.create_task(retire())
        await until(lambda: waits(database), seconds=10)
    await retiring
    assert await members(database, installation, recent) == set()
    async with database.shop(installation) as session:
        await segments.follow_all(session, installation, (None, None), at=NOON)
    assert await members(database, installation, recent) == set()


async def test_who_begins_to_ask_for_a_segment_comes_before_its_end_or_behind_it(
    database: Database, installation: InstallationId
) -> None:
    recent, repeat = await made(database, installation)

    async def retire() -> None:
        async with database.shop(installation) as session:
            await segments.held_segment(session, installation, recent)
            await segments.retire_segment(session, installation, recent, at=NOON)

    async with database.shop(installation) as session:
        assert await segments.segments_to_name(session, installation) == {recent, repeat}
        retiring = asyncio.create_task(retire())
        await until(lambda: waits(database), seconds=10)
    await retiring
    async with database.shop(installation) as session:
        assert await segments.segments_to_name(session, installation) == {repeat}


async def test_who_has_just_left_is_not_let_back_by_a_night_that_began_before(
    database: Database, installation: InstallationId
) -> None:
    async with database.shop(installation) as session:
        idle = await segments.create_segment(session, installation, name="Idle", condition=IDLE, at=NOON)
    await happen(database, installation, ordered(90))
    await follow(database, installation, ANNA)
    assert await members(database, installation, idle.id) == {ANNA}

    async def night() -> None:
        async with database.shop(installation) as session:
            await segments.follow_all(session, installation, (None, None), at=NOON + timedelta(days=1))

    async with database.shop(installation) as session:
        learnt = await orders.record(session, installation, observed(ordered(0)), at=NOON)
        await keep_facts(session, installation, {ANNA}, (), at=NOON)
        await follow_customers(session, installation, {ANNA}, (), at=NOON)
        assert [fact.customer for fact in learnt.changed] == [ANNA]
        asking = asyncio.create_task(night())
        await until(lambda: waits(database), seconds=10)
    await asking
    assert await members(database, installation, idle.id) == set()
    assert [entered for _, entered, _ in await changes(database, installation)] == [True, False]


async def test_a_night_does_not_bring_back_who_is_just_being_deleted(
    database: Database, installation: InstallationId
) -> None:
    recent, _ = await made(database, installation)
    await happen(database, installation, ordered(3))
    await follow(database, installation, ANNA)

    async def night() -> None:
        async with database.shop(installation) as session:
            await segments.follow_all(session, installation, (None, None), at=NOON + timedelta(days=1))

    async with database.shop(installation) as session:
        await keep_facts(session, installation, (), {ANNA}, at=NOON)
        await follow_customers(session, installation, (), {ANNA}, at=NOON)
        asking = asyncio.create_task(night())
        await until(lambda: waits(database), seconds=10)
    await asking
    assert (await members(database, installation, recent), await changes(database, installation)) == (set(), [])


async def test_the_last_change_is_the_last_by_its_date_too(database: Database, installation: InstallationId) -> None:
    recent, _ = await made(database, installation)
    bought = ordered(3)
    await happen(database, installation, bought)
    await follow(database, installation, ANNA, days=1)
    await happen(database, installation, later(bought, minutes=5, status="CANCELED", charged=0))
    await follow(database, installation, ANNA)  # asked before, served behind it
    assert await members(database, installation, recent) == set()
    moment = (ANNA, NOON + timedelta(days=2))
    async with database.shop(installation, read_only=True) as session:
        assert await segments.segments_at(session, installation, [moment], among=[recent]) == {}
        just_before = (ANNA, NOON + timedelta(days=1))
        found = await segments.segments_at(session, installation, [just_before], among=[recent])
    assert found == {just_before: frozenset({recent})}


async def test_a_change_of_what_was_changed_meanwhile_is_refused(
    database: Database, installation: InstallationId
) -> None:
    recent, _ = await made(database, installation)
    async with database.shop(installation) as session:
        changed = await segments.update_segment(
            session, installation, recent, expected_version=1, name="Now repeat", condition=REPEAT
        )
        with pytest.raises(SegmentStale):
            await segments.update_segment(
                session, installation, recent, expected_version=1, name="Recent", condition=RECENT
            )
    assert (changed.version, changed.name, changed.condition) == (2, "Now repeat", REPEAT)


async def test_who_was_deleted_was_never_anywhere(database: Database, installation: InstallationId) -> None:
    await made(database, installation)
    await happen(database, installation, ordered(3))
    await follow(database, installation, ANNA)
    async with database.shop(installation) as session:
        await follow_customers(session, installation, (), {ANNA}, at=NOON)
    assert await changes(database, installation) == []


async def test_the_ready_set_is_made_once_and_says_what_it_lacks(
    database: Database, installation: InstallationId
) -> None:
    await happen(database, installation, ordered(3))
    async with database.shop(installation) as session:
        first = await segments.create_ready(session, installation, at=NOON)
        again = await segments.create_ready(session, installation, at=NOON)
        known = await segments.known_of(session, installation)
    assert (len(first), len(again)) == (12, 0)
    missing = {one.key: [(lack.what, lack.have) for lack in segments.missing_for(one.condition, known)]
               for one in first}  # fmt: skip
    assert missing["CHAMPIONS"] == [("PURCHASERS", 1)]
    assert missing["LAPSING"] == [("CUSTOMERS_WITH_A_USUAL_GAP", 0)]
    assert missing["NEW"] == []
