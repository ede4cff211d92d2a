"""Orders earn by the tier of the moment they were made, in whatever order they are learnt of."""

from datetime import timedelta
from itertools import permutations

import msgspec
import pytest

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.points import verify
from tests.loyalty.tiers.shop_with_tiers import AVAILABLE, bought, due, earned, happen, save, tier_then, told
from tests.shop import NOON

LATE = AVAILABLE + timedelta(days=1)


async def test_an_order_earns_by_the_tier_of_its_moment_before_any_job_has_run(
    database: Database, installation: InstallationId
) -> None:
    await save(database, installation)
    large = bought(60_000)
    await happen(database, installation, large, at=NOON)
    minute = AVAILABLE + timedelta(minutes=1)
    early, small = bought(10_000, days=14), bought(10_000, days=15)
    await happen(database, installation, early, small, at=minute)
    # 15 days after noon it is noon of the day that began with gold
    assert [await earned(database, installation, one) for one in (large, early, small)] == [600, 100, 150]
    assert await told(database, installation) == [("PROMOTED", "gold", AVAILABLE)]


async def test_a_tier_that_comes_later_changes_no_earlier_order(
    database: Database, installation: InstallationId
) -> None:
    await save(database, installation)
    first = bought(10_000)
    await happen(database, installation, first, bought(60_000), at=NOON)
    await due(database, installation, at=AVAILABLE)
    await happen(database, installation, msgspec.structs.replace(first, updated_at=LATE, number="1a"), at=LATE)
    assert await earned(database, installation, first) == 100


@pytest.mark.parametrize("arrival", list(permutations(range(3))))
async def test_any_order_of_arrival_gives_one_state(
    database: Database, installation: InstallationId, arrival: tuple[int, ...]
) -> None:
    await save(database, installation)
    sold = [bought(60_000), bought(10_000, days=16), bought(10_000, days=2)]
    for number in arrival:
        await happen(database, installation, sold[number], at=AVAILABLE + timedelta(days=20))
    assert [await earned(database, installation, one) for one in sold] == [600, 150, 100]
    assert (await told(database, installation))[-1] == ("PROMOTED", "gold", AVAILABLE)
    later = AVAILABLE + timedelta(days=16)
    assert await tier_then(database, installation, [NOON, AVAILABLE, later]) == [("base", 100), *[("gold", 150)] * 2]
    async with database.shop(installation, read_only=True) as session:
        assert (await verify(session, installation)).findings == ()
