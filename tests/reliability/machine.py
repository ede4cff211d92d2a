"""A shop's life at random, lived by the ledger and by the model at once; after each act their books are the same."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.ids import key_of
from saleor_crm_app.loyalty.program import (
    DeficitPolicy,
    FixedDate,
    Inactivity,
    Never,
    Period,
    ProgramSettings,
)
from tests.reliability.busy_shop import install
from tests.reliability.ledger_oracle import Ledger, Refused
from tests.reliability.real_ledger import RealLedger, refusal_of
from tests.reliability.till import Order, Till, told

CUSTOMERS = ("7", "8")

Result = TypeVar("Result")

POINTS = st.integers(1, 250)
AMOUNTS = st.lists(st.integers(0, 15_000), min_size=1, max_size=3)
SMALL = st.integers(0, 20_000)
NUMBER = st.integers(0, 50)
CUSTOMER = st.sampled_from(CUSTOMERS)
TIMES = st.sampled_from([timedelta(hours=7), *(timedelta(days=days) for days in (1, 10, 16, 40, 370))])
ENDS: dict[tuple[Any, ...], Period | FixedDate | Inactivity | Never] = {
    ("PERIOD", 365): Period(days=365),
    ("PERIOD", 20): Period(days=20),
    ("FIXED_DATE", 12, 31, 180): FixedDate(),
    ("FIXED_DATE", 2, 31, 0): FixedDate(month=2, day=31, at_least_days=0),
    ("INACTIVITY", 60): Inactivity(days=60),
    ("NEVER",): Never(),
}


@dataclass(frozen=True)
class World:
    """What all examples share: the database and the loop that waits for it."""

    database: Database
    runner: asyncio.Runner


class ShopLife(RuleBasedStateMachine):
    """Acts of buyers, staff, time and bad luck."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.till = Till()
        self.model = Ledger()
        self.said: dict[str, Order] = {}
        self.first_said: dict[str, Order] = {}
        self.attached: dict[str, Any] = {}
        self.customer: dict[str, str] = {}
        self.history: list[Order] = []
        self.lost: set[str] = set()
        self.keys: list[str] = []
        self.redeemed: list[tuple[UUID, str, int]] = []
        shop = self._run(install(world.database, api_url=f"https://{uuid4()}.example/graphql/"))
        self.real = RealLedger(world.database, shop)

    def _run(self, act: Coroutine[Any, Any, Result]) -> Result:
        return self.world.runner.run(act)

    def teardown(self) -> None:
        self._run(self.real.end())

    @initialize(ends=st.sampled_from(list(ENDS)), may_owe=st.booleans())
    def begin(self, ends: tuple[Any, ...], *, may_owe: bool) -> None:
        """Most of what goes wrong needs points that can be spent, and some that wait."""
        self._run(self.real.begin())
        self.choose(ends, may_owe=may_owe)
        self.buy("7", [10_000], 0)
        self.tick(timedelta(days=1))
        self.buy("7", [5_000, 3_000], 0)
        self.tick(timedelta(days=16))
        self.buy("7", [6_000], 499)

    # Orders

    @rule(customer=CUSTOMER, amounts=AMOUNTS, shipping=st.sampled_from([0, 0, 499]))
    def buy(self, customer: str, amounts: list[int], shipping: int) -> None:
        """Most orders are paid and sent at once, so that points are there to be spent."""
        order = self.till.place(customer, *amounts, shipping=shipping)
        self.till.pay(order, sum(amounts) + shipping)
        self._tell(self.till.fulfill(order))

    @rule(customer=st.sampled_from([*CUSTOMERS, None]), amounts=AMOUNTS)
    def order(self, customer: str | None, amounts: list[int]) -> None:
        self._tell(self.till.place(customer, *amounts))

    @precondition(lambda self: self.till.orders)
    @rule(which=NUMBER, amount=SMALL)
    def pay(self, which: int, amount: int) -> None:
        self._tell(self.till.pay(self._order(which), amount))

    @precondition(lambda self: self.till.orders)
    @rule(which=NUMBER)
    def fulfill(self, which: int) -> None:
        self._tell(self.till.fulfill(self._order(which)))

    @precondition(lambda self: self.till.orders)
    @rule(which=NUMBER, share=st.sampled_from([1, 2, 3, 7]))
    def refund(self, which: int, share: int) -> None:
        order = self._order(which)
        self._tell(self.till.refund(order, int(order["totalCharged"]["amount"] * 100) // share))

    @precondition(lambda self: self.till.orders)
    @rule(which=NUMBER, amount=SMALL)
    def begin_refund(self, which: int, amount: int) -> None:
        self._tell(self.till.begin_refund(self._order(which), amount))

    @precondition(lambda self: self.till.orders)
    @rule(which=NUMBER, well=st.booleans())
    def end_refund(self, which: int, *, well: bool) -> None:
        self._tell(self.till.end_refund(self._order(which), well=well))

    @precondition(lambda self: self.till.orders)
    @rule(which=NUMBER)
    def charge_back(self, which: int) -> None:
        self._tell(self.till.charge_back(self._order(which)))

    @precondition(lambda self: self.till.orders)
    @rule(which=NUMBER, line=NUMBER, status=st.sampled_from(["SUCCESS", "PENDING", "FAILURE"]), shipping=st.booleans())
    def name(self, which: int, line: int, status: str, *, shipping: bool) -> None:
        self._tell(self.till.name(self._order(which), line, status=status, shipping=shipping))

    @precondition(lambda self: self.till.orders)
    @rule(which=NUMBER)
    def cancel(self, which: int) -> None:
        self._tell(self.till.cancel(self._order(which)))

    @precondition(lambda self: self.till.orders)
    @rule(which=NUMBER)
    def complete(self, which: int) -> None:
        self._tell(self.till.complete(self._order(which)))

    @precondition(lambda self: any(order["user"] is None for order in self.till.orders.values()))
    @rule(customer=CUSTOMER, which=NUMBER)
    def join(self, customer: str, which: int) -> None:
        """A guest's order gets its customer."""
        guests = [order for order in self.till.orders.values() if order["user"] is None]
        self._tell(self.till.attach(guests[which % len(guests)], customer))

    # Points

    @rule(customer=CUSTOMER, points=POINTS)
    def redeem(self, customer: str, points: int) -> None:
        self.till.pass_time()
        self.redeemed.append((UUID(int=len(self.redeemed)), customer, points))
        self._redeem(*self.redeemed[-1])

    @precondition(lambda self: self.redeemed)
    @rule(which=NUMBER)
    def redeem_again(self, which: int) -> None:
        self._redeem(*self.redeemed[which % len(self.redeemed)])

    def _redeem(self, key: UUID, customer: str, points: int) -> None:
        at = self.till.clock
        self._same(
            lambda: self.model.redeem(str(key), customer, points, at=at),
            self.real.redeem(key, customer, points, at=at),
        )

    @rule(customer=CUSTOMER, points=POINTS)
    def hold(self, customer: str, points: int) -> None:
        self.till.pass_time()
        key, at = f"checkout{len(self.keys)}", self.till.clock
        refused = self._same(
            lambda: self.model.hold(key, customer, points, at=at), self.real.hold(key, customer, points, at=at)
        )
        if not refused:
            self.keys.append(key)

    @precondition(lambda self: self.keys)
    @rule(which=NUMBER)
    def hold_again(self, which: int) -> None:
        """The same checkout once more while its hold is open."""
        key, at = self.keys[which % len(self.keys)], self.till.clock
        if self.model.holds[key].is_open:
            customer = self.model.holds[key].customer
            assert self._same(lambda: self.model.hold(key, customer, 1, at=at), self.real.hold(key, customer, 1, at=at))

    @precondition(lambda self: self.keys)
    @rule(which=NUMBER)
    def release(self, which: int) -> None:
        self.till.pass_time()
        key, at = self.keys[which % len(self.keys)], self.till.clock
        self._same(lambda: self.model.release(key, at=at), self.real.release(key, at=at))

    @precondition(lambda self: self.keys)
    @rule(which=NUMBER, amounts=AMOUNTS)
    def capture(self, which: int, amounts: list[int]) -> None:
        """An order comes that was paid with a hold, be it open, released or used by another order already."""
        key = self.keys[which % len(self.keys)]
        order = self.till.place(self.model.holds[key].customer, *amounts)
        self.till.pay(order, sum(amounts))
        self._tell(order)
        self._capture(key, order)
        self._capture(key, order)

    def _capture(self, key: str, order: Order) -> None:
        at, redemption = self.till.clock, self.real.redemption(key, order)
        self._same(
            lambda: self.model.capture(key, order, redemption=redemption, at=at),
            self.real.capture(key, order, at=at),
        )

    @rule(customer=CUSTOMER, points=POINTS, takes=st.booleans(), may_owe=st.booleans())
    def adjust(self, customer: str, points: int, *, takes: bool, may_owe: bool) -> None:
        if customer not in self.real.members:
            return  # who never had points has no account that staff could act upon
        self.till.pass_time()
        at, number = self.till.clock, -points if takes else points
        self._same(
            lambda: self.model.adjust(customer, number, may_owe=may_owe, at=at),
            self.real.adjust(customer, number, may_owe=may_owe, at=at),
        )

    # Time, rules and bad luck

    @rule(time=TIMES)
    def tick(self, time: timedelta) -> None:
        self.till.pass_time(time)

    @rule(times=st.integers(1, 3))
    def expire(self, times: int) -> None:
        """The job is late by all the time that passed since."""
        for _ in range(times):
            self._run(self.real.expire(at=self.till.clock))
        self.model.expire(at=self.till.clock)

    @rule(ends=st.sampled_from(list(ENDS)), may_owe=st.booleans())
    def choose(self, ends: tuple[Any, ...], *, may_owe: bool) -> None:
        self.model.rules = replace(self.model.rules, ends=ends, may_owe=may_owe)
        deficit = DeficitPolicy.ALLOW_DEFICIT if may_owe else DeficitPolicy.FLOOR_AT_ZERO
        document = msgspec.json.encode(ProgramSettings(expiry=ENDS[ends], deficit=deficit)).decode()
        self._run(self.real.change_program("settings", document))

    @precondition(lambda self: self.model.paused_at is None)
    @rule()
    def pause(self) -> None:
        self.till.pass_time()
        self.model.pause(at=self.till.clock)
        self._run(self.real.pause(at=self.till.clock))

    @precondition(lambda self: self.model.paused_at is not None)
    @rule()
    def go_on(self) -> None:
        """What was said meanwhile is posted."""
        self.till.pass_time()
        self.model.go_on(at=self.till.clock)
        self._run(self.real.go_on(at=self.till.clock))
        self._run(self.real.accrue_again(at=self.till.clock))
        for order in self.till.orders:
            if order in self.said:
                self._count(self.said[order])

    @precondition(lambda self: self.said)
    @rule(which=NUMBER, amount=SMALL)
    def lose(self, which: int, amount: int) -> None:
        """Something happens to an order and nobody is told."""
        order = list(self.till.orders.values())[which % len(self.till.orders)]
        self.till.refund(order, amount) if amount % 2 else self.till.pay(order, amount)
        self.lost.add(order["id"])

    @precondition(lambda self: self.lost)
    @rule()
    def reconcile(self) -> None:
        """What was lost is said now, in one batch."""
        self._tell(*(order for key, order in self.till.orders.items() if key in self.lost))

    @precondition(lambda self: self.history)
    @rule(first=NUMBER, most=st.integers(1, 20))
    def replay(self, first: int, most: int) -> None:
        """Old deliveries come again."""
        start = first % len(self.history)
        at = self.till.clock
        self._run(self.real.tell(self.history[start : start + most][::-1], at=at))

    @rule(statement=st.integers(0, 16))
    def crash(self, statement: int) -> None:
        """The next act dies in the middle and is tried again."""
        self.real.crash_at = statement

    # How both are kept in step

    def _order(self, which: int) -> Order:
        orders = list(self.till.orders.values())
        return orders[which % len(orders)]

    def _tell(self, *orders: Order) -> None:
        at = self.till.clock
        bodies = [told(order) for order in orders]
        self._run(self.real.tell(bodies, at=at))
        for body in bodies:
            self._learn(body)

    def _learn(self, body: Order) -> None:
        key, at = body["id"], self.till.clock
        first = self.first_said.setdefault(key, body)
        if body["user"] is not None and key not in self.customer:
            self.customer[key] = key_of(body["user"]["id"], kind="User")
            if first is not body:
                self.attached[key] = at
        self.said[key] = body
        self.history.append(body)
        self.lost.discard(key)
        self._count(body)

    def _count(self, body: Order) -> None:
        key, at = body["id"], self.till.clock
        first = self.first_said[key]
        if key in self.customer:
            self.model.order(
                body,
                customer=self.customer[key],
                attached_at=self.attached.get(key),
                gross=first["displayGrossPrices"],
                at=at,
            )

    def _same(self, in_model: Callable[[], None], really: Coroutine[Any, Any, Any]) -> str | None:
        """Both do it or both refuse it for the same reason; gives the refusal's name."""
        try:
            in_model()
            expected = None
        except Refused as refused:
            expected = str(refused)
        try:
            self._run(really)
            found = None
        except Refusal as refusal:
            found = refusal_of(refusal)
        assert found == expected
        return found

    @invariant()
    def books_are_the_same(self) -> None:
        at = self.till.clock
        books = self._run(self.real.books(CUSTOMERS, at=at))
        model = {name: self.model.standing(name, at=at) for name in books.standings}
        assert books.standings == model
        assert sorted(books.lots, key=str) == sorted(self._lots(), key=str)
        assert books.orders == {
            key_of(order, kind="Order"): each.posted - each.borne for order, each in self.model.orders.items()
        }

    @invariant()
    def books_are_proved(self) -> None:
        assert self._run(self.real.findings()) == ()

    def _lots(self) -> list[Any]:
        return [
            (name, lot.points, lot.held, lot.opens, lot.ends)
            for name, account in self.model.accounts.items()
            for lot in account.lots.values()
            if lot.points
        ]
