"""The database itself keeps shops apart: whatever the app asks, a transaction sees and changes one shop's rows."""

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from saleor_crm_app.kernel.db import Database
from tests.conftest import Addresses
from tests.security.tenants import Tenant

ACROSS_SHOPS = {"alembic_version", "api_key", "certificate", "inbox", "installation"}
"""What may be read before it is known which shop a caller is of; no points, orders or customers among them."""
OF_NO_SHOP = {"alembic_version"}


def shop_tables(addresses: Addresses) -> dict[str, str]:
    """Every table whose rows are a shop's, with the column that says whose."""
    query = (
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND (column_name = 'installation_id' OR (table_name, column_name) = ('installation', 'id'))"
    )
    with psycopg.connect(addresses.owner) as connection:
        return {str(table): str(column) for table, column in connection.execute(query)}


async def refused(database: Database, tenant: Tenant, statement: str, **values: object) -> str:
    """The SQLSTATE with which PostgreSQL refuses a statement inside a shop."""
    with pytest.raises(DBAPIError) as refusal:
        async with database.shop(tenant.id) as session:
            await session.execute(sa.text(statement), values)
    return str(getattr(refusal.value.orig, "sqlstate", None))


async def test_every_table_shows_a_shop_its_own_rows_and_no_others(
    database: Database, addresses: Addresses, ours: Tenant, theirs: Tenant
) -> None:
    tables = shop_tables(addresses)
    assert {"account", "allocation", "entry", "inbox", "installation", "lot", "order_fact"} < tables.keys()
    for tenant in (ours, theirs):
        async with database.shop(tenant.id, read_only=True) as session:
            for table, column in tables.items():
                rows = (await session.scalars(sa.text(f"SELECT {column} FROM {table}"))).all()
                assert (table, set(rows)) == (table, {tenant.id})


async def test_without_a_shop_nothing_is_seen(
    database: Database, addresses: Addresses, ours: Tenant, theirs: Tenant
) -> None:
    for shop in ("", "00000000-0000-0000-0000-000000000000"):
        async with database.engine.begin() as connection:
            await connection.execute(sa.text("SELECT set_config('role', 'crm_app', true)"))
            await connection.execute(sa.text("SELECT set_config('crm.installation', :shop, true)"), {"shop": shop})
            for table in shop_tables(addresses):
                number = (await connection.execute(sa.text(f"SELECT count(*) FROM {table}"))).scalar_one()
                assert (table, number) == (table, 0)


async def test_nothing_can_be_written_for_another_shop(
    database: Database, addresses: Addresses, ours: Tenant, theirs: Tenant
) -> None:
    for table, column in shop_tables(addresses).items():
        values = {"theirs": str(theirs.id)}
        copied = f"jsonb_populate_record(mine, jsonb_build_object('{column}', CAST(:theirs AS text)))"
        insert = f"INSERT INTO {table} SELECT ({copied}).* FROM {table} AS mine LIMIT 1"
        # insufficient privilege: by row-level security, for the inbox by having no right at all
        assert (table, await refused(database, ours, insert, **values)) == (table, "42501")


async def test_no_row_can_be_given_to_another_shop_or_taken_from_it(
    database: Database, addresses: Addresses, ours: Tenant, theirs: Tenant
) -> None:
    for table, column in shop_tables(addresses).items():
        state = await refused(database, ours, f"UPDATE {table} SET {column} = :theirs", theirs=theirs.id)
        assert (table, state) == (table, "42501")
    async with database.shop(ours.id) as session:
        for table in ("account", "api_key", "customer", "lot", "order_fact", "order_points", "program", "shop_turn"):
            taken = await session.execute(
                sa.text(f"UPDATE {table} SET installation_id = installation_id WHERE installation_id = :theirs"),
                {"theirs": theirs.id},
            )
            assert (table, taken.rowcount) == (table, 0)  # type: ignore[attr-defined] # an update counts its rows
        for table in ("inbox", "order_fact"):
            gone = await session.execute(
                sa.text(f"DELETE FROM {table} WHERE installation_id = :theirs"), {"theirs": theirs.id}
            )
            assert (table, gone.rowcount) == (table, 0)  # type: ignore[attr-defined] # likewise


async def test_a_purge_takes_one_shop_only_and_only_a_paused_one(
    database: Database, addresses: Addresses, ours: Tenant, theirs: Tenant
) -> None:
    async def purge() -> object:
        async with database.shop(ours.id) as session:
            # even one who sets what the function sets has no right to delete
            await session.execute(
                sa.text("SELECT set_config('crm.purging', :theirs, true)"), {"theirs": str(theirs.id)}
            )
            return (await session.execute(sa.text("SELECT purge_installation()"))).scalar_one()

    before = snapshot(addresses, theirs)
    active = await purge()
    async with database.shop(ours.id) as session:
        await session.execute(sa.text("UPDATE installation SET state = 'PAUSED'"))
    assert (active, await purge()) == (False, True)
    assert snapshot(addresses, theirs) == before
    assert {table for table, rows in snapshot(addresses, ours).items() if rows} == {"certificate"}
    delete = "DELETE FROM entry WHERE installation_id = :theirs"
    assert await refused(database, ours, delete, theirs=theirs.id) == "42501"


async def test_every_readable_table_is_guarded_also_against_its_owner(addresses: Addresses) -> None:
    query = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')"
        " AND has_table_privilege('{role}', oid, 'SELECT, INSERT, UPDATE, DELETE') AND NOT ({guarded})"
    )
    with psycopg.connect(addresses.owner) as connection:

        def tables(role: str, guarded: str) -> set[str]:
            return {str(name) for (name,) in connection.execute(query.format(role=role, guarded=guarded).encode())}

        assert tables("crm_app", "relrowsecurity AND relforcerowsecurity") == OF_NO_SHOP
        assert tables("crm_intake", "false") == ACROSS_SHOPS
        assert {name for name in tables("crm_jobs", "false") if not name.startswith("procrastinate_")} == set()
        assert tables("crm_login", "false") == set()


async def test_no_role_of_ours_can_lift_the_guard(addresses: Addresses) -> None:
    query = (
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'crm_%'"
        " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)"
    )
    owned = "SELECT relname FROM pg_class WHERE relowner::regrole::text LIKE 'crm_%'"
    with psycopg.connect(addresses.owner) as connection:
        assert [list(connection.execute(one.encode())) for one in (query, owned)] == [[], []]


def snapshot(addresses: Addresses, tenant: Tenant) -> dict[str, list[str]]:
    """Every row of a shop, as its owner sees it."""
    with psycopg.connect(addresses.owner) as connection:
        return {
            table: sorted(
                str(row)
                for (row,) in connection.execute(
                    f"SELECT held::text FROM {table} AS held WHERE {column} = %s".encode(), [tenant.id]
                )
            )
            for table, column in shop_tables(addresses).items()
        }
