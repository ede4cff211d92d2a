"""Says in Saleor's words what a voucher of ours is to be; pure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.loyalty.rewards import RewardKind, RewardVoucher, VoucherPlan
from saleor_crm_app.saleor.channels import ShopChannel
from saleor_crm_app.saleor.vouchers import ValueKind, VoucherKind, VoucherListing
from saleor_crm_app.saleor.vouchers import VoucherPlan as ShopPlan

_KINDS: Final = {
    RewardKind.FREE_SHIPPING: VoucherKind.SHIPPING,
    RewardKind.FREE_PRODUCT: VoucherKind.SPECIFIC_PRODUCT,
    RewardKind.PRODUCT_DISCOUNT: VoucherKind.SPECIFIC_PRODUCT,
}
_ALL: Final = Decimal(100)


def shop_plan(voucher: RewardVoucher) -> ShopPlan:
    """The voucher as Saleor is to have it; a free product is one unit of the cheapest that is named."""
    plan, scope = voucher.plan, voucher.plan.effect.scope
    return ShopPlan(
        name=voucher.name,
        kind=_KINDS.get(plan.effect.kind, VoucherKind.ENTIRE_ORDER),
        value_kind=ValueKind.FIXED if plan.effect.amount is not None else ValueKind.PERCENTAGE,
        single_use=not plan.is_shared,
        once_per_order=plan.effect.kind is RewardKind.FREE_PRODUCT,
        once_per_customer=plan.once_per_customer,
        usage_limit=plan.most_uses,
        ends_at=plan.ends_at,
        products=scope.products,
        variants=scope.variants,
        collections=scope.collections,
        categories=scope.categories,
    )


def shop_listings(
    plan: VoucherPlan, channels: Iterable[ShopChannel], *, of_program: Iterable[str]
) -> list[VoucherListing]:
    """What it is worth where: in the plan's channels, else in all of its program, as far as the shop has them."""
    wanted = set(plan.channels or of_program)
    spent = plan.min_spent
    return [
        VoucherListing(
            channel=channel.id,
            value=_value(plan),
            min_spent=None if spent is None else Money(MinorUnits(spent), plan.currency).amount,
        )
        for channel in channels
        if channel.slug in wanted and channel.currency == plan.currency
    ]


def _value(plan: VoucherPlan) -> Decimal:
    effect = plan.effect
    if effect.amount is not None:
        return Money(MinorUnits(effect.amount), plan.currency).amount
    return _ALL if effect.percent is None else Decimal(effect.percent)
