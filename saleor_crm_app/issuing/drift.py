"""Compares our vouchers with the shop, where staff may have edited or deleted them, and puts them right."""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import uuid5

from saleor_crm_app.crm.incidents import Incident, open_incidents
from saleor_crm_app.issuing.plans import shop_listings, shop_plan
from saleor_crm_app.issuing.stocking import Callers, Stocker, channels_of
from saleor_crm_app.issuing.turns import alone_with_voucher
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.loyalty.coupons import Coupon, CouponState
from saleor_crm_app.loyalty.rewards import CheckVoucher, RewardVoucher
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.channels import read_channels
from saleor_crm_app.saleor.codes import CodeBook
from saleor_crm_app.saleor.shop_refusals import NodesGone, ShopRefused
from saleor_crm_app.saleor.voucher_changes import change_voucher, unlist_voucher
from saleor_crm_app.saleor.voucher_codes import CODES_AT_ONCE, add_codes, delete_codes, each_code
from saleor_crm_app.saleor.voucher_details import ChannelWorth, VoucherDetails, read_voucher
from saleor_crm_app.saleor.vouchers import VoucherListing, VoucherPlan, list_voucher

log = logger(__name__)

PRODUCTS_GONE: Final = "REWARD_PRODUCTS_GONE"
_MENDABLE: Final = frozenset(
    {"type", "value kind", "once per order", "once per customer", "dates", "products", "only for staff", "least items"}
)
"""Differences that one change of the voucher puts right; a former name is left, since orders tell us by the new one."""


