"""A running demo for whole-way tests: the real app as a process, the simulated shop it is installed in, and its page.

A folder whose tests need one takes these fixtures into its `conftest.py`.
"""

import os
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from saleor_crm_app.cli.demo_app import (
    APP_OFFSET,
    PAGE_OFFSET,
    SECOND_SHOP_OFFSET,
    SHOP_OFFSET,
    Place,
    RunningApp,
    app_process,
    until_ready,
)
from saleor_crm_app.cli.demo_operator import operating
from saleor_crm_app.cli.demo_town import Plan, Town, town
from saleor_crm_app.demo import SaleorVersion
from saleor_crm_app.demo.staff_door import at_staff_door

_PROGRAMS: Final = "{ programs { id } }"
_ADVICE: Final = "query ($program: ID!) { rewardAdvice(programId: $program) { text } }"
MAKES_PICTURES: Final = "MAKE_PICTURES" in os.environ


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("demo"), _free_base())


@pytest.fixture(scope="session")
def demo_app(place: Place) -> Iterator[RunningApp]:
    with app_process(place) as app:
        yield app


@dataclass(frozen=True, slots=True)
class Opened:
    """A town, and what the app had to say of its first shop's rewards before anybody bought anything in it."""

    town: Town
    advice: object


@pytest.fixture(scope="session")
async def opened(place: Place, demo_app: RunningApp) -> AsyncIterator[Opened]:
    """What `saleor-crm demo` starts, with fewer customers; one for all tests."""
    plan = Plan(version=SaleorVersion.V3_23, customers=12, seed=7, has_tiers=False)
    await until_ready(place, demo_app)
    async with operating(place, demo_app) as operator, town(place, operator, plan, lambda *_: None) as built:
        yield Opened(built, await _advice(built, place))


@pytest.fixture(scope="session")
def demo(opened: Opened) -> Town:
    return opened.town


async def _advice(built: Town, place: Place) -> object:
    shop = built.street.counter("first").shop
    ours = next(app for app in shop.state.apps.values() if app is not shop.state.payment_app)
    async with at_staff_door(place.app_url, shop, ours) as door:
        [program] = (await door.ask(_PROGRAMS))["programs"]
        return (await door.ask(_ADVICE, program=program["id"]))["rewardAdvice"]


def _free_base() -> int:
    """A port from which on all that a demo needs are free."""
    first = 18010 + os.getpid() % 500 * 20  # two runs at once would both find the same ones free
    for base in (8010,) if MAKES_PICTURES else range(first, 32000, 20):
        if all(_is_free(base + offset) for offset in (SHOP_OFFSET, PAGE_OFFSET, APP_OFFSET, SECOND_SHOP_OFFSET)):
            return base
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
