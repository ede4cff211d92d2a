"""Ranks among purchasers, with small-shop rules, and the phases of customers' lives with their dates."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_app.crm.facts import Cell
from saleor_crm_app.crm.insight import bins_for, cell_of, score_all
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from tests.crm.facts.test_rollups import BEN, CARL, happen, ordered
from tests.shop import ANNA, NOON

RANK = st.integers(1, 5)


@given(RANK, RANK)
def test_every_pair_of_ranks_has_a_cell_and_the_best_are_champions(recency: int, value: int) -> None:
    assert cell_of(recency, value) in Cell
    assert (cell_of(5, 5), cell_of(1, 1)) == (Cell.CHAMPION, Cell.LOST)
    assert {cell_of(one, other) for one in range(1, 6) for other in range(1, 6)} == set(Cell)


def test_few_purchasers_are_ranked_in_thirds() -> None:
    assert [bins_for(number) for number in (0, 99, 100)] == [3, 3, 5]


async def scores(database: Database, shop: InstallationId, *, at: datetime = NOON) -> dict[str, Any]:
    async with database.shop(shop) as session:
        await score_all(session, shop, at=at)
        rows = await session.execute(sa.text("SELECT * FROM customer_score ORDER BY customer_id"))
        return {row.customer_id: row for row in rows}


@pytest.mark.parametrize(("number", "ranks"), [(29, {None}), (30, {1, 3, 5}), (100, {1, 2, 3, 4, 5})])
async def test_ranks_are_equal_parts_of_enough_purchasers(
    database: Database, installation: InstallationId, number: int, ranks: set[int | None]
) -> None:
    people = [ordered(days, 100 * (200 - days), customer=CustomerId(f"c{days:03}")) for days in range(number)]
    await happen(database, installation, *people)
    found = await scores(database, installation)
    assert {one.recency for one in found.values()} == ranks
    if number >= 30:
        assert (found["c000"].cell, found[f"c{number - 1:03}"].cell) == ("CHAMPION", "LOST")
        sizes = [sum(one.monetary == rank for one in found.values()) for rank in ranks]
        assert max(sizes) - min(sizes) <= 1


async def test_phases_have_the_dates_on_which_they_began(database: Database, installation: InstallationId) -> None:
    await happen(database, installation, ordered(20), ordered(10), ordered(0), ordered(5, customer=BEN),
                 ordered(90, customer=CARL))  # fmt: skip

    def told(found: dict[str, Any]) -> list[tuple[str, int]]:
        return [(found[who].phase, (found[who].phase_since.date() - NOON.date()).days) for who in (ANNA, BEN, CARL)]

    # the usual gap is 10 days, nobody is given up before 30
    assert told(await scores(database, installation)) == [("DEVELOPMENT", -10), ("LAUNCH", -5), ("SEPARATION", -60)]
    later = NOON + timedelta(days=29)
    assert told(await scores(database, installation, at=later)) == [
        ("DEVELOPMENT", -10),
        ("SEPARATION", 25),
        ("SEPARATION", -60),
    ]
    back = NOON + timedelta(days=29)
    await happen(database, installation, ordered(-29, customer=CARL), at=back)
    assert told(await scores(database, installation, at=back))[2] == ("DEVELOPMENT", 29)


async def test_who_did_not_change_is_not_written(database: Database, installation: InstallationId) -> None:
    await happen(database, installation, ordered(1))
    first = await scores(database, installation)
    again = await scores(database, installation, at=NOON + timedelta(days=1))
    assert again[ANNA].scored_at == first[ANNA].scored_at == NOON
