"""Who is let in: the token, the shop's header and the origin, each answered as published."""

from typing import Any

import pytest

from tests.door import Door, Shop, refused_code
from tests.saleor.tokens import NOW, customer_claims, encoded, header, signed, staff_claims
from tests.shop import order

PUBLIC = '{ loyaltyProgram(channel: "default-channel") { currency } }'
MINE = '{ loyaltyMe(channel: "default-channel") { points { pending } } }'
SERVICE = "{ _service { sdl } }"
PENDING = {"data": {"loyaltyMe": {"points": {"pending": 100}}}}
STORE = "https://store.anna.example"


@pytest.mark.parametrize(
    "written",
    [
        {"Authorization": "Bearer {}"},
        {"Authorization": "bearer {}"},
        {"Authorization": "JWT {}"},
        {"Authorization-Bearer": "{}"},
        {"Authorization-Bearer": "{}", "Authorization": "Basic c3RhZ2luZzpkb29y"},
        {"Authorization": "Bearer {}", "Saleor-Api-Url": "https://other.example/graphql/"},
    ],
)
async def test_a_customers_token_names_customer_and_shop(
    door: Door, shop: Shop, other_shop: Shop, written: dict[str, str]
) -> None:
    await shop.says(order(charged=10000))
    await other_shop.says(order(charged=5000))
    headers = {name: form.format(shop.token()) for name, form in written.items()}
    response = await door.ask(MINE, headers=headers)
    assert (response.status_code, response.json()) == (200, PENDING)


def wrong_kinds(shop: Shop, stranger: Shop) -> dict[str, str]:
    def claims(**changes: object) -> dict[str, Any]:
        return customer_claims(shop.api_url) | changes

    good = shop.token()
    return {
        "refresh": shop.signed(claims(type="refresh")),
        "confirm-email-change": shop.signed(claims(type="confirm-email-change")),
        "dashboard": shop.signed(staff_claims(shop.api_url)),
        "expired": shop.signed(claims(iat=NOW - 400, exp=NOW - 100)),
        "of no shop": shop.signed(claims(iss="https://nowhere.example/graphql/")),
        "by another shop's key": signed(stranger.signer, header(shop.signer), claims()),
        "unsigned": f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{encoded(claims())}.",
        "no token": "abc",
        "cut": good[:-9],
        "empty": "",
        "huge": good + "A" * 9000,
    }


@pytest.mark.parametrize("query", [PUBLIC, MINE, SERVICE], ids=["public", "own", "service"])
async def test_a_token_that_does_not_hold_is_401_even_on_public_fields(
    door: Door, shop: Shop, other_shop: Shop, query: str
) -> None:
    for kind, token in wrong_kinds(shop, other_shop).items():
        response = await door.ask(query, headers={"Authorization": f"Bearer {token}"})
        assert (kind, response.status_code, refused_code(response)) == (kind, 401, "UNAUTHENTICATED")
        assert "data" not in response.json()


async def test_credentials_of_another_scheme_are_401(door: Door) -> None:
    for value in ("Basic YTpi", "Bearer", "Token abc"):
        response = await door.ask(PUBLIC, headers={"Authorization": value})
        assert (response.status_code, refused_code(response)) == (401, "UNAUTHENTICATED")


async def test_a_key_that_cannot_be_asked_for_now_is_503(door: Door, shop: Shop) -> None:
    token = signed(shop.signer, header(shop.signer, kid="rotated"), customer_claims(shop.api_url))
    response = await door.ask(MINE, token=token)
    assert (response.status_code, refused_code(response)) == (503, "UNAVAILABLE")


async def test_the_schema_is_told_to_anybody(door: Door) -> None:
    text = (await door.client.get("/graphql/schema.graphql")).text
    assert (await door.data(SERVICE))["_service"]["sdl"] + "\n" == text
    assert text.startswith('schema @link(url: "https://specs.apollo.dev/federation/v2.3"')


async def test_a_page_of_the_shop_may_call_and_read(door: Door, shop: Shop) -> None:
    response = await door.ask(MINE, token=shop.token(), headers={"Origin": STORE})
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (200, STORE)
    assert response.headers["vary"] == "Origin"


async def test_a_page_of_another_shop_is_refused(door: Door, shop: Shop, other_shop: Shop) -> None:
    for headers in ({"Authorization": f"Bearer {other_shop.token()}"}, {"Saleor-Api-Url": other_shop.api_url}):
        response = await door.ask(MINE, headers=headers | {"Origin": STORE})
        assert (response.status_code, refused_code(response)) == (403, "ORIGIN_NOT_ALLOWED")
        assert "access-control-allow-origin" not in response.headers


async def test_a_page_reads_that_its_token_is_old(door: Door, shop: Shop) -> None:
    response = await door.ask(MINE, headers={"Origin": STORE, "Authorization": "Bearer old"})
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (401, STORE)
    response = await door.ask(MINE, headers={"Origin": "https://evil.example", "Authorization": "Bearer old"})
    assert (response.status_code, "access-control-allow-origin" in response.headers) == (401, False)


async def test_a_strangers_page_is_refused_before_it_names_a_shop(door: Door, shop: Shop) -> None:
    assert (await door.ask(SERVICE, headers={"Origin": "https://evil.example"})).status_code == 403
    assert (await door.ask(SERVICE, headers={"Origin": STORE})).status_code == 200


async def test_a_preflight_is_answered_for_any_shops_origin(door: Door, shop: Shop, other_shop: Shop) -> None:
    for origin in (STORE, "https://store.other.example"):
        response = await door.client.options("/graphql/", headers={"Origin": origin})
        assert (response.status_code, response.headers["access-control-allow-origin"]) == (204, origin)
        assert response.headers["access-control-allow-methods"] == "GET, POST"
        assert "authorization-bearer" in response.headers["access-control-allow-headers"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "*", "https://STORE.anna.example"])
async def test_a_preflight_of_a_stranger_is_refused(door: Door, shop: Shop, origin: str) -> None:
    response = await door.client.options("/graphql/", headers={"Origin": origin})
    assert (response.status_code, "access-control-allow-origin" in response.headers) == (403, False)
