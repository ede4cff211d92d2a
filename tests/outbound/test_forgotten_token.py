"""A shop that does not know our token any more is paused; one that only denies something is not."""

import pytest
import sqlalchemy as sa

from saleor_crm_app.crm.orders import ReadOrder
from saleor_crm_app.demo import SaleorVersion, SimulatedShop
from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.installation.forgotten import ForgottenTokens
from saleor_crm_app.installation.lifecycle import FORGOTTEN
from saleor_crm_app.jobs.outbox import enqueue
from saleor_crm_app.kernel.ids import OrderId
from saleor_crm_app.saleor.client import PermissionDenied, ShopAccess
from saleor_crm_app.saleor.secrets import Vault
from tests.journeys.conftest import SECRET, RunningApp
from tests.outbound.conftest import OpenShop, Reading
from tests.outbound.trade import ledger, mute, orders_paid


def own_app(shop: SimulatedShop) -> App:
    return next(app for app in shop.state.apps.values() if app.token and not app.is_removed)


async def state(reading: Reading, shop: SimulatedShop) -> tuple[str, str | None]:
    found = await reading.installation(shop)
    return found.state.value, found.paused_reason


@pytest.mark.parametrize("version", [SaleorVersion.V3_21, SaleorVersion.V3_22])
async def test_an_uninstallation_that_nobody_told_us_of_pauses(
    app: RunningApp, open_shop: OpenShop, reading: Reading, version: SaleorVersion
) -> None:
    # given: before 3.23 an app does not hear of its own end
    shop = await open_shop(version)
    shop.apps.uninstall(own_app(shop))
    await shop.deliveries.settled()
    assert await state(reading, shop) == ("ACTIVE", None)
    # when
    await app.worker.reconciler.often()
    # then
    assert await state(reading, shop) == ("PAUSED", FORGOTTEN)
    assert shop.troubles.calls == ["CustomersChanged", "AppIdentity"]


async def test_any_job_that_calls_notices(app: RunningApp, shop: SimulatedShop, reading: Reading) -> None:
    mute(shop)
    (order,) = orders_paid(shop, 1)
    own_app(shop).token = "another token of thirty letters"[:30]
    installation = (await reading.installation(shop)).id
    async with app.database.shop(installation) as session:
        await enqueue(session, ReadOrder(installation=installation, order=OrderId(order.pk)))
    await app.worker.runner.run_until_idle()
    assert await state(reading, shop) == ("PAUSED", FORGOTTEN)


async def test_a_new_installation_ends_the_pause_and_makes_good_what_was_missed(
    app: RunningApp, open_shop: OpenShop, reading: Reading
) -> None:
    shop = await open_shop(SaleorVersion.V3_21)
    mute(shop)
    shop.apps.uninstall(own_app(shop))
    await app.worker.reconciler.often()
    orders_paid(shop, 5)
    await shop.apps.install(app.manifest_url)
    assert await state(reading, shop) == ("ACTIVE", None)
    # what is remembered of installations is seconds old at most
    app.worker.clients._directory.forget((await reading.installation(shop)).id, shop.api_url)
    assert (await reading.often(shop)).missing == 6
    assert len(await ledger(app.database, (await reading.installation(shop)).id)) == 5


async def test_a_missing_permission_pauses_nothing_and_keeps_no_other_question_back(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    mute(shop)
    orders_paid(shop, 3)
    shop.apps.allow(own_app(shop), [Permission.MANAGE_USERS])
    with pytest.raises(PermissionDenied, match="MANAGE_ORDERS"):
        await reading.often(shop)
    assert reading.forgotten == []
    assert await state(reading, shop) == ("ACTIVE", None)
    async with app.database.shop((await reading.installation(shop)).id, read_only=True) as session:
        rows = await session.execute(sa.text("SELECT subject, trouble FROM reading ORDER BY subject"))
        troubles = {row.subject: row.trouble for row in rows}
    assert troubles["customers.changed"] is troubles["deliveries.failed"] is None
    assert "MANAGE_ORDERS" in troubles["orders.changed"]


async def test_a_token_that_was_replaced_meanwhile_pauses_nothing(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    installation = await reading.installation(shop)
    old = ShopAccess(api_url=shop.api_url, token="x" * 30, saleor_version="3.23")
    await ForgottenTokens(app.database, Vault([SECRET])).pause(installation.id, old)
    assert await state(reading, shop) == ("ACTIVE", None)


async def test_being_switched_on_ends_a_pause_that_a_denied_call_began(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    # given: a call was denied before the news of the switching off came
    own = own_app(shop)
    own.is_active = False
    await app.worker.reconciler.often()
    assert await state(reading, shop) == ("PAUSED", FORGOTTEN)
    # when
    shop.apps.deactivate(own)
    await shop.deliveries.settled()
    await app.settle()
    off = await state(reading, shop)
    shop.apps.activate(own)
    await shop.deliveries.settled()
    await app.settle()
    # then
    assert off == ("PAUSED", "the shop has switched the app off")
    assert await state(reading, shop) == ("ACTIVE", None)
