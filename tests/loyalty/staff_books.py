"""An account under staff's hands: what they do to it, and how its books stand then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from saleor_crm_app.crm import orders
from saleor_crm_app.crm.orders import OrderSnapshot
from saleor_crm_app.kernel.audit import Actor
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.ids import AccountId, InstallationId, RedemptionId
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points.ledger import open_accounts
from saleor_crm_app.loyalty.points.staff.staff_acts import (
    Adjustment,
    Instruction,
    Outcome,
    ReasonCode,
    Reversal,
    StaffAct,
    approve,
    instruct,
    perform,
)
from saleor_crm_app.loyalty.program import Program, programs_for
from tests.shop import ANNA, NOON, observed

SAM = Actor(id="21", name="sam@shop.example")
KIM = Actor(id="22", name="kim@shop.example")
ROBOT = Actor(id="ApiKey:abc")
A_YEAR_LATER = datetime(2027, 3, 2, tzinfo=UTC)
"""When points given at NOON lapse: 365 days later, at the end of the day."""


@dataclass
class Books:
    """Anna's account in one shop, and what staff do to it."""

    database: Database
    shop: InstallationId
    account: AccountId
    program: Program

    async def settle(self, **settings: object) -> None:
        """Change the program's settings."""
        async with self.database.shop(self.shop) as session:
            for name, value in settings.items():
                await session.execute(
                    sa.text("UPDATE program SET settings = jsonb_set(settings, ARRAY[:name], CAST(:value AS jsonb))"),
                    {"name": name, "value": value},
                )

    def told(self, act: StaffAct, *, by: Actor = SAM, key: str | None = None) -> Instruction:
        return Instruction(
            account=self.account, act=act, reason="Parcel of Mrs. Miller", actor=by, key=f"staff:{key or uuid4()}"
        )

    async def do(self, act: StaffAct, *, at: datetime = NOON, key: str | None = None) -> UUID:
        """Have it done, whatever the limits; gives the entry."""
        async with self.database.shop(self.shop) as session:
            entry = (await perform(session, self.shop, self.told(act, key=key), at=at)).entry
        assert entry is not None
        assert await self.findings() == ()
        return entry

    async def ask(self, act: StaffAct, *, by: Actor = SAM, at: datetime = NOON) -> Outcome:
        """Have it done within what one may do alone."""
        async with self.database.shop(self.shop) as session:
            return await instruct(session, self.shop, self.told(act, by=by), at=at)

    async def approve(self, request: UUID, *, by: Actor, at: datetime = NOON) -> Outcome:
        async with self.database.shop(self.shop) as session:
            return (await approve(session, self.shop, request, by=by, at=at))[1]

    async def give(self, number: int, *, at: datetime = NOON, act: StaffAct | None = None) -> UUID:
        return await self.do(act or Adjustment(points=number, code=ReasonCode.CORRECTION), at=at)

    async def take(self, number: int, *, at: datetime = NOON, allow_deficit: bool = False) -> UUID:
        act = Adjustment(points=-number, code=ReasonCode.CORRECTION, allow_deficit=allow_deficit)
        return await self.do(act, at=at)

    async def reverse(self, entry: UUID, *, at: datetime = NOON, allow_deficit: bool = False) -> UUID:
        act = Reversal(entry=entry, code=ReasonCode.CORRECTION, allow_deficit=allow_deficit)
        return await self.do(act, at=at)

    async def hear(self, *snapshots: OrderSnapshot) -> None:
        """Let the shop say this of its orders."""
        async with self.database.shop(self.shop) as session:
            learnt = await orders.record(session, self.shop, observed(*snapshots), at=NOON)
            await points.accrue(session, self.shop, learnt.changed, at=NOON)

    async def redeem(self, number: int, *, at: datetime = NOON) -> None:
        async with self.database.shop(self.shop) as session:
            await points.redeem(
                session,
                self.shop,
                (ANNA, self.program.id),
                program=self.program,
                points=Points(number),
                redemption=RedemptionId(uuid4()),
                at=at,
            )

    async def rows(self, query: str, **values: object) -> Sequence[Any]:
        async with self.database.shop(self.shop, read_only=True) as session:
            return [tuple(row) for row in await session.execute(sa.text(query), values)]

    async def entries(self) -> Sequence[Any]:
        return await self.rows("SELECT kind, source, points FROM entry ORDER BY seq")

    async def lots(self) -> Sequence[Any]:
        """Granted and remaining points of each lot, in the order they were made."""
        return await self.rows("SELECT granted, remaining FROM lot ORDER BY id")

    async def sums(self) -> tuple[int, int]:
        [found] = await self.rows("SELECT balance, deficit FROM account")
        return int(found[0]), int(found[1])

    async def findings(self) -> Sequence[points.Finding]:
        async with self.database.shop(self.shop, read_only=True) as session:
            return (await points.verify(session, self.shop)).findings


async def open_books(database: Database, installation: InstallationId) -> Books:
    async with database.shop(installation) as session:
        program = (await programs_for(session, installation, {"default-channel": "EUR"}))["default-channel"]
        owner = (ANNA, program.id)
        account = (await open_accounts(session, installation, [owner], at=NOON))[owner]
    return Books(database, installation, account.id, program)


async def refused(books: Books, act: StaffAct, *, at: datetime = NOON) -> Refusal:
    """The refusal of an act, after which nothing is other than before."""
    before = await books.entries(), await books.lots(), await books.sums()
    with pytest.raises(Refusal) as refusal:
        await books.do(act, at=at)
    assert (await books.entries(), await books.lots(), await books.sums()) == before
    assert await books.findings() == ()
    return refusal.value
