"""Guests may ask by GET, and caches may keep the answer; nothing of a customer's is ever kept."""

from urllib.parse import urlencode

import pytest

from tests.door import Door, Shop

PROGRAM = '{ loyaltyProgram(channel: "default-channel") { currency } }'


def address(**asked: str) -> str:
    return f"/graphql/?{urlencode(asked)}"


@pytest.fixture
def guest(shop: Shop) -> dict[str, str]:
    return {"Saleor-Api-Url": shop.api_url}


async def test_a_guests_query_may_be_kept_for_a_minute_and_is_known_by_its_tag(
    door: Door, guest: dict[str, str]
) -> None:
    answer = await door.client.get(address(query=PROGRAM), headers=guest)
    assert (answer.status_code, answer.json()) == (200, {"data": {"loyaltyProgram": None}})
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert answer.headers["vary"] == "Origin, Saleor-Api-Url"
    again = await door.client.get(address(query=PROGRAM), headers={**guest, "If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]


async def test_variables_are_read_from_the_address(door: Door, guest: dict[str, str]) -> None:
    query = "query Ours($channel: String!) { loyaltyProgram(channel: $channel) { currency } }"
    asked = address(query=query, variables='{"channel": "x"}', operationName="Ours")
    assert (await door.client.get(asked, headers=guest)).json() == {"data": {"loyaltyProgram": None}}


async def test_a_customers_token_is_refused_and_nothing_is_kept(door: Door, shop: Shop) -> None:
    answer = await door.client.get(address(query=PROGRAM), headers={"Authorization": f"Bearer {shop.token()}"})
    assert (answer.status_code, answer.headers["cache-control"]) == (400, "no-store")
    assert answer.json()["errors"][0]["extensions"]["code"] == "POST_ONLY"
    asked = await door.ask(PROGRAM, token=shop.token())
    assert asked.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "asked",
    [
        {"query": 'mutation { loyaltyLeave(input: {channel: "x"}) { errors { code } } }'},
        {"query": PROGRAM, "variables": "{"},
        {"query": "{ nothing }"},
        {},
    ],
)
async def test_what_changes_something_or_is_no_query_is_refused(
    door: Door, guest: dict[str, str], asked: dict[str, str]
) -> None:
    answer = await door.client.get(address(**asked), headers=guest)
    assert (answer.status_code, answer.headers["cache-control"]) == (400, "no-store")


async def test_an_answer_with_an_error_is_not_kept(door: Door) -> None:
    answer = await door.client.get(address(query=PROGRAM))
    assert (answer.headers["cache-control"], "errors" in answer.json()) == ("no-store", True)
