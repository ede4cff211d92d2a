"""Each of the mistakes is noticed; without them the same short lives are in order."""

import asyncio
from collections.abc import Iterator

import pytest

from saleor_crm_app.kernel.db import Database
from tests.conftest import Addresses
from tests.reliability.machine import World
from tests.reliability.mutants import MUTANTS
from tests.reliability.mutating import Mutant, made
from tests.reliability.scenarios import SCENARIOS, Scenario, Told


@pytest.fixture
def world(addresses: Addresses) -> Iterator[World]:
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        database = Database(addresses.app)
        yield World(database, runner)
        runner.run(database.close())


def test_thirty_mistakes_and_more_are_noticed(world: World) -> None:
    unnoticed = [mutant for mutant in MUTANTS if not _noticed(world, mutant)]
    assert len(MUTANTS) >= 30
    assert [f"{mutant.module}: {mutant.means}" for mutant in unnoticed] == []


def test_nothing_is_noticed_where_no_mistake_was_made(world: World) -> None:
    for scenario in SCENARIOS:
        life = Told(world)
        scenario(life)
        life.teardown()


def _noticed(world: World, mutant: Mutant) -> bool:
    others = [scenario for scenario in SCENARIOS if scenario is not mutant.noticed_by]
    with made(mutant):
        return not all(_is_well(world, scenario) for scenario in (mutant.noticed_by, *others))


def _is_well(world: World, scenario: Scenario) -> bool:
    """Whatever is raised, be it by the comparison, by the database or by the code itself, is a mistake noticed."""
    life = Told(world)
    try:
        scenario(life)
    except Exception:  # noqa: BLE001 # a mistake may be noticed by anything
        return False
    finally:
        life.teardown()
    return True
