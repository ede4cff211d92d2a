"""A member's past, statement and explanations as staff read them."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from saleor_crm_app.crm.orders import FulfillmentFact
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import global_id, new_id
from tests.door import ANNAS_ID, Door, Shop, counted
from tests.shop import NOON, later, order
from tests.staff.test_members import Staff

DAY = timedelta(days=1)
WHO = "{ members { edges { node { id } } } }"
PAST = """
query Past($id: ID!, $asOf: DateTime, $knownAt: DateTime) {
  member(id: $id) {
    balance(asOf: $asOf, knownAt: $knownAt) { available pending held worth { amount } expiring(days: 400) { points } }
    entries(knownAt: $knownAt) { totalCount edges { node { points availableAt } } }
  }
}
"""
WHY = """
query Why($id: ID!, $language: String) {
  entries(memberId: $id) {
    edges { node {
      programVersion
      explanation(languageCode: $language) { text numbers }
      lots { lotId points orderId availableAt expiresAt }
    } }
  }
}
"""
CSV = """
query Csv($id: ID!, $from: DateTime, $to: DateTime, $language: String) {
  statementCsv(memberId: $id, from: $from, to: $to, languageCode: $language)
}
"""


@pytest.fixture
def staff(door: Door, shop: Shop) -> Staff:
    return Staff(door, shop)


@pytest.fixture
async def anna(staff: Staff, shop: Shop) -> str:
    """Bought for 100 at NOON, refunded 25 the day after, which was told of two days later."""
    sent = (FulfillmentFact(status="FULFILLED", created_at=NOON),)
    paid = order(charged=10000, status="FULFILLED", fulfillments=sent, number="=1042")
    await shop.says(paid)
    await shop.says(later(paid, minutes=24 * 60, charged=7500, refunded=2500), at=NOON + 3 * DAY)
    [edge] = (await staff.reads(WHO))["edges"]
    return str(edge["node"]["id"])


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


async def past(staff: Staff, anna: str, **instants: object) -> tuple[dict[str, Any], dict[str, Any]]:
    member = await staff.reads(PAST, id=anna, **instants)
    return member["balance"], member["entries"]


async def test_a_balance_is_read_as_it_was_and_as_it_was_known(staff: Staff, anna: str) -> None:
    second_day, third_day = (NOON + 2 * DAY).isoformat(), (NOON + 3 * DAY).isoformat()
    seen, entries = await past(staff, anna, knownAt=second_day)
    assert (seen["pending"], seen["available"], entries["totalCount"]) == (100, 0, 1)
    true, _ = await past(staff, anna, asOf=second_day)
    assert true["pending"] == 75
    both, entries = await past(staff, anna, asOf=second_day, knownAt=third_day)
    assert (both["pending"], entries["totalCount"]) == (75, 2)
    now, _ = await past(staff, anna)
    assert now == {"available": 75, "pending": 0, "held": 0, "worth": {"amount": 0.75}, "expiring": [{"points": 75}]}
    # without an offset it is UTC
    assert await past(staff, anna, knownAt="2026-03-03T12:00:00") == (
        seen,
        (await past(staff, anna, knownAt=second_day))[1],
    )
    before, entries = await past(staff, anna, knownAt="2020-01-01")
    assert (before["pending"], entries) == (0, {"totalCount": 0, "edges": []})


async def test_entries_say_why_and_by_which_rules_and_where_their_points_went(staff: Staff, anna: str) -> None:
    back, earned = ((edge["node"]) for edge in (await staff.reads(WHY, id=anna))["edges"])
    assert earned["programVersion"] == back["programVersion"] == 1
    assert earned["explanation"]["text"] == "100 points: 100.00 EUR merchandise x 1 per 1.00 EUR"
    assert earned["explanation"]["numbers"]["merchandise"] == 10000
    assert [(move["points"], move["expiresAt"]) for move in earned["lots"] + back["lots"]] == [
        (100, "2027-03-17T00:00:00+00:00"),
        (-25, "2027-03-17T00:00:00+00:00"),
    ]
    assert earned["lots"][0]["lotId"] == back["lots"][0]["lotId"]
    [russian, _] = (await staff.reads(WHY, id=anna, language="RU"))["edges"]
    assert russian["node"]["explanation"]["text"].endswith("оплачено 75,00 EUR из 100,00 EUR; всего 75, раньше 100")


async def test_a_statement_lists_every_point_with_its_origin(staff: Staff, anna: str) -> None:
    earned, back = table(await staff.reads(CSV, id=anna))
    assert earned["explanation"] == "100 points: 100.00 EUR merchandise x 1 per 1.00 EUR"
    assert {name: earned[name] for name in ("number", "kind", "source", "points", "balance", "rule_version")} == {
        "number": "1", "kind": "EARN", "source": "ORDER", "points": "100", "balance": "100", "rule_version": "1",
    }  # fmt: skip
    assert (earned["occurred_at"], earned["available_at"], earned["expires_at"]) == (
        "2026-03-01T12:00:00+00:00",
        "2026-03-16T00:00:00+00:00",
        "2027-03-17T00:00:00+00:00",
    )
    assert (back["points"], back["balance"], back["recorded_at"]) == ("-25", "75", "2026-03-04T12:00:00+00:00")
    assert back["lots"].partition(": ")[0] == earned["lots"].partition(": ")[0]
    # a shop's text never runs in a spreadsheet
    assert (earned["order"], earned["customer_id"]) == ("'=1042", ANNAS_ID)


async def test_a_statement_is_of_a_time(staff: Staff, anna: str) -> None:
    day_after = (NOON + DAY).isoformat()
    assert [row["points"] for row in table(await staff.reads(CSV, id=anna, **{"from": day_after}))] == ["-25"]
    assert [row["points"] for row in table(await staff.reads(CSV, id=anna, to=day_after))] == ["100"]
    [russian] = table(await staff.reads(CSV, id=anna, to=day_after, language="RU"))
    assert russian["explanation"] == "100 баллов: товары на 100,00 EUR x 1 за 1,00 EUR"


async def test_a_statement_that_is_too_long_says_what_to_do(staff: Staff, anna: str, shop: Shop) -> None:
    day = NOON + 4 * DAY
    await shop.says(*(order(charged=100, created_at=day, updated_at=day) for _ in range(1999)), at=day)
    assert await staff.is_refused(CSV, id=anna) == ("LIMIT_REACHED", "from")
    whole = table(await staff.reads(CSV, id=anna, **{"from": (NOON + DAY).isoformat()}))
    assert (len(whole), whole[-1]["balance"]) == (2000, str(75 + 1999))


async def test_nobody_elses_statement_is_read(staff: Staff, door: Door, anna: str, other_shop: Shop) -> None:
    assert await Staff(door, other_shop).reads(CSV, id=anna) is None
    assert await staff.reads(CSV, id=global_id("Member", new_id())) is None
    assert await staff.is_refused(CSV, id=ANNAS_ID) == ("INVALID", "memberId")


async def test_a_statement_and_a_past_balance_take_as_many_statements_however_long(
    staff: Staff, anna: str, shop: Shop, database: Database
) -> None:
    queries: tuple[tuple[str, dict[str, str]], ...] = (
        (CSV, {}),
        (PAST, {"knownAt": (NOON + 9 * DAY).isoformat()}),
        (WHY, {}),
    )
    few = []
    for query, variables in queries:
        with counted(database) as sent:
            await staff.reads(query, id=anna, **variables)
        few.append(len(sent))
    await shop.says(*(order(charged=10000) for _ in range(40)))
    for (query, variables), number in zip(queries, few, strict=True):
        with counted(database) as sent:
            await staff.reads(query, id=anna, **variables)
        assert len(sent) == number
