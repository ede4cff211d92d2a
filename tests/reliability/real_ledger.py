"""The real ledger behind the words of the model: everything that can be done to it, and its books read back."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, uuid4, uuid5

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.orders import orders_of_channels
from saleor_crm_app.kernel.audit import Actor
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, RedemptionId, order_id
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points import Hold
from saleor_crm_app.loyalty.points.staff.staff_acts import Adjustment, Instruction, ReasonCode, perform
from saleor_crm_app.loyalty.program import Program, pause_program, program_of_channel, programs_for
from saleor_crm_app.reactions import react
from saleor_crm_app.saleor.parsing import parse_event, snapshot_of_order
from tests.reliability.account_oracle import Standing
from tests.reliability.oracle import Order, instant

CHANNEL = "default-channel"
SAM = Actor(id="21", name="sam@shop.example")

Result = TypeVar("Result")
LotHeld = tuple[str, int, int, datetime | None, datetime | None]
"""Customer, points, points set aside, when it opens, when it ends."""


class Crash(Exception):
    """The process died in the middle of a transaction."""


class Books(NamedTuple):
    """What the ledger holds at one instant; `orders` is by key what is posted less what was borne."""

    standings: dict[str, Standing]
    lots: list[LotHeld]
    orders: dict[str, int]


@dataclass
class RealLedger:
    """One shop's ledger. With `crash_at` set, the next act dies at that statement once and is tried again."""

    database: Database
    shop: InstallationId
    crash_at: int | None = None
    holds: dict[str, Hold] = field(default_factory=dict)
    was_changed: bool = False
    members: dict[str, points.Member] = field(default_factory=dict)
    _left: int | None = None

    async def begin(self, **columns: object) -> None:
        """Make the program; keyword arguments are its columns."""
        sa.event.listen(self.database.engine.sync_engine, "before_cursor_execute", self._count_down)
        async with self.database.shop(self.shop) as session:
            await programs_for(session, self.shop, {CHANNEL: "EUR"})
        for name, value in columns.items():
            await self.change_program(name, value)

    async def end(self) -> None:
        sa.event.remove(self.database.engine.sync_engine, "before_cursor_execute", self._count_down)

    async def change_program(self, column: str, value: object) -> None:
        async with self.database.shop(self.shop) as session:
            await session.execute(
                sa.text(f"UPDATE program SET {column} = CAST(:value AS {_TYPES[column]})"), {"value": value}
            )

    async def pause(self, *, at: datetime) -> None:
        async def act(session: AsyncSession) -> None:
            await pause_program(session, self.shop, (await self._program(session)).id, at=at)

        await self._do(act)

    async def go_on(self, *, at: datetime) -> None:
        async def act(session: AsyncSession) -> None:
            await points.memberships.resume(session, self.shop, (await self._program(session)).id, at=at)

        await self._do(act)

    async def accrue_again(self, *, at: datetime) -> None:
        """What a job does after a pause: every order counts anew, the oldest first."""

        async def act(session: AsyncSession) -> None:
            facts = await orders_of_channels(session, self.shop, [CHANNEL], after=None, first=1000)
            await points.accrue(session, self.shop, facts, at=at)

        await self._do(act)

    async def tell(self, orders: Sequence[Order], *, at: datetime) -> None:
        """The shop says how these orders read, in one batch."""
        events = [parse_event(snapshot_of_order(one, issued_at=instant(one["updatedAt"]))) for one in orders]
        await self._do(lambda session: react(session, self.shop, events, at=at))

    async def hold(self, key: str, customer: str, wanted: int, *, at: datetime) -> None:
        async def act(session: AsyncSession) -> None:
            program = await self._program(session)
            self.holds[key] = await points.hold(
                session,
                self.shop,
                (CustomerId(customer), program.id),
                program=program,
                points=Points(wanted),
                subject=key,
                until=at + timedelta(hours=1),
                at=at,
            )

        await self._do(act)

    async def release(self, key: str, *, at: datetime) -> None:
        await self._do(lambda session: points.release(session, self.shop, [self.holds[key].key], at=at))

    def redemption(self, key: str, order: Order) -> str:
        """What the capture of a hold by an order will be called."""
        return str(uuid5(self.holds[key].id, str(order_id(order["id"]))))

    async def capture(self, key: str, order: Order, *, at: datetime) -> None:
        one = points.Capture(
            hold=self.holds[key].key, order=order_id(order["id"]), ordered_at=instant(order["created"])
        )
        await self._do(lambda session: points.capture(session, self.shop, [one], at=at))

    async def redeem(self, key: UUID, customer: str, wanted: int, *, at: datetime) -> None:
        async def act(session: AsyncSession) -> None:
            program = await self._program(session)
            await points.redeem(
                session,
                self.shop,
                (CustomerId(customer), program.id),
                program=program,
                points=Points(wanted),
                redemption=RedemptionId(key),
                at=at,
            )

        await self._do(act)

    async def expire(self, *, at: datetime) -> int:
        """Run the job until nothing is left; says how many lots lapsed."""
        lapsed = 0
        while done := await self._do(lambda session: points.expire_due(session, self.shop, at=at, most=2)):
            lapsed += done
        return lapsed

    async def adjust(self, customer: str, number: int, *, may_owe: bool, at: datetime) -> None:
        async def act(session: AsyncSession) -> None:
            program = await self._program(session)
            member = await points.account_of(session, self.shop, CustomerId(customer), program.id)
            assert member is not None
            told = Instruction(
                account=member.account,
                act=Adjustment(points=number, code=ReasonCode.CORRECTION, allow_deficit=may_owe),
                reason="A parcel was lost",
                actor=SAM,
                key=f"staff:{uuid4()}",
            )
            await perform(session, self.shop, told, at=at)

        await self._do(act)

    async def books(self, customers: Sequence[str], *, at: datetime) -> Books:
        """Everything that the model knows of as well."""
        async with self.database.shop(self.shop, read_only=True) as session:
            for one in customers:
                if one not in self.members:
                    program = await self._program(session)
                    member = await points.account_of(session, self.shop, CustomerId(one), program.id)
                    self.members |= {} if member is None else {one: member}
            balances = await points.balances_of(session, self.shop, list(self.members.values()), at=at)
            lots = (await session.execute(_LOTS)).all()
            orders = (await session.execute(_ORDERS)).all()
        standings = {name: _standing(balances[member.account]) for name, member in self.members.items()}
        return Books(standings, [tuple(row) for row in lots], dict([tuple(row) for row in orders]))

    async def findings(self) -> tuple[points.Finding, ...]:
        """Every law of the ledger that is broken since it was asked last; asks nothing where nothing was done."""
        if not self.was_changed:
            return ()
        self.was_changed = False
        async with self.database.shop(self.shop, read_only=True) as session:
            return (await points.verify(session, self.shop)).findings

    async def rows(self, query: str) -> list[Any]:
        async with self.database.shop(self.shop, read_only=True) as session:
            return [tuple(row) for row in await session.execute(sa.text(query))]

    async def _program(self, session: AsyncSession) -> Program:
        program = await program_of_channel(session, CHANNEL)
        assert program is not None
        return program

    async def _do(self, act: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
        crash_at, self.crash_at = self.crash_at, None
        if crash_at is not None:
            try:
                await self._die_in(act, crash_at)
            except Crash:
                pass
            finally:
                self._left = None
        self.was_changed = True
        async with self.database.shop(self.shop) as session:
            return await act(session)

    async def _die_in(self, act: Callable[[AsyncSession], Awaitable[Result]], statement: int) -> None:
        async with self.database.shop(self.shop) as session:
            self._left = statement
            await act(session)
            raise Crash

    def _count_down(self, *_of_the_statement: object) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                self._left = None
                raise Crash


def refusal_of(error: Refusal) -> str:
    return type(error).__name__


def _standing(balance: points.Balance) -> Standing:
    return Standing(
        available=balance.available,
        pending=balance.pending,
        held=balance.held,
        spent=balance.spent,
        expired=balance.expired,
        deficit=balance.deficit,
    )


_TYPES: Mapping[str, str] = {
    "settings": "jsonb",
    "paused_at": "timestamptz",
    "confirm_after_days": "int",
    "zone": "text",
    "earn_points": "int",
}
_LOTS = sa.text(
    "SELECT customer_id, remaining, held, activates_at, expires_at FROM lot"
    " JOIN account ON account.shard_key = lot.shard_key AND account.id = lot.account_id WHERE remaining > 0"
)
_ORDERS = sa.text("SELECT CAST(order_id AS text), posted - forgiven FROM order_points")
