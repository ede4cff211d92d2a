"""Many customers' lives at once: each by chance from its own seed, told in rounds of one batch for all."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from random import Random

from tests.reliability.till import START, Order, Till, told


def life(seed: int, *, changes: int = 8, start: datetime = START) -> list[Order]:
    """What a shop said of two orders of one customer within a few hours, in the order in which it happened."""
    chance = Random(seed)  # noqa: S311 # it must repeat by its seed and guards nothing
    till = Till(clock=start, first_number=1 + 10 * seed)
    said = []
    for _ in range(2):
        amounts = [chance.randrange(1, 20_000) for _ in range(chance.randrange(1, 4))]
        order = till.place(customer(seed), *amounts, shipping=chance.choice([0, 499]))
        said += [told(order), told(till.pay(order, sum(amounts) + 499 * chance.randrange(2)))]
    for _ in range(changes):
        said.append(told(changed(till, chance.choice(list(till.orders.values())), chance)))
    return said


def changed(till: Till, order: Order, chance: Random) -> Order:
    """One more thing happens to an order."""
    amount = chance.randrange(1, 9_000)
    acts: list[Callable[[], Order]] = [
        lambda: till.pay(order, amount),
        lambda: till.refund(order, amount),
        lambda: till.refund(order, amount // 3),
        lambda: till.begin_refund(order, amount),
        lambda: till.end_refund(order, well=amount % 2 == 0),
        lambda: till.name(order, amount, shipping=amount % 3 == 0),
        lambda: till.cancel(order),
        lambda: till.complete(order),
        lambda: till.fulfill(order),
    ]
    return chance.choice(acts)()


def customer(seed: int) -> str:
    return str(1_000 + seed)


def newest(said: Sequence[Order]) -> list[Order]:
    """Each order as it was said last."""
    return list({order["id"]: order for order in said}.values())


def rounds(lives: Sequence[Sequence[Order]]) -> Iterator[list[Order]]:
    """The first thing said of each, then the second, and so on: as many batches as the longest has."""
    for batch in zip_longest(*lives):
        yield [order for order in batch if order is not None]
