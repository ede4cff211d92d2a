"""How webhooks are sent: to whom, how often, in which order, and what trouble can be asked for."""

import asyncio
import json
from collections import deque
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from joserfc.jwk import KeySet

from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.clock import ShopClock
from saleor_crm_app.demo.deliveries import Chaos, Delivery, DeliveryStatus
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.orders import BulkOrder, Item
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.versions import SaleorVersion
from tests.demo.conftest import MakeShop, Waits
from tests.demo.receiver import Receiver
from tests.demo.test_tokens import verified


async def test_a_delivery_is_signed_over_its_exact_bytes(
    shop: SimulatedShop, receiver: Receiver, installed: App
) -> None:
    shop.customers.register("ana\u00efs@example.com")
    await shop.deliveries.settled()
    (received,) = receiver.webhooks
    keys = KeySet.import_key_set(shop.keys.jwks())  # type: ignore[arg-type]  # its own TypedDict
    assert verified(received.header("saleor-signature"), received.body, keys)
    assert received.header("x-saleor-signature") == received.header("saleor-signature")
    assert received.body.decode() == json.dumps(received.json)
    assert received.json["recipient"] == {"id": installed.id}


async def test_failures_are_tried_again_five_times_with_doubled_waits(
    shop: SimulatedShop, receiver: Receiver, installed: App, waits: Waits
) -> None:
    receiver.answers = deque([500, 502, 503, 504, 500, 500, 200])
    shop.customers.register("anna@example.com")
    await shop.deliveries.settled()
    assert waits.seconds == [10, 20, 40, 80, 160]
    assert len(receiver.webhooks) == 6
    assert {(one.body, one.header("saleor-signature")) for one in receiver.webhooks} == {
        (receiver.webhooks[0].body, receiver.webhooks[0].header("saleor-signature"))
    }
    (delivery,) = shop.deliveries.failed
    assert [attempt.status_code for attempt in delivery.attempts] == [500, 502, 503, 504, 500, 500]
    assert (delivery.app, delivery.body) == (installed, receiver.webhooks[0].body)


async def test_a_retry_that_succeeds_ends_it(
    shop: SimulatedShop, receiver: Receiver, installed: App, waits: Waits
) -> None:
    receiver.answers = deque([503, 200])
    shop.customers.register("anna@example.com")
    await shop.deliveries.settled()
    assert waits.seconds == [10]
    assert [delivery.status for delivery in shop.deliveries.log] == [DeliveryStatus.SUCCESS]
    assert shop.deliveries.failed == []
    assert installed.is_alive


async def test_redirects_and_refusals_are_final(
    shop: SimulatedShop, receiver: Receiver, installed: App, waits: Waits
) -> None:
    answers = [301, 400, 401, 404, 413, 429]
    receiver.answers = deque(answers)
    for number in range(len(answers)):
        shop.customers.register(f"{number}@example.com")
        await shop.deliveries.settled()
    assert waits.seconds == []
    assert [delivery.attempts[0].status_code for delivery in shop.deliveries.failed] == answers
    assert len(receiver.webhooks) == len(answers)
    assert installed.is_alive


async def test_an_app_that_cannot_be_reached_is_tried_again(shop: SimulatedShop, installed: App, waits: Waits) -> None:
    for webhook in installed.webhooks:
        webhook.target_url = "http://127.0.0.1:1/webhook"
    shop.customers.register("anna@example.com")
    await shop.deliveries.settled()
    assert waits.seconds == [10, 20, 40, 80, 160]
    (delivery,) = shop.deliveries.failed
    assert [attempt.status_code for attempt in delivery.attempts] == [None] * 6
    assert delivery.attempts[0].error.startswith("ConnectError: ")


async def test_waiting_can_be_sped_up(shop: SimulatedShop, receiver: Receiver, installed: App, waits: Waits) -> None:
    shop.deliveries.speedup = 1000
    receiver.answers = deque([500, 500])
    shop.customers.register("anna@example.com")
    await shop.deliveries.settled()
    assert waits.seconds == [0.01, 0.02]
    assert installed.is_alive


async def test_a_retry_after_a_change_of_keys_is_signed_anew(
    shop: SimulatedShop, receiver: Receiver, installed: App
) -> None:
    old = shop.keys.current.kid
    receiver.answers = deque([500])
    shop.deliveries.chaos = Chaos()

    async def rotate(_seconds: float) -> None:
        shop.keys.rotate()

    shop.deliveries._sleep = rotate
    shop.customers.register("anna@example.com")
    await shop.deliveries.settled()
    first, second = receiver.webhooks
    assert first.body == second.body
    keys = KeySet.import_key_set(shop.keys.jwks())  # type: ignore[arg-type]  # its own TypedDict
    assert verified(second.header("saleor-signature"), second.body, keys)
    assert shop.keys.current.kid != old
    assert installed.is_alive


