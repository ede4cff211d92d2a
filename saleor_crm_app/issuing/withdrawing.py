"""Takes codes out of the shop; only what the shop is seen not to take any more, unused, gives its points back."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import msgspec

from saleor_crm_app.issuing.stocking import Callers
from saleor_crm_app.issuing.turns import alone_with_voucher
from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.db import Database, retrying
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.loyalty.coupons import Coupon
from saleor_crm_app.loyalty.rewards import EndCoupons, RewardVoucher, WithdrawVoucher
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.client import ShopUnavailable
from saleor_crm_app.saleor.codes import CodeBook
from saleor_crm_app.saleor.shop_refusals import VoucherGone
from saleor_crm_app.saleor.voucher_changes import end_voucher
from saleor_crm_app.saleor.voucher_codes import CODES_AT_ONCE, VoucherCode, delete_codes, each_code, read_codes

log = logger(__name__)


class Withdrawer:
    """Ends codes of rewards in the shops."""

    def __init__(self, database: Database, callers: Callers, codes: CodeBook) -> None:
        self._database = database
        self._callers = callers
        self._codes = codes

    async def end_coupons(self, job: EndCoupons) -> None:
        """End the coupons of a voucher whose time is over or that are taken back, a hundred at a time.

        A code that an order has used is left: the order is on its way to us, or the next comparison fetches it. Nobody
        puts codes of the voucher back meanwhile. Raises SomebodyAtWork and what the shop's gateways raise; then those
        that were not seen gone are still open, and it is tried again.
        """
        _, due = await self._due(job)
        if due:
            async with alone_with_voucher(self._database, job.installation, job.voucher):
                await self._end_coupons(job)

    async def _due(self, job: EndCoupons) -> tuple[RewardVoucher | None, Sequence[Coupon]]:
        async with self._database.shop(job.installation, read_only=True) as session:
            at = await business_time(session, job.installation)
            due = await coupons.due_of_voucher(session, job.voucher, at=at, most=CODES_AT_ONCE + 1, after=job.after)
            return await rewards.vouchers.voucher_by_key(session, job.voucher), due

    async def _end_coupons(self, job: EndCoupons) -> None:
        shop = job.installation
        voucher, due = await self._due(job)
        if voucher is None or not due:
            return
        some = due[:CODES_AT_ONCE]
        texts = {self._codes.open(one.sealed, installation=shop): one for one in some if one.sealed is not None}
        gone = await self._take_out(await self._callers(shop), voucher.saleor_id, list(texts))
        for text, coupon in texts.items():
            if text in gone:
                await self._end(shop, coupon)
        for coupon in some:
            if coupon.sealed is None:
                await self._end(shop, coupon)
        if len(due) > CODES_AT_ONCE:
            async with self._database.shop(shop) as session:
                await outbox.enqueue(session, msgspec.structs.replace(job, after=some[-1].id))

    async def withdraw(self, job: WithdrawVoucher) -> None:
        """Take out of the shop what of a former voucher nobody has; once nobody can use any, the voucher is over."""
        shop = job.installation
        async with self._database.shop(shop, read_only=True) as session:
            voucher = await rewards.vouchers.voucher_by_key(session, job.voucher)
        if voucher is None or voucher.is_current:
            return
        async with alone_with_voucher(self._database, shop, voucher.key):
            if voucher.ended_at is None and not await self._withdraw_free(shop, voucher):
                return
            if voucher.saleor_id is not None:
                with suppress(VoucherGone):
                    await end_voucher(await self._callers(shop), voucher.saleor_id, now())

    async def _withdraw_free(self, shop: InstallationId, voucher: RewardVoucher) -> bool:
        """Says whether it is over: it may have become current again meanwhile, and is left to who has it then.

        Our books say so before the shop does, since a coupon of a voucher that the shop has ended is good for nothing.
        """
        if voucher.saleor_id is not None:
            await self._take_out_free(shop, voucher.saleor_id)
        async with self._database.shop(shop) as session:
            found = await rewards.vouchers.voucher_by_key(session, voucher.key, for_update=True)
            if found is None or found.is_current or await coupons.open_of_voucher(session, voucher.key):
                return False
            await rewards.vouchers.end_voucher(session, voucher.key, at=await business_time(session, shop))
        return True

    async def _take_out_free(self, shop: InstallationId, saleor_id: str) -> None:
        """Also those that were withdrawn before and may still be in the shop, where an earlier try was cut off."""
        async with self._database.shop(shop) as session:
            await coupons.codes.withdraw_free(session, saleor_id)
            withdrawn = await coupons.codes.withdrawn_of(session, saleor_id)
        texts = {self._codes.open(code.sealed, installation=shop) for code in withdrawn}
        caller = await self._callers(shop)
        with suppress(VoucherGone):
            present = [code async for code in each_code(caller, saleor_id)]
            unused = [code.id for code in present if code.code in texts and not code.was_used]
            for start in range(0, len(unused), CODES_AT_ONCE):
                await delete_codes(caller, unused[start : start + CODES_AT_ONCE])

    async def _take_out(self, caller: Caller, voucher: str | None, texts: Sequence[str]) -> set[str]:
        """Delete those of these codes that are unused, and give those that the shop has no more."""
        if voucher is None:
            return set(texts)
        present = await read_codes(caller, voucher, texts)
        unused = [code.id for code in present.values() if not code.was_used]
        if unused:
            await delete_codes(caller, unused)
            present = await read_codes(caller, voucher, texts)
        stubborn = [code for code in present.values() if not code.was_used]
        if stubborn:
            raise ShopUnavailable("The shop still has codes that were deleted")
        return _absent(texts, present)

    async def _end(self, shop: InstallationId, coupon: Coupon) -> None:
        async def act() -> None:
            async with self._database.shop(shop) as session:
                at = await business_time(session, shop)
                await rewards.end_coupon(session, shop, coupon.key, at=at)

        await retrying(act)


def _absent(texts: Sequence[str], present: Mapping[str, VoucherCode]) -> set[str]:
    return {text for text in texts if text not in present}
