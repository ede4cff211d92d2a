"""Promise 3: whatever arrives, in whatever order, once the newest is known the books are the same."""

from random import Random

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId, key_of
from tests.reliability import oracle
from tests.reliability.books import expected, held
from tests.reliability.crowd import life, newest, rounds
from tests.reliability.real_ledger import RealLedger
from tests.reliability.till import START, Order

CASES = 300
LATER = START.replace(day=2)


async def test_any_order_of_arrival_and_any_loss_give_the_same_books(
    database: Database, installation: InstallationId
) -> None:
    # given: of each of 300 lives some snapshots are lost, the others come in any order and some twice
    lives = [life(seed) for seed in range(CASES)]
    arriving = [_by_chance(said, seed) for seed, said in enumerate(lives)]
    shop = RealLedger(database, installation)
    await shop.begin()
    # when: at the end the shop is compared
    for batch in rounds(arriving):
        await shop.tell(batch, at=LATER)
    await shop.tell([order for said in lives for order in newest(said)], at=LATER)
    # then
    truth = [order for said in lives for order in newest(said)]
    assert await held(database, installation) == expected(truth)
    assert await _sums(shop) == _deserved(truth)
    assert await shop.findings() == ()
    await shop.end()


async def test_all_that_was_said_told_again_backwards_changes_nothing(
    database: Database, installation: InstallationId
) -> None:
    lives = [life(seed) for seed in range(CASES, CASES + 100)]
    shop = RealLedger(database, installation)
    await shop.begin()
    for batch in rounds(lives):
        await shop.tell(batch, at=LATER)
    before = await shop.rows("SELECT id, hash FROM entry ORDER BY id")
    for batch in rounds([said[::-1] for said in lives]):
        await shop.tell(batch, at=LATER)
    assert await shop.rows("SELECT id, hash FROM entry ORDER BY id") == before
    await shop.end()


def _by_chance(said: list[Order], seed: int) -> list[Order]:
    chance = Random(seed)  # noqa: S311 # it must repeat by its seed and guards nothing
    kept = [order for order in said if chance.random() < 0.7]
    arriving = [*kept, *chance.choices(said, k=2)]
    chance.shuffle(arriving)
    return arriving


async def _sums(shop: RealLedger) -> dict[str, int]:
    rows = await shop.rows("SELECT CAST(order_id AS text), CAST(sum(points) AS bigint) FROM entry GROUP BY 1")
    return {order: points for order, points in rows if points}


def _deserved(orders: list[Order]) -> dict[str, int]:
    rate = oracle.Program().rate
    targets = {key_of(one["id"], kind="Order"): oracle.target(one, rate=rate, display_gross=True) for one in orders}
    return {order: points for order, points in targets.items() if points}
