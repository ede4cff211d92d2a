"""An app's own webhooks after installation: read, added, changed, removed, and what is refused."""

from typing import Any

import pytest

from saleor_crm_app.demo.apps import App, Webhook
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.orders import Item
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.versions import SaleorVersion
from saleor_crm_app.saleor.documents import document
from tests.demo.conftest import MakeShop
from tests.demo.receiver import EVENTS, Receiver
from tests.demo.test_api import ask, codes

QUERY = "subscription { event { __typename ... on CustomerUpdated { user { id } } } }"


async def create(shop: SimulatedShop, app: App, **given: object) -> Any:  # noqa: ANN401 - whatever the shop answers
    return (await ask(shop, document("WebhookCreate", shop.version), app.token, input=given))["data"]["webhookCreate"]


async def update(shop: SimulatedShop, app: App, webhook: str, **given: object) -> Any:  # noqa: ANN401 - likewise
    query = document("WebhookUpdate", shop.version)
    return (await ask(shop, query, app.token, id=webhook, input=given))["data"]["webhookUpdate"]


async def delete(shop: SimulatedShop, app: App, webhook: str) -> Any:  # noqa: ANN401 - likewise
    return (await ask(shop, document("WebhookDelete", shop.version), app.token, id=webhook))["data"]["webhookDelete"]


def refused(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in answer["errors"]]


def content(webhook: Webhook) -> tuple[str, str, str, frozenset[EventType], bool]:
    return webhook.name, webhook.target_url, webhook.subscription_query, webhook.events, webhook.is_active


@pytest.mark.parametrize("version", list(SaleorVersion))
async def test_an_app_reads_its_webhooks_and_permissions(
    version: SaleorVersion, make_shop: MakeShop, receiver: Receiver
) -> None:
    shop = await make_shop(version)
    app = await shop.apps.install(receiver.manifest_url)
    answer = await ask(shop, document("AppWebhooks", version), app.token)
    read = answer["data"]["app"]
    assert [one["code"] for one in read["permissions"]] == ["MANAGE_ORDERS", "MANAGE_USERS"]
    assert {
        (one["name"], one["isActive"], one["targetUrl"], one["subscriptionQuery"]): sorted(
            event["eventType"] for event in one["asyncEvents"]
        )
        for one in read["webhooks"]
    } == {
        (name, True, f"{receiver.origin}/webhook", document(name, version)): sorted(events)
        for name, events in EVENTS.items()
    }


async def test_a_new_webhook_hears_from_then_on(shop: SimulatedShop, receiver: Receiver, installed: App) -> None:
    installed.webhooks.clear()
    target = f"{receiver.origin}/webhook"
    made = await create(shop, installed, name="New", targetUrl=target, query=QUERY, asyncEvents=["CUSTOMER_UPDATED"])
    assert made == {"webhook": {"id": installed.webhooks[0].id}, "errors": []}
    anna = shop.customers.register("anna@example.com")
    shop.customers.update(anna, first_name="Anna")
    await shop.deliveries.settled()
    assert [one.json for one in receiver.webhooks] == [{"__typename": "CustomerUpdated", "user": {"id": anna.id}}]


async def test_events_are_taken_from_the_query_when_none_are_named(
    shop: SimulatedShop, receiver: Receiver, installed: App
) -> None:
    target = f"{receiver.origin}/webhook"
    await create(shop, installed, name="New", targetUrl=target, query=QUERY, isActive=False)
    made = installed.webhooks[-1]
    assert content(made) == ("New", target, QUERY, frozenset({EventType.CUSTOMER_UPDATED}), False)


async def test_a_change_touches_only_what_is_given(shop: SimulatedShop, installed: App) -> None:
    webhook = installed.webhooks[0]
    name, target, query, _, _ = content(webhook)
    assert await update(shop, installed, webhook.id, asyncEvents=["ORDER_PAID"], isActive=False) == {
        "webhook": {"id": webhook.id},
        "errors": [],
    }
    assert content(webhook) == (name, target, query, frozenset({EventType.ORDER_PAID}), False)
    await update(shop, installed, webhook.id, query=QUERY, targetUrl="https://app.example/w", name="Other")
    assert content(webhook) == (
        "Other",
        "https://app.example/w",
        QUERY,
        frozenset({EventType.CUSTOMER_UPDATED}),
        False,
    )


