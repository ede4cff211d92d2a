"""What is bought together more often than by chance, exactly; popularity and gaps; only what changed is written."""

from collections import Counter
from collections.abc import Collection
from datetime import timedelta
from itertools import combinations
from math import log
from random import Random

import pytest
import sqlalchemy as sa

from saleor_crm_app.crm import goods
from saleor_crm_app.crm.goods import Learned
from saleor_crm_app.crm.orders import FulfillmentFact, NamedUnits, RefundFact
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from tests.crm.goods.buying import basket, rows, sell, strangers
from tests.door import counted
from tests.shop import NOON, later, line, order

PAIRS = "SELECT product, companion, support, lift FROM product_pair ORDER BY product, companion"
POPULARITY = "SELECT product, buyers, units, gaps, gap_days FROM product_popularity ORDER BY product"

Pair = tuple[str, str]


def expected_pairs(baskets: Collection[frozenset[str]]) -> dict[Pair, tuple[int, float]]:
    """Support and lift of every pair that passes both tests, counted one basket after the other."""
    n = len(baskets)
    alone = Counter(product for one in baskets for product in one)
    together = Counter(pair for one in baskets for pair in combinations(sorted(one), 2))
    found: dict[Pair, tuple[int, float]] = {}
    for (a, b), both in together.items():
        lift = n * both / (alone[a] * alone[b])
        if both >= 5 and lift > 1 and log_likelihood(n, alone[a], alone[b], both) >= 3.84:
            found[a, b] = found[b, a] = (both, round(lift, 2))
    return found


def log_likelihood(n: int, a: int, b: int, both: int) -> float:
    cells = [(both, a, b), (a - both, a, n - b), (b - both, n - a, b), (n - a - b + both, n - a, n - b)]
    return 2 * sum(cell * log(cell * n / (row * column)) for cell, row, column in cells if cell)


async def pairs(database: Database, shop: InstallationId) -> dict[Pair, tuple[int, float]]:
    return {(one, other): (support, lift) for one, other, support, lift in await rows(database, shop, PAIRS)}


async def test_lift_is_how_much_oftener_than_by_chance(database: Database, installation: InstallationId) -> None:
    # of 20 orders 8 hold tea, 10 a pot, 6 both: by chance it would be 4
    await sell(
        database,
        installation,
        [*strangers(6, "tea", "pot"), *strangers(2, "tea"), *strangers(4, "pot"), *strangers(8, "vase")],
    )
    assert await pairs(database, installation) == {}  # which happens by chance too often
    await sell(database, installation, strangers(20, "vase"))
    assert await pairs(database, installation) == {("pot", "tea"): (6, 3.0), ("tea", "pot"): (6, 3.0)}


async def test_four_orders_are_too_few_and_five_are_enough(database: Database, installation: InstallationId) -> None:
    await sell(database, installation, [*strangers(4, "tea", "pot"), *strangers(40, "vase")])
    assert await pairs(database, installation) == {}
    await sell(database, installation, strangers(1, "tea", "pot"))
    assert await pairs(database, installation) == {("pot", "tea"): (5, 9.0), ("tea", "pot"): (5, 9.0)}


async def test_what_is_bought_together_less_often_than_by_chance_is_no_companion(
    database: Database, installation: InstallationId
) -> None:
    await sell(
        database, installation, [*strangers(5, "tea", "coffee"), *strangers(40, "tea"), *strangers(40, "coffee")]
    )
    assert await pairs(database, installation) == {}


@pytest.mark.parametrize("seed", range(6))
async def test_any_orders_give_the_pairs_that_counting_them_one_by_one_gives(
    database: Database, installation: InstallationId, seed: int
) -> None:
    # given
    drawn = Random(seed)  # noqa: S311 # a repeatable draw
    names = [f"p{number}" for number in range(drawn.randint(3, 9))]
    baskets = [frozenset(drawn.choices(names, k=drawn.randint(1, 4))) for _ in range(drawn.randint(30, 150))]
    together = [frozenset(names[:2])] * drawn.randint(3, 30)
    # when
    await sell(
        database,
        installation,
        [basket(*one, customer=CustomerId(str(number))) for number, one in enumerate([*baskets, *together])],
    )
    # then
    found = await pairs(database, installation)
    assert found == expected_pairs([*baskets, *together])
    assert all(found[other, one] == told for (one, other), told in found.items())
    assert all(support >= 5 and lift >= 1 for support, lift in found.values())


async def test_only_the_best_twenty_companions_are_kept_and_equal_ones_by_their_ids(
    database: Database, installation: InstallationId
) -> None:
    fans = [f"fan{number:02}" for number in range(22)]
    everything = [one for fan in fans for one in strangers(5, "hub", fan)]
    await sell(database, installation, [*everything, *strangers(200, "vase")])
    found = await rows(database, installation, "SELECT companion FROM product_pair WHERE product = 'hub' ORDER BY 1")
    assert [one for (one,) in found] == fans[:20]


