"""Has the shop know our vouchers, keeps codes ready, and hands them to whom they are owed."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.issuing.plans import shop_listings, shop_plan
from saleor_crm_app.issuing.turns import alone_with_voucher
from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.db import Database, retrying
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.loyalty.coupons import CouponState, StoredCode
from saleor_crm_app.loyalty.program import programs
from saleor_crm_app.loyalty.rewards import RewardVoucher, StockCodes
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.channels import read_channels
from saleor_crm_app.saleor.codes import CodeBook, new_code
from saleor_crm_app.saleor.shop_refusals import VoucherGone
from saleor_crm_app.saleor.voucher_codes import CODES_AT_ONCE, VoucherCode, add_codes
from saleor_crm_app.saleor.vouchers import ensure_voucher, list_voucher

Callers = Callable[[InstallationId], Awaitable[Caller]]
"""Gives who speaks to an installation's shop."""

READY: Final = 100
"""So many codes of a reward that is given now are kept ready."""
_AT_ONCE: Final = 1000
"""A job makes no more; if that is not enough, it asks for another."""
_PREFIX: Final = "R"


class Stocker:
    """Sees to the vouchers of rewards in the shops."""

    def __init__(self, database: Database, callers: Callers, codes: CodeBook) -> None:
        self._database = database
        self._callers = callers
        self._codes = codes

    async def stock(self, job: StockCodes) -> None:
        """Handle the job: voucher, codes, then who waits for one. Doing it twice makes nothing twice.

        Raises SomebodyAtWork and what the shop's gateways raise; then it is tried again.
        """
        shop = job.installation
        if await self._voucher(shop, job.voucher) is None:
            return
        async with alone_with_voucher(self._database, shop, job.voucher):
            await self.stock_alone(shop, job.voucher)

    async def stock_alone(self, shop: InstallationId, key: UUID) -> None:
        """The same, for who has the turn."""
        voucher = await self._voucher(shop, key)
        if voucher is None:
            return
        caller = await self._callers(shop)
        if voucher.saleor_id is None:
            voucher = await self.publish(caller, shop, voucher)
        wanted = await self._wanted(shop, voucher)
        made = min(wanted, _AT_ONCE)
        while made > 0:
            some = min(made, CODES_AT_ONCE)
            try:
                await self._add(caller, shop, voucher, [new_code(_PREFIX) for _ in range(some)])
            except VoucherGone:  # deleted by hand: a new one takes its place
                voucher = await self.publish(caller, shop, voucher)
                continue
            made -= some
            await self._hand_out(shop, voucher)
        while await self._hand_out(shop, voucher):
            pass
        if wanted > _AT_ONCE:
            async with self._database.shop(shop) as session:
                await outbox.enqueue(session, StockCodes(installation=shop, voucher=key))

    async def publish(self, caller: Caller, shop: InstallationId, voucher: RewardVoucher) -> RewardVoucher:
        """Have the shop know a voucher, found by its name where it does already; listed in its channels.

        Where it takes the place of one that is gone, codes of that one are given out no more.
        """
        async with self._database.shop(shop, read_only=True) as session:
            channels = await channels_of(session, voucher)
        listings = shop_listings(voucher.plan, await read_channels(caller), of_program=channels)
        fresh = [new_code(_PREFIX)]
        made = await ensure_voucher(caller, shop_plan(voucher), listings, codes=fresh)
        kept = [code for code in made.codes if code.code in fresh]
        async with self._database.shop(shop) as session:
            if voucher.saleor_id is not None and voucher.saleor_id != made.id:
                await coupons.codes.withdraw_free(session, voucher.saleor_id)
            await rewards.vouchers.note_voucher(session, voucher.key, made.id)
            await coupons.codes.keep_codes(session, shop, self._stored(shop, made.id, kept))
            found = await rewards.vouchers.voucher_by_key(session, voucher.key)
        return voucher if found is None else found

    async def relist(self, caller: Caller, shop: InstallationId, voucher: RewardVoucher) -> None:
        """Say anew what it is worth in its channels."""
        async with self._database.shop(shop, read_only=True) as session:
            channels = await channels_of(session, voucher)
        listings = shop_listings(voucher.plan, await read_channels(caller), of_program=channels)
        if voucher.saleor_id is not None:
            await list_voucher(caller, voucher.saleor_id, listings)

    async def _voucher(self, shop: InstallationId, key: UUID) -> RewardVoucher | None:
        async with self._database.shop(shop, read_only=True) as session:
            voucher = await rewards.vouchers.voucher_by_key(session, key)
        return None if voucher is None or voucher.ended_at is not None or voucher.batch is not None else voucher

    async def _wanted(self, shop: InstallationId, voucher: RewardVoucher) -> int:
        """How many codes lack: one for each coupon that waits, and some ahead while the reward is given."""
        async with self._database.shop(shop, read_only=True) as session:
            held = await coupons.count_held(session, voucher.key)
            saleor_id = voucher.saleor_id or ""
            free = (await coupons.codes.free_codes(session, [saleor_id]))[saleor_id]
            reward = (await rewards.rewards_by_id(session, [voucher.reward])).get(voucher.reward)
        ahead = 0
        if voucher.is_current and reward is not None and reward.retired_at is None:
            ahead = READY if reward.stock_left is None else min(READY, reward.stock_left)
        return max(0, held + ahead - free)

    async def _add(self, caller: Caller, shop: InstallationId, voucher: RewardVoucher, fresh: Sequence[str]) -> None:
        added = await add_codes(caller, voucher.saleor_id or "", fresh)
        async with self._database.shop(shop) as session:
            await coupons.codes.keep_codes(session, shop, self._stored(shop, voucher.saleor_id or "", added))

    def _stored(self, shop: InstallationId, voucher: str, codes: Sequence[VoucherCode]) -> list[StoredCode]:
        return [
            StoredCode(
                voucher=voucher,
                saleor_id=code.id,
                mac=self._codes.mac(code.code, installation=shop),
                sealed=self._codes.seal(code.code, installation=shop),
            )
            for code in codes
        ]

    async def _hand_out(self, shop: InstallationId, voucher: RewardVoucher) -> int:
        """Give free codes to coupons that wait; says how many got one."""

        async def act() -> int:
            async with self._database.shop(shop) as session:
                return await _hand_out(session, voucher)

        return await retrying(act)


async def _hand_out(session: AsyncSession, voucher: RewardVoucher) -> int:
    given = 0
    for coupon in await coupons.held_coupons(session, voucher.key, most=CODES_AT_ONCE):
        code = await coupons.codes.take_code(session, voucher.saleor_id or "", taker=coupon.id)
        if code is None:
            break
        await coupons.change_coupon(
            session,
            coupon,
            state=CouponState.ISSUED.value,
            saleor_id=code.saleor_id,
            code_mac=code.mac,
            code_sealed=code.sealed,
            deliver_by=None,
        )
        given += 1
    return given


async def channels_of(session: AsyncSession, voucher: RewardVoucher) -> Sequence[str]:
    """The channels of the program that a voucher's reward is in."""
    reward = (await rewards.rewards_by_id(session, [voucher.reward])).get(voucher.reward)
    for held in await programs(session):
        if reward is not None and held.program.id == reward.program:
            return held.channels
    return ()
