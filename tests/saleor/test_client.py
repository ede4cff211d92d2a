"""Calls to a shop over real HTTP: documents go out, exact data or a named error comes back."""

import json
from decimal import Decimal
from uuid import UUID

import pytest

from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.ids import CustomerId, OrderId
from saleor_crm_app.saleor.apps import AppIdentity, app_identity
from saleor_crm_app.saleor.client import (
    PermissionDenied,
    SaleorClient,
    ShopAccess,
    ShopGraphQLError,
    ShopUnavailable,
)
from saleor_crm_app.saleor.customers import read_customer
from saleor_crm_app.saleor.documents import document
from saleor_crm_app.saleor.http import CallPolicy, ForbiddenAddress, Redirected, Unreachable
from saleor_crm_app.saleor.orders import read_order
from tests.saleor.loopback import Answer, Handler, Loopback, loopback

OPEN = CallPolicy(allow_private=True, total_seconds=20)
DENIED = {"errors": [{"message": "no", "extensions": {"exception": {"code": "PermissionDenied"}}}], "data": None}


def client_of(shop: Loopback, version: str = "3.23.28") -> SaleorClient:
    return SaleorClient(ShopAccess(api_url=shop.api_url, token="t" * 30, saleor_version=version), OPEN)


async def failure_of(answer: Handler) -> Exception:
    async with loopback(answer) as shop, client_of(shop) as client:
        with pytest.raises(Exception, match=r".") as failure:
            await client.execute("AppIdentity")
    return failure.value


async def test_sends_the_document_the_shop_understands_and_our_token() -> None:
    async with loopback(lambda _: Answer.of({"data": {"order": None}})) as shop:
        for version in ("3.21.69", "3.23.28"):
            async with client_of(shop, version) as client:
                await client.execute("Order", {"id": "T3JkZXI6MQ=="})
    # then
    assert [request.json() for request in shop.requests] == [
        {"query": document("Order", version), "variables": {"id": "T3JkZXI6MQ=="}} for version in ("3.21", "3.23")
    ]
    assert shop.requests[0].headers["authorization"] == "Bearer " + "t" * 30
    assert shop.requests[0].path == "/graphql/"


async def test_amounts_arrive_as_the_decimal_text_they_were() -> None:
    answer = b'{"data": {"order": {"amount": 9007199254740.993, "number": "7", "quantity": 2}}}'
    async with loopback(lambda _: Answer(answer)) as shop, client_of(shop) as client:
        order = await read_order(client, OrderId(UUID(int=1)))
    assert order == {"amount": Decimal("9007199254740.993"), "number": "7", "quantity": 2}
    assert json.loads(shop.requests[0].body)["variables"] == {
        "id": "T3JkZXI6MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAx"
    }


async def test_what_does_not_exist_any_more_reads_as_none() -> None:
    async with loopback(lambda _: Answer.of({"data": {"user": None}})) as shop, client_of(shop) as client:
        assert await read_customer(client, CustomerId("6")) is None


async def test_a_denial_is_named() -> None:
    assert isinstance(await failure_of(lambda _: Answer.of(DENIED)), PermissionDenied)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_token_is_a_denial(status: int) -> None:
    assert isinstance(await failure_of(lambda _: Answer(b"{}", status)), PermissionDenied)


@pytest.mark.parametrize("status", [200, 400])
async def test_errors_of_graphql_keep_the_shops_words(status: int) -> None:
    errors = {"errors": [{"message": "Cannot query field"}, {"message": "x", "extensions": None}]}
    failure = await failure_of(lambda _: Answer.of(errors, status))
    assert isinstance(failure, ShopGraphQLError)
    assert failure.messages == ("Cannot query field", "x")


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("999999", 3600.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None)]
)
async def test_a_rate_limit_keeps_how_long_to_wait(header: str, seconds: float | None) -> None:
    failure = await failure_of(lambda _: Answer(b"slow down", 429, (("Retry-After", header),)))
    assert isinstance(failure, ShopUnavailable)
    assert failure.retry_after == seconds


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"oops", 500),
        Answer(b"<html>maintenance</html>", 503),
        Answer(b"<html>hello</html>", 200),
        Answer(b"not found", 404),
        Answer(b"", 200),
        Answer(b"[]", 200),
        Answer(b"null", 200),
        Answer(b"{}", 200),
        Answer(b'{"data": null}', 200),
        Answer(b'{"data": {"app"', 200),
        Answer(b"[" * 50_000, 200),
        Answer(b'{"data": "\xff"}', 200),
    ],
)
async def test_an_answer_without_graphql_means_later(answer: Answer) -> None:
    assert isinstance(await failure_of(lambda _: answer), ShopUnavailable)


async def test_failures_of_the_call_itself_mean_later_too() -> None:
    unreachable = await failure_of(lambda _: b"")
    redirected = await failure_of(lambda _: Answer(b"", 308, (("Location", "/elsewhere/"),)))
    assert isinstance(unreachable, Unreachable)
    assert isinstance(redirected, Redirected)
    assert isinstance(unreachable, Unavailable)
    assert isinstance(redirected, Unavailable)


def test_an_address_that_is_never_called_is_refused_at_once() -> None:
    with pytest.raises(ForbiddenAddress):
        SaleorClient(ShopAccess(api_url="http://shop.example/graphql/", token="t", saleor_version="3.23"), CallPolicy())


def test_a_token_is_not_printed() -> None:
    access = ShopAccess(api_url="https://shop.example/graphql/", token="s3cret", saleor_version="3.23")
    assert repr(access) == "ShopAccess('https://shop.example/graphql/')"


async def test_tells_who_we_are_in_the_shop() -> None:
    app = {"id": "QXBwOjE=", "identifier": "saleor.crm", "isActive": True}
    answer = Answer.of({"data": {"app": app, "shop": {"name": "Shop", "version": "3.23.28"}}})
    async with loopback(lambda _: answer) as shop, client_of(shop) as client:
        identity = await app_identity(client)
    assert identity == AppIdentity(
        app_id="QXBwOjE=", identifier="saleor.crm", shop_name="Shop", saleor_version="3.23.28"
    )


async def test_a_token_of_no_app_is_a_denial() -> None:
    answer = Answer.of({"data": {"app": None, "shop": {"name": "Shop", "version": "3.23.28"}}})
    async with loopback(lambda _: answer) as shop, client_of(shop) as client:
        with pytest.raises(PermissionDenied):
            await app_identity(client)


async def test_a_shop_that_speaks_another_schema_is_no_shop() -> None:
    async with loopback(lambda _: Answer.of({"data": {"app": {"id": 7}}})) as shop, client_of(shop) as client:
        with pytest.raises(ShopUnavailable, match="does not say who we are"):
            await app_identity(client)
