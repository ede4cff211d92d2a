"""Accounts that staff merge and part, and birthdays they are told: done once, written down, refused with a reason."""

from typing import Any

import pytest

from saleor_crm_app.crm import customers
from saleor_crm_app.crm.customers import CustomerSeen
from saleor_crm_app.kernel.audit import audit_trail
from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.loyalty import points
from tests.door import Door, Shop
from tests.shop import ANNA, EMMA, LATER, NOON, FulfillmentFact, line, order

MERGE = """mutation ($one: ID!, $other: ID!, $key: String!) {
  accountMerge(input: {memberId: $one, intoMemberId: $other, text: "the same person", idempotencyKey: $key}) {
    member { customerId balance { available } } points settled owed errors { field code message } } }"""
UNMERGE = """mutation ($one: ID!, $key: String!) {
  accountUnmerge(input: {memberId: $one, text: "a mistake", idempotencyKey: $key}) {
    member { customerId balance { available } } points owed stay errors { field code message } } }"""
BIRTHDAY = """mutation ($customer: ID!, $month: Int!, $day: Int!) {
  memberBirthdaySet(input: {customerId: $customer, month: $month, day: $day}) {
    customerId errors { field code } } }"""
MEMBER = "query ($customer: ID!) { members(customerId: $customer) { edges { node { id } } } }"


@pytest.fixture
async def token(shop: Shop) -> str:
    for customer, euros in ((ANNA, 100), (EMMA, 10)):
        bought = order(
            line("line", euros * 100, fulfilled=1),
            charged=euros * 100,
            customer=customer,
            status="FULFILLED",
            fulfillments=(FulfillmentFact(status="FULFILLED", created_at=NOON),),
        )
        await shop.says(bought)
    return shop.dashboard_token("MANAGE_USERS")


async def ids(door: Door, token: str) -> tuple[str, str]:
    found = []
    for customer in (ANNA, EMMA):
        data = await door.data(MEMBER, {"customer": global_id("User", customer)}, token=token)
        found.append(data["members"]["edges"][0]["node"]["id"])
    return found[0], found[1]


async def test_two_accounts_become_one_and_two_again(door: Door, shop: Shop, token: str) -> None:
    anna, emma = await ids(door, token)
    merged = await door.data(MERGE, {"one": anna, "other": emma, "key": "m"}, token=token)
    whole = {
        "member": {"customerId": global_id("User", EMMA), "balance": {"available": 110}},
        "points": 100,
        "settled": 0,
        "owed": 0,
        "errors": [],
    }
    assert merged == {"accountMerge": whole}
    parted = await door.data(UNMERGE, {"one": anna, "key": "u"}, token=token)
    apart = {
        "member": {"customerId": global_id("User", ANNA), "balance": {"available": 100}},
        "points": 100,
        "owed": 0,
        "stay": 0,
        "errors": [],
    }
    assert parted == {"accountUnmerge": apart}
    async with shop.database.shop(shop.id, read_only=True) as session:
        lines = await audit_trail(session, shop.id, most=10)
        assert (await points.verify(session, shop.id)).findings == ()
    assert [(line.act.name, line.act.reason) for line in lines] == [
        ("accountUnmerge", "a mistake"),
        ("accountMerge", "the same person"),
    ]
    after: dict[str, Any] = dict(lines[1].act.after or {})
    assert (after["status"], after["points"]) == ("MERGED", 100)


async def test_the_same_key_merges_once_and_answers_alike(door: Door, shop: Shop, token: str) -> None:
    anna, emma = await ids(door, token)
    wish = {"one": anna, "other": emma, "key": "m"}
    assert await door.data(MERGE, wish, token=token) == await door.data(MERGE, wish, token=token)
    other = await door.data(MERGE, wish | {"one": emma, "other": anna}, token=token)
    assert [error["code"] for error in other["accountMerge"]["errors"]] == ["IDEMPOTENCY_CONFLICT"]
    async with shop.database.shop(shop.id, read_only=True) as session:
        assert len(await audit_trail(session, shop.id, most=10)) == 1


async def test_refusals_are_data_and_change_nothing(door: Door, shop: Shop, token: str) -> None:
    anna, emma = await ids(door, token)
    alone = await door.data(MERGE, {"one": anna, "other": anna, "key": "1"}, token=token)
    [error] = alone["accountMerge"]["errors"]
    assert (error["field"], error["code"], error["message"]) == (
        "intoMemberId",
        "INVALID",
        "Name two different members.",
    )
    parted = await door.data(UNMERGE, {"one": emma, "key": "2"}, token=token)
    [error] = parted["accountUnmerge"]["errors"]
    assert error["message"] == "This account was not merged into another one."
    nobody = await door.data(UNMERGE, {"one": global_id("Member", shop.id), "key": "3"}, token=token)
    assert [error["code"] for error in nobody["accountUnmerge"]["errors"]] == ["NOT_FOUND"]
    async with shop.database.shop(shop.id, read_only=True) as session:
        assert await audit_trail(session, shop.id, most=10) == []


async def test_another_shops_members_are_not_found(door: Door, other_shop: Shop, token: str) -> None:
    anna, emma = await ids(door, token)
    stranger = other_shop.dashboard_token("MANAGE_USERS")
    answer = await door.data(MERGE, {"one": anna, "other": emma, "key": "m"}, token=stranger)
    assert [error["code"] for error in answer["accountMerge"]["errors"]] == ["NOT_FOUND"]


async def test_a_birthday_is_kept_and_its_day_stays_out_of_the_trail(door: Door, shop: Shop, token: str) -> None:
    seen = CustomerSeen(
        id=ANNA,
        is_active=True,
        is_confirmed=True,
        is_staff=False,
        language="EN",
        joined_at=NOON,
        updated_at=NOON,
    )
    async with shop.database.shop(shop.id) as session:
        await customers.record(session, shop.id, [seen])
    wish = {"customer": global_id("User", ANNA), "month": 2, "day": 29}
    answer = await door.data(BIRTHDAY, wish, token=token)
    assert answer == {"memberBirthdaySet": {"customerId": wish["customer"], "errors": []}}
    async with shop.database.shop(shop.id, read_only=True) as session:
        kept = await customers.birthday_of(session, shop.id, ANNA)
        [line] = await audit_trail(session, shop.id, most=10)
    assert kept is not None
    assert (kept.month, kept.day, kept.known_since.date()) == (2, 29, LATER.date())
    assert (line.act.name, line.act.before, line.act.after) == ("memberBirthdaySet", None, None)


async def test_refuses_a_day_that_is_none_and_a_customer_who_is_unknown(door: Door, token: str) -> None:
    wrong = await door.data(BIRTHDAY, {"customer": global_id("User", ANNA), "month": 2, "day": 30}, token=token)
    assert wrong["memberBirthdaySet"]["errors"] == [{"field": "day", "code": "INVALID"}]
    nobody = await door.data(BIRTHDAY, {"customer": global_id("User", "99"), "month": 2, "day": 3}, token=token)
    assert nobody["memberBirthdaySet"]["errors"] == [{"field": "customerId", "code": "NOT_FOUND"}]
