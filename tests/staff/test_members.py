"""Members and their ledger, for staff who may manage users."""

from typing import Any

import pytest

from saleor_crm_app.crm.orders import FulfillmentFact
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, global_id, new_id
from tests.door import ANNAS_ID, Door, Shop, counted, refused_code
from tests.shop import NOON, later, line, order

MEMBERS = """
query Members($first: Int, $after: String, $customer: ID) {
  members(first: $first, after: $after, customerId: $customer) {
    edges { node { id customerId program { currency channels } balance { available pending } entries { totalCount } } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
    totalCount
  }
}
"""
MEMBER = """
query Member($id: ID!) {
  member(id: $id) {
    customerId
    openedAt
    program { name }
    balance { available pending spent expired deficit nextExpiration { points at } worth { amount currency } }
    entries(first: 1) { totalCount pageInfo { hasNextPage endCursor } edges { node { number points } } }
  }
}
"""
ENTRIES = """
query Entries($member: ID!, $after: String) {
  entries(memberId: $member, first: 1, after: $after) {
    edges { node { number kind source points orderId reason occurredAt recordedAt availableAt expiresAt } }
  }
}
"""


class Staff:
    """Somebody who may manage users."""

    def __init__(self, door: Door, shop: Shop) -> None:
        self._door = door
        self._token = shop.dashboard_token("MANAGE_USERS")

    async def reads(self, query: str, **variables: object) -> Any:  # noqa: ANN401 # any field
        [found] = (await self._door.data(query, variables, token=self._token)).values()
        return found

    async def is_refused(self, query: str, **variables: object) -> tuple[str, str]:
        """The code, and the field at fault."""
        response = await self._door.ask(query, variables, token=self._token)
        return refused_code(response), response.json()["errors"][0]["extensions"]["field"]


@pytest.fixture
def staff(door: Door, shop: Shop) -> Staff:
    return Staff(door, shop)


