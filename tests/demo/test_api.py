"""The shop's GraphQL API over HTTP: who may read what, and how it says no."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from graphql import ObjectTypeDefinitionNode, parse, print_ast

from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.catalog import ProductTypeKind
from saleor_crm_app.demo.orders import Item
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.shop import JwksMood, SimulatedShop
from saleor_crm_app.demo.transactions import PaymentMethod
from saleor_crm_app.demo.versions import SaleorVersion
from saleor_crm_app.saleor.documents import document
from tests.demo.conftest import MakeShop

IDENTITY = document("AppIdentity", "3.23")


async def ask(
    shop: SimulatedShop, query: str, token: str | None = None, *, header: str = "Authorization", **variables: object
) -> Any:  # noqa: ANN401 - whatever the shop answers
    headers = {} if token is None else {header: f"Bearer {token}"}
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(shop.api_url, json={"query": query, "variables": variables}, headers=headers)
    assert answer.status_code == 200
    return answer.json()


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["exception"]["code"] for error in answer["errors"]]


async def test_an_apps_token_proves_the_app(shop: SimulatedShop, installed: App) -> None:
    expected = {
        "data": {
            "app": {"id": installed.id, "identifier": "test.receiver", "isActive": True},
            "shop": {"name": "Simulated shop", "version": "3.23.28"},
        }
    }
    assert await ask(shop, IDENTITY, installed.token) == expected
    assert await ask(shop, IDENTITY, installed.token, header="Authorization-Bearer") == expected


@pytest.mark.parametrize("token", [None, "garbage", "x" * 30, "a.b.c"])
async def test_any_other_token_is_denied_with_http_200(token: str | None, shop: SimulatedShop) -> None:
    answer = await ask(shop, "{ app { id } }", token)
    assert answer["data"] == {"app": None}
    assert codes(answer) == ["PermissionDenied"]
    assert (await ask(shop, IDENTITY, token))["data"] is None  # a version is never null, so all is


@pytest.mark.parametrize("act", ["deactivate", "uninstall"])
async def test_the_token_of_a_dead_app_is_denied(act: str, shop: SimulatedShop, installed: App) -> None:
    getattr(shop.apps, act)(installed)
    assert codes(await ask(shop, "{ app { id } }", installed.token)) == ["PermissionDenied"]


async def test_an_order_reads_as_in_the_webhook(shop: SimulatedShop, installed: App) -> None:
    anna = shop.customers.register("anna@example.com")
    card = shop.shelves.sell("Gift card", 50, kind=ProductTypeKind.GIFT_CARD)
    order = shop.orders.place(
        [Item(variant=card)], anna, shipping=Decimal(10), paid=Decimal(60), method=PaymentMethod.GIFT_CARD
    )
    shop.parcels.fulfill(order)
    answer = await ask(shop, document("Order", "3.23"), installed.token, id=order.id)
    read = answer["data"]["order"]
    assert answer == {"data": {"order": read}}
    assert (read["status"], read["user"]) == ("FULFILLED", {"id": anna.id, "isStaff": False})
    assert read["lines"][0]["variant"]["product"]["productType"]["kind"] == "GIFT_CARD"
    assert read["transactions"] == [
        {
            "id": order.transactions[0].id,
            "chargedAmount": {"amount": 60.0},
            "paymentMethodDetails": {"__typename": "GiftCardPaymentMethodDetails"},
        }
    ]
    assert read["fulfillments"][0]["lines"] == [{"quantity": 1, "orderLine": {"id": order.lines[0].id}}]
    await shop.deliveries.settled()
    assert shop.deliveries.log[-1].body.decode().count(order.id) == 1


async def test_unknown_and_wrong_ids(shop: SimulatedShop, installed: App) -> None:
    query = "query Order($id: ID!) { order(id: $id) { id } }"
    unknown = "T3JkZXI6MDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAw"
    assert await ask(shop, query, installed.token, id=unknown) == {"data": {"order": None}}
    for wrong in ("nonsense", installed.id):
        answer = await ask(shop, query, installed.token, id=wrong)
        assert answer["data"] == {"order": None}
        assert answer["errors"][0]["message"].startswith(f"Invalid ID: {wrong}. Expected: Order")
        assert codes(answer) == ["GraphQLError"]


async def test_orders_and_customers_are_found_by_their_external_reference(shop: SimulatedShop, installed: App) -> None:
    anna = shop.customers.register("anna@example.com")
    order = shop.orders.place([Item(variant=shop.shelves.sell("Lamp", 60))], anna)
    order.external_reference = anna.external_reference = "erp-7"
    query = '{ order(externalReference: "erp-7") { id } user(externalReference: "erp-7") { id } }'
    seen = {"order": {"id": order.id}, "user": {"id": anna.id}}
    assert await ask(shop, query, installed.token) == {"data": seen}
    assert (await ask(shop, query.replace("erp-7", "erp-8"), installed.token))["data"] == {"order": None, "user": None}
    assert codes(await ask(shop, "{ order { id } user { id } }", installed.token)) == ["GraphQLError"] * 2


async def test_unpublished_products_are_seen_only_by_those_who_manage(shop: SimulatedShop, installed: App) -> None:
    anna = shop.customers.register("anna@example.com")
    lamp = shop.shelves.sell("Lamp", 60)
    order = shop.orders.place([Item(variant=lamp)], anna)
    lamp.product.is_published = False
    query = f'{{ order(id: "{order.id}") {{ lines {{ variant {{ id }} }} }} }}'

    async def seen_with(token: str | None) -> Any:  # noqa: ANN401 - whatever the shop answers
        return (await ask(shop, query, token))["data"]["order"]["lines"]

    assert await seen_with(installed.token) == [{"variant": {"id": lamp.id}}]
    assert await seen_with(shop.tokens.access(anna)) == [{"variant": None}]


async def test_each_field_asks_for_its_own_permission(shop: SimulatedShop, installed: App) -> None:
    anna = shop.customers.register("anna@example.com")
    order = shop.orders.place([Item(variant=shop.shelves.sell("Lamp", 60))], anna)
    shop.apps.allow(installed, {Permission.HANDLE_PAYMENTS})

    async def read(fields: str) -> Any:  # noqa: ANN401 - whatever the shop answers
        return await ask(shop, f'{{ order(id: "{order.id}") {{ {fields} }} }}', installed.token)

    assert (await read("number userEmail transactions { id } user { id }"))["data"]["order"] == {
        "number": "1",
        "userEmail": "anna@example.com",
        "transactions": [],
        "user": {"id": anna.id},
    }
    for field in ("grantedRefunds { id }", "totalRefundPending { amount }"):
        answer = await read(f"number {field}")
        assert (answer["data"], codes(answer)) == ({"order": None}, ["PermissionDenied"])
    answer = await ask(shop, document("Customer", "3.23"), installed.token, id=anna.id)
    assert (answer["data"], codes(answer)) == ({"user": None}, ["PermissionDenied"])


async def test_staff_are_customers_only_once_they_have_ordered(shop: SimulatedShop, installed: App) -> None:
    staff, query = shop.state.staff, document("Customer", "3.23")
    assert await ask(shop, query, installed.token, id=staff.id) == {"data": {"user": None}}
    shop.orders.place([Item(variant=shop.shelves.sell("Lamp", 60))], staff)
    answer = await ask(shop, query, installed.token, id=staff.id)
    assert (answer["data"]["user"]["id"], answer["data"]["user"]["isStaff"]) == (staff.id, True)


async def test_a_customer_reads_their_own_order_and_no_app_matters(shop: SimulatedShop) -> None:
    anna, bo = shop.customers.register("anna@example.com"), shop.customers.register("bo@example.com")
    order = shop.orders.place([Item(variant=shop.shelves.sell("Lamp", 60))], anna)
    query = f'{{ order(id: "{order.id}") {{ number user {{ email }} }} }}'
    assert await ask(shop, query, shop.tokens.access(anna)) == {
        "data": {"order": {"number": "1", "user": {"email": "anna@example.com"}}}
    }
    others = await ask(shop, query, shop.tokens.access(bo))
    assert (others["data"], codes(others)) == ({"order": {"number": "1", "user": None}}, ["PermissionDenied"])
    assert codes(await ask(shop, "{ app { id } }", shop.tokens.access(anna))) == ["PermissionDenied"]
    assert codes(await ask(shop, "{ user { id } }", shop.tokens.access(anna))) == ["PermissionDenied"]


async def test_staff_tokens_carry_the_permissions_of_their_owner(shop: SimulatedShop, installed: App) -> None:
    anna, staff = shop.customers.register("anna@example.com"), shop.state.staff
    query = f'{{ user(id: "{anna.id}") {{ email }} }}'
    seen = {"data": {"user": {"email": "anna@example.com"}}}
    assert await ask(shop, query, shop.tokens.access(staff)) == seen
    assert await ask(shop, query, shop.tokens.for_app(staff, installed)) == seen
    assert codes(await ask(shop, query, shop.tokens.for_app(staff, installed, extension=4))) == ["PermissionDenied"]


async def test_expired_tokens_and_those_of_another_type_fail_the_request(shop: SimulatedShop) -> None:
    anna = shop.customers.register("anna@example.com")
    expired = await ask(shop, "{ shop { name } }", shop.tokens.access(anna, ttl=timedelta(seconds=-1)))
    assert (expired["errors"][0]["message"], codes(expired)) == ("Signature has expired", ["ExpiredSignatureError"])
    assert codes(await ask(shop, "{ shop { name } }", shop.tokens.refresh(anna))) == ["InvalidTokenError"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "Must provide query string."),
        (b"[]", "Must provide query string."),
        (b'{"query": "{ shop {"}', "Syntax Error: Expected Name, found <EOF>."),
        (b'{"query": "{ shop { weather } }"}', "Cannot query field 'weather' on type 'Shop'."),
    ],
)
async def test_what_is_no_valid_query_is_http_400(content: bytes, message: str, shop: SimulatedShop) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(shop.api_url, content=content)
    assert answer.status_code == 400
    assert [error["message"] for error in answer.json()["errors"]] == [message]


async def test_the_keys_are_public_and_fail_in_three_ways(shop: SimulatedShop) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=0.2) as client:
        url = f"{shop.origin}/.well-known/jwks.json"
        assert (await client.get(url)).json() == shop.keys.jwks()
        shop.jwks_mood = JwksMood.HTML
        assert (await client.get(url)).headers["content-type"] == "text/html; charset=utf-8"
        shop.jwks_mood = JwksMood.ERROR
        assert (await client.get(url)).status_code == 500
        shop.jwks_mood = JwksMood.SLOW
        with pytest.raises(httpx.ReadTimeout):
            await client.get(url)
    assert shop.jwks_requests == 4


@pytest.mark.parametrize("version", list(SaleorVersion))
async def test_publishes_itself_for_federation_with_the_real_keys(version: SaleorVersion, make_shop: MakeShop) -> None:
    answer = await ask(await make_shop(version), "{ _service { sdl } }")
    sdl = answer["data"]["_service"]["sdl"]
    types = {
        node.name.value: re.findall(r'fields: "(.*?)"', " ".join(print_ast(one) for one in node.directives or ()))
        for node in parse(sdl).definitions
        if isinstance(node, ObjectTypeDefinitionNode) and node.directives
    }
    assert types == {
        "App": ["id"],
        "Category": ["id"],
        "Collection": ["id channel"],
        "Order": ["id"],
        "Product": ["id channel"],
        "ProductType": ["id"],
        "ProductVariant": ["id channel"],
        "User": ["id", "email"],
    }
    assert "_Any" not in sdl
    assert "_entities" not in sdl


async def test_resolves_entities_of_those_who_may_see_them(shop: SimulatedShop, installed: App) -> None:
    anna, bo = shop.customers.register("anna@example.com"), shop.customers.register("bo@example.com")
    lamp = shop.shelves.sell("Lamp", 60)
    order = shop.orders.place([Item(variant=lamp)], anna)
    query = """
      query Entities($of: [_Any!]!) {
        _entities(representations: $of) { ... on User { email } ... on Order { number } ... on ProductVariant { id } }
      }
    """
    of = [
        {"__typename": "User", "id": anna.id},
        {"__typename": "Order", "id": order.id},
        {"__typename": "ProductVariant", "id": lamp.id, "channel": "default-channel"},
    ]
    seen = [{"email": "anna@example.com"}, {"number": "1"}, {"id": lamp.id}]
    for token in (installed.token, shop.tokens.access(anna)):
        assert await ask(shop, query, token, of=of) == {"data": {"_entities": seen}}
    answer = await ask(shop, query, shop.tokens.access(bo), of=of)
    assert answer == {"data": {"_entities": [None, None, {"id": lamp.id}]}}
