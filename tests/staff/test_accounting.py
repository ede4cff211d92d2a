"""Months and what a program owes, as staff read and close them."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from saleor_crm_app.kernel.ids import global_id, new_id
from tests.door import Door, Shop, refused_code
from tests.shop import NOON, later, order

MONTHS = """
query Months($program: ID!, $first: Int, $until: String) {
  accountingMonths(programId: $program, first: $first, until: $until) {
    month opening openingWorth { amount } issued redeemed returned clawedBack expired adjusted transferred closing
    worth { amount currency } rate { points money { amount } } entries closedAt
  }
}
"""
CLOSE = """
mutation Close($program: ID!, $month: String!) {
  accountingMonthClose(input: {programId: $program, month: $month}) {
    month { month closing closedAt } errors { field code message }
  }
}
"""
OWED = """
query Owed($program: ID!) {
  liability(programId: $program) { available pending held outstanding lapsed deficit worth { amount currency } }
}
"""


class Bookkeeper:
    """Somebody who may manage discounts."""

    def __init__(self, door: Door, shop: Shop) -> None:
        self._door = door
        self._token = shop.dashboard_token("MANAGE_DISCOUNTS")

    async def asks(self, query: str, **variables: object) -> Any:  # noqa: ANN401 # any field
        [found] = (await self._door.data(query, variables, token=self._token)).values()
        return found

    async def is_refused(self, query: str, **variables: object) -> str:
        return refused_code(await self._door.ask(query, variables, token=self._token))


@pytest.fixture
def bookkeeper(door: Door, shop: Shop) -> Bookkeeper:
    return Bookkeeper(door, shop)


@pytest.fixture
async def program(bookkeeper: Bookkeeper, shop: Shop) -> str:
    """100 points of 1 February, 40 of them taken back in March; it is the end of March."""
    day = NOON - timedelta(days=28)
    paid = order(charged=10000, created_at=day, updated_at=day)
    await shop.says(paid, at=day)
    await shop.says(later(paid, minutes=60, charged=6000))
    [found] = await bookkeeper.asks("{ programs { id } }")
    return str(found["id"])


async def test_months_are_read_newest_first(bookkeeper: Bookkeeper, program: str) -> None:
    march, february = await bookkeeper.asks(MONTHS, program=program)
    assert march == {
        "month": "2026-03",
        "opening": "100",
        "openingWorth": {"amount": 1.0},
        "issued": "0",
        "redeemed": "0",
        "returned": "0",
        "clawedBack": "-40",
        "expired": "0",
        "adjusted": "0",
        "transferred": "0",
        "closing": "60",
        "worth": {"amount": 0.6, "currency": "EUR"},
        "rate": {"points": 100, "money": {"amount": 1.0}},
        "entries": "1",
        "closedAt": None,
    }
    assert (february["month"], february["opening"], february["issued"], february["closing"]) == (
        "2026-02", "0", "100", "100",
    )  # fmt: skip
    assert await bookkeeper.asks(MONTHS, program=program, first=1) == [march]
    assert await bookkeeper.asks(MONTHS, program=program, until="2026-02") == [february]


async def test_a_month_is_closed_once_and_the_trail_says_by_whom(
    bookkeeper: Bookkeeper, program: str, shop: Shop
) -> None:
    done = await bookkeeper.asks(CLOSE, program=program, month="2026-02")
    assert (done["month"]["closing"], done["month"]["closedAt"] is None, done["errors"]) == ("100", False, [])
    refusals = [
        (await bookkeeper.asks(CLOSE, program=program, month=month))["errors"]
        for month in ("2026-02", "2026-03", "2026-01", "2026-2", "March")
    ]
    assert [(error["field"], error["code"]) for [error] in refusals] == [
        ("month", "UNIQUE"),
        ("month", "INVALID"),
        ("month", "INVALID"),
        ("month", "INVALID"),
        ("month", "INVALID"),
    ]
    assert refusals[1][0]["message"] == "2026-03 is not over yet; close it when it is."
    async with shop.database.shop(shop.id, read_only=True) as session:
        trail = (await session.execute(sa.text("SELECT act, subject_kind, after FROM audit_trail"))).all()
        kept = (await session.execute(sa.text("SELECT closed_by, closing FROM accounting_month"))).all()
    assert [tuple(row) for row in trail] == [
        ("accountingMonthClose", "LoyaltyProgram", {"month": "2026-02", "closing": 100, "worth": 100})
    ]
    [row] = kept
    assert (row.closing, bool(row.closed_by)) == (100, True)
    assert (await bookkeeper.asks(MONTHS, program=program))[1]["closedAt"] == done["month"]["closedAt"]


async def test_what_a_program_owes_is_read(bookkeeper: Bookkeeper, program: str) -> None:
    assert await bookkeeper.asks(OWED, program=program) == {
        "available": "0",
        "pending": "60",
        "held": "0",
        "outstanding": "60",
        "lapsed": "0",
        "deficit": "0",
        "worth": {"amount": 0.6, "currency": "EUR"},
    }


async def test_programs_that_are_not_there_are_told_apart_from_ids_that_are_none(
    bookkeeper: Bookkeeper, door: Door, program: str, other_shop: Shop
) -> None:
    nothing = global_id("LoyaltyProgram", new_id())
    for asks, name in ((bookkeeper, nothing), (Bookkeeper(door, other_shop), program)):
        assert await asks.asks(MONTHS, program=name) is None
        assert await asks.asks(OWED, program=name) is None
        closed = await asks.asks(CLOSE, program=name, month="2026-02")
        assert [error["code"] for error in closed["errors"]] == ["NOT_FOUND"]
    assert await bookkeeper.is_refused(MONTHS, program="7") == "INVALID"
    assert await bookkeeper.is_refused(OWED, program="7") == "INVALID"
    assert (await bookkeeper.asks(CLOSE, program="7", month="2026-02"))["errors"][0]["field"] == "programId"
    assert await bookkeeper.is_refused(MONTHS, program=program, first=0) == "INVALID"
    assert await bookkeeper.is_refused(MONTHS, program=program, until="soon") == "INVALID"
