"""Ends batches in the shop: one call for the voucher, however many codes it has."""

from typing import Final

from saleor_crm_app.issuing.stocking import Callers
from saleor_crm_app.issuing.turns import alone_with_voucher
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.db import Database, retrying
from saleor_crm_app.kernel.ids import BatchId, InstallationId
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.loyalty.coupons import Batch, BatchEnd, CouponState
from saleor_crm_app.loyalty.rewards import EndBatch, RewardVoucher
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.shop_refusals import VoucherGone
from saleor_crm_app.saleor.voucher_changes import end_voucher
from saleor_crm_app.saleor.vouchers import find_voucher

_AT_ONCE: Final = 10_000
_STATES: Final = {
    BatchEnd.STAFF: CouponState.REVOKED,
    BatchEnd.BUDGET: CouponState.REVOKED,
    BatchEnd.EXPIRED: CouponState.EXPIRED,
}


class BatchEnder:
    """Has shops take no code of a batch any more."""

    def __init__(self, database: Database, callers: Callers) -> None:
        self._database = database
        self._callers = callers

    async def end(self, job: EndBatch) -> None:
        """Handle the job: the shop first, then our codes; those whose time is over need not wait for the shop.

        Raises SomebodyAtWork and what the shop's gateways raise; then it is tried again.
        """
        shop, key = job.installation, BatchId(job.batch)
        async with self._database.shop(shop, read_only=True) as session:
            batch = await coupons.batches.batch_by_id(session, key)
            voucher = await rewards.vouchers.voucher_of_batch(session, key)
        if batch is None or voucher is None or batch.end_reason is None:
            return
        if batch.end_reason is BatchEnd.EXPIRED:
            await self._end_codes(shop, batch)
        if voucher.ended_at is None:
            async with alone_with_voucher(self._database, shop, voucher.key):
                await self._end_voucher(shop, batch)
        await self._end_codes(shop, batch)

    async def _end_voucher(self, shop: InstallationId, batch: Batch) -> None:
        async with self._database.shop(shop, read_only=True) as session:
            voucher = await rewards.vouchers.voucher_of_batch(session, batch.id)
        if voucher is None:
            return
        await self._end_in_shop(await self._callers(shop), voucher, batch)
        async with self._database.shop(shop) as session:
            await rewards.vouchers.end_voucher(session, voucher.key, at=await business_time(session, shop))

    async def _end_in_shop(self, caller: Caller, voucher: RewardVoucher, batch: Batch) -> None:
        """Also where the shop made the voucher and its answer was lost; where it has none there is nothing to end."""
        known = voucher.saleor_id
        if known is None:
            found = await find_voucher(caller, voucher.name)
            known = None if found is None else found.id
        moment = now() if batch.expires_at is None else min(now(), batch.expires_at)
        if known is not None:
            try:
                await end_voucher(caller, known, moment)
            except VoucherGone:
                return

    async def _end_codes(self, shop: InstallationId, batch: Batch) -> None:
        """Some thousand in each transaction, so that orders with one of them do not wait long."""
        if batch.end_reason is None:
            return
        state = _STATES[batch.end_reason]

        async def act() -> int:
            async with self._database.shop(shop) as session:
                await coupons.batches.batch_by_id(session, batch.id, for_update=True)
                at = await business_time(session, shop)
                ended = batch.expires_at if state is CouponState.EXPIRED and batch.expires_at else at
                return await coupons.batch_codes.end_codes(session, batch.id, state=state, at=ended, most=_AT_ONCE)

        while await retrying(act) == _AT_ONCE:
            pass