async def test_without_the_permission_an_app_hears_nothing(
    shop: SimulatedShop, receiver: Receiver, installed: App
) -> None:
    shop.apps.allow(installed, {Permission.MANAGE_ORDERS})
    anna = shop.customers.register("anna@example.com")
    shop.orders.place([Item(variant=shop.shelves.sell("Lamp", 60))], anna, paid=Decimal(60))
    await shop.deliveries.settled()
    assert sorted(receiver.events()) == ["order_fully_paid", "order_paid", "order_updated"]


async def test_what_an_app_may_not_read_is_null_beside_errors(shop: SimulatedShop, receiver: Receiver) -> None:
    receiver.changes = {
        "webhooks": [
            {
                "name": "Refunds",
                "targetUrl": f"{receiver.origin}/webhook",
                "query": (
                    "subscription { event { ... on OrderUpdated { order { id } } "
                    "... on OrderPaid { order { id totalRefundPending { amount } } } } }"
                ),
                "asyncEvents": ["ORDER_PAID"],
            },
        ]
    }
    app = await shop.apps.install(receiver.manifest_url)
    anna = shop.customers.register("anna@example.com")
    shop.orders.place([Item(variant=shop.shelves.sell("Lamp", 60))], anna, paid=Decimal(60))
    app.permissions = frozenset({Permission.MANAGE_USERS})  # taken away before the body is built
    await shop.deliveries.settled()
    (received,) = receiver.webhooks
    assert received.json["order"] is None
    assert received.json["errors"] == [
        {
            "message": "To access this path, you need one of the following permissions: MANAGE_ORDERS",
            "locations": [{"line": 1, "column": 91}],
            "path": ["event", "order", "totalRefundPending"],
            "extensions": {"exception": {"code": "PermissionDenied"}},
        }
    ]


async def test_an_event_that_selects_nothing_is_not_sent(shop: SimulatedShop, receiver: Receiver) -> None:
    receiver.changes = {
        "webhooks": [
            {
                "name": "Nothing",
                "targetUrl": f"{receiver.origin}/webhook",
                "query": "subscription { event { ... on AccountDeleted { user { id } } } }",
                "asyncEvents": ["CUSTOMER_CREATED"],
            }
        ]
    }
    await shop.apps.install(receiver.manifest_url)
    shop.customers.register("anna@example.com")
    await shop.deliveries.settled()
    assert (receiver.webhooks, shop.deliveries.log) == ([], [])


async def test_staff_deletions_are_told_from_3_23_on(make_shop: MakeShop, receiver: Receiver) -> None:
    told = {}
    for version in SaleorVersion:
        shop = await make_shop(version)
        receiver.forget()
        await shop.apps.install(receiver.manifest_url)
        anna, bo = shop.customers.register("anna@example.com"), shop.customers.register("bo@example.com")
        await shop.deliveries.settled()
        receiver.forget()
        shop.customers.delete_by_staff(anna)
        shop.customers.delete_self(bo)
        await shop.deliveries.settled()
        told[version.value] = sorted(receiver.events())
    assert told == {
        "3.21": ["account_deleted"],
        "3.22": ["account_deleted"],
        "3.23": ["account_deleted", "customer_deleted"],
    }


async def test_older_shops_freeze_the_order_and_newer_ones_read_it_later(
    make_shop: MakeShop, receiver: Receiver
) -> None:
    seen = {}
    for version in SaleorVersion:
        shop = await make_shop(version)
        await shop.apps.install(receiver.manifest_url)
        receiver.forget()
        order = shop.orders.place([Item(variant=shop.shelves.sell("Lamp", 60))], "guest@example.com")
        shop.payments.charge(order, Decimal(20))
        shop.payments.charge(order)
        await shop.deliveries.settled()
        bodies = [one.json for one in receiver.webhooks if one.json["__typename"] == "OrderPaid"]
        bodies.sort(key=lambda body: str(body["issuedAt"]))
        seen[version.value] = [body["order"]["totalCharged"]["amount"] for body in bodies]
    assert seen == {"3.21": [20.0, 60.0], "3.22": [20.0, 60.0], "3.23": [60.0, 60.0]}


async def test_issued_at_gives_the_order_of_events_with_microseconds(
    shop: SimulatedShop, receiver: Receiver, installed: App
) -> None:
    anna = shop.customers.register("anna@example.com")
    shop.orders.place([Item(variant=shop.shelves.sell("Lamp", 60))], anna, paid=Decimal(60))
    await shop.deliveries.settled()
    issued = sorted(receiver.webhooks, key=lambda one: str(one.json["issuedAt"]))
    assert [one.header("saleor-event") for one in issued] == [
        "customer_created",
        "order_paid",
        "order_fully_paid",
        "order_updated",
    ]
    assert len({one.json["issuedAt"] for one in issued}) == 4
    assert installed.is_alive


