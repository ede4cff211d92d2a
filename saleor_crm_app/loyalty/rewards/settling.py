"""Makes the books say what follows from an order that used a coupon: a target state, whatever news came before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.incidents import Incident, open_incidents, withdraw_incidents
from saleor_crm_app.kernel.clock import days_later
from saleor_crm_app.kernel.ids import CouponId, CustomerId, InstallationId, OrderId, RedemptionId
from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.loyalty import coupons, points
from saleor_crm_app.loyalty.coupons import (
    CHARGED,
    TROUBLES,
    Coupon,
    CouponKey,
    CouponMedium,
    CouponOrigin,
    CouponState,
    Outcome,
    Use,
)
from saleor_crm_app.loyalty.program import Program, programs_by_id
from saleor_crm_app.loyalty.rewards.catalog import Reward, rewards_by_id
from saleor_crm_app.loyalty.rewards.claiming import Grant, issue
from saleor_crm_app.loyalty.rewards.supply import correct_cost


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One coupon with all that is known of its uses."""

    coupon: Coupon
    owners: frozenset[CustomerId]
    kept: Sequence[coupons.uses.KeptUse]
    reward: Reward
    program: Program
    most: int | None
    at: datetime

    @property
    def uses(self) -> list[Use]:
        return [one.use for one in self.kept]

    @property
    def was_replaced(self) -> bool:
        return any(one.outcome is Outcome.REPLACED for one in self.kept)


async def settle_uses(
    session: AsyncSession,
    installation: InstallationId,
    key: CouponKey,
    seen: Sequence[Use],
    *,
    most: int | None,
    at: datetime,
) -> None:
    """Take in what is known of orders that used a coupon, and bring everything to what follows from it.

    `most` orders may use it; None: any number. Doing it twice changes nothing.
    """
    coupon = await coupons.coupon_of(session, key, for_update=True)
    if coupon is None:
        return
    for use in seen:
        await coupons.uses.note_use(session, installation, coupon, use)
    case = _Case(
        coupon=coupon,
        owners=await _owners(session, installation, coupon),
        kept=(await coupons.uses.uses_of(session, [key]))[key],
        reward=(await rewards_by_id(session, [coupon.reward]))[coupon.reward],
        program=(await programs_by_id(session))[coupon.program],
        most=most,
        at=at,
    )
    verdict = coupons.judge(
        coupons.Terms(owners=case.owners, most=most, is_over=_is_over(coupon), was_replaced=case.was_replaced),
        case.uses,
    )
    outcomes = dict(verdict.outcomes)
    if coupon.medium is CouponMedium.GIFT_CARD:
        outcomes |= await _replace_cards(session, installation, case)
    elif verdict.replace:
        await _replace(session, installation, case)
    charged = await _charge(session, installation, case, outcomes)
    await coupons.uses.write_outcomes(session, coupon, outcomes, charged)
    await _tell_staff(session, installation, case, outcomes, charged)
    await _follow(session, installation, case, replaced=verdict.replace)


def _is_over(coupon: Coupon) -> bool:
    return not coupon.is_open and coupon.state is not CouponState.USED


async def _owners(session: AsyncSession, installation: InstallationId, coupon: Coupon) -> frozenset[CustomerId]:
    """The customer, and whose account theirs was merged into."""
    if coupon.customer is None:
        return frozenset()
    owners = {coupon.customer}
    member = await points.account_of(session, installation, coupon.customer, coupon.program)
    account = None if member is None else member.account
    while account is not None:
        account = await points.memberships.merged_into(session, installation, account)
        following = None if account is None else await points.member_by_account(session, installation, account)
        if following is None or following.customer in owners:
            break
        owners.add(following.customer)
    return frozenset(owners)


def replacement_of(coupon: CouponId, order: OrderId | None = None) -> CouponId:
    """The key of what takes a coupon's place; of a gift card's part, for the order that it was on."""
    return CouponId(uuid5(coupon, "replacement" if order is None else f"replacement:{order}"))


async def _replace(session: AsyncSession, installation: InstallationId, case: _Case) -> None:
    """A new code for the owner: Saleor gives none back. It carries on the points, and lasts at least the grace.

    It is good for the same as the one before, also where the reward has changed or is not given any more.
    """
    coupon = case.coupon
    if coupon.customer is None:
        return
    grant = Grant(
        coupon=replacement_of(coupon.id),
        customer=coupon.customer,
        origin=CouponOrigin.REPLACEMENT,
        replaces=coupon.id,
        points=coupon.points,
        redemption=coupon.redemption,
        expires_at=_not_before_grace(case),
        voucher=coupon.voucher_key,
    )
    fresh = await issue(session, installation, case.reward, grant, program=case.program, at=case.at)
    await correct_cost(session, installation, case.reward, change=fresh.cost, currency=coupon.currency, at=case.at)