async def test_what_did_not_stay_bought_is_in_no_basket(database: Database, installation: InstallationId) -> None:
    # given
    back = NamedUnits(line="line-1", quantity=1)
    spoiled = [
        *(basket("tea", "pot", status=status) for status in ("CANCELED", "EXPIRED", "DRAFT", "UNCONFIRMED")),
        basket("tea", "pot", is_staff=True),
        basket("tea", "pot", days_ago=731),
        basket("tea", "pot", fulfillments=(FulfillmentFact(status="RETURNED", created_at=NOON, lines=(back,)),)),
        basket("tea", "pot", refunds=(RefundFact(status="SUCCESS", lines=(back,)),)),
        order(line("1", 1, product="tea"), line("2", 1, product="pot", gift=True), charged=1),
        order(line("1", 1, product="tea"), line("2", 1, product="pot", kind="GIFT_CARD"), charged=1),
        order(line("1", 1, product="tea"), line("2", 1), charged=1),
    ]
    # when
    await sell(database, installation, [*spoiled, *strangers(4, "tea", "pot"), *strangers(40, "vase")])
    # then
    found = await rows(database, installation, "SELECT DISTINCT goods FROM basket ORDER BY goods")
    assert found == [([],), (["pot", "tea"],), (["tea"],), (["vase"],)]
    assert await pairs(database, installation) == {}
    assert await rows(database, installation, POPULARITY) == [
        ("pot", 4, 4, 0, None),
        ("tea", 5, 9, 1, 1.0),
        ("vase", 40, 40, 0, None),
    ]


async def test_units_that_came_back_and_were_refunded_for_it_are_taken_off_once(
    database: Database, installation: InstallationId
) -> None:
    units = (NamedUnits(line="1", quantity=2),)
    await sell(
        database,
        installation,
        [
            order(
                line("1", 1, product="tea", quantity=5),
                fulfillments=(FulfillmentFact(status="REFUNDED_AND_RETURNED", created_at=NOON, lines=units),),
                refunds=(RefundFact(status="PENDING", lines=units), RefundFact(status="FAILURE", lines=units)),
                charged=1,
            )
        ],
    )
    assert await rows(database, installation, "SELECT goods, units FROM basket") == [(["tea"], [3])]


async def test_an_order_that_stocks_up_pairs_nothing(database: Database, installation: InstallationId) -> None:
    many = [f"p{number}" for number in range(51)]
    await sell(database, installation, [*strangers(6, *many), *strangers(100, "vase")])
    assert await pairs(database, installation) == {}
    assert (await rows(database, installation, POPULARITY))[0] == ("p0", 6, 6, 0, None)


async def test_a_product_of_two_lines_is_one_of_the_basket(database: Database, installation: InstallationId) -> None:
    twice = [basket("tea", "tea", "pot", customer=CustomerId(str(number))) for number in range(5)]
    await sell(database, installation, [*twice, *strangers(40, "vase")])
    assert await pairs(database, installation) == {("pot", "tea"): (5, 9.0), ("tea", "pot"): (5, 9.0)}


async def test_popularity_counts_buyers_of_ninety_days_by_channel_and_gaps_wherever(
    database: Database, installation: InstallationId
) -> None:
    # given: gaps of 30, 10 and 20 days, of two customers
    history = [basket("tea", days_ago=days) for days in (50, 20, 10, 10)]
    history += [basket("tea", days_ago=days, customer=CustomerId("8"), channel="b2b") for days in (200, 180)]
    history += [basket("tea", customer=None), basket("tea", customer=None)]
    # when
    await sell(database, installation, history)
    # then
    found = await rows(
        database, installation, "SELECT channel, buyers, units, gaps, gap_days FROM product_popularity ORDER BY channel"
    )
    assert found == [("b2b", 0, 0, 3, 20), ("default-channel", 3, 6, 3, 20)]


async def test_learning_twice_writes_nothing_and_reads_only_what_changed(
    database: Database, installation: InstallationId
) -> None:
    # given
    told = [*strangers(6, "tea", "pot"), *strangers(40, "vase")]
    written = (
        "SELECT 'basket', order_id::text, xmin::text FROM basket UNION ALL SELECT product, companion, xmin::text"
        " FROM product_pair UNION ALL SELECT 'popular', product, xmin::text FROM product_popularity ORDER BY 1, 2"
    )
    await sell(database, installation, told)
    before = await rows(database, installation, written)
    # when
    with counted(database) as statements:
        async with database.shop(installation) as session:
            await goods.learn(session, installation, at=NOON)
    # then
    assert await rows(database, installation, written) == before
    assert len(statements) == 5
    async with database.shop(installation, read_only=True) as session:
        assert await goods.learned(session, installation) == Learned(46, NOON)


async def test_an_order_that_changes_leaves_its_pairs(database: Database, installation: InstallationId) -> None:
    told = strangers(5, "tea", "pot")
    await sell(database, installation, [*told, *strangers(40, "vase")])
    await sell(database, installation, [later(told[0], minutes=5, status="CANCELED")])
    assert await pairs(database, installation) == {}
    await sell(database, installation, [], at=NOON + timedelta(days=731))
    assert await rows(database, installation, "SELECT goods FROM basket") == []
    assert await rows(database, installation, POPULARITY) == []


async def test_shops_learn_from_their_own_orders_only(database: Database, make_installation: object) -> None:
    ours: InstallationId = await make_installation()  # type: ignore[operator] # a fixture
    theirs: InstallationId = await make_installation()  # type: ignore[operator] # likewise
    await sell(database, ours, [*strangers(5, "tea", "pot"), *strangers(40, "vase")])
    await sell(database, theirs, strangers(5, "tea", "cup"))
    assert set(await pairs(database, ours)) == {("pot", "tea"), ("tea", "pot")}
    async with database.shop(theirs) as session:
        assert list(await session.scalars(sa.text("SELECT companion FROM product_pair"))) == []
