"""Turns at a shop: one process has it, until it gives it back or is gone; probes are shared by all processes."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from saleor_crm_app.jobs.turns import TurnLost, claim_probe, end_turn, keep_turn, take_turn
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from tests.conftest import MakeInstallation

MINUTE = timedelta(minutes=1)


async def the_lease_runs_out(database: Database, installation: InstallationId) -> None:
    async with database.shop(installation) as session:
        await session.execute(sa.text("UPDATE shop_turn SET lease_until = clock_timestamp() - interval '1 second'"))


async def test_only_one_has_the_turn_until_it_ends(database: Database, installation: InstallationId) -> None:
    async with database.shop(installation) as session:
        turn = await take_turn(session, installation)
    async with database.shop(installation) as session:
        assert await take_turn(session, installation) is None
    assert turn is not None
    async with database.shop(installation) as session:
        await end_turn(session, turn)
    async with database.shop(installation) as session:
        again = await take_turn(session, installation)
    assert again is not None
    assert again.fence == turn.fence + 1


async def test_who_was_away_too_long_has_lost_it(database: Database, installation: InstallationId) -> None:
    async with database.shop(installation) as session:
        slow = await take_turn(session, installation)
    await the_lease_runs_out(database, installation)
    async with database.shop(installation) as session:
        quick = await take_turn(session, installation)
    assert slow is not None
    assert quick is not None
    with pytest.raises(TurnLost):
        async with database.shop(installation) as session:
            await keep_turn(session, slow)
    async with database.shop(installation) as session:
        await end_turn(session, slow)
        assert await take_turn(session, installation) is None
        await keep_turn(session, quick)


async def test_a_lease_that_ran_out_but_was_taken_by_nobody_can_be_renewed(
    database: Database, installation: InstallationId
) -> None:
    async with database.shop(installation) as session:
        turn = await take_turn(session, installation)
    await the_lease_runs_out(database, installation)
    assert turn is not None
    async with database.shop(installation) as session:
        await keep_turn(session, turn)
        assert await take_turn(session, installation) is None


async def test_shops_have_turns_of_their_own(database: Database, make_installation: MakeInstallation) -> None:
    for installation in (await make_installation(), await make_installation()):
        async with database.shop(installation) as session:
            assert await take_turn(session, installation) is not None
            assert await claim_probe(session, installation, every=MINUTE) == 0


async def test_one_probe_in_a_while_is_let_through(database: Database, installation: InstallationId) -> None:
    async with database.shop(installation) as session:
        assert await claim_probe(session, installation, every=MINUTE) == 0
    async with database.shop(installation) as session:
        left = await claim_probe(session, installation, every=MINUTE)
        await session.execute(sa.text("UPDATE shop_turn SET probe_at = clock_timestamp()"))
    assert 50 < left <= 60
    async with database.shop(installation) as session:
        assert await claim_probe(session, installation, every=MINUTE) == 0


async def test_another_shops_turn_is_out_of_reach(database: Database, make_installation: MakeInstallation) -> None:
    mine, other = await make_installation(), await make_installation()
    async with database.shop(other) as session:
        await take_turn(session, other)
    async with database.shop(mine) as session:
        seen = (await session.execute(sa.text("SELECT count(*) FROM shop_turn"))).scalar_one()
        taken = await session.execute(sa.text("UPDATE shop_turn SET lease_until = 'epoch' RETURNING fence"))
    assert (seen, taken.all()) == (0, [])
