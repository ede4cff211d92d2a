"""The books of a self-test: the app's own ledger under the days of the made-up shop, and what must hold of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from typing import Final
from uuid import uuid4

import sqlalchemy as sa

from saleor_crm_app.cli.selftest_shop import CHANNEL, CURRENCY, FIRST_DAY, Day, Shop, Wish
from saleor_crm_app.crm import orders
from saleor_crm_app.crm.orders import Observed, OrderSnapshot
from saleor_crm_app.kernel.audit import Actor
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import CrmError, Refusal
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, RedemptionId
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty import points, tiers
from saleor_crm_app.loyalty.program import Period, Program, ProgramChange, ProgramSettings, change_program, programs_for
from saleor_crm_app.reactions.tiers import follow_orders
from saleor_crm_app.saleor.installation_store import Registration, keep_registration, move_clock

DAYS_OF_MONTH: Final = 30
EXPIRE_AFTER_DAYS: Final = 30
"""So soon that a year sees many points lapse."""

_WEEK: Final = timedelta(days=7)
_STAFF: Final = Actor(id="self-test")
_PLAN: Final = tiers.Plan(
    window=tiers.Window(months=3),
    keep_months=1,
    notice_days=7,
    grace_days=7,
    tiers=(
        tiers.Tier(code=tiers.TierCode("silver"), name="Silver", threshold=50_000, multiplier_percent=125),
        tiers.Tier(code=tiers.TierCode("gold"), name="Gold", threshold=150_000, multiplier_percent=150),
    ),
)
_AT_ONCE: Final = 500

# names by the customer and not by the app's own ids, which are new in every run
_STANDING: Final = (
    "SELECT customer_id, balance, deficit, last_seq, status FROM account ORDER BY customer_id",
    """
    SELECT customer_id, kind, source, count(*), sum(points), min(occurred_at), max(occurred_at)
    FROM entry JOIN account ON account.shard_key = entry.shard_key AND account.id = entry.account_id
    GROUP BY customer_id, kind, source ORDER BY customer_id, kind, source
    """,
    """
    SELECT customer_id, lot.source, granted, remaining, held, activates_at, expires_at
    FROM lot JOIN account ON account.shard_key = lot.shard_key AND account.id = lot.account_id
    ORDER BY 1, 2, 3, 4, 5, 6, 7
    """,
    "SELECT customer_id, n, tier, reason, holds_from FROM tier_membership ORDER BY customer_id, n",
)
_COUNTS: Final = sa.text(
    """
    SELECT (SELECT count(*) FROM order_fact) AS orders, (SELECT count(*) FROM entry) AS entries,
           (SELECT count(*) FROM entry WHERE kind = 'EXPIRE') AS lapses,
           (SELECT count(*) FROM entry WHERE kind = 'REDEEM') AS redemptions,
           (SELECT count(*) FROM entry WHERE kind = 'CLAWBACK') AS clawbacks,
           (SELECT count(*) FROM tier_membership) AS tier_steps
    """
)


class BooksBroken(CrmError):
    """Something that must always hold does not; `seed` makes it happen again."""

    def __init__(self, what: str, *, seed: int, when: str) -> None:
        self.seed = seed
        super().__init__(f"With seed {seed}, {when}: {what}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """What came of a seed. Equal seeds have equal digests: of every balance, lot and tier, and of all entries' sums.

    `digest_ahead` is of the same books so many days later, in which nobody bought anything.
    """

    seed: int
    months: int
    customers: int
    digest: str
    ahead: int
    digest_ahead: str
    orders: int
    entries: int
    redemptions: int
    clawbacks: int
    lapses: int
    tier_steps: int
    refused: int


Month = Callable[[int], None]
"""Told how many months of the year are over and proved."""


@dataclass(slots=True, kw_only=True)
class Books:
    """One sandbox shop's ledger; `at` is passed in everywhere, so that a year takes seconds."""

    database: Database
    shop: InstallationId
    program: Program
    refused: int = 0
    _kept: list[points.HoldKey] = field(default_factory=list)

    async def live(self, day: Day) -> None:
        """Let a day happen: what was held yesterday is let go first, at its end time does its work."""
        at = day.at
        async with self.database.shop(self.shop) as session:
            await points.release(session, self.shop, self._kept, at=at)
        self._kept = []
        captures = [await self._wish(wish, at) for wish in day.wishes]
        await self._tell(day.told, at)
        async with self.database.shop(self.shop) as session:
            await points.capture(session, self.shop, [one for one in captures if one is not None], at=at)
        for customer, number, key in day.gifts:
            await self._give(customer, number, f"self-test:{key}", at)
        async with self.database.shop(self.shop) as session:
            await tiers.requalify_due(session, self.shop, at=at, most=_AT_ONCE)

    async def expire(self, at: datetime) -> None:
        """Post what has lapsed."""
        more = True
        while more:
            async with self.database.shop(self.shop) as session:
                more = await points.expire_due(session, self.shop, at=at, most=_AT_ONCE) > 0

    async def jump(self, since: datetime, to: datetime) -> None:
        """Let weeks pass in which nobody does anything: who is to lose a tier is told first, and has days left then."""
        at = since
        while at < to:
            at = min(at + _WEEK, to)
            await self.live(Day(at=at))

    async def balances(self, at: datetime) -> dict[CustomerId, points.Balance]:
        """Everybody's points at an instant."""
        async with self.database.shop(self.shop, read_only=True) as session:
            found = await points.members(session, self.shop, most=100_000)
            stand = await points.balances_of(session, self.shop, found, at=at)
        return {member.customer: stand[member.account] for member in found}

    async def accrue_again(self, at: datetime) -> None:
        """What is owed for every order, reckoned anew."""
        async with self.database.shop(self.shop) as session:
            facts = await orders.orders_of_channels(session, self.shop, [CHANNEL], after=None, first=100_000)
            then = partial(tiers.tiers_of_orders, session, self.shop, at=at)
            await points.accrue(session, self.shop, facts, at=at, tiers_then=then)

    async def verdict(self) -> points.Verdict:
        async with self.database.shop(self.shop, read_only=True) as session:
            return await points.verify(session, self.shop)

    async def digest(self) -> str:
        """Of all that a seed decides, and of nothing else."""
        read = blake2b(digest_size=16)
        async with self.database.shop(self.shop, read_only=True) as session:
            for query in _STANDING:
                rows = await session.execute(sa.text(query))
                read.update(json.dumps([list(row) for row in rows], default=str).encode())
        return read.hexdigest()

    async def counts(self) -> dict[str, int]:
        async with self.database.shop(self.shop, read_only=True) as session:
            return dict((await session.execute(_COUNTS)).one()._mapping)  # noqa: SLF001 # public in spite of its name

    async def _tell(self, told: list[OrderSnapshot], at: datetime) -> None:
        seen = [Observed(snapshot=one, issued_at=one.updated_at, polled=False) for one in told]
        async with self.database.shop(self.shop) as session:
            learnt = await orders.record(session, self.shop, seen, at=at)
            then = partial(tiers.tiers_of_orders, session, self.shop, at=at)
            await points.accrue(session, self.shop, learnt.changed, at=at, tiers_then=then)
            await follow_orders(session, self.shop, learnt.changed, at=at)

    async def _wish(self, wish: Wish, at: datetime) -> points.Capture | None:
        """Grant it, if there are enough points; what is to be captured once the order is known."""
        owner = (wish.customer, self.program.id)
        wanted = Points(wish.points)
        try:
            async with self.database.shop(self.shop) as session:
                if wish.is_at_once:
                    await points.redeem(session, self.shop, owner, program=self.program, points=wanted,
                                        redemption=RedemptionId(wish.key), at=at)  # fmt: skip
                    return None
                held = await points.hold(session, self.shop, owner, program=self.program, points=wanted,
                                         subject=str(wish.key), until=at + timedelta(days=2), at=at)  # fmt: skip
        except Refusal:
            self.refused += 1
            return None
        if wish.order is None:
            self._kept.append(held.key)
            return None
        return points.Capture(hold=held.key, order=wish.order.id, ordered_at=wish.order.created_at)

    async def _give(self, customer: CustomerId, number: int, key: str, at: datetime) -> None:
        async with self.database.shop(self.shop) as session:
            member = await points.account_of(session, self.shop, customer, self.program.id)
            if member is not None:
                gift = points.staff_acts.Instruction(
                    account=member.account,
                    act=points.staff_acts.Goodwill(points=number),
                    reason="A courtesy",
                    actor=_STAFF,
                    key=key,
                )
                await points.staff_acts.perform(session, self.shop, gift, at=at)


