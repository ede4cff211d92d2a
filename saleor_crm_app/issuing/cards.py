"""Coupons that are gift cards: made for their customer alone, and made worthless before their points come back."""

from saleor_crm_app.issuing.stocking import Callers
from saleor_crm_app.issuing.turns import alone_with_coupon
from saleor_crm_app.kernel.db import Database, retrying
from saleor_crm_app.kernel.ids import CouponId, InstallationId, ShardKey
from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.loyalty.coupons import Coupon, CouponState
from saleor_crm_app.loyalty.rewards import DeliverCard, EndCard
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.codes import CodeBook
from saleor_crm_app.saleor.gift_cards import GiftCard, deactivate_card, ensure_assigned_card, find_cards
from saleor_crm_app.saleor.shop_refusals import CardsNotBindable, CustomerUnknown, GiftCardGone

log = logger(__name__)


class CardIssuer:
    """Makes the gift cards of coupons, and ends them."""

    def __init__(self, database: Database, callers: Callers, codes: CodeBook) -> None:
        self._database = database
        self._callers = callers
        self._codes = codes

    async def deliver(self, job: DeliverCard) -> None:
        """Make the card that a coupon promises, once whatever happens. One that the shop cannot bind is never made.

        Such a coupon fails when its time to be delivered is over. Raises SomebodyAtWork and what the shop's gateways
        raise; then it is tried again.
        """
        key = (ShardKey(job.shard), CouponId(job.coupon))
        async with alone_with_coupon(self._database, job.installation, key) as coupon:
            if coupon.state is CouponState.HELD and not coupon.revoking and coupon.customer and coupon.worth:
                worth = Money(MinorUnits(coupon.worth), coupon.currency)
                caller = await self._callers(job.installation)
                try:
                    card = await ensure_assigned_card(caller, coupon.customer, worth, tag=coupon.tag)
                except (CardsNotBindable, CustomerUnknown) as error:
                    log.warning("gift_card_not_made", coupon=str(coupon.id), reason=type(error).__name__)
                    return
                await self._note(job.installation, coupon, card)

    async def _note(self, shop: InstallationId, coupon: Coupon, card: GiftCard) -> None:
        async with self._database.shop(shop) as session:
            now = await coupons.coupon_of(session, coupon.key, for_update=True)
            if now is None or now.state is not CouponState.HELD:
                return
            await coupons.change_coupon(
                session,
                coupon,
                state=CouponState.ISSUED.value,
                saleor_id=card.id,
                code_mac=self._codes.mac(card.code, installation=shop),
                code_sealed=self._codes.seal(card.code, installation=shop),
                deliver_by=None,
            )

    async def end(self, job: EndCard) -> None:
        """Make all cards of a coupon worthless, then end it; one that an order has used is left to that order."""
        key = (ShardKey(job.shard), CouponId(job.coupon))
        shop = job.installation
        async with alone_with_coupon(self._database, shop, key) as coupon:
            if not coupon.is_open:
                return
            dead = await self._deactivate(await self._callers(shop), coupon)
            if any(card.used for card in dead):
                log.info("gift_card_used", coupon=str(coupon.id))
                return

            async def act() -> None:
                async with self._database.shop(shop) as session:
                    at = await business_time(session, shop)
                    await rewards.end_coupon(session, shop, key, at=at)

            await retrying(act)

    async def _deactivate(self, caller: Caller, coupon: Coupon) -> list[GiftCard]:
        dead: list[GiftCard] = []
        for card in await find_cards(caller, coupon.tag):
            try:
                dead.append(await deactivate_card(caller, card.id) if card.is_active else card)
            except GiftCardGone:
                continue
        return dead
