"""Makes the books of a batch say what its orders have cost, and ends it when its budget is used up."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.incidents import Incident, open_incidents, withdraw_incidents
from saleor_crm_app.kernel.ids import CouponId, CustomerId, InstallationId, OrderId
from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.loyalty import coupons
from saleor_crm_app.loyalty.coupons import TROUBLES, Batch, BatchEnd, Coupon, CouponKey, CouponState, Outcome, Use
from saleor_crm_app.loyalty.rewards.batches import end_batch, note_made
from saleor_crm_app.loyalty.rewards.settling import incident_key
from saleor_crm_app.loyalty.rewards.supply import Budget, warn

Verdicts = Mapping[tuple[CouponId, OrderId], Outcome]


async def settle_code_use(
    session: AsyncSession, installation: InstallationId, key: CouponKey, use: Use, *, at: datetime
) -> None:
    """Take in what is known of an order that used a batch's code, and bring everything to what follows from it.

    Uses of one batch wait for each other, since its budget counts them all. Doing it twice changes nothing.
    """
    found = await coupons.coupon_of(session, key)
    if found is None or found.batch is None:
        return
    batch = await coupons.batches.batch_by_id(session, found.batch, for_update=True)
    coupon = await coupons.coupon_of(session, key, for_update=True)
    if batch is None or coupon is None:
        return
    before = await coupons.batch_uses.use_of(session, coupon, use.order)
    await coupons.uses.note_use(session, installation, coupon, use)
    tally = await coupons.batch_uses.tally_of(session, batch.id)
    customers = {one.customer for one in (use, use if before is None else before.use) if one.customer is not None}
    judged = await _judged(session, batch, coupon, use, customers if batch.once_per_customer else set(), tally)
    verdicts = coupons.batch_outcomes.judge_codes(
        judged, most=batch.most_uses if batch.is_shared else 1, once_per_customer=batch.once_per_customer
    )
    touched = [one for one in judged if batch.is_shared or one.code == coupon.id or one.use.customer in customers]
    await _write(session, installation, batch, touched, verdicts, at=at)
    batch = await _follow_code(session, batch, coupon, judged, verdicts, tally)
    await _count(session, installation, batch, tally, at=at)


async def _judged(
    session: AsyncSession,
    batch: Batch,
    coupon: Coupon,
    use: Use,
    customers: Collection[CustomerId],
    tally: coupons.batch_uses.BatchTally,
) -> Sequence[coupons.batch_outcomes.CodeUse]:
    """The uses on which the order's outcome depends, or whose outcomes depend on it; few, however many there are."""
    if not batch.is_shared:
        return await coupons.batch_uses.uses_of_batch(session, batch.id, code=coupon.id, customers=customers or None)
    if batch.most_uses is not None and max(tally.uses, batch.uses) > batch.most_uses:  # it is, or was, used too often
        return await coupons.batch_uses.uses_of_batch(session, batch.id)
    if customers:
        return await coupons.batch_uses.uses_of_batch(session, batch.id, customers=customers)
    only = await coupons.batch_uses.use_of(session, coupon, use.order)
    return [] if only is None else [only]


async def _write(
    session: AsyncSession,
    installation: InstallationId,
    batch: Batch,
    judged: Sequence[coupons.batch_outcomes.CodeUse],
    verdicts: Verdicts,
    *,
    at: datetime,
) -> None:
    """Note the outcomes that are others now, with their incidents."""
    changed = [one for one in judged if verdicts[one.code, one.use.order] is not one.outcome]
    outcomes = {(one.code, one.use.order): verdicts[one.code, one.use.order] for one in changed}
    await coupons.batch_uses.write_code_outcomes(session, batch.id, outcomes)
    troubles = [
        _incident(one, outcome, batch, at=at)
        for one in changed
        if (outcome := outcomes[one.code, one.use.order]) in TROUBLES
    ]
    await open_incidents(session, installation, troubles)
    nothing = [incident_key(one.code, one.use.order, one.outcome) for one in changed if one.outcome in TROUBLES]
    await withdraw_incidents(session, nothing, at=at)


def _incident(one: coupons.batch_outcomes.CodeUse, outcome: Outcome, batch: Batch, *, at: datetime) -> Incident:
    return Incident(
        id=incident_key(one.code, one.use.order, outcome),
        kind=f"COUPON_{outcome.value}",
        lost=Money(MinorUnits(one.use.amount), batch.currency),
        opened_at=at,
        customer=one.use.customer,
        order=one.use.order,
        subject=one.code,
        about={"reward": str(batch.reward), "batch": str(batch.id), "charged": 0},
    )


async def _follow_code(
    session: AsyncSession,
    batch: Batch,
    coupon: Coupon,
    judged: Sequence[coupons.batch_outcomes.CodeUse],
    verdicts: Verdicts,
    tally: coupons.batch_uses.BatchTally,
) -> Batch:
    """State, order and cost of the code as its uses have them; one that an order used is in the shop."""
    theirs = [one.use for one in judged if one.code == coupon.id]
    in_time = [use for use in theirs if verdicts[coupon.id, use.order] is not Outcome.USED_AFTER_END]
    first = coupons.first_live(in_time)
    cost = tally.spent if batch.is_shared else sum(use.amount for use in theirs if not use.is_void)
    state = coupon.state
    if batch.is_shared and (coupon.is_open or state is CouponState.USED):
        is_used_up = batch.most_uses is not None and tally.uses >= batch.most_uses
        state = CouponState.USED if is_used_up else CouponState.ISSUED
    elif first is not None and not batch.is_shared:
        state = CouponState.USED
        await coupons.change_coupon(session, coupon, order_id=first.order)
    await coupons.change_coupon(session, coupon, state=state.value, cost=cost)
    if coupon.state is not CouponState.HELD or state is CouponState.HELD:
        return batch
    return await note_made(session, batch, 1)


async def _count(
    session: AsyncSession,
    installation: InstallationId,
    batch: Batch,
    tally: coupons.batch_uses.BatchTally,
    *,
    at: datetime,
) -> None:
    if (tally.uses, tally.spent) != (batch.uses, batch.spent):
        await coupons.batches.change_batch(session, batch.id, uses=tally.uses, spent=tally.spent)
    budget = Budget(subject=batch.id, amount=batch.budget, currency=batch.currency)
    await warn(session, installation, budget, before=batch.spent, after=tally.spent, at=at)
    if batch.budget is not None and tally.spent >= batch.budget and not batch.is_over:
        await end_batch(session, installation, batch.id, reason=BatchEnd.BUDGET, at=at)
