"""Promise 12: however a refund is split, all its parts together take back exactly what was granted."""

from itertools import pairwise
from random import Random
from typing import NamedTuple
from uuid import UUID

import msgspec
import pytest

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId, key_of
from saleor_crm_app.loyalty.program import DeficitPolicy, ProgramSettings
from tests.reliability.crowd import customer, rounds
from tests.reliability.real_ledger import RealLedger
from tests.reliability.till import START, Order, Till, told

CASES = 300
LATER = START.replace(day=2)
_KEY = UUID(int=1)


class Case(NamedTuple):
    """An order that was paid in full, and how it was refunded in parts until nothing was left."""

    paid: Order
    parts: list[Order]
    total: int

    @property
    def key(self) -> str:
        return key_of(self.paid["id"], kind="Order")


def case(seed: int) -> Case:
    chance = Random(seed)  # noqa: S311 # it must repeat by its seed and guards nothing
    till = Till(first_number=1 + seed)
    total = chance.randrange(100, 100_000)
    cuts = sorted(chance.sample(range(1, total), k=min(total - 1, chance.randrange(0, 7))))
    order = till.place(customer(seed), total)
    paid = told(till.pay(order, total))
    return Case(paid, [told(till.refund(order, end - start)) for start, end in pairwise([0, *cuts, total])], total)


CASES_OF_ALL = [case(seed) for seed in range(CASES)]


@pytest.mark.parametrize("policy", list(DeficitPolicy))
async def test_any_split_of_a_refund_takes_back_the_whole_to_the_unit(
    database: Database, installation: InstallationId, policy: DeficitPolicy
) -> None:
    shop = RealLedger(database, installation)
    await shop.begin(settings=msgspec.json.encode(ProgramSettings(deficit=policy)).decode())
    await shop.tell([each.paid for each in CASES_OF_ALL], at=LATER)
    for batch in rounds([each.parts for each in CASES_OF_ALL]):
        await shop.tell(batch, at=LATER)
        left = {each.key: _euros_left(each, batch) for each in CASES_OF_ALL}
        told_now = {key_of(order["id"], kind="Order") for order in batch}
        posted = await _posted(shop)
        assert {key: posted[key] for key in told_now} == {key: left[key] for key in told_now}
    assert set((await _posted(shop)).values()) == {0}
    assert await _by_kind(shop) == {"EARN": _granted(), "CLAWBACK": -_granted()}
    assert await shop.findings() == ()
    await shop.end()


@pytest.mark.parametrize(
    ("policy", "owed", "borne"),
    [(DeficitPolicy.ALLOW_DEFICIT, 60, 0), (DeficitPolicy.FLOOR_AT_ZERO, 0, 60)],
)
async def test_points_spent_meanwhile_are_owed_or_borne_as_was_chosen(
    database: Database, installation: InstallationId, policy: DeficitPolicy, owed: int, borne: int
) -> None:
    shop, till = RealLedger(database, installation), Till()
    await shop.begin(settings=msgspec.json.encode(ProgramSettings(deficit=policy)).decode())
    order = till.bought("7", 10_000)
    await shop.tell([order], at=till.clock)
    till.clock = till.clock.replace(day=20)
    await shop.redeem(_KEY, "7", 60, at=till.clock)
    for part in (3_333, 3_333, 3_334):
        await shop.tell([till.refund(order, part)], at=till.clock)
    assert await shop.rows("SELECT deficit, forgiven, posted FROM account, order_points") == [(owed, borne, borne)]
    assert await shop.findings() == ()
    await shop.end()


def _euros_left(one: Case, batch: list[Order]) -> int:
    amounts = [order["totalCharged"]["amount"] for order in batch if order["id"] == one.paid["id"]]
    return int(amounts[0]) if amounts else 0


def _granted() -> int:
    return sum(each.total // 100 for each in CASES_OF_ALL)


async def _posted(shop: RealLedger) -> dict[str, int]:
    rows = await shop.rows("SELECT CAST(order_id AS text), CAST(sum(points) AS bigint) FROM entry GROUP BY 1")
    return dict(rows)


async def _by_kind(shop: RealLedger) -> dict[str, int]:
    return dict(await shop.rows("SELECT kind, CAST(sum(points) AS bigint) FROM entry GROUP BY 1"))
