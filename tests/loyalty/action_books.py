"""Shared by tests of points for other acts than orders: customers, published rules, and what the shop tells."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from saleor_crm_app.crm import customers
from saleor_crm_app.crm.customers import Birthday, CustomerSeen
from saleor_crm_app.kernel.ids import CustomerId
from saleor_crm_app.loyalty import rules
from saleor_crm_app.loyalty.program import programs_for
from saleor_crm_app.reactions import react
from saleor_crm_app.reactions.told import Answer, Told, take_events
from saleor_crm_app.saleor.events import CustomerChanged, CustomerConfirmed, CustomerState
from tests.loyalty.ledger_acts import Books
from tests.shop import ANNA, NOON


class ActionBooks(Books):
    """Books of a shop with rules on what customers do besides ordering."""

    async def publish(self, *documents: Mapping[str, Any], at: datetime = NOON) -> None:
        """Let these rules hold from then on, beside the program's own rate."""
        async with self.database.shop(self.shop) as session:
            program = (await programs_for(session, self.shop, {"default-channel": "EUR"}))["default-channel"]
            for document in documents:
                read = rules.read_rule({"name": "A rule"} | dict(document))
                draft = await rules.create_rule(session, self.shop, program, read, author="1", at=at)
                sets = (await rules.rule_sets_of(session, self.shop, [program]))[program.id]
                said = rules.Publication(expected=rules.newest_version(sets), author="1", at=at)
                await rules.publish_rule(session, self.shop, program, draft=draft, version=1, publication=said)

    async def known(self, customer: CustomerId = ANNA, **other: object) -> None:
        """Let the shop have this customer, confirmed."""
        columns = {"is_active": True, "is_confirmed": True, "is_staff": False, "language": "EN"} | other
        seen = msgspec.convert({"id": customer, "joined_at": NOON, "updated_at": NOON} | columns, CustomerSeen)
        async with self.database.shop(self.shop) as session:
            await customers.record(session, self.shop, [seen])

    async def confirm(self, customer: CustomerId = ANNA) -> None:
        """The shop says that the account was confirmed."""
        await self._react(CustomerConfirmed(issued_at=self.clock, customer=customer))

    async def create(self, customer: CustomerId = ANNA, **other: object) -> None:
        """The shop says that there is a new customer."""
        state = {
            "id": customer,
            "email": "anna@example.com",
            "is_active": True,
            "is_confirmed": True,
            "is_staff": False,
            "language_code": "EN",
            "joined": self.clock,
            "updated_at": self.clock,
        } | other
        await self._react(
            CustomerChanged(
                event="CustomerCreated",
                source="webhook",
                issued_at=self.clock,
                issuing_app_id=None,
                customer=msgspec.convert(state, CustomerState),
            )
        )

    async def _react(self, event: CustomerConfirmed | CustomerChanged) -> None:
        async with self.database.shop(self.shop) as session:
            await react(session, self.shop, [event], at=self.clock)

    async def born(self, month: int, day: int, *, told: datetime, customer: CustomerId = ANNA) -> None:
        async with self.database.shop(self.shop) as session:
            birthday = Birthday(customer=customer, month=month, day=day, known_since=told)
            await customers.tell_birthdays(session, self.shop, [birthday])

    async def tell(self, *told: Told) -> list[Answer]:
        async with self.database.shop(self.shop) as session:
            return await take_events(session, self.shop, told, at=self.clock)

    async def earned(self, customer: CustomerId = ANNA) -> list[tuple[str, int]]:
        """Source and points of a customer's entries, oldest first."""
        async with self.database.shop(self.shop, read_only=True) as session:
            rows = await session.execute(
                sa.text(
                    "SELECT source, points FROM entry JOIN account ON account.id = entry.account_id"
                    " WHERE customer_id = :customer ORDER BY entry.seq"
                ),
                {"customer": customer},
            )
            return [(row.source, row.points) for row in rows]


def fixed(kind: str, points: int, **other: object) -> dict[str, Any]:
    """A rule that gives so many points for one kind of act; a kind in lower case is an event of that name."""
    when = {"type": "EVENT", "name": kind} if kind.islower() else {"type": kind}
    return {"when": when, "then": {"type": "FIXED", "points": points}} | other