async def test_deliveries_can_be_shuffled_doubled_dropped_and_badly_signed(
    shop: SimulatedShop, receiver: Receiver, installed: App
) -> None:
    def register(prefix: str) -> list[str]:
        return [shop.customers.register(f"{prefix}{number}@example.com").id for number in range(20)]

    async def arrived() -> list[str]:
        await shop.deliveries.settled()
        ids = [one.json["user"]["id"] for one in receiver.webhooks]
        receiver.forget()
        return ids

    shop.deliveries.chaos = Chaos(shuffle=True)
    sent = register("shuffled")
    came = await arrived()
    assert came != sent
    assert sorted(came) == sorted(sent)

    shop.deliveries.chaos = Chaos(duplicate=1)
    sent = register("doubled")
    assert sorted(await arrived()) == sorted([*sent, *sent])

    shop.deliveries.chaos = Chaos(drop=1)
    register("dropped")
    assert await arrived() == []
    assert len(shop.deliveries.failed) == 20

    shop.deliveries.chaos = Chaos(bad_signature=1)
    shop.customers.register("forged@example.com")
    await shop.deliveries.settled()
    (forged,) = receiver.webhooks
    keys = KeySet.import_key_set(shop.keys.jwks())  # type: ignore[arg-type]  # its own TypedDict
    assert not verified(forged.header("saleor-signature"), forged.body, keys)
    assert installed.is_alive


async def test_a_sleeping_app_gets_nothing_and_hears_that_it_woke(
    shop: SimulatedShop, receiver: Receiver, installed: App
) -> None:
    shop.apps.deactivate(installed)
    shop.customers.register("anna@example.com")
    shop.apps.activate(installed)
    await shop.deliveries.settled()
    assert receiver.events() == ["app_status_changed", "app_status_changed"]
    assert shop.events.types(about=installed) == [
        EventType.APP_INSTALLED,
        EventType.APP_STATUS_CHANGED,
        EventType.APP_STATUS_CHANGED,
    ]


async def test_what_was_queued_for_an_app_that_falls_asleep_is_lost(
    shop: SimulatedShop, receiver: Receiver, installed: App
) -> None:
    shop.customers.register("anna@example.com")
    shop.apps.deactivate(installed)
    await shop.deliveries.settled()
    assert receiver.events() == ["app_status_changed"]
    assert [delivery.event.type for delivery in shop.deliveries.failed] == [EventType.CUSTOMER_CREATED]


async def test_older_shops_do_not_tell_an_app_of_its_own_life(make_shop: MakeShop, receiver: Receiver) -> None:
    shop = await make_shop(SaleorVersion.V3_22)
    app = await shop.apps.install(receiver.manifest_url)
    shop.apps.deactivate(app)
    shop.apps.uninstall(app)
    await shop.deliveries.settled()
    assert receiver.events() == []


async def test_waiting_for_quiet_ends_when_told_to(shop: SimulatedShop, receiver: Receiver, installed: App) -> None:
    answered = asyncio.Event()

    async def wait_for_the_test(_seconds: float) -> None:
        await answered.wait()

    shop.deliveries._sleep = wait_for_the_test
    receiver.answers = deque([500])
    shop.customers.register("anna@example.com")
    assert await shop.deliveries.settled(within=0.05) is False
    answered.set()
    assert await shop.deliveries.settled() is True
    assert len(receiver.webhooks) == 2
    assert installed.is_alive


async def test_what_goes_wrong_inside_the_shop_is_raised(shop: SimulatedShop, installed: App) -> None:
    def broken() -> bytes:
        raise RuntimeError("the shop has a fault")

    event = shop.events.happened[0]
    faulty = Delivery(
        event=event, webhook=installed.webhooks[0], app=installed, make_body=broken, make_headers=lambda _: {}
    )
    shop.deliveries.send(faulty)
    with pytest.raises(RuntimeError, match="has a fault"):
        await shop.deliveries.settled()
    assert await shop.deliveries.settled() is True


async def test_an_import_is_one_delivery_of_all_orders(shop: SimulatedShop, receiver: Receiver, installed: App) -> None:
    lamp = shop.shelves.sell("Lamp", 60, collections=(shop.shelves.add_collection("Lights"),))
    bulk = BulkOrder(items=[Item(variant=lamp)], buyer="guest@example.com", created=shop.clock.now())
    orders = shop.orders.bulk_create([bulk, bulk, bulk])
    shop.orders.cancel(orders[0])  # the body is built at once, so this comes too late for it
    await shop.deliveries.settled()
    (received,) = [one for one in receiver.webhooks if one.header("saleor-event") == "order_bulk_created"]
    assert [(one["id"], one["status"]) for one in received.json["orders"]] == [
        (order.id, "UNFULFILLED") for order in orders
    ]
    product = received.json["orders"][0]["lines"][0]["variant"]["product"]
    assert product["collections"] == [{"id": lamp.product.collections[0].id}]
    assert installed.is_alive


def test_the_clock_moves_forward_only_and_never_stands() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    clock = ShopClock(lambda: noon)
    assert [clock.now() - noon for _ in range(3)] == [timedelta(microseconds=tick) for tick in range(3)]
    clock.advance(timedelta(days=14))
    assert clock.now() - noon == timedelta(days=14)
    with pytest.raises(ValueError, match="forward"):
        clock.advance(timedelta(seconds=-1))
