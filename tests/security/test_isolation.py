"""Two shops with equal ids in one database: neither sees the other, also where the app forgets to ask for its own."""

import json

import pytest
import sqlalchemy as sa

from saleor_crm_app.jobs.inbox import NewItem, append
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.program import program_of_channel
from tests.conftest import MakeInstallation
from tests.loyalty.test_accrual import happen
from tests.shop import ANNA, NOON, order

TABLES = sa.text(
    "SELECT table_name FROM information_schema.columns"
    " WHERE column_name = 'installation_id' AND table_schema = 'public' ORDER BY table_name"
)


@pytest.fixture
async def shops(database: Database, make_installation: MakeInstallation) -> tuple[InstallationId, InstallationId]:
    """The same customer bought the same order in both; the second shop paid out less."""
    first, second = await make_installation(), await make_installation()
    same = order(charged=10000)
    await happen(database, first, same)
    await happen(database, second, order(id=same.id, charged=5000))
    for shop in (first, second):
        await append(database, [NewItem.of(shop, kind="OrderPaid", source="webhook", body=b"{}")])
    return first, second


async def test_no_table_shows_another_shops_rows(
    database: Database, shops: tuple[InstallationId, InstallationId]
) -> None:
    mine, _other = shops
    foreign: dict[str, int] = {}
    own: dict[str, int] = {}
    async with database.shop(mine) as session:
        for table in (await session.scalars(TABLES)).all():
            counted = sa.text(f"SELECT count(*) FILTER (WHERE installation_id <> :mine), count(*) FROM {table}")
            foreign[table], own[table] = (await session.execute(counted, {"mine": mine})).one()
        assert (await session.scalars(sa.text("SELECT id FROM installation"))).all() == [mine]
    assert set(foreign.values()) == {0}
    filled = {"account", "allocation", "entry", "inbox", "lot", "order_fact", "order_points", "program"}
    assert {table for table, rows in own.items() if rows} >= filled


async def test_the_apps_own_reads_find_nothing_when_they_ask_for_another_shop(
    database: Database, shops: tuple[InstallationId, InstallationId]
) -> None:
    mine, other = shops
    async with database.shop(other) as session:
        program = await program_of_channel(session, "default-channel")
        assert program is not None
        theirs = await points.account_of(session, other, ANNA, program.id)
        assert theirs is not None
    async with database.shop(mine) as session:
        # the filter by installation asks for the other shop: only row-level security stands between
        assert await points.account_of(session, other, ANNA, program.id) is None
        assert await points.orders_points(session, other, [], at=NOON) == {}
        assert await points.members(session, other, most=100) == []
        verdict = await points.verify(session, other)
    assert (verdict.accounts, verdict.entries, verdict.points) == (0, 0, 0)


async def test_nothing_of_another_shop_can_be_changed(
    database: Database, shops: tuple[InstallationId, InstallationId]
) -> None:
    mine, other = shops
    changes = {
        "account": "balance = 0",
        "lot": "remaining = 0",
        "order_points": "posted = 0",
        "program": "earn_points = 99",
        "customer": "is_staff = true",
        "order_fact": "status = 'CANCELED'",
        "inbox": "state = 'APPLIED'",
    }
    async with database.shop(mine) as session:
        for table, change in changes.items():
            hit = await session.execute(
                sa.text(f"UPDATE {table} SET {change} WHERE installation_id = :other RETURNING installation_id"),
                {"other": other},
            )
            assert hit.all() == [], table
    async with database.shop(other, read_only=True) as session:
        verdict = await points.verify(session, other)
    assert (verdict.points, verdict.findings) == (50, ())


async def test_equal_orders_are_counted_apart(database: Database, shops: tuple[InstallationId, InstallationId]) -> None:
    sums = []
    for shop in shops:
        async with database.shop(shop, read_only=True) as session:
            sums.append((await points.verify(session, shop)).points)
    assert json.dumps(sums) == "[100, 50]"
