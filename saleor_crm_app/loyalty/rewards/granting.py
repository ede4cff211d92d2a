"""Coupons without points: by staff for one customer, and on occasions, each of which gives once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid5

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm import orders
from saleor_crm_app.crm.orders import OrderFact
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.ids import CouponId, CustomerId, InstallationId, ProgramId, RewardId, new_id
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.loyalty import coupons, points
from saleor_crm_app.loyalty.coupons import Coupon, CouponOrigin
from saleor_crm_app.loyalty.program import Program, ProgramInChannels, programs
from saleor_crm_app.loyalty.rewards.catalog import Reward, rewards_by_id, rewards_of
from saleor_crm_app.loyalty.rewards.claiming import Grant, give
from saleor_crm_app.loyalty.rewards.errors import NotOnShow, RewardNotFound
from saleor_crm_app.loyalty.rewards.terms import Occasion

ORIGINS: Final = {
    Occasion.SIGN_UP: CouponOrigin.SIGN_UP,
    Occasion.FIRST_ORDER: CouponOrigin.FIRST_ORDER,
    Occasion.BIRTHDAY: CouponOrigin.BIRTHDAY,
}

log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An occasion of one customer; `key` tells it from the same kind of another year, `program` where it is one's."""

    occasion: Occasion
    customer: CustomerId
    key: str
    program: ProgramId | None = None


async def grant(
    session: AsyncSession,
    installation: InstallationId,
    customer: CustomerId,
    *,
    program: Program,
    reward: RewardId,
    origin: CouponOrigin,
    at: datetime,
) -> Coupon:
    """Give a customer a coupon without points.

    Raises RewardNotFound, NotOnShow, OutOfStock, BudgetUsedUp, RewardRetired and RewardChangedMeanwhile.
    """
    wanted = (await rewards_by_id(session, [reward])).get(reward)
    if wanted is None or wanted.program != program.id:
        raise RewardNotFound
    if not wanted.is_on_show(None, at):
        raise NotOnShow(starts_at=None)
    made = Grant(coupon=CouponId(new_id()), customer=customer, origin=origin)
    return await give(session, installation, wanted, made, program=program, at=at)


async def rewards_given_on(
    session: AsyncSession, occasion: Occasion, *, at: datetime
) -> list[tuple[ProgramInChannels, list[Reward]]]:
    """Programs with the rewards that such an occasion gives there now; paused programs give none."""
    held = [
        one for one in await programs(session) if one.program.paused_at is None and not one.program.settings.dry_run
    ]
    found = await rewards_of(session, [one.program.id for one in held]) if held else []
    given = [one for one in found if occasion in one.terms.given_on and one.is_on_show(None, at)]
    by_program = [(one, [reward for reward in given if reward.program == one.program.id]) for one in held]
    return [(one, theirs) for one, theirs in by_program if theirs]


async def grant_on(
    session: AsyncSession, installation: InstallationId, events: Sequence[Event], *, at: datetime
) -> list[Coupon]:
    """Give what these occasions give; the same occasion again gives nothing more.

    A reward that is sold out is left out, which the log tells.
    """
    given: list[Coupon] = []
    for occasion in sorted({event.occasion for event in events}):
        for held, rewards in await rewards_given_on(session, occasion, at=at):
            theirs = [
                event for event in events if event.occasion is occasion and event.program in {None, held.program.id}
            ]
            for event in theirs:
                given += await _give_all(session, installation, event, rewards, program=held.program, at=at)
    return given


async def _give_all(
    session: AsyncSession,
    installation: InstallationId,
    event: Event,
    rewards: Sequence[Reward],
    *,
    program: Program,
    at: datetime,
) -> list[Coupon]:
    joined = await points.memberships.programs_joined(session, installation, event.customer, [program])
    if program.id not in joined:
        return []
    keys = {
        reward.id: CouponId(uuid5(reward.id, f"{event.occasion}:{event.customer}:{event.key}")) for reward in rewards
    }
    places = [(coupons.place_of(installation, key, event.customer), key) for key in keys.values()]
    known = await coupons.known_coupons(session, places)
    given = []
    for reward in rewards:
        if keys[reward.id] in known:
            continue
        made = Grant(coupon=keys[reward.id], customer=event.customer, origin=ORIGINS[event.occasion])
        try:
            given.append(await give(session, installation, reward, made, program=program, at=at))
        except Refusal as refusal:
            log.warning("reward_not_given", reward=str(reward.id), reason=type(refusal).__name__)
    return given


async def first_orders(
    session: AsyncSession, installation: InstallationId, facts: Collection[OrderFact], *, at: datetime
) -> list[Event]:
    """Which of these orders are their customers' first paid ones, where that gives something; asks little else."""
    paid = [fact for fact in facts if fact.customer is not None and _is_paid(fact)]
    if not paid:
        return []
    since: Mapping[str, tuple[ProgramId, datetime]] = {
        channel: (held.program.id, min(reward.made_at for reward in rewards))
        for held, rewards in await rewards_given_on(session, Occasion.FIRST_ORDER, at=at)
        for channel in held.channels
    }
    late = [
        fact for fact in paid if (began := since.get(fact.snapshot.channel)) and fact.snapshot.created_at >= began[1]
    ]
    if not late:
        return []
    theirs = {fact.customer for fact in late if fact.customer is not None}
    firsts: dict[CustomerId, OrderFact] = {}
    for fact in await orders.orders_of_customers(session, installation, theirs):
        if fact.customer is not None and _is_paid(fact):
            held = firsts.get(fact.customer)
            if held is None or fact.snapshot.created_at < held.snapshot.created_at:
                firsts[fact.customer] = fact
    news = {fact.id for fact in late}
    return [
        Event(
            occasion=Occasion.FIRST_ORDER,
            customer=customer,
            key="first-order",
            program=since[fact.snapshot.channel][0],
        )
        for customer, fact in firsts.items()
        if fact.id in news
    ]


def _is_paid(fact: OrderFact) -> bool:
    snapshot = fact.snapshot
    return snapshot.charged > 0 and snapshot.status not in {"CANCELED", "EXPIRED", "DRAFT"}