async def test_a_removed_webhook_hears_nothing_not_even_what_was_queued(
    shop: SimulatedShop, receiver: Receiver, installed: App
) -> None:
    removed, *kept = installed.webhooks
    assert removed.name == "OrderEvents"
    assert await delete(shop, installed, removed.id) == {"errors": []}
    assert installed.webhooks == kept
    shop.orders.place([Item(variant=shop.shelves.sell("Nothing", 0))], "guest@example.com")
    shop.customers.register("anna@example.com")
    installed.webhooks.remove(kept[0])
    await shop.deliveries.settled()
    assert receiver.webhooks == []
    assert [delivery.event.type for delivery in shop.deliveries.failed] == [EventType.CUSTOMER_CREATED]


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"targetUrl": ""}, ("targetUrl", "REQUIRED")),
        ({"targetUrl": "ftp://app.example"}, ("targetUrl", "INVALID")),
        ({"targetUrl": "https://app.example/" + "x" * 255}, ("targetUrl", "INVALID")),
        ({"query": "subscription {"}, ("query", "SYNTAX")),
        ({"query": "subscription { event { weather } }"}, ("query", "GRAPHQL_ERROR")),
        ({"query": "{ shop { name } }"}, ("query", "MISSING_SUBSCRIPTION")),
    ],
)
async def test_what_is_refused_is_told_in_the_payload_and_changes_nothing(
    given: dict[str, object], refusal: tuple[str, str], shop: SimulatedShop, installed: App
) -> None:
    webhook, count = installed.webhooks[0], len(installed.webhooks)
    before = content(webhook)
    changed = await update(shop, installed, webhook.id, name="Changed", **given)
    assert (changed["webhook"], refused(changed), content(webhook)) == (None, [refusal], before)
    good = {"name": "New", "targetUrl": "https://app.example/w", "query": QUERY}
    made = await create(shop, installed, **{**good, **given})
    assert (made["webhook"], refused(made), len(installed.webhooks)) == (None, [refusal], count)


async def test_webhooks_of_others_cannot_be_touched(shop: SimulatedShop, receiver: Receiver, installed: App) -> None:
    receiver.changes = {"id": "another.app"}
    other = await shop.apps.install(receiver.manifest_url)
    theirs, before = other.webhooks[0], list(other.webhooks)
    assert refused(await update(shop, installed, theirs.id, name="Mine")) == [("id", "NOT_FOUND")]
    assert refused(await delete(shop, installed, theirs.id)) == [("id", "NOT_FOUND")]
    assert (other.webhooks, theirs.name) == (before, "OrderEvents")


async def test_people_have_no_webhooks(shop: SimulatedShop) -> None:
    anna, query = shop.customers.register("anna@example.com"), document("WebhookCreate", shop.version)
    denied = await ask(shop, query, shop.tokens.access(anna), input={"targetUrl": "https://app.example/w"})
    assert (denied["data"], codes(denied)) == ({"webhookCreate": None}, ["PermissionDenied"])
    staff = await ask(shop, query, shop.tokens.access(shop.state.staff), input={"targetUrl": "https://app.example/w"})
    assert refused(staff["data"]["webhookCreate"]) == [("app", "INVALID")]


async def test_a_webhook_is_found_by_its_identifier_from_3_23_on(shop: SimulatedShop, installed: App) -> None:
    installed.webhooks[0].identifier = "orders"
    query = 'mutation { webhookDelete(identifier: "orders") { errors { code } } }'
    assert (await ask(shop, query, installed.token))["data"]["webhookDelete"] == {"errors": []}
    assert (await ask(shop, query, installed.token))["data"]["webhookDelete"] == {"errors": [{"code": "NOT_FOUND"}]}
    assert [webhook.name for webhook in installed.webhooks] == ["CustomerEvents", "AppEvents"]
