"""Phases and ranks through the staff door: who is where, who moved, or what is too little to tell."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from saleor_crm_app.crm import insight
from saleor_crm_app.kernel.ids import CustomerId
from tests.crm.facts.test_rollups import happen, ordered
from tests.door import Door, Shop, refused_code
from tests.shop import LATER, NOON

MIX = "{ phaseMix { phase customers daysSoFar stays medianDays conversion insufficientData { what have needed } } }"
MOVES = """
query ($since: DateTime, $until: DateTime) {
  phaseMoves(since: $since, until: $until) {
    since until moves { fromPhase toPhase customers share } insufficientData { what have needed }
  }
}
"""
GRID = """
{ rfmGrid {
    cells { cell customers revenue { currency amount share } } squares { recency value cell customers }
    insufficientData { what have needed }
} }
"""


@pytest.fixture
async def busy(shop: Shop) -> Shop:
    """Forty have bought once by NOON; ten of them again ten days later."""
    people = [CustomerId(f"c{number}") for number in range(40)]
    await happen(shop.database, shop.id, *(ordered(0, customer=each) for each in people))
    await night(shop, NOON)
    again = [ordered(-10, customer=each) for each in people[:10]]
    await happen(shop.database, shop.id, *again, at=NOON + timedelta(days=10))
    return shop


async def night(shop: Shop, at: datetime) -> None:
    async with shop.database.shop(shop.id) as session:
        await insight.score_all(session, shop.id, at=at)


async def asked(door: Door, shop: Shop, query: str, **variables: object) -> Any:  # noqa: ANN401 # JSON
    return await door.data(query, variables, token=shop.dashboard_token("MANAGE_DISCOUNTS"))


async def test_the_mix_tells_what_it_knows_and_what_lacks(door: Door, busy: Shop) -> None:
    mix = {one["phase"]: one for one in (await asked(door, busy, MIX))["phaseMix"]}
    assert {name: one["customers"] for name, one in mix.items()} == {
        "ACQUISITION": "0", "LAUNCH": "30", "DEVELOPMENT": "10", "SEPARATION": "0",
    }  # fmt: skip
    assert (mix["LAUNCH"]["stays"], mix["LAUNCH"]["conversion"], mix["LAUNCH"]["medianDays"]) == ("40", 0.25, None)
    assert (mix["DEVELOPMENT"]["conversion"], mix["DEVELOPMENT"]["insufficientData"]) == (
        None,
        [{"what": "STAYS", "have": "10", "needed": "30"}],
    )


async def test_moves_are_a_whole_matrix_with_shares(door: Door, busy: Shop) -> None:
    found = (await asked(door, busy, MOVES, since=NOON.isoformat()))["phaseMoves"]
    went = {(one["fromPhase"], one["toPhase"]): (one["customers"], one["share"]) for one in found["moves"]}
    assert len(went) == 20
    assert went["LAUNCH", "DEVELOPMENT"] == ("10", 0.25)
    assert went["LAUNCH", "LAUNCH"] == ("30", 0.75)
    assert went[None, "LAUNCH"] == ("0", None)


async def test_moves_before_the_history_say_so(door: Door, busy: Shop) -> None:
    long_ago = LATER - timedelta(days=50)
    found = (await asked(door, busy, MOVES, since=long_ago.isoformat()))["phaseMoves"]
    assert (found["moves"], found["insufficientData"]) == (
        [],
        [{"what": "DAYS_OF_HISTORY", "have": "30", "needed": "51"}],
    )


async def test_moves_of_no_time_are_refused(door: Door, busy: Shop) -> None:
    wanted = {"since": NOON.isoformat(), "until": NOON.isoformat()}
    answer = await door.ask(MOVES, wanted, token=busy.dashboard_token("MANAGE_DISCOUNTS"))
    assert refused_code(answer) == "INVALID"


async def test_the_grid_is_there_with_thirty_purchasers(door: Door, busy: Shop) -> None:
    found = (await asked(door, busy, GRID))["rfmGrid"]
    assert sum(int(one["customers"]) for one in found["cells"]) == 40
    assert sum(int(one["customers"]) for one in found["squares"]) == 40
    assert sum(share["share"] for one in found["cells"] for share in one["revenue"]) == pytest.approx(1)


async def test_a_small_shop_is_told_what_lacks(door: Door, shop: Shop) -> None:
    await happen(shop.database, shop.id, ordered(0))
    await night(shop, NOON)
    assert (await asked(door, shop, GRID))["rfmGrid"] == {
        "cells": [],
        "squares": [],
        "insufficientData": [{"what": "PURCHASERS", "have": "1", "needed": "30"}],
    }
