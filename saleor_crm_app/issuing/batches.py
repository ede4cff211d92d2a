"""Puts the codes of batches into the shop: noted here first, so that a crash neither loses nor doubles one."""

from collections.abc import Collection, Sequence
from typing import Final

from saleor_crm_app.issuing.plans import shop_listings, shop_plan
from saleor_crm_app.issuing.stocking import Callers, channels_of
from saleor_crm_app.issuing.turns import SomebodyAtWork, alone_with_voucher
from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.db import Database, retrying
from saleor_crm_app.kernel.errors import CrmError
from saleor_crm_app.kernel.ids import BatchId, InstallationId
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.loyalty.coupons import BatchState, Coupon, CouponState, StoredCode
from saleor_crm_app.loyalty.rewards import MakeBatch, RewardVoucher
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.channels import read_channels
from saleor_crm_app.saleor.codes import CodeBook, new_codes
from saleor_crm_app.saleor.shop_refusals import CodesTaken, ShopRefused, VoucherGone
from saleor_crm_app.saleor.voucher_codes import CODES_IN_BULK, put_codes
from saleor_crm_app.saleor.vouchers import ensure_voucher

CHUNKS: Final = 4
"""After so many the job asks for another, so that other jobs have their turn."""
_LONGEST_TROUBLE: Final = 500
_DELETED: Final = (
    "The voucher of this batch was deleted in the shop, and its codes with it. End this batch and make another one."
)

log = logger(__name__)


class BatchMaker:
    """Makes the codes of batches in the shops."""

    def __init__(self, database: Database, callers: Callers, codes: CodeBook) -> None:
        self._database = database
        self._callers = callers
        self._codes = codes

    async def make(self, job: MakeBatch) -> None:
        """Handle the job: some thousand codes, and another job for the rest. Doing it twice makes nothing twice.

        Raises SomebodyAtWork and what the shop's gateways raise; then it is tried again, and the batch says why.
        """
        shop = job.installation
        for _ in range(CHUNKS):
            if not await self.make_some(shop, BatchId(job.batch)):
                return
        async with self._database.shop(shop) as session:
            await outbox.enqueue(session, job)

    async def make_some(self, shop: InstallationId, key: BatchId) -> bool:
        """Put at most 500 codes into the shop; says whether there may be more to do. Raises as `make` does."""
        async with self._database.shop(shop, read_only=True) as session:
            batch = await coupons.batches.batch_by_id(session, key)
            voucher = await rewards.vouchers.voucher_of_batch(session, key)
        if batch is None or voucher is None or batch.state is not BatchState.RUNNING:
            return False
        try:
            async with alone_with_voucher(self._database, shop, voucher.key):
                return await self._make_some(shop, key)
        except SomebodyAtWork:
            raise
        except ShopRefused as refusal:  # asking again would be answered alike
            log.warning("batch_stopped", batch=str(key), reason=type(refusal).__name__)
            await self._tell(shop, key, _DELETED if isinstance(refusal, VoucherGone) else str(refusal), stop=True)
            return False
        except CrmError as trouble:
            await self._tell(shop, key, str(trouble), stop=False)
            raise

    async def _make_some(self, shop: InstallationId, key: BatchId) -> bool:
        held, voucher = await retrying(lambda: self._hold(shop, key))
        if not held or voucher is None:
            return False
        texts = {self._codes.open(one.sealed, installation=shop): one for one in held if one.sealed is not None}
        caller = await self._callers(shop)
        try:
            if voucher.saleor_id is None:
                voucher = await self._publish(caller, shop, voucher, next(iter(texts)))
            await put_codes(caller, voucher.saleor_id or "", list(texts))
        except CodesTaken as refusal:
            foreign = [texts[text] for text in refusal.codes if text in texts]
            if not foreign or voucher.plan.is_shared:
                raise
            await retrying(lambda: self._leave_out(shop, key, foreign))
            return True
        await retrying(lambda: self._issue(shop, key, held))
        return True

    async def _hold(self, shop: InstallationId, key: BatchId) -> tuple[Sequence[Coupon], RewardVoucher | None]:
        """The next codes for the shop: those that it is not known to have, and new ones as far as more are wanted."""
        async with self._database.shop(shop) as session:
            batch = await coupons.batches.batch_by_id(session, key, for_update=True)
            voucher = await rewards.vouchers.voucher_of_batch(session, key)
            if batch is None or voucher is None or batch.state is not BatchState.RUNNING:
                return (), None
            waiting = await coupons.batch_codes.count_held(session, key)
            wanted = min(batch.wanted - batch.made - waiting, CODES_IN_BULK - waiting)
            if wanted > 0:
                at = await business_time(session, shop)
                fresh = self._stored(shop, voucher.saleor_id or "", new_codes(wanted, batch.prefix))
                await coupons.batch_codes.hold_codes(session, shop, batch, fresh, voucher_key=voucher.key, at=at)
            held = await coupons.batch_codes.held_of_batch(session, key, most=CODES_IN_BULK)
            if not held:
                await rewards.batches.note_made(session, batch, 0)
            return held, voucher

    async def _publish(self, caller: Caller, shop: InstallationId, voucher: RewardVoucher, code: str) -> RewardVoucher:
        """Have the shop know the batch's voucher, found by its name where it does already; Saleor makes none empty."""
        async with self._database.shop(shop, read_only=True) as session:
            channels = await channels_of(session, voucher)
        listings = shop_listings(voucher.plan, await read_channels(caller), of_program=channels)
        made = await ensure_voucher(caller, shop_plan(voucher), listings, codes=[code])
        async with self._database.shop(shop) as session:
            await rewards.vouchers.note_voucher(session, voucher.key, made.id)
            if voucher.batch is not None:
                await coupons.batch_codes.note_voucher(session, voucher.batch, made.id)
            found = await rewards.vouchers.voucher_by_key(session, voucher.key)
        return voucher if found is None else found

    async def _issue(self, shop: InstallationId, key: BatchId, held: Sequence[Coupon]) -> None:
        """The shop has these; one that an order has used meanwhile was counted then."""
        async with self._database.shop(shop) as session:
            batch = await coupons.batches.batch_by_id(session, key, for_update=True)
            if batch is not None:
                ids = [one.id for one in held]
                issued = await coupons.batch_codes.turn_codes(session, key, ids, into=CouponState.ISSUED)
                await rewards.batches.note_made(session, batch, issued)

    async def _leave_out(self, shop: InstallationId, key: BatchId, foreign: Sequence[Coupon]) -> None:
        async with self._database.shop(shop) as session:
            batch = await coupons.batches.batch_by_id(session, key, for_update=True)
            if batch is not None:
                await rewards.batches.leave_out(session, batch, [one.id for one in foreign])

    async def _tell(self, shop: InstallationId, key: BatchId, trouble: str, *, stop: bool) -> None:
        async with self._database.shop(shop) as session:
            batch = await coupons.batches.batch_by_id(session, key, for_update=True)
            if batch is not None and batch.state is BatchState.RUNNING:
                state = BatchState.STOPPED if stop else batch.state
                await coupons.batches.change_batch(session, key, state=state.value, trouble=trouble[:_LONGEST_TROUBLE])

    def _stored(self, shop: InstallationId, voucher: str, texts: Collection[str]) -> list[StoredCode]:
        return [stored_code(self._codes, shop, voucher, text) for text in texts]


def stored_code(codes: CodeBook, shop: InstallationId, voucher: str, text: str) -> StoredCode:
    """A code as it lies at rest."""
    return StoredCode(
        voucher=voucher, mac=codes.mac(text, installation=shop), sealed=codes.seal(text, installation=shop)
    )