async def open_books(database: Database) -> Books:
    """A sandbox shop of its own, whose points lapse early and whose members climb and fall."""
    proof = Registration(
        api_url=f"https://{uuid4()}.self-test.invalid/graphql/",
        app_id="self-test",
        token=b"",
        shop_name="Self-test",
        saleor_version="",
        jwks={},
    )
    shop = await keep_registration(database, proof.api_url, lambda _: proof)
    await move_clock(database, shop, by=FIRST_DAY - now())
    settings = ProgramSettings(expiry=Period(days=EXPIRE_AFTER_DAYS))
    async with database.shop(shop) as session:
        program = (await programs_for(session, shop, {CHANNEL: CURRENCY}))[CHANNEL]
        _, program = await change_program(
            session, shop, program.id, ProgramChange(settings=settings), expected_version=program.version, at=FIRST_DAY
        )
        await tiers.save_ladder(session, shop, program.id, plan=_PLAN, expected=0, author=_STAFF.id, at=FIRST_DAY)
    return Books(database=database, shop=shop, program=program)


async def live_year(books: Books, *, seed: int, customers: int, months: int, ahead: int, told: Month) -> Year:
    """Let a year of so many months pass, each proved at its end, then so many days at once, proved as well.

    Raises BooksBroken for the first thing that does not hold.
    """
    shop = Shop(seed=seed, customers=customers)
    for number, day in enumerate(shop.days(months * DAYS_OF_MONTH), start=1):
        await books.live(day)
        if number % DAYS_OF_MONTH == 0:
            month = number // DAYS_OF_MONTH
            await _prove(books, day.at, broken=partial(BooksBroken, seed=seed, when=f"in month {month}"))
            told(month)
    counts, digest = await books.counts(), await books.digest()
    later = FIRST_DAY + timedelta(days=months * DAYS_OF_MONTH + ahead)
    await books.jump(later - timedelta(days=ahead), later)
    await _prove(books, later, broken=partial(BooksBroken, seed=seed, when=f"{ahead} days ahead"))
    return Year(
        seed=seed,
        months=months,
        customers=customers,
        digest=digest,
        ahead=ahead,
        digest_ahead=await books.digest(),
        refused=books.refused,
        **counts,
    )


async def _prove(books: Books, at: datetime, *, broken: Callable[[str], BooksBroken]) -> None:
    """The laws hold; no balance has waited for the expiry job; orders that are reckoned again change nothing."""
    before = await books.balances(at)
    await books.expire(at)
    if await books.balances(at) != before:
        raise broken("the expiry job has changed a balance")
    digest = await books.digest()
    await books.accrue_again(at)
    if await books.digest() != digest:
        raise broken("orders that were reckoned again have changed the books")
    findings = (await books.verdict()).findings
    if findings:
        first = findings[0]
        raise broken(f"{first.law} does not hold: {first.text} ({first.row})")