class Inspector:
    """Looks after the vouchers of rewards; those of campaigns are only looked at."""

    def __init__(self, database: Database, callers: Callers, codes: CodeBook, stocker: Stocker) -> None:
        self._database = database
        self._callers = callers
        self._codes = codes
        self._stocker = stocker

    async def check(self, job: CheckVoucher) -> None:
        """Compare one voucher with the shop, mend what differs, and note what that was.

        Raises SomebodyAtWork and what the shop's gateways raise; then it is tried again.
        """
        shop = job.installation
        async with self._database.shop(shop, read_only=True) as session:
            voucher = await rewards.vouchers.voucher_by_key(session, job.voucher)
        if voucher is None or voucher.ended_at is not None or voucher.saleor_id is None or voucher.batch is not None:
            return
        async with alone_with_voucher(self._database, shop, voucher.key):
            drift = await self._check(await self._callers(shop), shop, voucher)
        if drift:
            log.warning("voucher_drifted", installation=str(shop), voucher=str(voucher.key), drift=drift)
        async with self._database.shop(shop) as session:
            at = await business_time(session, shop)
            await rewards.vouchers.note_checked(session, voucher.key, drift, at=at)

    async def _check(self, caller: Caller, shop: InstallationId, voucher: RewardVoucher) -> list[str]:
        saleor_id = voucher.saleor_id or ""
        details = await read_voucher(caller, saleor_id)
        if details is None:
            made = await self._stocker.publish(caller, shop, voucher)
            await self._restore(caller, shop, made, await self._issued(shop, voucher))
            await self._stocker.stock_alone(shop, voucher.key)
            return ["deleted"]
        drift = list(_differences(shop_plan(voucher), details))
        if _MENDABLE.intersection(drift):
            try:
                await change_voucher(caller, saleor_id, shop_plan(voucher))
            except NodesGone:
                return [*drift, await self._close(caller, shop, voucher, details)]
        if {"name", "single use", "usage limit"}.intersection(drift):
            await self._set_limits(caller, voucher)
        drift += await self._listings(caller, shop, voucher, details)
        return drift + await self._compare_codes(caller, shop, voucher)

    async def _close(
        self, caller: Caller, shop: InstallationId, voucher: RewardVoucher, details: VoucherDetails
    ) -> str:
        """Products that it is for are gone. Saleor takes one off everything then, so its codes stop to work.

        Staff are told; the reward is to be changed or retired, and who holds a code to be given something else.
        """
        await unlist_voucher(caller, details.id, [one.channel for one in details.listings])
        async with self._database.shop(shop) as session:
            incident = Incident(
                id=uuid5(voucher.key, PRODUCTS_GONE),
                kind=PRODUCTS_GONE,
                lost=Money(MinorUnits(0), voucher.plan.currency),
                opened_at=await business_time(session, shop),
                subject=voucher.reward,
                about={"voucher": voucher.saleor_id},
            )
            await open_incidents(session, shop, [incident])
        return "products gone"

    async def _set_limits(self, caller: Caller, voucher: RewardVoucher) -> None:
        """The shop refuses some of them once a code was used; then it stays told of each night."""
        try:
            await change_voucher(caller, voucher.saleor_id or "", shop_plan(voucher), with_limits=True)
        except ShopRefused as refusal:
            log.warning("voucher_not_mended", voucher=str(voucher.key), reason=str(refusal))

    async def _listings(
        self, caller: Caller, shop: InstallationId, voucher: RewardVoucher, details: VoucherDetails
    ) -> list[str]:
        async with self._database.shop(shop, read_only=True) as session:
            slugs = await channels_of(session, voucher)
        wanted = {
            one.channel: one for one in shop_listings(voucher.plan, await read_channels(caller), of_program=slugs)
        }
        wrong = [one for key, one in wanted.items() if not _is_listed(one, details.worth_in(key))]
        extra = [one.channel for one in details.listings if one.channel not in wanted]
        if wrong:
            await list_voucher(caller, details.id, wrong)
        if extra:
            await unlist_voucher(caller, details.id, extra)
        return ["listings"] if wrong or extra else []

    async def _compare_codes(self, caller: Caller, shop: InstallationId, voucher: RewardVoucher) -> list[str]:
        """Codes that customers hold and the shop has no more are put back; unused ones that are nobody's go.

        Such are codes that nobody of us made, and those of coupons that are over: put back by hand or by us, before an
        order was heard of.
        """
        present = {code.code: code async for code in each_code(caller, voucher.saleor_id or "")}
        free = await self._free(shop, voucher)  # before the coupons: one that is claimed meanwhile is in both
        issued = await self._issued(shop, voucher)
        texts = {self._codes.open(one.sealed, installation=shop): one for one in issued if one.sealed is not None}
        lost = [coupon for text, coupon in texts.items() if text not in present]
        if lost:
            await self._restore(caller, shop, voucher, lost)
        strange = [code for text, code in present.items() if text not in {*texts, *free} and not code.was_used]
        for start in range(0, len(strange), CODES_AT_ONCE):
            await delete_codes(caller, [code.id for code in strange[start : start + CODES_AT_ONCE]])
        await self._forget_lost(shop, voucher, set(present))
        return [*(["codes deleted"] if lost else []), *(["codes added"] if strange else [])]

    async def _issued(self, shop: InstallationId, voucher: RewardVoucher) -> list[Coupon]:
        """Coupons that can be used; the codes of those that are to end are never put back."""
        async with self._database.shop(shop, read_only=True) as session:
            held = await coupons.coupons_of_voucher(session, [voucher.key])
            at = await business_time(session, shop)
        return [one for one in held if one.state_at(at) is CouponState.ISSUED and not one.revoking]

    async def _free(self, shop: InstallationId, voucher: RewardVoucher) -> set[str]:
        async with self._database.shop(shop, read_only=True) as session:
            free = await coupons.codes.free_of(session, voucher.saleor_id or "")
        return {self._codes.open(code.sealed, installation=shop) for code in free}

    async def _restore(
        self, caller: Caller, shop: InstallationId, voucher: RewardVoucher, lost: Sequence[Coupon]
    ) -> None:
        """The very codes that customers hold work again."""
        texts = {self._codes.open(one.sealed, installation=shop): one for one in lost if one.sealed is not None}
        wanted = list(texts)
        for start in range(0, len(wanted), CODES_AT_ONCE):
            for code in await add_codes(caller, voucher.saleor_id or "", wanted[start : start + CODES_AT_ONCE]):
                async with self._database.shop(shop) as session:
                    await coupons.change_coupon(session, texts[code.code], saleor_id=code.id)

    async def _forget_lost(self, shop: InstallationId, voucher: RewardVoucher, present: set[str]) -> None:
        """Codes kept ready that the shop has no more are given to nobody."""
        async with self._database.shop(shop) as session:
            free = await coupons.codes.free_of(session, voucher.saleor_id or "")
            gone = [code.mac for code in free if self._codes.open(code.sealed, installation=shop) not in present]
            await coupons.codes.withdraw(session, gone)


def _differences(plan: VoucherPlan, found: VoucherDetails) -> Iterator[str]:
    same = {
        "name": plan.name == found.name,
        "type": plan.kind is found.kind,
        "value kind": plan.value_kind is found.value_kind,
        "single use": plan.single_use == found.single_use,
        "usage limit": plan.usage_limit == found.usage_limit,
        "once per order": plan.once_per_order == found.once_per_order,
        "once per customer": plan.once_per_customer == found.once_per_customer,
        "only for staff": not found.only_for_staff,
        "least items": (plan.min_items or 0) == (found.min_items or 0),
        "dates": found.ends_at == plan.ends_at and found.starts_at <= now(),
        "products": _catalog(plan) == (found.products, found.variants, found.collections, found.categories),
    }
    return (name for name, is_same in same.items() if not is_same)


def _catalog(plan: VoucherPlan) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(one) for one in (plan.products, plan.variants, plan.collections, plan.categories))


def _is_listed(wanted: VoucherListing, found: ChannelWorth | None) -> bool:
    return found is not None and (found.value, found.min_spent) == (wanted.value, wanted.min_spent)
