"""Visits of customers for tests of offers: what they are shown, and what they answer, as the storefront's desk does."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from saleor_crm_app.kernel.db import Database, retrying
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import offers, points
from saleor_crm_app.loyalty.coupons import Coupon
from saleor_crm_app.loyalty.offers import (
    Answer,
    Candidate,
    Decision,
    Offer,
    OfferId,
    Policy,
    PolicyShelf,
    Question,
    Response,
)
from saleor_crm_app.loyalty.offers.choosing import key_for
from saleor_crm_app.loyalty.offers.fitting import NOTHING
from saleor_crm_app.loyalty.offers.revisions import bump
from saleor_crm_app.loyalty.program import Program
from tests.loyalty.offers.stall import program_of
from tests.shop import ANNA, NOON

CHANNEL = "default-channel"


@dataclass
class Visits:
    """One process that shows offers in a shop, at a time that tests move; chance decides nothing here."""

    database: Database
    shop: InstallationId
    clock: datetime = field(default=NOON)
    shelf: PolicyShelf = field(default_factory=PolicyShelf)

    async def asked(self, customer: CustomerId | None = ANNA, **other: Any) -> Question:  # noqa: ANN401 # any part
        program = await program_of(self.database, self.shop)
        columns = {"channel": CHANNEL, "placement": None, "at": self.clock} | other
        return Question(program=program, customer=customer, **columns)

    async def policy(self, asked: Question) -> Policy:
        """The published one, in a revision by which this question does not explore."""
        while True:
            async with self.database.shop(self.shop) as session:
                policy = await self.shelf.policy(session, self.shop, asked.program.id)
                if not key_for(self.shop, policy, asked).is_exploring:
                    return policy
                await bump(session, self.shop, asked.program.id)

    async def decide(self, customer: CustomerId | None = ANNA, **other: Any) -> Decision:  # noqa: ANN401 # any part
        asked = await self.asked(customer, **other)
        return await self.decided(await self.policy(asked), asked)

    async def decided(self, policy: Policy, asked: Question) -> Decision:
        """By just this policy."""
        async with self.database.shop(self.shop, read_only=True) as session:
            member = None
            if asked.customer is not None:
                member = await points.account_of(session, self.shop, asked.customer, asked.program.id)
            return await offers.decide(session, self.shop, policy, asked, member=member)

    async def titles(self, customer: CustomerId | None = ANNA, **other: Any) -> list[str]:  # noqa: ANN401 # any part
        """What a customer reads, best first."""
        decision = await self.decide(customer, **other)
        program = await program_of(self.database, self.shop)
        return [title(one, program) for one in decision.offers]

    async def answer(self, offer: OfferId, asked: Question) -> Answer:
        """To an offer as it is shown now, or as if it had been where it is not."""
        assert asked.customer is not None
        policy = await self.policy(asked)
        shown = (await self.decided(policy, asked)).find(offer)
        stake = NOTHING if shown is None else shown.fit.stake
        return Answer(customer=asked.customer, offer=offer, decision=key_for(self.shop, policy, asked), stake=stake)

    async def accept(self, offer: OfferId, customer: CustomerId = ANNA, *, database: Database | None = None) -> Coupon:
        """In a transaction of its own, tried again as the app does."""
        asked = await self.asked(customer)
        answer = await self.answer(offer, asked)

        async def act() -> Coupon:
            async with (database or self.database).shop(self.shop) as session:
                return await offers.accept(session, self.shop, answer, asked)

        return await retrying(act)

    async def refusal(self, offer: OfferId, customer: CustomerId = ANNA) -> str | None:
        """Why it cannot be taken; None: it was taken."""
        try:
            await self.accept(offer, customer)
        except Refusal as refusal:
            return type(refusal).__name__
        return None

    async def respond(self, response: Response, *answered: Offer, customer: CustomerId = ANNA) -> list[bool]:
        """Answer to each of these offers; says which answers were new."""
        asked = await self.asked(customer)
        policy = await self.policy(asked)
        key = key_for(self.shop, policy, asked)
        async with self.database.shop(self.shop) as session:
            return [
                await offers.respond(
                    session,
                    self.shop,
                    Answer(customer=customer, offer=one.id, decision=key),
                    asked,
                    response,
                    policy,
                )
                for one in answered
            ]

    async def counted(self, query: str) -> int:
        async with self.database.shop(self.shop, read_only=True) as session:
            return int((await session.execute(sa.text(query))).scalar_one())

    async def change(self, statement: str, **values: object) -> None:
        """Let something be otherwise in the database."""
        async with self.database.shop(self.shop) as session:
            await session.execute(sa.text(statement), values)

    async def night(self) -> None:
        """What a night does."""
        async with self.database.shop(self.shop) as session:
            await offers.budgets.settle_budgets(session, self.shop)
            await offers.figures.count_rates(session, self.shop)
            await offers.forget_deleted(session, self.shop)


def title(one: Candidate, program: Program, language: str | None = None) -> str:
    """As the storefront says it."""
    brought = None if one.fit.brings is None else one.fit.brings.reward
    return offers.wording.words_of(one.offer, one.fit, brought or one.fit.would_bring, program, language).title
