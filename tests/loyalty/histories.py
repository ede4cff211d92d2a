"""Random histories of one member, the same for a seed: orders, refunds, holds, redemptions, expiry, late news."""

import random
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from saleor_crm_app.crm.orders import OrderSnapshot
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.loyalty.points import Hold
from saleor_crm_app.loyalty.program import DeficitPolicy, FixedDate, Inactivity, Never, Period, ProgramSettings
from tests.loyalty.ledger_acts import Books
from tests.shop import NOON

EXPIRIES = (Period(60), Period(20), Inactivity(45), FixedDate(month=6, day=30, at_least_days=10), Never())
PAUSES = (timedelta(minutes=1), timedelta(hours=7), timedelta(days=3), timedelta(days=16))


@dataclass
class History:
    """What happens to Anna, a step at a time; the clock moves on before each."""

    books: Books
    seed: int
    orders: list[OrderSnapshot] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 # histories keep no secrets

    async def steps(self, number: int) -> AsyncIterator[datetime]:
        """Take so many steps; gives the time after each."""
        await self._buy()
        policy = self.random.choice(list(DeficitPolicy))
        await self.books.choose(ProgramSettings(expiry=EXPIRIES[self.seed % len(EXPIRIES)], deficit=policy))
        acts = [
            self._buy,
            self._buy,
            self._refund,
            self._refund,
            self._hold,
            self._end_hold,
            self._redeem,
            self._expire,
        ]
        for _ in range(number):
            self.books.clock += self.random.choice(PAUSES)
            with suppress(Refusal):
                await self.random.choice(acts)()
            yield self.books.clock

    async def _buy(self) -> None:
        """Told late, as often as not."""
        ago = timedelta(days=self.random.choice((0, 0, 1, 20, 40)))
        self.orders.append(await self.books.bought(self.random.randint(1, 300), ago=ago))

    async def _refund(self) -> None:
        """Or refund less again."""
        place = self.random.randrange(len(self.orders))
        was = self.orders[place]
        total = was.charged + was.refunded
        refunded = self.random.randint(0, total)
        after = timedelta(minutes=self.random.randint(1, 5000))
        changes = {"charged": total - refunded, "refunded": refunded}
        self.books.clock = max(self.books.clock, was.updated_at + after)
        self.orders[place] = await self.books.change(was, after=after, **changes)

    async def _hold(self) -> None:
        subject = f"checkout {len(self.holds)}"
        self.holds.append(await self.books.hold(self.random.randint(1, 150), subject=subject))

    async def _end_hold(self) -> None:
        if not self.holds:
            return
        hold = self.holds.pop(0)
        if self.random.random() < 0.5:
            await self.books.release(hold)
        else:
            bought = await self.books.bought(self.random.randint(1, 50), ago=timedelta(0))
            self.orders.append(bought)
            await self.books.capture(hold, bought)

    async def _redeem(self) -> None:
        await self.books.redeem(self.random.randint(1, 200))

    async def _expire(self) -> None:
        await self.books.expire()


def history(books: Books, seed: int) -> History:
    """A fresh one that begins at NOON."""
    books.clock = NOON
    return History(books, seed)
