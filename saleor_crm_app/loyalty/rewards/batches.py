"""Batches of codes without points: made of a reward's effect, stopped, gone on with, and ended."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.ids import BatchId, CouponId, InstallationId, RewardId, new_id
from saleor_crm_app.loyalty import coupons
from saleor_crm_app.loyalty.coupons import Batch, BatchEnd, BatchState, CouponState, StoredCode
from saleor_crm_app.loyalty.program import programs_by_id
from saleor_crm_app.loyalty.rewards.batch_errors import (
    BatchInvalid,
    BatchNotFound,
    BatchNotRunning,
    BatchNotStopped,
    BatchOver,
    CodeTaken,
    NotAVoucher,
)
from saleor_crm_app.loyalty.rewards.catalog import rewards_by_id
from saleor_crm_app.loyalty.rewards.errors import RewardNotFound, RewardRetired
from saleor_crm_app.loyalty.rewards.jobs import EndBatch, MakeBatch
from saleor_crm_app.loyalty.rewards.plans import VoucherPlan, plan_of
from saleor_crm_app.loyalty.rewards.vouchers import make_voucher

MOST_CODES: Final = 100_000
_PREFIX: Final = re.compile(r"[0-9A-Z]{1,20}")
_LONGEST_NAME: Final = 100
_LARGEST: Final = 1_000_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchWish:
    """What staff ask for: so many single-use codes, none yet where they are to be imported; or one for all."""

    reward: RewardId
    name: str
    quantity: int = 1
    prefix: str = ""
    is_shared: bool = False
    most_uses: int | None = None
    once_per_customer: bool = False
    expires_at: datetime | None = None
    budget: int | None = None
    asked_by: str


async def create_batch(
    session: AsyncSession,
    installation: InstallationId,
    wish: BatchWish,
    *,
    shared: StoredCode | None = None,
    at: datetime,
) -> Batch:
    """Note a batch of a reward's effect as it is now, with `shared` where one code is for all; a job makes the codes.

    Raises BatchInvalid, RewardNotFound, RewardRetired, NotAVoucher and CodeTaken.
    """
    _check(wish, at)
    reward = (await rewards_by_id(session, [wish.reward])).get(wish.reward)
    if reward is None:
        raise RewardNotFound
    if reward.retired_at is not None:
        raise RewardRetired
    currency = (await programs_by_id(session))[reward.program].currency
    plan = plan_of(reward.terms, currency)
    if plan is None:
        raise NotAVoucher(reward.terms.kind)
    key = BatchId(new_id())
    batch = Batch(
        id=key,
        program=reward.program,
        reward=reward.id,
        name=wish.name,
        prefix=wish.prefix,
        state=BatchState.RUNNING if wish.quantity else BatchState.READY,
        wanted=wish.quantity,
        is_shared=wish.is_shared,
        most_uses=wish.most_uses,
        once_per_customer=wish.once_per_customer,
        budget=wish.budget,
        currency=currency,
        expires_at=wish.expires_at,
        asked_by=wish.asked_by,
        asked_at=at,
    )
    await coupons.batches.insert_batch(session, installation, batch)
    own = _own_plan(plan, batch)
    voucher = await make_voucher(session, installation, reward.id, own, name=wish.name, at=at, batch=key)
    if shared is not None and not await coupons.batch_codes.hold_codes(
        session, installation, batch, [shared], voucher_key=voucher.key, at=at
    ):
        raise CodeTaken
    if wish.quantity:
        await outbox.enqueue(session, MakeBatch(installation=installation, batch=key))
    return batch


def _own_plan(plan: VoucherPlan, batch: Batch) -> VoucherPlan:
    return msgspec.structs.replace(
        plan,
        is_shared=batch.is_shared,
        most_uses=batch.most_uses,
        once_per_customer=batch.once_per_customer,
        ends_at=batch.expires_at,
    )


def _check(wish: BatchWish, at: datetime) -> None:
    """Raises BatchInvalid with the first fault."""
    few = wish.quantity == 1 if wish.is_shared else 0 <= wish.quantity <= MOST_CODES
    faults = (
        (1 <= len(wish.name) <= _LONGEST_NAME, "name", f"Give the batch a name of 1 to {_LONGEST_NAME} characters."),
        (few, "quantity", f"Ask for 1 to {MOST_CODES} codes, or for none where you want to import your own."),
        (
            not wish.prefix or _PREFIX.fullmatch(wish.prefix) is not None,
            "prefix",
            "A prefix has 1 to 20 letters from A to Z or digits.",
        ),
        (
            wish.most_uses is None or (wish.is_shared and wish.most_uses >= 1),
            "mostUses",
            "Only a code for all customers is used several times: say how often, from 1 on.",
        ),
        (
            wish.expires_at is None or wish.expires_at > at,
            "expiresAt",
            "The codes have to end in the future.",
        ),
        (
            wish.budget is None or 1 <= wish.budget <= _LARGEST,
            "budget",
            "A budget is more than nothing.",
        ),
    )
    for holds, field, sentence in faults:
        if not holds:
            raise BatchInvalid(field, sentence)


async def batch_to_act_on(session: AsyncSession, batch: BatchId) -> Batch:
    """A batch that nobody else changes until the transaction ends.

    Raises BatchNotFound and BatchOver.
    """
    found = await coupons.batches.batch_by_id(session, batch, for_update=True)
    if found is None:
        raise BatchNotFound
    if found.is_over:
        raise BatchOver
    return found


async def stop_batch(session: AsyncSession, _installation: InstallationId, batch: BatchId) -> Batch:
    """Make no more codes; those that are made stay good.

    Raises BatchNotFound, BatchOver and BatchNotRunning.
    """
    if (await batch_to_act_on(session, batch)).state is not BatchState.RUNNING:
        raise BatchNotRunning
    return await coupons.batches.change_batch(session, batch, state=BatchState.STOPPED.value)


async def resume_batch(session: AsyncSession, installation: InstallationId, batch: BatchId) -> Batch:
    """Go on where it was stopped.

    Raises BatchNotFound, BatchOver and BatchNotStopped.
    """
    if (await batch_to_act_on(session, batch)).state is not BatchState.STOPPED:
        raise BatchNotStopped
    await outbox.enqueue(session, MakeBatch(installation=installation, batch=batch))
    return await coupons.batches.change_batch(session, batch, state=BatchState.RUNNING.value, trouble=None)


async def note_made(session: AsyncSession, batch: Batch, number: int) -> Batch:
    """So many more codes of a locked batch are in the shop; once all are, it is ready."""
    made = batch.made + number
    state = BatchState.READY if made >= batch.wanted and not batch.is_over else batch.state
    return await coupons.batches.change_batch(session, batch.id, made=made, state=state.value, trouble=None)


async def leave_out(session: AsyncSession, batch: Batch, codes: Sequence[CouponId]) -> Batch:
    """The shop has these codes of a locked batch for something else; they fail, and it is to have so many fewer."""
    failed = await coupons.batch_codes.turn_codes(session, batch.id, codes, into=CouponState.FAILED)
    now = await coupons.batches.change_batch(
        session, batch.id, wanted=batch.wanted - failed, left_out=batch.left_out + failed
    )
    return await note_made(session, now, 0)


async def end_batch(
    session: AsyncSession,
    installation: InstallationId,
    batch: BatchId,
    *,
    reason: BatchEnd = BatchEnd.STAFF,
    at: datetime,
) -> Batch:
    """Have none of its codes be good any more; a job tells the shop, and ends those that nobody has used.

    Raises BatchNotFound and BatchOver.
    """
    await batch_to_act_on(session, batch)
    await outbox.enqueue(session, EndBatch(installation=installation, batch=batch))
    return await coupons.batches.change_batch(
        session, batch, state=BatchState.ENDED.value, end_reason=reason.value, ended_at=at, trouble=None
    )


async def end_overdue(session: AsyncSession, installation: InstallationId, *, at: datetime, most: int) -> int:
    """End the batches whose time is over, at most so many; says how many there were."""
    over = await coupons.batches.overdue_batches(session, at=at, most=most)
    for one in over:
        await end_batch(session, installation, one.id, reason=BatchEnd.EXPIRED, at=one.expires_at or at)
    return len(over)
