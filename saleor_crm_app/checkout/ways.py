"""The two ways in which points pay in Saleor: a gift card bound to the customer, or a code of a voucher."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from saleor_crm_app.checkout.errors import AnotherCode, CheckoutNotFound, NoTender, SpentAlready
from saleor_crm_app.checkout.models import TenderKind
from saleor_crm_app.checkout.pool import Pool
from saleor_crm_app.checkout.tenders import Tender
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.program import Tender as Choice
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.checkouts import CheckoutState, add_promo_code, read_checkout
from saleor_crm_app.saleor.client import PermissionDenied
from saleor_crm_app.saleor.gift_cards import can_bind_cards, deactivate_card, ensure_assigned_card
from saleor_crm_app.saleor.shop_refusals import (
    CardsNotBindable,
    CheckoutGone,
    GiftCardsNotAllowed,
    PromoCodeInvalid,
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


class CardsDenied(CardsClosed):
    """The shop has not even told whether there is one, and none was made before."""


class CodesDenied(NoTender):
    """The app may not make codes."""

    def __init__(self) -> None:
        super().__init__("the shop does not let the app make voucher codes")


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


async def pay(caller: Caller, pool: Pool, tender: Tender, *, may_switch: bool) -> Paid:
    """Put a tender on its checkout in the shop; done twice it does no more than once.

    Raises CardsClosed, CardsDenied, AnotherCode, NoTender, SpentAlready, CheckoutNotFound, and what the shop's
    gateways raise.
    """
    try:
        if tender.kind is TenderKind.VOUCHER:
            return await _by_voucher(caller, pool, tender)
        try:
            return await _by_card(caller, tender)
        except CardsClosed as closed:
            if not may_switch:
                raise
            return await _by_voucher_instead(caller, pool, tender, closed)
    except CheckoutGone as error:
        raise CheckoutNotFound from error


def is_on(tender: Tender, checkout: CheckoutState, *, code: str) -> bool:
    """Whether the checkout has it: shoppers may take it off, and Saleor drops a voucher without a word."""
    if tender.kind is TenderKind.GIFT_CARD:
        return tender.saleor_id in checkout.gift_cards
    return checkout.voucher_code == code


async def _by_card(caller: Caller, tender: Tender) -> Paid:
    try:
        card = await ensure_assigned_card(caller, tender.customer, tender.worth, tag=tender.tag)
    except CardsNotBindable as error:
        raise CardsClosed("its Saleor cannot bind gift cards to a customer") from error
    except PermissionDenied as error:
        if tender.turns > 1:  # there may be one, which must be found before points pay in another way
            raise
        raise CardsDenied("the shop does not let the app make gift cards") from error
    if card.used:
        raise SpentAlready
    if not card.is_active:  # by us, where an earlier try was cut off below
        raise CardsClosed("its gift card was closed")
    try:
        checkout = await add_promo_code(caller, tender.checkout, card.code)
    except GiftCardsNotAllowed as error:
        await deactivate_card(caller, card.id)
        raise CardsClosed("its channel takes no gift cards as codes") from error
    except PromoCodeInvalid as error:
        raise NoTender("the shop does not take its gift card there") from error
    if card.id not in checkout.gift_cards:
        raise NoTender("the shop did not put its gift card on it")
    return Paid(kind=TenderKind.GIFT_CARD, code=card.code, saleor_id=card.id)


async def _by_voucher_instead(caller: Caller, pool: Pool, tender: Tender, closed: CardsClosed) -> Paid:
    try:
        return await _by_voucher(caller, pool, replace(tender, kind=TenderKind.VOUCHER))
    except CodesDenied:
        raise closed from None


async def _by_voucher(caller: Caller, pool: Pool, tender: Tender) -> Paid:
    """One voucher a checkout: Saleor would replace the shopper's own without a word, so that is looked at before."""
    try:
        code = await pool.code_for(caller, tender)
    except PermissionDenied as error:
        raise CodesDenied from error
    checkout = await read_checkout(caller, tender.checkout)
    if checkout is None:
        raise CheckoutNotFound
    if checkout.voucher_code not in {None, code.text}:
        raise AnotherCode
    paid = Paid(kind=TenderKind.VOUCHER, code=code.text, saleor_id=code.saleor_id, voucher_id=code.voucher_id)
    try:
        checkout = await add_promo_code(caller, tender.checkout, code.text)
    except PromoCodeInvalid as error:
        await pool.doubt(caller, code)
        raise NoTender("the shop does not take its code there") from error
    except VoucherNotApplicable as error:
        raise NoTender("the shop does not take its code there") from error
    if checkout.voucher_code != code.text:
        raise NoTender("the shop did not put its code on it")
    return paid
