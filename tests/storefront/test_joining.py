"""Customers join a program and leave it through the storefront's door."""

import pytest

from saleor_crm_app.loyalty.program import Enrollment, ProgramSettings, programs_for
from tests.door import Door, Shop
from tests.loyalty.ledger_acts import Books
from tests.shop import NOON, FulfillmentFact, line, order

JOIN = """mutation ($channel: String!, $terms: String, $key: String!) {
  loyaltyJoin(input: {channel: $channel, termsVersion: $terms, idempotencyKey: $key}) {
    joined account { points { available } } errors { field code message } } }"""
LEAVE = """mutation ($channel: String!, $key: String!) {
  loyaltyLeave(input: {channel: $channel, idempotencyKey: $key}) { left errors { field code } } }"""
ME = '{ loyaltyMe(channel: "default-channel") { points { available } } }'
HERE = {"channel": "default-channel"}


@pytest.fixture(autouse=True)
async def program(shop: Shop) -> None:
    """Anna has 100 points from before one had to join."""
    async with shop.database.shop(shop.id) as session:
        await programs_for(session, shop.id, {"default-channel": "EUR"})
    bought = order(
        line("line", 10_000, fulfilled=1),
        charged=10_000,
        status="FULFILLED",
        fulfillments=(FulfillmentFact(status="FULFILLED", created_at=NOON),),
    )
    await shop.says(bought)
    await Books(shop.database, shop.id).choose(ProgramSettings(enrollment=Enrollment.OPT_IN))


async def test_who_has_not_joined_has_no_account(door: Door, shop: Shop) -> None:
    assert await door.data(ME, token=shop.token()) == {"loyaltyMe": None}


async def test_a_customer_joins_and_leaves(door: Door, shop: Shop) -> None:
    joined = await door.data(JOIN, HERE | {"terms": "2026-01", "key": "j"}, token=shop.token())
    assert joined == {"loyaltyJoin": {"joined": True, "account": {"points": {"available": 100}}, "errors": []}}
    assert await door.data(ME, token=shop.token()) == {"loyaltyMe": {"points": {"available": 100}}}
    assert await door.data(JOIN, HERE | {"terms": "2026-01", "key": "j"}, token=shop.token()) == joined
    assert await door.data(LEAVE, HERE | {"key": "l"}, token=shop.token()) == {
        "loyaltyLeave": {"left": True, "errors": []}
    }
    assert await door.data(ME, token=shop.token()) == {"loyaltyMe": None}
    # the same wish sent late does not let them in again
    late = await door.data(JOIN, HERE | {"terms": "2026-01", "key": "j"}, token=shop.token())
    assert (late["loyaltyJoin"]["joined"], late["loyaltyJoin"]["account"]) == (True, None)


async def test_refusals_are_data(door: Door, shop: Shop) -> None:
    guest = await door.data(JOIN, HERE | {"key": "g"}, headers={"Saleor-Api-Url": shop.api_url})
    assert [error["code"] for error in guest["loyaltyJoin"]["errors"]] == ["NOT_ELIGIBLE"]
    nowhere = await door.data(JOIN, {"channel": "nowhere", "key": "n"}, token=shop.token())
    [error] = nowhere["loyaltyJoin"]["errors"]
    assert (error["field"], error["code"]) == ("channel", "NOT_FOUND")
    long = await door.data(JOIN, HERE | {"terms": "x" * 65, "key": "t"}, token=shop.token())
    assert [error["field"] for error in long["loyaltyJoin"]["errors"]] == ["termsVersion"]
    conflict = await door.data(LEAVE, HERE | {"key": ""}, token=shop.token())
    assert conflict["loyaltyLeave"]["errors"] == [{"field": "idempotencyKey", "code": "INVALID"}]


async def test_one_shops_customer_does_not_join_in_another(door: Door, shop: Shop, other_shop: Shop) -> None:
    await door.data(JOIN, HERE | {"key": "j"}, token=shop.token())
    answer = await door.data(JOIN, HERE | {"key": "j"}, token=other_shop.token())
    assert [error["code"] for error in answer["loyaltyJoin"]["errors"]] == ["NOT_FOUND"]
