"""Our webhooks in a shop follow the version of the app and of the shop, whatever happened to them there."""

import httpx
import pytest

from saleor_crm_app.demo import SaleorVersion, SimulatedShop, serving
from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.signing import SigningKey
from saleor_crm_app.installation.sync import Change
from saleor_crm_app.saleor.installation_store import all_installations
from tests.journeys.conftest import RunningApp


async def sync(app: RunningApp) -> list[tuple[str, str]]:
    """Compare and repair; says what was done, by name."""
    (shop,) = await all_installations(app.database)
    done: list[Change] = await app.worker.sync.sync(shop)
    return sorted((change.act, change.name) for change in done)


@pytest.fixture
async def installed(app: RunningApp, shop: SimulatedShop) -> App:
    return await shop.apps.install(app.manifest_url)


async def test_what_the_manifest_brought_needs_nothing(app: RunningApp, installed: App) -> None:
    assert len(installed.webhooks) == 3
    assert await sync(app) == []


async def test_repairs_what_is_missing_changed_and_left_over(app: RunningApp, installed: App) -> None:
    orders, customers, own = sorted(installed.webhooks, key=lambda webhook: webhook.name)[1::-1] + [
        webhook for webhook in installed.webhooks if webhook.name == "This app"
    ]
    installed.webhooks.remove(own)
    customers.target_url = "http://127.0.0.1:1/elsewhere"
    orders.events = frozenset({EventType.ORDER_PAID})
    orders.name, kept = "From an older version", orders.name
    assert await sync(app) == [
        ("create", kept),
        ("create", "This app"),
        ("delete", "From an older version"),
        ("update", customers.name),
    ]
    assert await sync(app) == []
    assert {webhook.name for webhook in installed.webhooks} == {"Customers", "Orders", "This app"}


async def test_a_webhook_that_staff_switched_off_is_switched_on(app: RunningApp, installed: App) -> None:
    installed.webhooks[0].is_active = False
    assert await sync(app) == [("update", installed.webhooks[0].name)]
    assert installed.webhooks[0].is_active


async def test_an_upgraded_shop_gets_what_it_can_do_now(app: RunningApp, shop_key: SigningKey) -> None:
    async with serving(SimulatedShop(version=SaleorVersion.V3_22, seed=1, key=shop_key)) as shop:
        installed = await shop.apps.install(app.manifest_url)
        shop.state.version = SaleorVersion.V3_23
        assert await sync(app) == [("update", "Customers"), ("update", "Orders")]
        customers = next(webhook for webhook in installed.webhooks if webhook.name == "Customers")
        assert EventType.CUSTOMER_DELETED in customers.events
    (known,) = await all_installations(app.database)
    assert known.saleor_version == "3.23.28"


async def test_one_shop_that_is_away_does_not_keep_the_others_waiting(
    app: RunningApp, installed: App, shop_key: SigningKey
) -> None:
    async with serving(SimulatedShop(seed=2, key=shop_key)) as gone:
        await gone.apps.install(app.manifest_url)
    installed.webhooks.clear()
    await app.worker.sync.sync_all()
    assert len(installed.webhooks) == 3


async def test_two_workers_do_not_make_the_same_webhook_twice(app: RunningApp, installed: App) -> None:
    installed.webhooks.clear()
    await app.worker.sync.sync_all()
    await app.worker.sync.sync_all()
    assert len(installed.webhooks) == 3


async def test_the_app_is_told_when_it_is_uninstalled(app: RunningApp, shop: SimulatedShop, installed: App) -> None:
    shop.apps.uninstall(installed)
    await shop.deliveries.settled()
    await app.settle()
    (known,) = await all_installations(app.database)
    assert (known.state.value, known.paused_reason) == ("PAUSED", "the shop has uninstalled the app")


async def test_a_new_installation_brings_another_token_and_loses_nothing(
    app: RunningApp, shop: SimulatedShop, installed: App
) -> None:
    before = await app.installation()
    again = await shop.apps.reinstall(installed)
    await shop.deliveries.settled()
    await app.settle()
    (known,) = await all_installations(app.database)
    assert (known.id, known.app_id, known.state.value) == (before, again.id, "ACTIVE")
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{app.url}/health/ready")).status_code == 200
