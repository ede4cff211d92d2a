"""What a real Saleor 3.23.28 sent goes through the real door, with its own signatures, and ends as points."""

import json
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
import sqlalchemy as sa

from saleor_crm_app.demo.server import running as serving
from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import InstallationId, new_id
from saleor_crm_app.saleor.installations import InstallationRow
from saleor_crm_app.saleor.secrets import Vault
from tests.demo.reference import folder, needs_reference, recorded_bytes, recording
from tests.journeys.conftest import SECRET, RunningApp
from tests.journeys.recorded_shop import RecordedShop

pytestmark = needs_reference
APP_ID = "QXBwOjE="
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def shop(app: RunningApp) -> AsyncIterator[RecordedShop]:
    """The recorded shop on a port of its own, installed with the keys that the real one had."""
    recorded = RecordedShop()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        recorded.api_url = f"http://127.0.0.1:{listener.getsockname()[1]}/graphql/"
        await install(app, recorded.api_url)
        async with serving(recorded.app(), listener):
            yield recorded


async def install(app: RunningApp, api_url: str) -> None:
    shop = InstallationId(new_id())
    row = {
        "id": shop,
        "api_url": api_url,
        "app_id": APP_ID,
        "token": Vault([SECRET]).seal("x" * 30, installation=shop, column="token"),
        "saleor_version": "3.23.28",
        "jwks": (folder() / "recordings" / "jwks.json").read_text(),
        "jwks_fetched_at": LONG_AGO,
        "jwks_tried_at": LONG_AGO,
        "installed_at": LONG_AGO,
        "registered_at": LONG_AGO,
    }
    async with app.database.shop(shop) as session:
        await insert_rows(session, InstallationRow.__table__, [row])


async def deliver(app: RunningApp, shop: RecordedShop, name: str) -> int:
    """Send the recorded bytes under their recorded signature; only the unsigned address is the test shop's."""
    headers = dict(recording(name)["headers"]) | {"saleor-api-url": shop.api_url}
    for unsent in ("host", "content-length", "connection", "accept-encoding"):
        headers.pop(unsent, None)
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{app.url}/api/webhooks/saleor", content=recorded_bytes(name), headers=headers)
    return answer.status_code


async def entries(app: RunningApp) -> list[tuple[str, int]]:
    async with app.database.shop(await app.installation(), read_only=True) as session:
        return [tuple(row) for row in await session.execute(sa.text("SELECT kind, points FROM entry ORDER BY id"))]


async def test_an_order_paid_and_refunded_in_two_parts(app: RunningApp, shop: RecordedShop) -> None:
    seen = []
    for name in ("order_created__already_paid", "order_paid", "order_refunded", "order_fully_refunded"):
        shop.now_reads(name)
        assert await deliver(app, shop, name) == 200
        await app.settle()
        seen.append(await entries(app))
    earned, part, rest = ("EARN", 3), ("CLAWBACK", -1), ("CLAWBACK", -2)
    # order_created is not among the events we subscribe to
    assert seen == [[], [earned], [earned, part], [earned, part, rest]]


async def test_an_order_paid_later_and_fulfilled(app: RunningApp, shop: RecordedShop) -> None:
    for name in ("order_updated", "order_fully_paid", "order_fulfilled"):
        shop.now_reads(name)
        assert await deliver(app, shop, name) == 200
        await app.settle()
    assert await entries(app) == [("EARN", 3)]
    async with app.database.shop(await app.installation(), read_only=True) as session:
        dates = (await session.execute(sa.text("SELECT remaining, activates_at FROM lot"))).one()
    assert tuple(dates) == (3, datetime(2026, 12, 6, tzinfo=UTC))


async def test_what_the_recorded_orders_lack_is_read_again(app: RunningApp, shop: RecordedShop) -> None:
    shop.now_reads("order_paid")
    await deliver(app, shop, "order_paid")
    await app.settle()
    assert shop.asked == [recording("order_paid")["body"]["order"]["id"]]


async def test_arriving_late_and_twice_changes_nothing(app: RunningApp, shop: RecordedShop) -> None:
    shop.now_reads("order_fully_refunded")
    for name in ("order_fully_refunded", "order_refunded", "order_paid", "order_paid", "order_cancelled"):
        if name == "order_cancelled":
            shop.now_reads(name)
        assert await deliver(app, shop, name) == 200
    await app.settle()
    assert await entries(app) == []


async def test_customers_are_kept_without_their_names(app: RunningApp, shop: RecordedShop) -> None:
    for name in ("customer_created", "customer_updated", "customer_deleted"):
        if name != "customer_deleted":
            shop.now_reads(name)
        assert await deliver(app, shop, name) == 200
        await app.settle()
    async with app.database.shop(await app.installation(), read_only=True) as session:
        kept = await session.execute(sa.text("SELECT id, language, deleted_at IS NULL FROM customer ORDER BY id"))
        assert [tuple(row) for row in kept] == [("46", "EN", True), ("49", "", False)]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("account_confirmed", "it was sent to another app of the shop"),
        ("account_delete_requested", "it names no recipient"),
    ],
)
async def test_is_refused_when_it_was_not_sent_to_us(app: RunningApp, shop: RecordedShop, name: str, why: str) -> None:
    assert await deliver(app, shop, name) == 401, why


async def test_a_changed_byte_is_refused(app: RunningApp, shop: RecordedShop) -> None:
    headers = dict(recording("order_paid")["headers"])
    body = json.dumps(json.loads(recorded_bytes("order_paid"))).replace("3.98", "9.98").encode()
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(
            f"{app.url}/api/webhooks/saleor",
            content=body,
            headers={"saleor-api-url": shop.api_url, "saleor-signature": headers["saleor-signature"]},
        )
    assert answer.status_code == 401
