"""What the voucher on a checkout takes off, line by line; pure."""

from collections.abc import Sequence
from dataclasses import replace

from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.rewards import CartLine, RewardKind, Saving, VoucherPlan
from saleor_crm_app.saleor.checkouts import CheckoutLine, CheckoutState


def share(amount: int, of: int, by: int) -> int:
    """Such as the net of a gross amount, by another net `of` another gross; rounded half up."""
    return (2 * amount * of + by) // (2 * by) if by else amount


def taken_off(state: CheckoutState, plan: VoucherPlan | None) -> Saving:
    """What there is less to pay for each line and for shipping; `plan` is the voucher's, where it is one of ours.

    The shop tells one amount: without a plan it is off shipping where the lines cannot be cheaper by it.
    """
    nothing = Saving(off_lines=(0,) * len(state.lines))
    if state.voucher_code is None or not state.discount:
        return nothing
    costs = [line.gross if state.prices_with_tax else line.net for line in state.lines]
    room = [
        0 if line.is_gift else max(0, line.undiscounted - cost) for line, cost in zip(state.lines, costs, strict=True)
    ]
    is_shipping = sum(room) < state.discount if plan is None else plan.effect.kind is RewardKind.FREE_SHIPPING
    if is_shipping:
        return replace(nothing, off_shipping=state.discount)
    if sum(room) == state.discount:
        off = tuple(room)
    else:
        weights = [cost if _is_meant(line, plan) else 0 for line, cost in zip(state.lines, costs, strict=True)]
        off = _by_weight(state.discount, weights if any(weights) else room)
    if state.prices_with_tax:
        return Saving(off_lines=off)
    return Saving(
        off_lines=tuple(share(less, line.gross, line.net) for less, line in zip(off, state.lines, strict=True))
    )


def _is_meant(line: CheckoutLine, plan: VoucherPlan | None) -> bool:
    if plan is None or not plan.effect.scope.names_any:
        return not line.is_gift
    goods = CartLine(
        total=line.gross,
        quantity=line.quantity,
        variant=line.variant,
        product=line.product,
        category=line.category,
        collections=line.collections,
        is_gift=line.is_gift,
    )
    return rewards.cart_value.covers(plan.effect.scope, goods)


def _by_weight(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share an amount in proportion; the last that has any weight takes what rounding leaves."""
    whole, left = sum(weights), amount
    shares = [0 if not whole else amount * weight // whole for weight in weights]
    left -= sum(shares)
    last = max((n for n, weight in enumerate(weights) if weight), default=None)
    if last is not None:
        shares[last] += left
    return tuple(shares)
