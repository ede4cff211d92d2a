"""Offers at the storefront's door: what is shown, what is answered, and offers taken once for each key."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.customers import was_deleted
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.db import Database, retrying
from saleor_crm_app.kernel.idempotency import once
from saleor_crm_app.kernel.ids import CouponId, CustomerId, InstallationId, ShardKey
from saleor_crm_app.kernel.limits import demand_rate
from saleor_crm_app.loyalty import coupons, offers, points
from saleor_crm_app.loyalty.coupons import Coupon
from saleor_crm_app.loyalty.offers import Answer, Decision, OfferId, PolicyShelf, Question, Response
from saleor_crm_app.loyalty.points import Member
from saleor_crm_app.loyalty.program import program_of_channel
from saleor_crm_app.loyalty.tiers import StatusBook

MOST_ACCEPTED_A_MINUTE: Final = 10
MOST_ANSWERS_A_MINUTE: Final = 120
_MINUTE: Final = timedelta(minutes=1)


class _Made(msgspec.Struct, frozen=True):
    shard: int
    coupon: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A signed-in customer's answer to an offer that the decision, by its text, showed them."""

    shop: InstallationId
    customer: CustomerId
    channel: str
    offer: OfferId
    decision: str
    at: datetime


class OfferDesk:
    """Shows offers, and takes what customers answer. What is published is kept here as long as it stays the same."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._shelf = PolicyShelf()

    async def decide(
        self,
        session: AsyncSession,
        shop: InstallationId,
        asked: Question,
        *,
        member: Member | None,
        tiers: StatusBook | None = None,
    ) -> Decision:
        """What somebody is shown, in the caller's transaction, whose `tiers` are known already; writes nothing."""
        return await offers.decide_by(session, shop, self._shelf, asked, member=member, tiers=tiers)

    async def respond(self, reply: Reply, response: Response) -> None:
        """Write down that an offer was seen, opened, is not for them, or is to be gone; the same again is nothing.

        Raises OfferNotFound, DecisionUnknown and RateLimited.
        """
        await self._demand_rate(reply, "personalOfferFeedback", MOST_ANSWERS_A_MINUTE)
        await retrying(lambda: self._respond(reply, response))

    async def accept(self, reply: Reply, key: str) -> Coupon:
        """Give the customer what the offer brings, or the coupon that the same key got before, as it reads now.

        Raises the refusals of `offers.accept`, DecisionUnknown, RateLimited, BadIdempotencyKey, IdempotencyConflict.
        """
        await self._demand_rate(reply, "personalOfferAccept", MOST_ACCEPTED_A_MINUTE)
        return await retrying(lambda: self._accept(reply, key))

    async def _respond(self, reply: Reply, response: Response) -> None:
        async with self._database.shop(reply.shop) as session:
            asked = await self._question(session, reply)
            policy = await self._shelf.policy(session, reply.shop, asked.program.id)
            answer = _answer(reply, asked)
            await offers.respond(session, reply.shop, answer, asked, response, policy)

    async def _accept(self, reply: Reply, key: str) -> Coupon:
        async with self._database.shop(reply.shop) as session:

            async def act() -> _Made:
                asked = await self._question(session, reply)
                made = await offers.accept(session, reply.shop, _answer(reply, asked), asked)
                return _Made(shard=made.shard, coupon=made.id)

            done = await once(
                session,
                reply.shop,
                owner=f"customer:{reply.customer}",
                key=key,
                input=["personalOfferAccept", reply.channel, str(reply.offer), reply.decision],
                answer=_Made,
                act=act,
            )
            found = await coupons.coupon_of(session, (ShardKey(done.shard), CouponId(done.coupon)))
        if found is None:
            raise offers.errors.OfferNotFound
        return found

    async def _question(self, session: AsyncSession, reply: Reply) -> Question:
        program = await program_of_channel(session, reply.channel)
        if program is None:
            raise offers.errors.OfferNotFound
        if await was_deleted(session, reply.shop, reply.customer):
            raise offers.errors.OfferNotFound
        joined = await points.memberships.programs_joined(session, reply.shop, reply.customer, [program])
        if program.id not in joined:
            raise offers.errors.OfferNotFound
        return Question(program=program, customer=reply.customer, channel=reply.channel, placement=None, at=reply.at)

    async def _demand_rate(self, reply: Reply, act: str, most: int) -> None:
        owner = f"customer:{reply.customer}"
        async with self._database.shop(reply.shop) as session:
            await demand_rate(session, reply.shop, owner=owner, act=act, most=most, per=_MINUTE, at=now())


def _answer(reply: Reply, asked: Question) -> Answer:
    today = reply.at.astimezone(asked.program.zone).date()
    key, stake = offers.decisions.read_key(reply.decision, reply.shop, asked.program.id, reply.customer, today=today)
    return Answer(customer=reply.customer, offer=reply.offer, decision=key, stake=stake)
