"""Brings tenders to their end: spent by an order, or dead in the shop and only then their points released."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.checkout.capturing import capture, uses_of
from saleor_crm_app.checkout.jobs import FindTender, SettleTender
from saleor_crm_app.checkout.models import TenderKind, TenderState
from saleor_crm_app.checkout.tenders import Tender, ask_for_end, change_tender, tender_by_code, tender_of
from saleor_crm_app.checkout.turns import TenderBusy, alone_with
from saleor_crm_app.checkout.voucher_seen import VoucherSeen
from saleor_crm_app.checkout.ways import Callers
from saleor_crm_app.crm import orders
from saleor_crm_app.crm.orders import OrderFact
from saleor_crm_app.kernel.db import Database, retrying
from saleor_crm_app.kernel.ids import HoldId, InstallationId, OrderId, ShardKey
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points import Hold
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.checkouts import remove_gift_card, remove_voucher_code
from saleor_crm_app.saleor.client import ShopUnavailable
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
        key = (ShardKey(job.shard), HoldId(job.hold))
        async with self._database.shop(job.installation, read_only=True) as session:
            tender = await tender_of(session, key)
        if tender is not None and (tender.is_open or job.order is not None):
            await self.withdraw(job.installation, tender)

    async def find(self, job: FindTender) -> None:
        """Whose code does an order bear? It is captured, also where it was entered in somebody else's checkout."""
        shop, order = job.installation, OrderId(job.order)
        async with self._database.shop(shop, read_only=True) as session:
            facts = await orders.facts_by_id(session, shop, [order])
            tender = await self._owner_of(session, shop, facts)
        if tender is None:
            log.error("points_voucher_without_tender", installation=str(shop), order=str(order))
            return
        await capture(self._database, shop, tender, [(order, None)])
        if tender.is_open and tender.sealed is not None and tender.checkout != facts[0].snapshot.checkout:
            code = self._codes.open(tender.sealed, installation=shop)
            await self._take_off(await self._callers(shop), tender, code)

    async def withdraw(self, shop: InstallationId, tender: Tender) -> bool:
        """Make a tender dead in the shop, see that it is, then release its points; False where an order has them.

        Raises TenderBusy and what the shop's gateways raise; then nothing was released, and it is tried again.
        """
        async with alone_with(self._database, shop, tender.key) as mine:
            return await self.end(shop, mine)

    async def end(self, shop: InstallationId, mine: Tender) -> bool:
        """As `withdraw`, for who has the turn."""
        caller = await self._callers(shop)
        async with self._database.shop(shop, read_only=True) as session:
            mine = await tender_of(session, mine.key) or mine  # it may pay in another way by now
        by_card = mine.kind is TenderKind.GIFT_CARD
        if await (self._end_cards if by_card else self._end_code)(caller, shop, mine):
            return False
        return await self.release(shop, mine)

    async def release(self, shop: InstallationId, mine: Tender) -> bool:
        """The last step, for who has the turn and knows that nothing pays for the hold any more.

        Raises TenderBusy where the turn was over too early.
        """

        async def act() -> bool:
            async with self._database.shop(shop) as session:
                return await _release(session, shop, mine)

        return await retrying(act)

    async def _end_cards(self, caller: Caller, shop: InstallationId, tender: Tender) -> bool:
        """Deactivate all that was made for it, the leftover of a spent card too; says whether an order has used it.

        What was noted is not all there may be: a card whose making was not noted is found by its tag.
        """
        cards = {card.id: card for card in await find_cards(caller, tender.tag)}
        if tender.saleor_id is not None and tender.saleor_id not in cards:
            known = await read_card(caller, tender.saleor_id)
            cards |= {} if known is None else {known.id: known}
        dead: list[GiftCard] = []
        for card in cards.values():
            if tender.is_open:
                await self._take_off(caller, tender, card.code)
            try:
                dead.append(await deactivate_card(caller, card.id) if card.is_active else card)
            except GiftCardGone:
                continue
        uses = uses_of(dead, tender)
        if uses:
            await capture(self._database, shop, tender, uses)
        return bool(uses)

    async def _end_code(self, caller: Caller, shop: InstallationId, tender: Tender) -> bool:
        """Delete its code, unless an order has used it: that is on its way to us, or the next comparison fetches it."""
        if tender.voucher_id is None or tender.sealed is None:
            return False
        text = self._codes.open(tender.sealed, installation=shop)
        code = (await read_codes(caller, tender.voucher_id, [text])).get(text)
        if code is None or code.was_used:
            return code is not None
        await self._take_off(caller, tender, text)
        code = (await read_codes(caller, tender.voucher_id, [text])).get(text)
        if code is None or code.was_used:
            return code is not None
        await delete_codes(caller, [code.id])
        if text in await read_codes(caller, tender.voucher_id, [text]):
            raise ShopUnavailable("The shop still has the code that was deleted")
        return False

    async def _take_off(self, caller: Caller, tender: Tender, code: str) -> None:
        """A dead code left on a checkout would keep it from being completed; one that is gone needs nothing."""
        remove = remove_gift_card if tender.kind is TenderKind.GIFT_CARD else remove_voucher_code
        try:
            await remove(caller, tender.checkout, code)
        except ShopRefused as error:
            log.info("code_not_taken_off", reason=type(error).__name__)

    async def _owner_of(self, session: AsyncSession, shop: InstallationId, facts: list[OrderFact]) -> Tender | None:
        if not facts:
            return None
        snapshot = facts[0].snapshot
        return await tender_by_code(
            session,
            shop,
            macs=[mac for code in snapshot.voucher_codes for mac in self._codes.macs(code, installation=shop)],
            voucher=VoucherSeen.on(snapshot),
            checkout=snapshot.checkout,
            customer=facts[0].customer,
        )


async def _release(session: AsyncSession, shop: InstallationId, mine: Tender) -> bool:
    at = await business_time(session, shop)
    now = await tender_of(session, mine.key, for_update=True)
    if now is None or not now.is_open:
        return now is not None and now.state is TenderState.DEAD
    if now.busy_until != mine.busy_until:
        raise TenderBusy
    await points.release(session, shop, [mine.key], at=at)
    await change_tender(session, mine, state=TenderState.DEAD.value, ended_at=at)
    return True


async def overdue(
    session: AsyncSession, installation: InstallationId, *, at: datetime, most: int
) -> tuple[list[SettleTender], list[Hold]]:
    """What is to be withdrawn since its hold is over its time, and overdue holds that nothing pays for."""
    holds = await points.overdue_holds(session, installation, at=at, most=most)
    tenders, asked = await ask_for_end(session, [hold.key for hold in holds])
    paid = {tender.key for tender in tenders}
    jobs = [SettleTender(installation=installation, shard=shard, hold=hold) for shard, hold in sorted(asked)]
    return jobs, [hold for hold in holds if hold.key not in paid]
