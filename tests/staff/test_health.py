"""Dead letters are listed without their content and tried again; the installation is shown as it is."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from saleor_crm_app.jobs.inbox import NewItem, append
from saleor_crm_app.kernel import clock
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import decode_global_id, global_id, new_id
from tests.door import Door, Shop

LETTERS = """
query Letters($first: Int, $after: String) {
  deadLetters(first: $first, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { node { id kind source receivedAt attempts reason } }
  }
}
"""
REPLAY = """
mutation Replay($ids: [ID!]!) {
  deadLetterReplay(input: {ids: $ids}) { replayed errors { field code message } }
}
"""


class Staff:
    """Somebody who may manage apps."""

    def __init__(self, door: Door, shop: Shop) -> None:
        self._door = door
        self.token = shop.dashboard_token("MANAGE_APPS")

    async def letters(self, **page: object) -> dict[str, Any]:
        found: dict[str, Any] = (await self._door.data(LETTERS, page, token=self.token))["deadLetters"]
        return found

    async def replay(self, *ids: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self._door.data(REPLAY, {"ids": ids}, token=self.token))["deadLetterReplay"]
        return found


@pytest.fixture
def staff(door: Door, shop: Shop) -> Staff:
    return Staff(door, shop)


async def bury(database: Database, shop: Shop, *reasons: str) -> list[str]:
    """Bury a delivery for each reason; gives their global ids by age."""
    items = [NewItem.of(shop.id, kind="OrderPaid", source="webhook", body=reason.encode()) for reason in reasons]
    await append(database, items)
    change = sa.text(
        "UPDATE inbox SET state = 'BURIED', reason = :reason, attempts = 5 WHERE body = :body RETURNING id"
    )
    ids = []
    async with database.shop(shop.id) as session:
        for reason in reasons:
            key = {"reason": reason, "body": reason.encode()}
            ids.append(global_id("DeadLetter", (await session.execute(change, key)).scalar_one()))
    return sorted(ids, key=decode_global_id)


async def waiting(database: Database, shop: Shop) -> list[bytes]:
    """The bodies of deliveries that are to be tried."""
    async with database.shop(shop.id) as session:
        rows = await session.execute(sa.text("SELECT body FROM inbox WHERE state = 'NEW' ORDER BY body"))
        return [row.body for row in rows]


async def test_dead_letters_are_walked_oldest_first_without_their_content(
    staff: Staff, shop: Shop, other_shop: Shop, database: Database
) -> None:
    # given
    first, second, third = await bury(database, shop, "one", "two", "three")
    await bury(database, other_shop, "not here")
    # when
    page = await staff.letters(first=2)
    rest = await staff.letters(first=2, after=page["pageInfo"]["endCursor"])
    # then
    assert [edge["node"]["id"] for edge in page["edges"]] == [first, second]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, True)
    [edge] = rest["edges"]
    assert clock.now() - datetime.fromisoformat(edge["node"].pop("receivedAt")) < timedelta(minutes=1)
    assert edge["node"].pop("reason") in {"one", "two", "three"}  # made within a millisecond they have any order
    assert edge["node"] == {"id": third, "kind": "OrderPaid", "source": "webhook", "attempts": 5}
    assert rest["pageInfo"]["hasNextPage"] is False


async def test_dead_letters_are_tried_again(staff: Staff, shop: Shop, database: Database) -> None:
    [first] = await bury(database, shop, "one")
    [_] = await bury(database, shop, "two")
    [third] = await bury(database, shop, "three")
    assert await staff.replay(first, third, third) == {"replayed": 2, "errors": []}
    assert await waiting(database, shop) == [b"one", b"three"]
    assert (await staff.letters())["totalCount"] == 1


async def test_what_is_no_dead_letter_here_keeps_no_other_back(
    staff: Staff, shop: Shop, other_shop: Shop, database: Database
) -> None:
    [here] = await bury(database, shop, "one")
    [there] = await bury(database, other_shop, "two")
    assert await staff.replay(here, there) == {
        "replayed": 1,
        "errors": [
            {
                "field": "ids",
                "code": "NOT_FOUND",
                "message": "1 of them are no dead letters of this shop, or not any more.",
            }
        ],
    }
    assert (await waiting(database, shop), await waiting(database, other_shop)) == ([b"one"], [])
    assert (await staff.replay(here))["errors"][0]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    "ids",
    [
        [],
        ["x"],
        [global_id("Member", new_id())],
        [global_id("DeadLetter", 7)],
        [global_id("DeadLetter", new_id())] * 101,
    ],
)
async def test_ids_that_cannot_be_are_refused_as_data(
    staff: Staff, shop: Shop, database: Database, ids: list[str]
) -> None:
    [here] = await bury(database, shop, "one")
    answer = await staff.replay(*([here, *ids] if ids and len(ids) < 100 else ids))
    assert (answer["replayed"], [error["code"] for error in answer["errors"]]) == (0, ["INVALID"])
    assert await waiting(database, shop) == []


async def test_the_installation_is_shown_without_its_secrets(door: Door, staff: Staff, shop: Shop) -> None:
    query = "{ installation { apiUrl saleorVersion state storefrontOrigins sandbox } }"
    assert await door.data(query, token=staff.token) == {
        "installation": {
            "apiUrl": shop.api_url,
            "saleorVersion": "3.23.28",
            "state": "ACTIVE",
            "storefrontOrigins": [],
            "sandbox": True,
        }
    }
