"""Staff see the seals over their own books and what was found when they were proved last."""

from pathlib import Path

import pytest

from saleor_crm_app.installation.proving import prove
from saleor_crm_app.kernel.db import Database
from tests.conftest import Addresses
from tests.door import Door, Shop
from tests.loyalty.ledgers import VAULT, rows, seal, tamper
from tests.shop import order

SEALS = """
query Seals($first: Int, $after: String) {
  seals(first: $first, after: $after) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage endCursor }
    edges { node { number accounts previous hash } }
  }
}
"""
LAST = "{ lastVerification { proved accounts entries points seals findings { law row text } } }"


@pytest.fixture
def token(shop: Shop) -> str:
    return shop.dashboard_token("MANAGE_APPS")


async def test_seals_are_listed_newest_first_and_name_the_one_before(
    database: Database, door: Door, shop: Shop, other_shop: Shop, token: str
) -> None:
    for _ in range(3):
        await shop.says(order(charged=10000))
        await seal(database, shop.id)
    await other_shop.says(order(charged=10000))
    await seal(database, other_shop.id)
    first = (await door.data(SEALS, {"first": 2}, token=token))["seals"]
    rest = (await door.data(SEALS, {"first": 2, "after": first["pageInfo"]["endCursor"]}, token=token))["seals"]
    nodes = [edge["node"] for page in (first, rest) for edge in page["edges"]]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (3, True, False)
    assert [(node["number"], node["accounts"]) for node in nodes] == [(3, 1), (2, 1), (1, 1)]
    assert [node["previous"] for node in nodes] == [nodes[1]["hash"], nodes[2]["hash"], ""]


@pytest.mark.parametrize("cursor", ["c2VhbDp4", "c2VhbDo=", "ZW50cnk6MQ==", "c2VhbDo5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"])
async def test_a_cursor_of_another_list_is_refused(door: Door, token: str, cursor: str) -> None:
    answer = await door.ask(SEALS, {"after": cursor}, token=token)
    assert answer.status_code == 200
    assert [error["message"] for error in answer.json()["errors"]] == ["That is no cursor of this list."]


async def test_before_the_first_proof_there_is_no_verdict(door: Door, token: str) -> None:
    assert await door.data(LAST, token=token) == {"lastVerification": None}


async def test_the_last_verdict_is_shown_with_what_was_found(
    database: Database, door: Door, shop: Shop, addresses: Addresses, token: str
) -> None:
    await shop.says(order(charged=10000))
    await seal(database, shop.id)
    await prove(database, shop.id, VAULT)
    good = (await door.data(LAST, token=token))["lastVerification"]
    tamper(addresses, "UPDATE account SET balance = 99")
    await prove(database, shop.id, VAULT)
    bad = (await door.data(LAST, token=token))["lastVerification"]
    [account] = rows(addresses, "SELECT id FROM account")
    sums = {"accounts": 1, "entries": "1", "points": "100", "seals": 1}
    assert good == sums | {"proved": True, "findings": []}
    assert bad == sums | {
        "proved": False,
        "findings": [
            {
                "law": "I2",
                "row": str(account["id"]),
                "text": f"account {account['id']} has a balance other than the sum of its entries, or other than its"
                " lots less its deficit",
            }
        ],
    }


def test_the_page_on_proof_names_every_law() -> None:
    page = (Path(__file__).parents[2] / "docs" / "explanation" / "proof.md").read_text()
    for law in ("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "CHAIN", "SEAL"):
        assert f"| {law} |" in page
