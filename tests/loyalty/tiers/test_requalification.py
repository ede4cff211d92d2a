"""Members follow orders and time in the database: exact steps, at the exact instants, in few statements."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import LoyaltyErrorCode
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import points, tiers
from saleor_crm_app.loyalty.tiers import Basis, Plan, TierCode
from saleor_crm_app.loyalty.tiers.errors import BadLadder, StaleLadder
from tests.door import counted
from tests.loyalty.tiers.ladders import BASE, GOLD, PLAN, SILVER
from tests.loyalty.tiers.shop_with_tiers import (
    AVAILABLE,
    bought,
    due,
    happen,
    owed,
    program_of,
    refunded,
    save,
    status,
    steps,
    tier_then,
    told,
)
from tests.shop import ANNA, NOON

BEN = CustomerId("8")


async def test_spend_counts_when_its_points_become_available(database: Database, installation: InstallationId) -> None:
    # given
    await save(database, installation)
    await happen(database, installation, bought(60_000), at=NOON)
    # when, then
    assert await due(database, installation, at=AVAILABLE - timedelta(seconds=1)) == set()
    assert await told(database, installation) == []
    assert await due(database, installation, at=AVAILABLE + timedelta(hours=1)) == {ANNA}
    assert await told(database, installation) == [("PROMOTED", "gold", AVAILABLE)]
    assert await due(database, installation, at=AVAILABLE + timedelta(days=1)) == set()
    [step] = await steps(database, installation)
    assert step.until == datetime(2027, 3, 16, tzinfo=UTC)
    assert step.ground is not None
    assert (step.ground.basis, step.ground.counted, step.ground.needed) == (Basis.SPEND, 60_000, 50_000)


async def test_what_is_shown_waits_for_no_job(database: Database, installation: InstallationId) -> None:
    await save(database, installation)
    await happen(database, installation, bought(60_000), at=NOON)
    before = await status(database, installation, at=AVAILABLE - timedelta(seconds=1))
    after = await status(database, installation, at=AVAILABLE)
    assert before is not None
    assert after is not None
    assert (before.tier, after.tier) == (BASE, GOLD)
    assert (before.climb, before.keep) == (tiers.Need(tier=SILVER, lacking=10_000), None)
    assert (after.climb, after.keep) == (None, tiers.Need(tier=GOLD, lacking=50_000))
    assert after.until == datetime(2027, 3, 16, tzinfo=UTC)
    assert await told(database, installation) == []


async def test_the_tier_of_an_instant_is_the_one_of_then(database: Database, installation: InstallationId) -> None:
    await save(database, installation)
    await happen(database, installation, bought(60_000), at=NOON)
    await due(database, installation, at=AVAILABLE + timedelta(hours=1))
    wanted = [NOON - timedelta(seconds=1), NOON, AVAILABLE - timedelta(seconds=1), AVAILABLE]
    assert await tier_then(database, installation, wanted) == [None, ("base", 100), ("base", 100), ("gold", 150)]
    assert await tier_then(database, installation, wanted[1:2], BEN) == [("base", 100)]
    # a later ladder does not change what the multiplier was
    richer = Plan(tiers=(BASE, SILVER, replace(GOLD, multiplier_percent=200)))
    changed_at = AVAILABLE + timedelta(days=5)
    await save(database, installation, richer, expected=1, at=changed_at)
    assert await tier_then(database, installation, [AVAILABLE, changed_at]) == [("gold", 150), ("gold", 200)]


async def test_a_tier_that_is_gone_is_its_successor_from_then_on(
    database: Database, installation: InstallationId
) -> None:
    await save(database, installation)
    await happen(database, installation, bought(60_000), at=NOON)
    await due(database, installation, at=AVAILABLE)
    gone_at = AVAILABLE + timedelta(days=5)
    await save(database, installation, Plan(tiers=(BASE, SILVER)), expected=1, at=gone_at)
    assert await tier_then(database, installation, [AVAILABLE, gone_at]) == [("gold", 150), ("silver", 125)]


async def test_a_refund_lowers_what_counts_to_the_cent(database: Database, installation: InstallationId) -> None:
    await save(database, installation)
    sold = bought(10_030)
    await happen(database, installation, sold, at=NOON)
    # 30 cents move no point, so the ledger does not hear of them
    await happen(database, installation, refunded(sold, 31, days=1), at=NOON + timedelta(days=1))
    found = await status(database, installation, at=AVAILABLE)
    assert found is not None
    assert (found.tier, found.climb) == (BASE, tiers.Need(tier=SILVER, lacking=1))


async def test_refund_notice_grace_and_one_step_down(database: Database, installation: InstallationId) -> None:
    # given
    await save(database, installation)
    sold, small = bought(50_000), bought(12_000, days=1)
    await happen(database, installation, sold, small, at=NOON + timedelta(days=1))
    await due(database, installation, at=AVAILABLE + timedelta(days=2))
    # when
    refund_at = AVAILABLE + timedelta(days=10)
    await happen(database, installation, refunded(sold, 50_000, days=25), at=refund_at)
    # then
    assert (await told(database, installation))[1:] == [("NOTICED", "gold", refund_at)]
    found = await status(database, installation, at=refund_at)
    assert found is not None
    assert found.keep == tiers.Need(tier=GOLD, lacking=38_000)
    assert found.until == datetime(2026, 5, 26, tzinfo=UTC)
    assert await due(database, installation, at=found.until - timedelta(seconds=1)) == set()
    assert await due(database, installation, at=found.until) == {ANNA}
    assert (await told(database, installation))[2:] == [("DEMOTED", "silver", found.until)]


async def test_orders_and_points_can_be_the_basis(database: Database, installation: InstallationId) -> None:
    two = Plan(basis=Basis.ORDERS, tiers=(BASE, replace(SILVER, threshold=2), replace(GOLD, threshold=3)))
    await save(database, installation, two)
    first, second = bought(1_000), bought(2_000)
    await happen(database, installation, first, second, at=NOON)
    await due(database, installation, at=AVAILABLE)
    assert await told(database, installation) == [("PROMOTED", "silver", AVAILABLE)]
    found = await status(database, installation, at=AVAILABLE)
    assert found is not None
    assert found.climb == tiers.Need(tier=replace(GOLD, threshold=3), lacking=1)
    by_points = Plan(basis=Basis.EARNED_POINTS, tiers=(BASE, replace(SILVER, threshold=30)))
    await save(database, installation, by_points, expected=1, at=AVAILABLE + timedelta(days=1))
    later = await status(database, installation, at=AVAILABLE + timedelta(days=1))
    assert later is not None
    assert later.keep == tiers.Need(tier=replace(SILVER, threshold=30), lacking=30)


async def test_a_second_look_writes_nothing(database: Database, installation: InstallationId) -> None:
    await save(database, installation)
    sold = bought(60_000)
    await happen(database, installation, sold, at=NOON)
    with counted(database) as statements:
        async with database.shop(installation) as session:
            assert await tiers.requalify(session, installation, [ANNA], at=AVAILABLE) == {ANNA}
    assert len(statements) == 5
    with counted(database) as statements:
        async with database.shop(installation) as session:
            assert await tiers.requalify(session, installation, [ANNA], at=AVAILABLE) == set()
    assert len(statements) == 3
    assert len(await steps(database, installation)) == 1


async def test_a_hundred_members_take_as_many_statements_as_one(
    database: Database, installation: InstallationId
) -> None:
    await save(database, installation)
    everybody = [CustomerId(str(number)) for number in range(100)]
    await happen(database, installation, *(bought(60_000, customer=customer) for customer in everybody), at=NOON)
    with counted(database) as statements:
        async with database.shop(installation) as session:
            assert await tiers.requalify(session, installation, everybody, at=AVAILABLE) == set(everybody)
    assert len(statements) == 5


async def test_without_tiers_one_statement_is_asked_and_nothing_kept(
    database: Database, installation: InstallationId
) -> None:
    await happen(database, installation, bought(60_000), at=NOON)
    with counted(database) as statements:
        async with database.shop(installation) as session:
            assert await tiers.requalify(session, installation, [ANNA], at=AVAILABLE) == set()
    assert len(statements) == 1
    async with database.shop(installation, read_only=True) as session:
        assert (await session.execute(sa.text("SELECT count(*) FROM tier_standing"))).scalar_one() == 0


async def test_a_change_of_tier_is_owed_to_the_shop_once(database: Database, installation: InstallationId) -> None:
    await save(database, installation)
    program = await program_of(database, installation)
    await happen(database, installation, bought(60_000), at=NOON)
    assert await owed(database, installation) == [("RequalifyProgram", str(program.id))]
    # points that are available already when the order is learnt of
    await happen(database, installation, bought(60_000, customer=BEN), at=AVAILABLE)
    assert (await owed(database, installation))[1:] == [("MirrorTier", BEN)]
    await happen(database, installation, bought(70_000, customer=BEN), at=AVAILABLE + timedelta(hours=1))
    assert (await owed(database, installation))[2:] == []


async def test_a_paused_program_moves_nobody(database: Database, installation: InstallationId) -> None:
    await save(database, installation)
    await happen(database, installation, bought(60_000), at=NOON)
    async with database.shop(installation) as session:
        await session.execute(sa.text("UPDATE program SET paused_at = :at"), {"at": NOON})
    assert await due(database, installation, at=AVAILABLE) == set()
    assert await told(database, installation) == []


async def test_a_ladder_is_saved_only_over_the_version_it_was_made_from(
    database: Database, installation: InstallationId
) -> None:
    assert (await save(database, installation)).version == 1
    with pytest.raises(StaleLadder) as stale:
        await save(database, installation, expected=0)
    assert (stale.value.code, stale.value.version) == (LoyaltyErrorCode.STALE_VERSION, 1)
    assert (await save(database, installation, expected=1)).version == 2
    async with database.shop(installation, read_only=True) as session:
        [live] = (await tiers.ladders_of(session, installation)).values()
    assert (live.ladder.version, live.ladder.plan, live.currency) == (2, PLAN, "EUR")


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (Plan(tiers=()), "tiers"),
        (Plan(tiers=(SILVER, SILVER)), "tiers"),
        (Plan(tiers=(GOLD, SILVER)), "tiers"),
        (Plan(tiers=(replace(SILVER, code=TierCode("Silver")),)), "tiers.0.code"),
        (Plan(tiers=(BASE, replace(SILVER, name=""))), "tiers.1.name"),
        (Plan(tiers=(replace(SILVER, names={"de": "Silber"}),)), "tiers.0.translations"),
        (Plan(tiers=(replace(SILVER, threshold=-1),)), "tiers.0.threshold"),
        (Plan(tiers=(replace(SILVER, multiplier_percent=1001),)), "tiers.0.multiplierPercent"),
        (Plan(tiers=(replace(SILVER, rewards=("A B",)),)), "tiers.0.rewards"),
        (Plan(tiers=(SILVER,), keep_months=0), "keepMonths"),
        (Plan(tiers=(SILVER,), notice_days=366), "noticeDays"),
    ],
)
async def test_refuses_a_ladder_that_cannot_be_used(
    database: Database, installation: InstallationId, plan: Plan, field: str
) -> None:
    with pytest.raises(BadLadder) as refusal:
        await save(database, installation, plan)
    assert (refusal.value.code, refusal.value.field) == (LoyaltyErrorCode.INVALID, field)
    async with database.shop(installation, read_only=True) as session:
        assert await tiers.ladders_of(session, installation) == {}


async def test_what_was_bought_with_a_merged_account_counts(database: Database, installation: InstallationId) -> None:
    await save(database, installation)
    await happen(database, installation, bought(30_000), bought(30_000, customer=BEN), at=NOON)
    program = await program_of(database, installation)
    async with database.shop(installation) as session:
        anna, ben = [await points.account_of(session, installation, one, program.id) for one in (ANNA, BEN)]
        assert anna is not None
        assert ben is not None
        await points.memberships.merge(session, installation, ben.account, into=anna.account, at=AVAILABLE)
    found = await status(database, installation, at=AVAILABLE)
    assert found is not None
    assert found.tier == GOLD
    async with database.shop(installation) as session:
        await points.memberships.unmerge(session, installation, ben.account, at=AVAILABLE)
    found = await status(database, installation, at=AVAILABLE)
    assert found is not None
    assert found.tier == SILVER
