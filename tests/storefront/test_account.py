"""What a signed-in customer reads: balance, entries and what an order earned, to the unit."""

import pytest

from saleor_crm_app.crm.orders import FulfillmentFact
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, global_id
from tests.door import ANNAS_ID, Door, Shop, counted, refused_code
from tests.shop import ANNA, NOON, later, line, order

BEN = CustomerId("8")

ME = """
query Me($channel: String!) {
  loyaltyMe(channel: $channel) {
    points {
      available pending spent expired deficit
      nextExpiration { points at }
      worth { amount currency }
    }
    entries { totalCount edges { node { kind source points order { id } reason occurredAt availableAt expiresAt } } }
  }
}
"""
HERE = {"channel": "default-channel"}
FULFILLED = (FulfillmentFact(status="FULFILLED", created_at=NOON),)
NOTHING = {"available": 0, "pending": 0, "spent": 0, "expired": 0, "deficit": 0, "nextExpiration": None}


async def test_a_member_reads_points_and_entries(door: Door, shop: Shop) -> None:
    # given
    sent = order(charged=10000, status="FULFILLED", fulfillments=FULFILLED)
    fresh = order(line("mug", 2550), charged=2550)
    await shop.says(sent)
    await shop.says(fresh)
    # when
    me = (await door.data(ME, HERE, token=shop.token()))["loyaltyMe"]
    # then
    assert me["points"] == {
        "available": 100,
        "pending": 25,
        "spent": 0,
        "expired": 0,
        "deficit": 0,
        "nextExpiration": {"points": 100, "at": "2027-03-17T00:00:00+00:00"},
        "worth": {"amount": 1.0, "currency": "EUR"},
    }
    earned = {"kind": "EARN", "source": "ORDER", "reason": None, "occurredAt": "2026-03-01T12:00:00+00:00"}
    assert me["entries"] == {
        "totalCount": 2,
        "edges": [
            {
                "node": earned
                | {"points": 25, "order": {"id": global_id("Order", fresh.id)}, "availableAt": None, "expiresAt": None}
            },
            {
                "node": earned
                | {
                    "points": 100,
                    "order": {"id": global_id("Order", sent.id)},
                    "availableAt": "2026-03-16T00:00:00+00:00",
                    "expiresAt": "2027-03-17T00:00:00+00:00",
                }
            },
        ],
    }


async def test_points_and_entries_take_three_statements(door: Door, shop: Shop, database: Database) -> None:
    await shop.says(order(charged=10000))
    await door.data(ME, HERE, token=shop.token())
    with counted(database) as statements:
        await door.data(ME, HERE, token=shop.token())
    own = [statement for statement in statements if "FROM installation" not in statement]
    assert len(own) == 3


async def test_aliases_of_one_channel_are_read_once(door: Door, shop: Shop, database: Database) -> None:
    await shop.says(order(charged=10000))
    query = (
        "{"
        + " ".join(f'a{n}: loyaltyMe(channel: "default-channel") {{ points {{ pending }} }}' for n in range(10))
        + "}"
    )
    with counted(database) as statements:
        data = await door.data(query, token=shop.token())
    assert list(data.values()) == [{"points": {"pending": 100}}] * 10
    assert len([statement for statement in statements if "FROM installation" not in statement]) == 2


async def test_who_earned_nothing_yet_has_an_account_of_zeros(door: Door, shop: Shop) -> None:
    await shop.says(order(charged=10000))
    me = (await door.data(ME, HERE, token=shop.token(BEN)))["loyaltyMe"]
    assert me == {
        "points": NOTHING | {"worth": {"amount": 0.0, "currency": "EUR"}},
        "entries": {"totalCount": 0, "edges": []},
    }


async def test_a_guest_and_a_channel_without_a_program_have_none(door: Door, shop: Shop) -> None:
    await shop.says(order(charged=10000))
    assert await door.data(ME, HERE, headers={"Saleor-Api-Url": shop.api_url}) == {"loyaltyMe": None}
    assert await door.data(ME, {"channel": "elsewhere"}, token=shop.token()) == {"loyaltyMe": None}


async def test_the_same_customer_number_in_another_shop_is_somebody_else(
    door: Door, shop: Shop, other_shop: Shop
) -> None:
    await shop.says(order(charged=10000))
    await other_shop.says(order(line("tea", 500), charged=500))
    points = "query ($channel: String!) { loyaltyMe(channel: $channel) { points { pending } } }"
    assert await door.data(points, HERE, token=shop.token()) == {"loyaltyMe": {"points": {"pending": 100}}}
    assert await door.data(points, HERE, token=other_shop.token()) == {"loyaltyMe": {"points": {"pending": 5}}}


ENTRIES = """
query Entries($first: Int, $after: String, $last: Int, $before: String) {
  loyaltyMe(channel: "default-channel") {
    entries(first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node { points } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      totalCount
    }
  }
}
"""


class Pages:
    """Entries of 1, 2, ... 5 points, the newest first."""

    def __init__(self, door: Door, shop: Shop) -> None:
        self._door = door
        self._shop = shop

    async def get(self, **page: object) -> tuple[list[int], tuple[bool, bool], tuple[str | None, str | None]]:
        """The points on a page, whether there is a page after and before, and its two ends."""
        found = (await self._door.data(ENTRIES, page, token=self._shop.token()))["loyaltyMe"]["entries"]
        assert found["totalCount"] == 5
        info = found["pageInfo"]
        return (
            [edge["node"]["points"] for edge in found["edges"]],
            (info["hasNextPage"], info["hasPreviousPage"]),
            (info["startCursor"], info["endCursor"]),
        )


