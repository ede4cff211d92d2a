"""Finds out whose coupon an order was placed with, and has the books follow."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm import incidents, orders
from saleor_crm_app.crm.incidents import Incident, open_incidents, withdraw_incidents
from saleor_crm_app.crm.orders import OrderFact
from saleor_crm_app.issuing.stocking import Callers
from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.db import Database, retrying
from saleor_crm_app.kernel.ids import InstallationId, OrderId
from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.loyalty.coupons import Coupon, CouponMedium, Use
from saleor_crm_app.loyalty.rewards import RewardVoucher, SettleUses
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.codes import CodeBook
from saleor_crm_app.saleor.gift_cards import read_card
from saleor_crm_app.saleor.voucher_codes import read_codes

UNKNOWN_CODE: Final = "COUPON_UNKNOWN_CODE"
_RACE: Final = timedelta(minutes=15)
"""Orders on one code at once are no further apart."""
_VOID: Final = frozenset({"CANCELED", "EXPIRED"})
_MOST_GUESSES: Final = 100


class UseSettler:
    """Handles the jobs that orders with coupons asked for."""

    def __init__(self, database: Database, callers: Callers, codes: CodeBook) -> None:
        self._database = database
        self._callers = callers
        self._codes = codes

    async def settle(self, job: SettleUses) -> None:
        """Bring the coupons of an order to what follows from it as it reads now; twice does no more than once.

        Raises what the shop's gateways raise where only the shop can say whose code it was.
        """
        shop, order = job.installation, OrderId(job.order)
        async with self._database.shop(shop, read_only=True) as session:
            facts = await orders.facts_by_id(session, shop, [order])
            if not facts:
                return
            ours = await self._vouchers(session, facts[0])
            known = await self._known(session, shop, facts[0])
            by_card = await coupons.coupons_by_card(session, facts[0].snapshot.gift_cards)
        if ours and not any(one.medium is CouponMedium.VOUCHER for one in known):
            guess = await self._guess(shop, facts[0], ours)
            if guess is None:
                await self._tell_unknown(shop, facts[0], ours[0])
            else:
                known = [*known, guess]
        for coupon in known:
            use = _use(facts[0], _taken_off(facts[0]))
            if coupon.medium is not CouponMedium.VOUCHER:
                continue
            if coupon.batch is None:
                await self._take_in(shop, coupon, [use], most=1)
            else:
                await self._take_in_code(shop, coupon, use)
            await self._clear_up(shop, facts[0], ours, coupon)
        for coupon in by_card:
            await self._take_in(shop, coupon, await self._uses_of_card(shop, coupon), most=None)

    async def _vouchers(self, session: AsyncSession, fact: OrderFact) -> list[RewardVoucher]:
        snapshot = fact.snapshot
        ids = set() if snapshot.voucher is None else {snapshot.voucher}
        return await rewards.vouchers.vouchers_seen(session, ids=ids, names=snapshot.voucher_names)

    async def _known(self, session: AsyncSession, shop: InstallationId, fact: OrderFact) -> list[Coupon]:
        """Whose codes the order bears; and what was found out about it before, where it bears none."""
        macs = [mac for code in fact.snapshot.voucher_codes for mac in self._codes.macs(code, installation=shop)]
        found = await coupons.coupons_by_code(session, macs)
        if found:
            return found
        keys = (await coupons.uses.coupons_used_by(session, [fact.id])).get(fact.id, [])
        before = [await coupons.coupon_of(session, key) for key in keys]
        return [one for one in before if one is not None]

    async def _guess(self, shop: InstallationId, fact: OrderFact, ours: Sequence[RewardVoucher]) -> Coupon | None:
        """Saleor gives a discount without noting the code where several orders used one at the same moment.

        It was a code of the customer's that another order used just then, or that the shop says is used up; else one
        of anybody's that another order used just then.
        """
        keys = [one.key for one in ours]
        moment = fact.snapshot.created_at
        of_batch = await self._guess_code(shop, fact, ours)
        if of_batch is not None:
            return of_batch
        async with self._database.shop(shop, read_only=True) as session:
            likely = await coupons.uses.used_around(
                session, keys, since=moment - _RACE, until=moment + _RACE, but=fact.id, most=_MOST_GUESSES
            )
            theirs = (
                [] if fact.customer is None else await coupons.coupons_of_voucher(session, keys, customer=fact.customer)
            )
        mine = [one for one in likely if one.customer is not None and one.customer == fact.customer]
        if mine:
            return mine[0]
        used_up = await self._used_up(await self._callers(shop), shop, ours, theirs)
        return used_up or next(iter(likely), None)

    async def _guess_code(self, shop: InstallationId, fact: OrderFact, ours: Sequence[RewardVoucher]) -> Coupon | None:
        """Of a batch: the only code where it has one for all, else one that was used just then."""
        async with self._database.shop(shop, read_only=True) as session:
            for voucher in ours:
                if voucher.batch is None:
                    continue
                if voucher.plan.is_shared:
                    only = await coupons.batch_codes.codes_of_batch(session, voucher.batch, most=1)
                    return next(iter(only), None)
                return await coupons.batch_uses.likely_code(
                    session, voucher.batch, customer=fact.customer, moment=fact.snapshot.created_at, within=_RACE
                )
        return None

    async def _used_up(
        self, caller: Caller, shop: InstallationId, ours: Sequence[RewardVoucher], theirs: Sequence[Coupon]
    ) -> Coupon | None:
        texts = {
            self._codes.open(one.sealed, installation=shop): one
            for one in theirs
            if one.sealed is not None and one.order is None
        }
        for voucher in ours:
            if voucher.saleor_id is None or not texts:
                continue
            for code in (await read_codes(caller, voucher.saleor_id, list(texts))).values():
                if code.was_used:
                    return texts[code.code]
        return None

    async def _uses_of_card(self, shop: InstallationId, coupon: Coupon) -> list[Use]:
        """What orders took off a gift card, as the shop tells it, for those orders that we know."""
        card = await read_card(await self._callers(shop), coupon.saleor_id or "")
        taken: dict[OrderId, int] = {}
        for use in () if card is None else card.uses:
            taken[use.order] = taken.get(use.order, 0) + use.amount
        async with self._database.shop(shop, read_only=True) as session:
            facts = await orders.facts_by_id(session, shop, list(taken))
        return [_use(fact, taken[fact.id]) for fact in facts]

    async def _take_in(self, shop: InstallationId, coupon: Coupon, uses: Sequence[Use], *, most: int | None) -> None:
        async def act() -> None:
            async with self._database.shop(shop) as session:
                await orders.lock_orders(session, shop, [use.order for use in uses])
                at = await business_time(session, shop)
                await rewards.settle_uses(session, shop, coupon.key, uses, most=most, at=at)

        await retrying(act)

    async def _take_in_code(self, shop: InstallationId, coupon: Coupon, use: Use) -> None:
        async def act() -> None:
            async with self._database.shop(shop) as session:
                await orders.lock_orders(session, shop, [use.order])
                at = await business_time(session, shop)
                await rewards.batch_uses.settle_code_use(session, shop, coupon.key, use, at=at)

        await retrying(act)

    async def _tell_unknown(self, shop: InstallationId, fact: OrderFact, voucher: RewardVoucher) -> None:
        """A code of ours that nobody was given: made by hand, or lost with a database."""
        async with self._database.shop(shop) as session:
            incident = Incident(
                id=_unknown_key(voucher.key, fact.id),
                kind=UNKNOWN_CODE,
                lost=Money(MinorUnits(_taken_off(fact)), fact.snapshot.currency),
                opened_at=await business_time(session, shop),
                customer=fact.customer,
                order=fact.id,
                subject=voucher.reward,
                about={"voucher": voucher.saleor_id},
            )
            await open_incidents(session, shop, [incident])

    async def _clear_up(
        self, shop: InstallationId, fact: OrderFact, ours: Sequence[RewardVoucher], coupon: Coupon
    ) -> None:
        """Whose code it was is known now; so it may be of orders that bore none and were heard of before."""
        async with self._database.shop(shop) as session:
            known = [_unknown_key(one.key, fact.id) for one in ours]
            await withdraw_incidents(session, known, at=await business_time(session, shop))
            unknown = [
                one.order
                for one in await incidents.incidents(session, most=_MOST_GUESSES, subject=coupon.reward, is_open=True)
                if one.kind == UNKNOWN_CODE and one.order is not None
            ]
            near = [
                other.id
                for other in await orders.facts_by_id(session, shop, unknown)
                if abs(other.snapshot.created_at - fact.snapshot.created_at) <= _RACE
            ]
            await outbox.enqueue(session, *(SettleUses(installation=shop, order=order) for order in near))


def _unknown_key(voucher: UUID, order: OrderId) -> UUID:
    return uuid5(voucher, str(order))


def _taken_off(fact: OrderFact) -> int:
    return sum(one.amount for one in fact.snapshot.discounts if one.is_by_voucher)


def _use(fact: OrderFact, amount: int) -> Use:
    return Use(
        order=fact.id,
        customer=fact.customer,
        ordered_at=fact.snapshot.created_at,
        amount=amount,
        is_void=fact.snapshot.status in _VOID,
    )
