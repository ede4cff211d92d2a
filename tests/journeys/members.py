"""A customer of a town at our storefront door, with points that staff gave: orders earn none here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import httpx
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.audit import Actor
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points.ledger import open_accounts
from saleor_crm_app.loyalty.points.staff.staff_acts import Adjustment, Instruction, ReasonCode, perform
from saleor_crm_app.loyalty.program import Program, programs_for
from saleor_crm_app.saleor.business_time import business_time
from tests.journeys.running import RunningApp
from tests.journeys.town import Person, Town

_SAM: Final = Actor(id="1", name="sam@shop.example")
_STAFF_ALONE_GIVE: Final = '{"earn_since": "2100-01-01T00:00:00Z"}'

BALANCE = """
query ($channel: String!) {
  loyaltyMe(channel: $channel) { points { available held pending spent expired deficit } }
}
"""


@dataclass
class Member:
    """Signed in at the storefront."""

    town: Town
    person: Person
    client: httpx.AsyncClient
    keys: "count[int]" = field(default_factory=count)

    @property
    def app(self) -> RunningApp:
        return self.town.app

    async def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """Ask our storefront API, as this customer."""
        headers = {"Authorization": f"Bearer {await self.town.token(self.person)}"}
        sent = {"query": query, "variables": {"channel": self.town.channel, **variables}}
        body = (await self.client.post("/graphql/", json=sent, headers=headers, timeout=30)).json()
        assert "errors" not in body, body
        data: dict[str, Any] = body["data"]
        return data

    async def balance(self) -> dict[str, int]:
        """All that is not nothing."""
        seen: dict[str, int] = (await self.ask(BALANCE))["loyaltyMe"]["points"]
        return {name: amount for name, amount in seen.items() if amount}

    async def get(self, number: int) -> None:
        """Points from staff."""
        shop = await self.app.installation()
        async with self.app.database.shop(shop) as session:
            at = await business_time(session, shop)
            program = await the_program(session, shop, self.town)
            assert self.person.customer is not None
            owner = (self.person.customer, program.id)
            account = (await open_accounts(session, shop, [owner], at=at))[owner]
            act = Adjustment(points=number, code=ReasonCode.CORRECTION)
            wanted = Instruction(
                account=account.id, act=act, reason="For a journey", actor=_SAM, key=f"journey {next(self.keys)}"
            )
            await perform(session, shop, wanted, at=at)


async def the_program(session: AsyncSession, shop: InstallationId, town: Town) -> Program:
    """The one of the town's channel, made where it is not yet; orders earn nothing in it."""
    program = (await programs_for(session, shop, {town.channel: town.currency}))[town.channel]
    if program.settings.earn_since is None:
        chosen = sa.text("UPDATE program SET settings = CAST(:settings AS jsonb)")
        await session.execute(chosen, {"settings": _STAFF_ALONE_GIVE})
    return program


async def proved(town: Town) -> tuple[points.Finding, ...]:
    """What is wrong with the books: nothing."""
    shop = await town.app.installation()
    async with town.app.database.shop(shop, read_only=True) as session:
        return (await points.verify(session, shop)).findings


@asynccontextmanager
async def member_of(town: Town, name: str, *, with_points: int = 0) -> AsyncIterator[Member]:
    """Somebody new in town."""
    person = await town.customer(name)
    async with httpx.AsyncClient(base_url=town.app.url) as client:
        member = Member(town, person, client)
        if with_points:
            await member.get(with_points)
        yield member