@pytest.fixture
async def pages(door: Door, shop: Shop) -> Pages:
    for number in range(1, 6):
        await shop.says(order(line("tea", number * 100), charged=number * 100))
    return Pages(door, shop)


async def test_entries_are_walked_from_the_newest(pages: Pages) -> None:
    points, more, (_, end) = await pages.get(first=2)
    assert (points, more) == ([5, 4], (True, False))
    points, more, (_, end) = await pages.get(first=2, after=end)
    assert (points, more) == ([3, 2], (True, True))
    points, more, (_, end) = await pages.get(first=2, after=end)
    assert (points, more) == ([1], (False, True))
    points, more, ends = await pages.get(first=2, after=end)
    assert (points, ends) == ([], (None, None))


async def test_entries_are_walked_back_from_the_oldest(pages: Pages) -> None:
    points, more, (start, _) = await pages.get(last=2)
    assert (points, more) == ([2, 1], (False, True))
    points, more, (start, _) = await pages.get(last=2, before=start)
    assert (points, more) == ([4, 3], (True, True))
    points, more, _ = await pages.get(last=2, before=start)
    assert (points, more) == ([5], (True, False))


@pytest.mark.parametrize(
    ("page", "field"),
    [
        ({"first": 0}, "first"),
        ({"first": 101}, "first"),
        ({"last": -1}, "last"),
        ({"first": 1, "last": 1}, "first"),
        ({"after": "x"}, "after"),
        ({"after": "ZW50cnk6LTE="}, "after"),
        ({"before": "bWVtYmVyOjE="}, "before"),
    ],
)
async def test_a_page_that_cannot_be_is_refused(pages: Pages, page: dict[str, object], field: str) -> None:
    response = await pages._door.ask(ENTRIES, page, token=pages._shop.token())
    assert (response.status_code, refused_code(response)) == (200, "INVALID")
    assert response.json()["errors"][0]["extensions"]["field"] == field


ENTITIES = """
query Entities($them: [_Any!]!) {
  _entities(representations: $them) {
    ... on User { id loyalty(channel: "default-channel") { points { pending } } }
    ... on Order { id loyaltyPoints { target pending available takenBack } }
  }
}
"""


def user(key: str) -> dict[str, str]:
    return {"__typename": "User", "id": global_id("User", key)}


def order_of(key: object) -> dict[str, str]:
    return {"__typename": "Order", "id": global_id("Order", key)}


async def test_entities_are_completed_for_their_owner_alone(door: Door, shop: Shop) -> None:
    # given
    annas, bens = order(charged=10000), order(charged=10000, customer=BEN)
    await shop.says(annas, bens)
    await shop.says(later(annas, charged=7500, minutes=1))
    them = [
        user("7"),
        user("8"),
        order_of(annas.id),
        order_of(bens.id),
        order_of("3"),
        {"__typename": "User", "id": "?"},
    ]
    # when
    found = (await door.data(ENTITIES, {"them": them}, token=shop.token(ANNA)))["_entities"]
    # then
    assert found == [
        {"id": ANNAS_ID, "loyalty": {"points": {"pending": 75}}},
        None,
        {
            "id": global_id("Order", annas.id),
            "loyaltyPoints": {"target": 75, "pending": 75, "available": 0, "takenBack": 25},
        },
        None,
        None,
        None,
    ]


async def test_entities_are_nothing_to_guests_and_to_callers_without_a_shop(door: Door, shop: Shop) -> None:
    annas = order(charged=10000)
    await shop.says(annas)
    them = {"them": [user("7"), order_of(annas.id)]}
    assert await door.data(ENTITIES, them) == {"_entities": [None, None]}
    assert await door.data(ENTITIES, them, headers={"Saleor-Api-Url": shop.api_url}) == {"_entities": [None, None]}


async def test_a_hundred_entities_take_as_many_statements_as_one(door: Door, shop: Shop, database: Database) -> None:
    made = [order(line("tea", 100), charged=100) for _ in range(50)]
    await shop.says(*made)
    them = {"them": [order_of(one.id) for one in made] + [user("7")] * 50}
    with counted(database) as statements:
        found = (await door.data(ENTITIES, them, token=shop.token()))["_entities"]
    assert [one["loyaltyPoints"]["target"] for one in found[:50]] == [1] * 50
    assert [one["loyalty"]["points"]["pending"] for one in found[50:]] == [50] * 50
    assert len([statement for statement in statements if "FROM installation" not in statement]) == 3


@pytest.mark.parametrize(
    "them",
    [
        [user("7")] * 101,
        [{"__typename": "Category", "id": "x"}],
        [{"__typename": "Product", "id": "x", "channel": 1}],
        [{"id": "x"}],
        ["x"],
        [{"__typename": "User"}],
    ],
)
async def test_what_is_no_list_of_entities_is_refused(door: Door, shop: Shop, them: list[object]) -> None:
    response = await door.ask(ENTITIES, {"them": them}, token=shop.token())
    assert (response.status_code, refused_code(response)) == (200, "INVALID")