async def test_members_are_listed_newest_first(staff: Staff, shop: Shop, other_shop: Shop) -> None:
    # given
    for number in range(1, 4):
        await shop.says(order(line("tea", number * 100), charged=number * 100, customer=CustomerId(str(number))))
    await other_shop.says(order(charged=10000, customer=CustomerId("9")))
    # when
    first = await staff.reads(MEMBERS, first=2)
    rest = await staff.reads(MEMBERS, first=2, after=first["pageInfo"]["endCursor"])
    # then
    assert [edge["node"]["customerId"] for edge in first["edges"]] == [global_id("User", 3), global_id("User", 2)]
    assert [edge["node"]["customerId"] for edge in rest["edges"]] == [global_id("User", 1)]
    assert (first["totalCount"], rest["totalCount"]) == (3, 3)
    assert (first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (True, False)
    assert (rest["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasPreviousPage"]) == (False, True)
    assert first["edges"][0]["node"] | {"id": ""} == {
        "id": "",
        "customerId": global_id("User", 3),
        "program": {"currency": "EUR", "channels": ["default-channel"]},
        "balance": {"available": 0, "pending": 3},
        "entries": {"totalCount": 1},
    }


async def test_one_customers_accounts_are_found(staff: Staff, shop: Shop) -> None:
    await shop.says(order(charged=10000), order(charged=10000, customer=CustomerId("8")))
    await shop.says(order(line("tea", 950), charged=950, currency="JPY", channel="japan"))
    found = await staff.reads(MEMBERS, customer=ANNAS_ID)
    assert {edge["node"]["program"]["currency"] for edge in found["edges"]} == {"EUR", "JPY"}
    assert (len(found["edges"]), found["totalCount"]) == (2, 2)


async def test_a_page_of_members_takes_as_many_statements_as_one_member(
    staff: Staff, shop: Shop, database: Database
) -> None:
    await shop.says(*(order(charged=10000, customer=CustomerId(str(number))) for number in range(30)))
    with counted(database) as one:
        await staff.reads(MEMBERS, first=1)
    with counted(database) as all_of_them:
        assert len((await staff.reads(MEMBERS, first=100))["edges"]) == 30
    assert len(one) == len(all_of_them) == 7


async def test_a_member_is_read_with_balance_and_entries(staff: Staff, shop: Shop) -> None:
    # given
    sent = (FulfillmentFact(status="FULFILLED", created_at=NOON),)
    paid = order(charged=10000, status="FULFILLED", fulfillments=sent)
    await shop.says(paid)
    await shop.says(later(paid, minutes=1, charged=7500))
    [edge] = (await staff.reads(MEMBERS))["edges"]
    # when
    member = await staff.reads(MEMBER, id=edge["node"]["id"])
    # then
    entries = member.pop("entries")
    assert member == {
        "customerId": ANNAS_ID,
        "openedAt": "2026-03-01T12:00:00+00:00",
        "program": {"name": "Points EUR"},
        "balance": {
            "available": 75,
            "pending": 0,
            "spent": 0,
            "expired": 0,
            "deficit": 0,
            "nextExpiration": {"points": 75, "at": "2027-03-17T00:00:00+00:00"},
            "worth": {"amount": 0.75, "currency": "EUR"},
        },
    }
    assert (entries["totalCount"], entries["edges"]) == (2, [{"node": {"number": 2, "points": -25}}])
    # and the next page, asked by itself
    after = entries["pageInfo"]["endCursor"]
    [earned] = (await staff.reads(ENTRIES, member=edge["node"]["id"], after=after))["edges"]
    assert earned["node"] == {
        "number": 1,
        "kind": "EARN",
        "source": "ORDER",
        "points": 100,
        "orderId": global_id("Order", paid.id),
        "reason": None,
        "occurredAt": "2026-03-01T12:00:00+00:00",
        "recordedAt": "2026-03-01T12:00:00+00:00",
        "availableAt": "2026-03-16T00:00:00+00:00",
        "expiresAt": "2027-03-17T00:00:00+00:00",
    }


async def test_another_shops_member_is_not_there(door: Door, staff: Staff, shop: Shop, other_shop: Shop) -> None:
    await other_shop.says(order(charged=10000))
    [edge] = (await Staff(door, other_shop).reads(MEMBERS))["edges"]
    assert await staff.reads(MEMBER, id=edge["node"]["id"]) is None
    assert await staff.reads(ENTRIES, member=edge["node"]["id"]) is None
    assert await staff.reads(MEMBER, id=global_id("Member", new_id())) is None


async def test_ids_and_cursors_of_other_things_are_refused(staff: Staff) -> None:
    for wrong in ("7", ANNAS_ID, global_id("Member", 7)):
        assert await staff.is_refused(MEMBER, id=wrong) == ("INVALID", "id")
        assert await staff.is_refused(ENTRIES, member=wrong) == ("INVALID", "memberId")
    assert await staff.is_refused(MEMBERS, customer=global_id("Order", 7)) == ("INVALID", "customerId")
    assert await staff.is_refused(MEMBERS, first=101) == ("INVALID", "first")
    assert await staff.is_refused(MEMBERS, after="bWVtYmVyOjE=") == ("INVALID", "after")


async def test_programs_are_read_with_their_channels(door: Door, shop: Shop) -> None:
    await shop.says(order(charged=10000), order(charged=10000, channel="second"))
    query = "{ programs { currency channels zone version confirmAfterDays expireAfterDays earnStaffOrders } }"
    data = await door.data(query, token=shop.dashboard_token("MANAGE_DISCOUNTS"))
    assert data["programs"] == [
        {
            "currency": "EUR",
            "channels": ["default-channel", "second"],
            "zone": "UTC",
            "version": 1,
            "confirmAfterDays": 14,
            "expireAfterDays": 365,
            "earnStaffOrders": False,
        }
    ]
