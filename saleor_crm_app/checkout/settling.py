"""Brings tenders to their end: spent by an order, or dead in the shop and only then their points released."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.checkout.jobs import FindTender, SettleTender
from saleor_crm_app.checkout.models import TenderKind, TenderState
from saleor_crm_app.checkout.tenders import Tender, change_tender, tender_by_code, tender_of
from saleor_crm_app.checkout.ways import Callers
from saleor_crm_app.crm import orders
from saleor_crm_app.crm.orders import OrderFact
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import HoldId, InstallationId, OrderId, ShardKey
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.program import programs
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.checkouts import remove_gift_card, remove_voucher_code
from saleor_crm_app.saleor.codes import CodeBook
from saleor_crm_app.saleor.gift_cards import GiftCard, deactivate_card, find_cards, read_card
from saleor_crm_app.saleor.shop_refusals import GiftCardGone, ShopRefused
from saleor_crm_app.saleor.voucher_codes import delete_codes, read_codes

log = logger(__name__)


class Settler:
    """Sees in the shop what became of tenders, and makes the books say so."""

    def __init__(self, database: Database, callers: Callers, codes: CodeBook) -> None:
        self._database = database
        self._callers = callers
        self._codes = codes

    async def settle(self, job: SettleTender) -> None:
        """Handle the job that an order, or the end of a hold, asked for."""
        shop = job.installation
        async with self._database.shop(shop, read_only=True) as session:
            tender = await tender_of(session, (ShardKey(job.shard), HoldId(job.hold)))
        if tender is None:
            return
        if job.order is not None and tender.kind is TenderKind.VOUCHER:
            await self._capture(shop, tender, [(OrderId(job.order), None)])
        elif tender.is_open or job.order is not None:
            await self.withdraw(shop, tender)

    async def find(self, job: FindTender) -> None:
        """Whose code does an order bear that comes from no checkout points were put on? It is captured all the same."""
        shop = job.installation
        async with self._database.shop(shop, read_only=True) as session:
            facts = await orders.facts_by_id(session, shop, [OrderId(job.order)])
            tender = await self._owner_of(session, shop, facts)
        if tender is None:
            log.error("points_voucher_without_tender", installation=str(shop), order=str(job.order))
            return
        await self._capture(shop, tender, [(OrderId(job.order), None)])

    async def withdraw(self, shop: InstallationId, tender: Tender) -> bool:
        """Make a tender dead in the shop, see that it is, then release its points; False where an order has them.

        Raises what the shop's gateways raise; then nothing was released, and it is tried again.
        """
        caller = await self._callers(shop)
        async with self._database.shop(shop, read_only=True) as session:
            tender = await tender_of(session, tender.key) or tender  # it may pay in another way by now
        if tender.kind is TenderKind.GIFT_CARD:
            spent = await self._end_cards(caller, shop, tender)
        else:
            spent = await self._end_code(caller, shop, tender)
        if spent:
            return False
        async with self._database.shop(shop) as session:
            at = await business_time(session, shop)
            now = await tender_of(session, tender.key, for_update=True)
            if now is None or not now.is_open:
                return now is not None and now.state is TenderState.DEAD
            await points.release(session, shop, [tender.key], at=at)
            await change_tender(session, tender, state=TenderState.DEAD.value, ended_at=at)
        return True

    async def _end_cards(self, caller: Caller, shop: InstallationId, tender: Tender) -> bool:
        """Deactivate what was made for it, the leftover of a spent card too; says whether an order has used it."""
        if tender.saleor_id is not None:
            known = await read_card(caller, tender.saleor_id)
            cards: Sequence[GiftCard] = () if known is None else (known,)
        else:
            cards = await find_cards(caller, tender.tag)  # made, but its making was not noted
        dead = []
        for card in cards:
            if not card.uses and tender.is_open:
                await self._take_off(caller, tender, card.code)
            try:
                dead.append(await deactivate_card(caller, card.id) if card.is_active else card)
            except GiftCardGone:
                continue
        uses = [(use.order, int(use.amount)) for card in dead for use in card.uses if use.amount]
        if uses:
            await self._capture(shop, tender, uses)
        return bool(uses)

    async def _end_code(self, caller: Caller, shop: InstallationId, tender: Tender) -> bool:
        if tender.voucher_id is None or tender.sealed is None:
            return False
        text = self._codes.open(tender.sealed, installation=shop)
        code = (await read_codes(caller, tender.voucher_id, [text])).get(text)
        if code is None:
            return False
        if code.was_used:
            return True  # its order is on its way to us, or is fetched by the next comparison
        await self._take_off(caller, tender, text)
        code = (await read_codes(caller, tender.voucher_id, [text])).get(text)
        if code is None or code.was_used:
            return code is not None
        await delete_codes(caller, [code.id])
        return text in await read_codes(caller, tender.voucher_id, [text])

    async def _take_off(self, caller: Caller, tender: Tender, code: str) -> None:
        """A dead code left on a checkout would keep it from being completed; one that is gone needs nothing."""
        remove = remove_gift_card if tender.kind is TenderKind.GIFT_CARD else remove_voucher_code
        try:
            await remove(caller, tender.checkout, code)
        except ShopRefused as error:
            log.info("code_not_taken_off", reason=type(error).__name__)

    async def _owner_of(self, session: AsyncSession, shop: InstallationId, facts: Sequence[OrderFact]) -> Tender | None:
        if not facts or facts[0].snapshot.voucher is None:
            return None
        snapshot = facts[0].snapshot
        macs = [mac for code in snapshot.voucher_codes for mac in self._codes.macs(code, installation=shop)]
        return await tender_by_code(session, macs=macs, voucher=snapshot.voucher or "", customer=facts[0].customer)

    async def _capture(self, shop: InstallationId, tender: Tender, uses: Sequence[tuple[OrderId, int | None]]) -> None:
        """Spend the points on these orders, as far as the amounts they used; then what comes back of them."""
        async with self._database.shop(shop) as session:
            at = await business_time(session, shop)
            await orders.lock_orders(session, shop, [order for order, _ in uses])
            facts = {fact.id: fact for fact in await orders.facts_by_id(session, shop, [order for order, _ in uses])}
            burn = next(held.program.burn for held in await programs(session) if held.program.id == tender.program)
            captures = [
                points.Capture(
                    hold=tender.key,
                    order=order,
                    ordered_at=facts[order].snapshot.created_at if order in facts else at,
                    points=None if amount is None else -(-amount * burn.points // burn.minor),
                )
                for order, amount in uses
            ]
            await points.capture(session, shop, captures, at=at)
            await points.accrue(session, shop, list(facts.values()), at=at)
            await change_tender(session, tender, state=TenderState.SPENT.value, ended_at=at)


async def overdue(session: AsyncSession, installation: InstallationId, *, at: datetime, most: int) -> list[Tender]:
    """Tenders whose hold is over its time, to be withdrawn."""
    found = []
    for hold in await points.overdue_holds(session, installation, at=at, most=most):
        tender = await tender_of(session, hold.key)
        if tender is not None and tender.is_open:
            found.append(tender)
    return found
