"""Shared by the ledger's tests: acts of the shop and of members as one line each, and the books read back."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa

from saleor_crm_app.crm import orders
from saleor_crm_app.crm.orders import FulfillmentFact, OrderSnapshot
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, RedemptionId, new_id
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points import Balance, Hold
from saleor_crm_app.loyalty.program import Program, ProgramSettings, program_of_channel
from tests.shop import ANNA, NOON, line, observed, order

DAY = timedelta(days=1)


@dataclass
class Books:
    """One shop's ledger, moved by what happens and read as it stands."""

    database: Database
    shop: InstallationId
    clock: datetime = field(default=NOON)

    async def happen(self, *snapshots: OrderSnapshot, at: datetime | None = None) -> None:
        """Let the shop say this, in one batch."""
        moment = at or self.clock
        async with self.database.shop(self.shop) as session:
            learnt = await orders.record(session, self.shop, observed(*snapshots), at=moment)
            await points.accrue(session, self.shop, learnt.changed, at=moment)

    async def bought(
        self, euros: int, *, ago: timedelta = timedelta(days=30), customer: CustomerId | None = ANNA, **other: object
    ) -> OrderSnapshot:
        """An order paid and fulfilled so long before the clock, its points available since (14 days are asked)."""
        day = self.clock - ago
        made = order(
            line("line", euros * 100, fulfilled=1),
            charged=euros * 100,
            status="FULFILLED",
            created_at=day,
            updated_at=day,
            customer=customer,
            fulfillments=(FulfillmentFact(status="FULFILLED", created_at=day),),
        )
        made = msgspec.structs.replace(made, **other)
        await self.happen(made)
        return made

    async def change(self, snapshot: OrderSnapshot, *, after: timedelta, **changes: object) -> OrderSnapshot:
        """The same order so long after its last change, said at that time."""
        changed = msgspec.structs.replace(snapshot, updated_at=snapshot.updated_at + after, **changes)
        await self.happen(changed, at=max(self.clock, changed.updated_at))
        return changed

    async def program(self) -> Program:
        async with self.database.shop(self.shop, read_only=True) as session:
            program = await program_of_channel(session, "default-channel")
        assert program is not None
        return program

    async def choose(self, settings: ProgramSettings) -> None:
        """Set the default program's settings, before or after its first order."""
        await self._change_program("settings = CAST(:value AS jsonb)", msgspec.json.encode(settings).decode())

    async def pause(self, since: datetime | None) -> None:
        await self._change_program("paused_at = CAST(:value AS timestamptz)", since)

    async def _change_program(self, change: str, value: object) -> None:
        async with self.database.shop(self.shop) as session:
            await session.execute(sa.text(f"UPDATE program SET {change}"), {"value": value})

    async def hold(self, wanted: int, *, subject: str = "checkout", customer: CustomerId = ANNA) -> Hold:
        program = await self.program()
        async with self.database.shop(self.shop) as session:
            return await points.hold(
                session,
                self.shop,
                (customer, program.id),
                program=program,
                points=Points(wanted),
                subject=subject,
                until=self.clock + timedelta(hours=1),
                at=self.clock,
            )

    async def release(self, hold: Hold) -> list[Hold]:
        async with self.database.shop(self.shop) as session:
            return await points.release(session, self.shop, [hold.key], at=self.clock)

    async def capture(self, hold: Hold, snapshot: OrderSnapshot) -> None:
        """An order that was recorded pays with what was held."""
        one = points.Capture(hold=hold.key, order=snapshot.id, ordered_at=snapshot.created_at)
        async with self.database.shop(self.shop) as session:
            await points.capture(session, self.shop, [one], at=self.clock)

    async def redeem(self, wanted: int, *, redemption: RedemptionId | None = None) -> None:
        program = await self.program()
        async with self.database.shop(self.shop) as session:
            await points.redeem(
                session,
                self.shop,
                (ANNA, program.id),
                program=program,
                points=Points(wanted),
                redemption=redemption or RedemptionId(new_id()),
                at=self.clock,
            )

    async def expire(self) -> int:
        async with self.database.shop(self.shop) as session:
            return await points.expire_due(session, self.shop, at=self.clock)

    async def entries(self, customer: CustomerId = ANNA) -> list[tuple[str, int]]:
        """Every entry of a customer in the default channel: kind and points, oldest first."""
        async with self.database.shop(self.shop, read_only=True) as session:
            rows = await session.execute(
                sa.text(
                    "SELECT kind, points FROM entry JOIN account ON account.id = entry.account_id"
                    " WHERE customer_id = :customer ORDER BY entry.seq"
                ),
                {"customer": customer},
            )
            return [(row.kind, row.points) for row in rows]

    async def lots(self) -> list[tuple[int, int, datetime | None]]:
        """Lots that hold points: how many remain, how many of them are held, when they lapse; the first end first."""
        async with self.database.shop(self.shop, read_only=True) as session:
            rows = await session.execute(
                sa.text("SELECT remaining, held, expires_at FROM lot WHERE remaining > 0 ORDER BY expires_at, id")
            )
            return [(row.remaining, row.held, row.expires_at) for row in rows]

    async def balance(self, customer: CustomerId = ANNA, *, at: datetime | None = None) -> Balance:
        program = await self.program()
        async with self.database.shop(self.shop, read_only=True) as session:
            member = await points.account_of(session, self.shop, customer, program.id)
            assert member is not None
            return await points.balance_of(session, self.shop, member, at=at or self.clock)

    async def proved(self) -> tuple[points.Finding, ...]:
        """What the proof of the books finds broken."""
        async with self.database.shop(self.shop, read_only=True) as session:
            return (await points.verify(session, self.shop)).findings
