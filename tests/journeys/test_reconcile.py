"""The app was away, or came late: one cycle makes the books right, by the worker or by the command line."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from graphql import parse

from saleor_crm_app.demo import SimulatedShop
from saleor_crm_app.demo.access import access_of
from saleor_crm_app.demo.execution import run
from saleor_crm_app.demo.order import Order
from saleor_crm_app.saleor.documents import document
from tests.conftest import Addresses
from tests.journeys.conftest import SECRET, RunningApp
from tests.outbound.trade import ledger, mute, orders_paid
from tests.reliability.books import expected, findings, held


def as_it_reads(shop: SimulatedShop, order: Order) -> Mapping[str, Any]:
    """The order by Saleor's API, at this moment."""
    own = next(app for app in shop.state.apps.values() if app.token)
    read = run(parse(document("Order", "3.23")), access_of(own, shop.state), variables={"id": order.id})
    assert read.errors is None
    assert read.data is not None
    found: Mapping[str, Any] = json.loads(json.dumps(read.data["order"]))
    return found


async def cli(app: RunningApp, *words: str) -> asyncio.subprocess.Process:
    """Start the installed command on the test's database, as an operator would."""
    environment = os.environ | {
        "DATABASE_URL": app.database.url,
        "SECRET_KEY": SECRET,
        "ALLOW_PRIVATE_HOSTS": "true",
        "APP_LOG_LEVEL": "ERROR",
    }
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "saleor_crm_app", *words, env=environment, stdout=pipe, stderr=pipe
    )


async def told(process: asyncio.subprocess.Process) -> tuple[int, Any, str]:
    """Exit code, what it printed as JSON, and its complaint."""
    printed, complaint = await process.communicate()
    code = process.returncode
    assert code is not None
    return code, json.loads(printed) if printed.startswith(b"[") else printed.decode(), complaint.decode()


async def test_thirty_minutes_away_are_made_good_by_one_cycle_of_the_worker(
    app: RunningApp, shop: SimulatedShop
) -> None:
    # given: 2,000 changes of 500 orders while nobody listens, longer than Saleor tries again
    await shop.apps.install(app.manifest_url)
    installation = await app.installation()
    mute(shop)
    orders = []
    for _ in range(10):
        orders += orders_paid(shop, 50)
        shop.clock.advance(timedelta(minutes=3))
    for order in orders:
        shop.parcels.fulfill(order)
        shop.refunds.refund(order, Decimal(5))
    for order in orders[::2]:
        shop.refunds.refund(order, Decimal(1))
        shop.parcels.take_back(order, {order.lines[0]: 1})
    # when
    await app.worker.reconciler.often()
    await app.settle()
    # then
    truth = [as_it_reads(shop, order) for order in orders]
    assert await held(app.database, installation) == expected(truth)
    assert await findings(app.database, installation) == ()
    process = await cli(app, "reconcile", "--full", "--json")
    code, found, complaint = await told(process)
    assert (code, complaint) == (0, "")
    assert {row["read"]: (row["missing"], row["stale"], row["gone"]) for row in found} == dict.fromkeys(
        [row["read"] for row in found], (0, 0, 0)
    )
    assert {row["read"]: row["seen"] for row in found}["orders.created"] == 500


async def test_a_backfill_that_is_killed_goes_on_when_it_is_started_again(app: RunningApp, shop: SimulatedShop) -> None:
    # given: a process that dies between two pages
    await shop.apps.install(app.manifest_url)
    mute(shop)
    orders_paid(shop, 260)
    pages = 0

    def kill(name: str) -> None:
        nonlocal pages
        pages += name == "OrdersCreated"
        if pages == 4:
            process.send_signal(signal.SIGKILL)

    shop.troubles.before_call = kill
    process = await cli(app, "backfill", "--json")
    code, _, _ = await told(process)
    # when: its turn has run out
    shop.troubles.before_call = lambda _name: None
    shop.troubles.calls.clear()
    installation = await app.installation()
    async with app.database.shop(installation) as session:
        await session.execute(sa.text("UPDATE shop_turn SET lease_until = 'epoch'"))
    again, found, complaint = await told(await cli(app, "backfill", "--json"))
    await app.settle()
    # then: what was read is not read again
    assert (code, again, complaint) == (-signal.SIGKILL, 0, "")
    assert {row["read"]: (row["seen"], row["missing"], row["finished"]) for row in found} == {
        "customers.history": (1, 1, True),
        "orders.history": (260, 260, True),
    }
    assert shop.troubles.calls == ["CustomersJoined", *["OrdersCreated"] * 3]
    assert len(await ledger(app.database, installation)) == 260


async def test_ctrl_c_lets_go_at_once(app: RunningApp, shop: SimulatedShop) -> None:
    await shop.apps.install(app.manifest_url)
    mute(shop)
    orders_paid(shop, 120)

    def interrupt(name: str) -> None:
        if name == "OrdersChanged":
            process.send_signal(signal.SIGINT)

    shop.troubles.before_call = interrupt
    process = await cli(app, "reconcile", "--json")
    code, printed, complaint = await told(process)
    shop.troubles.before_call = lambda _name: None
    again, found, _ = await told(await cli(app, "reconcile", "--json"))
    assert (code, printed, complaint) == (1, "", "saleor-crm: Stopped; the same command goes on from there\n")
    assert again == 0
    assert {row["read"]: row["missing"] for row in found}["orders.changed"] == 120


async def test_the_command_line_tells_of_trouble_in_one_sentence(
    app: RunningApp, addresses: Addresses, shop: SimulatedShop
) -> None:
    await shop.apps.install(app.manifest_url)
    own = next(one for one in shop.state.apps.values() if one.token)
    own.token = "x" * 30
    code, found, complaint = await told(await cli(app, "reconcile", shop.api_url))
    assert (code, complaint) == (
        1,
        f"saleor-crm: {shop.api_url}: The shop does not know our token any more; the same command goes on from there\n",
    )
    assert "customers.changed" in found
    paused = await told(await cli(app, "reconcile", shop.api_url))
    assert paused == (
        1,
        "",
        f"saleor-crm: {shop.api_url} is paused, because the shop does not know our token any more; it is not called\n",
    )
    assert addresses.app == app.database.url
