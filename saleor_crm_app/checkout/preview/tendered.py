"""A checkout's goods without what is on it: the voucher, whosever it is, and points that pay there already."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.checkout.models import TenderKind
from saleor_crm_app.checkout.preview.baskets import Basket, of_checkout
from saleor_crm_app.checkout.preview.buyers import Buyer
from saleor_crm_app.checkout.preview.wish import Wish
from saleor_crm_app.checkout.tenders import Tender
from saleor_crm_app.kernel.ids import ProgramId
from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.rewards import RewardKind, VoucherPlan
from saleor_crm_app.saleor.checkouts import CheckoutState
from saleor_crm_app.saleor.codes import CodeBook


async def basket_of(
    session: AsyncSession, codes: CodeBook, wish: Wish, state: CheckoutState, *, program: ProgramId, buyer: Buyer
) -> Basket:
    """The goods as they cost without voucher and points; at most two statements, none where the voucher is known."""
    tender, code = buyer.tender, state.voucher_code
    if tender is not None and code is not None and _code_of(codes, wish, tender) == code:
        return replace(of_checkout(state, _as_plan(tender)), on_it=None)
    plan = None
    if code is not None:
        macs = codes.macs(code, installation=wish.shop.id)
        known = next((one for one in buyer.purse if one.coupon.mac in macs), None)
        if known is None:
            known = await rewards.purse.by_code(session, macs, customer=wish.customer, program=program, at=wish.at)
        plan = None if known is None else known.plan
    basket = of_checkout(state, plan)
    if tender is not None and tender.kind is TenderKind.GIFT_CARD and tender.saleor_id in state.gift_cards:
        return replace(basket, paid=max(0, basket.paid - tender.worth.minor))
    return basket


def _code_of(codes: CodeBook, wish: Wish, tender: Tender) -> str | None:
    if tender.kind is not TenderKind.VOUCHER or tender.sealed is None:
        return None
    return codes.open(tender.sealed, installation=wish.shop.id)


def _as_plan(tender: Tender) -> VoucherPlan:
    effect = rewards.Effect(kind=RewardKind.FIXED_AMOUNT, amount=tender.worth.minor)
    return VoucherPlan(effect=effect, currency=tender.worth.currency)
