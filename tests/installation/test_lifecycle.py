"""A shop switches the app off and on; only what concerns our own app there counts."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from saleor_crm_app.installation.lifecycle import follow, pause, resume
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.client import PermissionDenied
from saleor_crm_app.saleor.clients import ShopClients, ShopPaused
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.events import AppChanged, AppGone, Ignored, ShopEvent
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.saleor.installation_store import all_installations, set_storefront_origins
from saleor_crm_app.saleor.secrets import Vault
from tests.conftest import MakeInstallation

OURS = "QXBwOjE="
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def switched(*, on: bool, app_id: str = OURS, minutes: int = 0) -> AppChanged:
    return AppChanged(issued_at=NOON + timedelta(minutes=minutes), app_id=app_id, is_active=on)


async def state_after(database: Database, installation: InstallationId, *events: ShopEvent) -> str:
    async with database.shop(installation) as session:
        await follow(session, installation, events)
    [one] = await all_installations(database)
    return one.state.value


async def test_switched_off_and_on_again(database: Database, installation: InstallationId) -> None:
    assert await state_after(database, installation, switched(on=False)) == "PAUSED"
    assert await state_after(database, installation, switched(on=True)) == "ACTIVE"


async def test_the_last_to_happen_counts_however_they_arrive(database: Database, installation: InstallationId) -> None:
    on, off = switched(on=True, minutes=2), switched(on=False, minutes=1)
    assert await state_after(database, installation, on, off) == "ACTIVE"
    assert await state_after(database, installation, switched(on=False, minutes=3), on) == "PAUSED"


async def test_other_apps_and_other_events_do_not_matter(database: Database, installation: InstallationId) -> None:
    others = (switched(on=False, app_id="QXBwOjI="), AppGone(issued_at=NOON, app_id="QXBwOjI="), Ignored("X"))
    assert await state_after(database, installation, *others) == "ACTIVE"
    assert await state_after(database, installation) == "ACTIVE"


async def test_an_uninstallation_stays_until_a_new_installation(
    database: Database, installation: InstallationId
) -> None:
    gone = AppGone(issued_at=NOON, app_id=OURS)
    assert await state_after(database, installation, gone, switched(on=True, minutes=1)) == "PAUSED"
    assert await state_after(database, installation, switched(on=True, minutes=2)) == "PAUSED"


async def test_the_operators_pause_is_ended_by_the_operator_only(
    database: Database, installation: InstallationId
) -> None:
    async with database.shop(installation) as session:
        await pause(session, installation, reason="paused by the operator")
    assert await state_after(database, installation, switched(on=False), switched(on=True, minutes=1)) == "PAUSED"
    async with database.shop(installation) as session:
        await resume(session, installation)
    assert await state_after(database, installation) == "ACTIVE"


async def test_a_paused_shop_is_not_called(database: Database, make_installation: MakeInstallation) -> None:
    # given
    vault = Vault(["key"])
    installation = await make_installation(api_url="https://shop.example/graphql/", saleor_version="3.23")
    sealed = vault.seal("token", installation=installation, column="token")
    other = await make_installation(token=sealed)
    clients = ShopClients(InstallationDirectory(database, lifetime=0.0), vault, CallPolicy())
    # when
    async with database.shop(installation) as session:
        await pause(session, installation, reason="x")
    # then
    with pytest.raises(ShopPaused):
        await clients.of(installation)
    # and another shop's row with this shop's token opens nothing
    with pytest.raises(Exception, match="belongs to another installation"):
        await clients.of(other)
    with pytest.raises(PermissionDenied):
        await clients.of(InstallationId(UUID(int=0)))
    await clients.close()


async def test_a_client_is_made_once_and_anew_after_a_re_installation(
    database: Database, installation: InstallationId
) -> None:
    # given
    vault = Vault(["key"])
    clients = ShopClients(InstallationDirectory(database, lifetime=0.0), vault, CallPolicy())

    async def installed(token: str) -> None:
        async with database.shop(installation) as session:
            await session.execute(
                sa.text("UPDATE installation SET token = :token, saleor_version = '3.23'"),
                {"token": vault.seal(token, installation=installation, column="token")},
            )

    # when
    await installed("one")
    first, again = await clients.of(installation), await clients.of(installation)
    await installed("two")
    second = await clients.of(installation)
    # then
    assert first is again
    assert [client.access.token for client in (first, second)] == ["one", "two"]
    await clients.close()


async def test_says_from_which_origins_storefronts_call(database: Database, installation: InstallationId) -> None:
    await set_storefront_origins(database, installation, ["https://a.example", "https://b.example"])
    [one] = await all_installations(database)
    assert one.storefront_origins == ("https://a.example", "https://b.example")
