"""The two ways in which points pay in Saleor: a gift card bound to the customer, or a code of a voucher."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from saleor_crm_app.checkout.errors import AnotherCode, NoTender
from saleor_crm_app.checkout.models import TenderKind
from saleor_crm_app.checkout.pool import Pool
from saleor_crm_app.checkout.tenders import Tender
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.program import Tender as Choice
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.checkouts import CheckoutState, add_promo_code
from saleor_crm_app.saleor.client import PermissionDenied
from saleor_crm_app.saleor.gift_cards import can_bind_cards, deactivate_card, ensure_assigned_card
from saleor_crm_app.saleor.shop_refusals import (
    CardsNotBindable,
    GiftCardsNotAllowed,
    PromoCodeInvalid,
    ShopRefused,
    VoucherNotApplicable,
)

Callers = Callable[[InstallationId], Awaitable[Caller]]
"""Gives who speaks to an installation's shop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What is on the checkout now."""

    kind: TenderKind
    code: str
    saleor_id: str
    voucher_id: str | None = None


class CardsClosed(NoTender):
    """Gift cards cannot pay here; a voucher may."""


def first_way(program: Program, saleor_version: str) -> TenderKind:
    """What to try first, by the program's choice and what the shop's version can do.

    Raises NoTender where only gift cards are wanted and the shop cannot bind them to a customer.
    """
    choice = program.settings.redemption.tender
    if choice is Choice.VOUCHER:
        return TenderKind.VOUCHER
    if can_bind_cards(saleor_version):
        return TenderKind.GIFT_CARD
    if choice is Choice.GIFT_CARD:
        raise NoTender("its Saleor is older than 3.23.19 and cannot bind gift cards to a customer")
    return TenderKind.VOUCHER


async def pay(caller: Caller, pool: Pool, tender: Tender, checkout: CheckoutState, *, may_switch: bool) -> Paid:
    """Put a tender on its checkout in the shop; done twice it does no more than once.

    Raises CardsClosed, AnotherCode, NoTender, and what the shop's gateways raise.
    """
    if tender.kind is TenderKind.GIFT_CARD:
        try:
            return await _by_card(caller, tender)
        except CardsClosed:
            if not may_switch:
                raise
    return await _by_voucher(caller, pool, replace(tender, kind=TenderKind.VOUCHER), checkout)


async def _by_card(caller: Caller, tender: Tender) -> Paid:
    try:
        card = await ensure_assigned_card(caller, tender.customer, tender.worth, tag=tender.tag)
    except (PermissionDenied, CardsNotBindable) as error:
        raise CardsClosed("the shop does not let the app make gift cards bound to a customer") from error
    try:
        await add_promo_code(caller, tender.checkout, card.code)
    except GiftCardsNotAllowed as error:
        await deactivate_card(caller, card.id)
        raise CardsClosed("its channel takes no gift cards as codes") from error
    return Paid(kind=TenderKind.GIFT_CARD, code=card.code, saleor_id=card.id)


async def _by_voucher(caller: Caller, pool: Pool, tender: Tender, checkout: CheckoutState) -> Paid:
    """One voucher a checkout: Saleor would replace the shopper's own without a word, so that is looked at before."""
    code = await pool.code_for(caller, tender)
    if checkout.voucher_code is not None and checkout.voucher_code != code.text:
        raise AnotherCode
    try:
        await add_promo_code(caller, tender.checkout, code.text)
    except (VoucherNotApplicable, PromoCodeInvalid) as error:
        raise NoTender("the shop does not take its code there") from error
    except ShopRefused as error:
        raise NoTender(str(error)) from error
    return Paid(kind=TenderKind.VOUCHER, code=code.text, saleor_id=code.saleor_id, voucher_id=code.voucher_id)