async def _replace_cards(session: AsyncSession, installation: InstallationId, case: _Case) -> dict[OrderId, Outcome]:
    """What a cancelled order took off a card comes on a new one: Saleor does not put it back.

    It costs nothing more, and no piece of stock: the first card has these, and keeps them.
    """
    coupon = case.coupon
    lost = [use for use in case.uses if use.is_void and use.amount > 0]
    keys = {use.order: replacement_of(coupon.id, use.order) for use in lost}
    known = await coupons.known_coupons(session, [(coupon.shard, key) for key in keys.values()])
    for use in lost:
        if coupon.customer is None or keys[use.order] in known:
            continue
        grant = Grant(
            coupon=keys[use.order],
            customer=coupon.customer,
            origin=CouponOrigin.REPLACEMENT,
            replaces=coupon.id,
            worth=use.amount,
            cost=0,
            expires_at=_not_before_grace(case),
        )
        await issue(session, installation, case.reward, grant, program=case.program, at=case.at)
    return {use.order: Outcome.REPLACED for use in lost}


def _not_before_grace(case: _Case) -> datetime | None:
    grace = days_later(case.at, case.program.settings.return_grace_days, case.program.zone)
    expires = case.coupon.expires_at
    return None if expires is None else max(expires, grace)


def _charge_key(coupon: CouponId, order: OrderId) -> RedemptionId:
    return RedemptionId(uuid5(coupon, f"again:{order}"))


async def _charge(
    session: AsyncSession, installation: InstallationId, case: _Case, outcomes: Mapping[OrderId, Outcome]
) -> dict[OrderId, int]:
    """Take the owner's points for every use beyond the one that was paid for; give back what was taken wrongly."""
    coupon = case.coupon
    taken: dict[OrderId, int] = {}
    for one in case.kept:
        order = one.use.order
        owes = outcomes[order] in CHARGED and one.use.customer in case.owners and coupon.points > 0
        key = _charge_key(coupon.id, order)
        if coupon.customer is None or owes == bool(one.charged):
            taken[order] = one.charged
            continue
        owner = (coupon.customer, coupon.program)
        if owes:
            taken[order] = await points.charge(
                session, installation, owner, program=case.program, points=coupon.points, redemption=key, at=case.at
            )
        else:
            await points.give_back(session, installation, owner, program=case.program, redemption=key, at=case.at)
            taken[order] = 0
    return taken


def incident_key(coupon: UUID, order: OrderId, outcome: Outcome) -> UUID:
    """One for each order and what it came to."""
    return uuid5(coupon, f"{order}:{outcome.value}")


async def _tell_staff(
    session: AsyncSession,
    installation: InstallationId,
    case: _Case,
    outcomes: Mapping[OrderId, Outcome],
    charged: Mapping[OrderId, int],
) -> None:
    coupon, troubles, nothing = case.coupon, list[Incident](), list[UUID]()
    for use in case.uses:
        for outcome in TROUBLES:
            key = incident_key(coupon.id, use.order, outcome)
            if outcomes[use.order] is not outcome:
                nothing.append(key)
                continue
            troubles.append(
                Incident(
                    id=key,
                    kind=f"COUPON_{outcome.value}",
                    lost=Money(MinorUnits(use.amount), coupon.currency),
                    opened_at=case.at,
                    customer=use.customer,
                    order=use.order,
                    subject=coupon.id,
                    about={"reward": str(coupon.reward), "charged": charged.get(use.order, 0)},
                )
            )
    await open_incidents(session, installation, troubles)
    await withdraw_incidents(session, nothing, at=case.at)


async def _follow(session: AsyncSession, installation: InstallationId, case: _Case, *, replaced: bool) -> None:
    """State, order and cost of the coupon as its uses have them."""
    coupon = case.coupon
    first = coupons.first_live(case.uses)
    changes: dict[str, object] = {}
    if replaced:
        void = min(case.uses, key=lambda use: (use.ordered_at, use.order))
        changes |= {"state": CouponState.REVOKED.value, "ended_at": case.at, "order_id": void.order}
    elif first is not None and not _is_over(coupon):
        is_spent = case.most is not None and len([use for use in case.uses if not use.is_void]) >= case.most
        changes["order_id"] = first.order
        if is_spent or coupon.medium is CouponMedium.GIFT_CARD:
            changes["state"] = CouponState.USED.value
    elif coupon.medium is CouponMedium.GIFT_CARD and coupon.is_open and any(use.amount for use in case.uses):
        changes["state"] = CouponState.USED.value  # what a cancelled order took is on another card
    cost = _cost(case, replaced=replaced)
    if cost != coupon.cost:
        changes["cost"] = cost
        change = cost - coupon.cost
        await correct_cost(session, installation, case.reward, change=change, currency=coupon.currency, at=case.at)
    if changes:
        await coupons.change_coupon(session, coupon, **changes)


def _cost(case: _Case, *, replaced: bool) -> int:
    """What orders were given; what is reserved while none was, unless it is over. A gift card costs what is on it."""
    if case.coupon.medium is CouponMedium.GIFT_CARD:
        return case.coupon.cost
    live = [use.amount for use in case.uses if not use.is_void]
    if live or replaced or _is_over(case.coupon):
        return sum(live)
    return case.coupon.cost
