"""The schema: what the tables refuse by themselves, and that the revisions make what the models say."""

from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import DBAPIError

from saleor_crm_app.kernel import schema
from saleor_crm_app.kernel.db import Base, Database, driver_url
from saleor_crm_app.kernel.ids import InstallationId
from tests.conftest import Addresses, MakeInstallation


def test_the_revisions_make_the_tables_of_the_models(addresses: Addresses) -> None:
    engine = sa.create_engine(driver_url(addresses.owner, "psycopg"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_ours})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or not str(name).startswith("procrastinate")


def test_goes_down_to_nothing_and_up_again(addresses: Addresses) -> None:
    assert schema.migrate(addresses.owner, login=None, revision="0001") == "0001"
    assert schema.migrate(addresses.owner, login=None, revision="base") == "base"
    assert schema.migrate(addresses.owner, login=None) == schema.newest_revision()


async def test_the_login_alone_may_do_nothing(database: Database) -> None:
    async with database.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="permission denied"):
            await connection.execute(sa.text("SELECT * FROM installation"))


@pytest.mark.parametrize("table", ["entry", "allocation", "lot_term"])
@pytest.mark.parametrize("act", ["UPDATE {} SET installation_id = installation_id", "DELETE FROM {}", "TRUNCATE {}"])
async def test_the_app_may_not_change_what_was_posted(
    database: Database, installation: InstallationId, table: str, act: str
) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.shop(installation) as session:
            await session.execute(sa.text(act.format(table)))


@pytest.mark.parametrize("table", ["entry", "allocation", "lot_term"])
async def test_not_even_the_owner_truncates_the_ledger(addresses: Addresses, table: str) -> None:
    engine = sa.create_engine(driver_url(addresses.owner, "psycopg"))
    with engine.connect() as connection, pytest.raises(DBAPIError, match="the ledger only grows"):
        connection.execute(sa.text(f"TRUNCATE {table} CASCADE"))
    engine.dispose()


async def test_an_entry_without_its_allocations_does_not_commit(
    database: Database, installation: InstallationId
) -> None:
    with pytest.raises(DBAPIError, match="is not fully allotted"):
        async with database.shop(installation) as session:
            await session.execute(
                sa.text(
                    "INSERT INTO entry VALUES (:shop, 1, :id, :id, 1, 'EARN', 'ORDER', 5, 'k', NULL, 1, '{}',"
                    " now(), now(), 1, '', '')"
                ),
                {"shop": installation, "id": uuid4()},
            )


async def test_a_shop_sees_no_rows_of_another(database: Database, make_installation: MakeInstallation) -> None:
    mine, other = await make_installation(), await make_installation()
    async with database.shop(mine) as session:
        seen = (await session.scalars(sa.text("SELECT id FROM installation"))).all()
        with pytest.raises(DBAPIError, match="row-level security"):
            await session.execute(
                sa.text(
                    "INSERT INTO program_channel (installation_id, channel, program_id) VALUES (:shop, 'c', :shop)"
                ),
                {"shop": other},
            )
        await session.rollback()
    assert seen == [mine]


async def test_intake_reads_every_shop_and_no_ledger(database: Database, make_installation: MakeInstallation) -> None:
    shops = {await make_installation(), await make_installation()}
    async with database.intake() as session:
        assert set(await session.scalars(sa.text("SELECT id FROM installation"))) == shops
    for table in ("account", "entry", "lot", "customer", "order_fact", "program", "procrastinate_jobs"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.intake() as session:
                await session.execute(sa.text(f"SELECT * FROM {table}"))


async def test_the_setting_of_one_transaction_does_not_reach_the_next(
    database: Database, installation: InstallationId
) -> None:
    async with database.shop(installation):
        pass
    async with database.engine.connect() as connection:
        left = (await connection.execute(sa.text("SELECT current_setting('crm.installation', true)"))).scalar_one()
        role = (await connection.execute(sa.text("SELECT current_user"))).scalar_one()
    assert left in (None, "")
    assert role == "crm_login"


def test_every_table_of_a_shop_is_isolated_and_can_be_purged(addresses: Addresses) -> None:
    query = """
        SELECT class.relname, class.relrowsecurity AND class.relforcerowsecurity,
               array_agg(policy.polname ORDER BY policy.polname)
        FROM information_schema.columns AS had
        JOIN pg_class AS class ON class.relname = had.table_name AND class.relnamespace = 'public'::regnamespace
        LEFT JOIN pg_policy AS policy ON policy.polrelid = class.oid
        WHERE had.table_schema = 'public' AND had.column_name = 'installation_id' AND class.relkind = 'r'
        GROUP BY 1, 2
    """
    with psycopg.connect(addresses.owner) as owner:
        found = {name: (forced, set(policies)) for name, forced, policies in owner.execute(query)}
    assert len(found) >= 14
    for name, (forced, policies) in found.items():
        assert forced, f"{name} is open to its owner"
        assert "own_shop" in policies, f"{name} shows a shop the rows of others"
        assert "purge" in policies or name == "certificate", f"{name} keeps the rows of a removed shop"
