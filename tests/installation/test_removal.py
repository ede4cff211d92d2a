"""The end of an installation: nothing is lost before its time, and nothing but the certificate is left after it."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from saleor_crm_app.installation.lifecycle import FORGOTTEN, UNINSTALLED, pause
from saleor_crm_app.installation.removal import purge_overdue, remove, remove_for_good
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty import points
from saleor_crm_app.saleor.installation_store import all_installations, purge
from saleor_crm_app.saleor.installations import Installation, InstallationState
from tests.conftest import Addresses, MakeInstallation
from tests.loyalty.test_accrual import happen
from tests.shop import order

DAYS = timedelta(days=1)


async def the(database: Database, shop: InstallationId) -> Installation:
    return next(one for one in await all_installations(database) if one.id == shop)


def rows_left(addresses: Addresses, shop: InstallationId) -> dict[str, int]:
    """How many rows of a shop each table holds, as the owner sees them."""
    with psycopg.connect(addresses.owner) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'installation_id'"
            " AND table_schema = 'public'"
        ).fetchall()
        counts = {
            table: connection.execute(
                f"SELECT count(*) FROM {table} WHERE installation_id = %s".encode(), [shop]
            ).fetchone()
            for (table,) in tables
        }
    return {table: count[0] for table, count in counts.items() if count and count[0]}


async def test_removing_keeps_the_books(database: Database, installation: InstallationId) -> None:
    await happen(database, installation, order(charged=10000))
    await remove(database, await the(database, installation))
    async with database.shop(installation, read_only=True) as session:
        verdict = await points.verify(session, installation)
    assert (verdict.points, verdict.findings) == (100, ())
    assert (await the(database, installation)).state is InstallationState.PAUSED


async def test_purging_leaves_only_the_certificate(
    database: Database, make_installation: MakeInstallation, addresses: Addresses
) -> None:
    gone, other = await make_installation(), await make_installation()
    for shop in (gone, other):
        await happen(database, shop, order(charged=10000))
    before = rows_left(addresses, other)
    certificate = await remove_for_good(database, await the(database, gone))
    assert (certificate["accounts"], certificate["entries"], certificate["points"]) == (1, 1, 100)
    assert rows_left(addresses, gone) == {"certificate": 1}
    assert rows_left(addresses, other) == before
    assert [shop.id for shop in await all_installations(database)] == [other]


async def test_an_active_shop_cannot_be_purged(database: Database, installation: InstallationId) -> None:
    async with database.shop(installation) as session:
        assert not await purge(session)
    assert (await the(database, installation)).state is InstallationState.ACTIVE


async def test_the_way_of_the_purge_is_closed_to_everybody_else(
    database: Database, installation: InstallationId
) -> None:
    await happen(database, installation, order(charged=10000))

    async def delete() -> None:
        async with database.shop(installation) as session:
            await session.execute(sa.text("SELECT set_config('crm.purging', :shop, true)"), {"shop": str(installation)})
            await session.execute(sa.text("DELETE FROM entry"))

    with pytest.raises(DBAPIError, match="permission denied"):
        await delete()


@pytest.mark.parametrize("reason", [UNINSTALLED, FORGOTTEN])
@pytest.mark.parametrize(("days", "purged"), [(89, 0), (91, 1)])
async def test_books_of_a_shop_that_left_are_kept_for_90_days(
    database: Database, installation: InstallationId, reason: str, days: int, purged: int
) -> None:
    async with database.shop(installation) as session:
        await pause(session, installation, reason=reason)
        await session.execute(
            sa.text("UPDATE installation SET paused_at = :then").bindparams(
                sa.bindparam("then", datetime.now(UTC) - days * DAYS, type_=sa.DateTime(timezone=True))
            )
        )
    assert await purge_overdue(database, keep=90 * DAYS) == purged
    assert len(await all_installations(database)) == 1 - purged


async def test_a_shop_that_the_operator_paused_is_never_purged_by_itself(
    database: Database, installation: InstallationId
) -> None:
    async with database.shop(installation) as session:
        await pause(session, installation, reason="paused by the operator")
    assert await purge_overdue(database, keep=timedelta(0)) == 0
