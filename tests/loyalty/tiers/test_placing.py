"""Staff set and protect tiers; before a ladder is saved they see who would move."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import LoyaltyErrorCode
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import tiers
from saleor_crm_app.loyalty.tiers import Move, Placed, Plan, TierCode
from saleor_crm_app.loyalty.tiers.errors import BadLadder, NoLadder, NoSuchTier, ProtectedPast
from tests.door import counted
from tests.loyalty.tiers.ladders import BASE, GOLD, SILVER
from tests.loyalty.tiers.shop_with_tiers import (
    AVAILABLE,
    bought,
    due,
    happen,
    owed,
    owner,
    program_of,
    save,
    status,
    steps,
    told,
)
from tests.shop import ANNA, NOON

LATER = AVAILABLE + timedelta(days=3)


async def set_to(database: Database, shop: InstallationId, tier: str | None, *, at: datetime = LATER) -> Placed:
    program = await program_of(database, shop)
    code = None if tier is None else TierCode(tier)
    async with database.shop(shop) as session:
        return await tiers.set_tier(session, shop, owner(program), tier=code, at=at)


async def protect_until(
    database: Database, shop: InstallationId, until: datetime | None, *, at: datetime = LATER
) -> Placed:
    program = await program_of(database, shop)
    async with database.shop(shop) as session:
        return await tiers.protect(session, shop, owner(program), until=until, at=at)


async def test_staff_raise_a_member_for_a_term(database: Database, installation: InstallationId) -> None:
    await save(database, installation)
    await happen(database, installation, bought(1_000), at=NOON)
    placed = await set_to(database, installation, "gold")
    assert (placed.before.tier, placed.after.tier) == ("base", "gold")
    assert await told(database, installation) == [("STAFF", "gold", LATER)]
    assert (await owed(database, installation))[1:] == [("MirrorTier", ANNA)]
    # nothing was bought for it, and still it is kept until the term is over, then there is a notice
    year_later = datetime(2027, 3, 19, tzinfo=UTC)
    assert placed.after.until == year_later
    assert await due(database, installation, at=year_later) == set()
    assert (await told(database, installation))[1:] == [("NOTICED", "gold", year_later)]


async def test_whom_staff_lower_climbs_with_the_next_purchase(database: Database, installation: InstallationId) -> None:
    await save(database, installation)
    await happen(database, installation, bought(60_000), at=NOON)
    await set_to(database, installation, "base")
    assert await told(database, installation) == [("PROMOTED", "gold", AVAILABLE), ("STAFF", "base", LATER)]
    await due(database, installation, at=LATER + timedelta(days=1))
    assert len(await steps(database, installation)) == 2
    await happen(database, installation, bought(100, days=10), at=LATER + timedelta(days=1))
    await due(database, installation, at=LATER + timedelta(days=30))
    assert (await told(database, installation))[2:] == [("PROMOTED", "gold", AVAILABLE + timedelta(days=10))]


async def test_a_protection_takes_the_notice_back_and_ends_as_said(
    database: Database, installation: InstallationId
) -> None:
    await save(database, installation)
    await happen(database, installation, bought(60_000), at=NOON)
    await due(database, installation, at=AVAILABLE)
    term_over = datetime(2027, 3, 16, tzinfo=UTC)
    await due(database, installation, at=term_over)
    until = term_over + timedelta(days=200)
    placed = await protect_until(database, installation, until, at=term_over + timedelta(days=10))
    assert (placed.before.notice_at, placed.after.notice_at, placed.after.protected_until) == (term_over, None, until)
    assert await due(database, installation, at=until - timedelta(seconds=1)) == set()
    assert len(await steps(database, installation)) == 3
    await due(database, installation, at=until)
    assert (await told(database, installation))[2:] == [
        ("PROTECTED", "gold", term_over + timedelta(days=10)),
        ("NOTICED", "gold", until),
    ]


async def test_a_protection_can_be_ended(database: Database, installation: InstallationId) -> None:
    await save(database, installation)
    await happen(database, installation, bought(60_000), at=NOON)
    await protect_until(database, installation, LATER + timedelta(days=90))
    ended = await protect_until(database, installation, None, at=LATER + timedelta(days=1))
    assert (ended.before.protected_until, ended.after.protected_until) == (LATER + timedelta(days=90), None)


async def test_refuses_what_cannot_be(database: Database, installation: InstallationId) -> None:
    await happen(database, installation, bought(60_000), at=NOON)
    with pytest.raises(NoLadder):
        await set_to(database, installation, "gold")
    await save(database, installation)
    with pytest.raises(NoSuchTier) as unknown:
        await set_to(database, installation, "platinum")
    for until in (LATER, LATER + timedelta(days=3654)):
        with pytest.raises(ProtectedPast) as past:
            await protect_until(database, installation, until)
    assert (unknown.value.code, past.value.code) == (LoyaltyErrorCode.NOT_FOUND, LoyaltyErrorCode.INVALID)
    assert await told(database, installation) == []


async def test_two_at_once_leave_one_history(database: Database, installation: InstallationId) -> None:
    await save(database, installation)
    await happen(database, installation, bought(60_000), at=NOON)
    await asyncio.gather(
        *(due(database, installation, at=LATER) for _ in range(3)),
        set_to(database, installation, "silver"),
    )
    history = await told(database, installation)
    assert history == [("PROMOTED", "gold", AVAILABLE), ("STAFF", "silver", LATER)]
    found = await status(database, installation, at=LATER)
    assert found is not None
    assert found.tier == SILVER


async def moves(
    database: Database, shop: InstallationId, plan: Plan, *, at: datetime = LATER
) -> tuple[list[Move], int, int]:
    program = await program_of(database, shop)
    async with database.shop(shop, read_only=True) as session:
        found = await tiers.who_would_move(session, shop, program, plan=plan, at=at)
    return list(found.moves), found.noticed, found.members


async def test_who_would_move_is_counted_with_examples_and_nothing_is_written(
    database: Database, installation: InstallationId
) -> None:
    await save(database, installation)
    many = [CustomerId(str(number)) for number in range(100, 115)]
    await happen(database, installation, *(bought(20_000, customer=one) for one in many), bought(60_000), at=NOON)
    nobody = await moves(database, installation, Plan(tiers=(BASE, SILVER, GOLD)))
    assert nobody == ([], 0, 16)
    cheaper = Plan(tiers=(BASE, SILVER, replace(GOLD, threshold=20_000)))
    [move], noticed, members = await moves(database, installation, cheaper)
    assert (move.before, move.after, move.members, noticed, members) == ("silver", "gold", 15, 0, 16)
    assert (len(move.examples), set(move.examples) < set(many)) == (10, True)
    without_gold = Plan(tiers=(BASE, SILVER))
    assert await moves(database, installation, without_gold) == (
        [Move(before=TierCode("gold"), after=TierCode("silver"), members=1, examples=(ANNA,))],
        0,
        16,
    )
    assert await told(database, installation) == []


async def test_a_first_ladder_is_previewed_too(database: Database, installation: InstallationId) -> None:
    await happen(database, installation, bought(60_000), at=NOON)
    assert await moves(database, installation, Plan(tiers=(SILVER, GOLD))) == (
        [Move(before=None, after=TierCode("gold"), members=1, examples=(ANNA,))],
        0,
        1,
    )
    with pytest.raises(BadLadder):
        await moves(database, installation, Plan(tiers=()))


async def test_a_preview_takes_as_many_statements_for_many_as_for_one(
    database: Database, installation: InstallationId
) -> None:
    await save(database, installation)
    everybody = [CustomerId(str(number)) for number in range(60)]
    await happen(database, installation, *(bought(60_000, customer=one) for one in everybody), at=NOON)
    program = await program_of(database, installation)
    with counted(database) as statements:
        async with database.shop(installation, read_only=True) as session:
            await tiers.who_would_move(session, installation, program, plan=Plan(tiers=(SILVER,)), at=LATER)
    assert len(statements) == 4
