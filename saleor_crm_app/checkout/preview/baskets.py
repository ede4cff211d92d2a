"""What is in a cart, by a checkout of the shop or by lines and their prices, as it costs without any voucher."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from saleor_crm_app.checkout.preview.errors import VariantNotFound
from saleor_crm_app.checkout.preview.wish import WishedLine
from saleor_crm_app.crm.orders import LineFact
from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.rewards import Cart, CartLine, RewardKind, Saving, VoucherPlan
from saleor_crm_app.saleor.checkouts import CheckoutLine, CheckoutState
from saleor_crm_app.saleor.variants import PricedVariant


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """One line; `gross` and `net` are totals without any voucher. `line` is its id in a checkout."""

    line: str | None
    variant: str
    product: str
    product_type: str
    category: str | None
    collections: tuple[str, ...]
    kind: str
    quantity: int
    is_gift: bool
    gross: int
    net: int
    undiscounted: int

    def fact(self, place: int, gross: int) -> LineFact:
        """The line of an order in which it costs so much; tax falls with the price."""
        return LineFact(
            id=str(place),
            quantity=self.quantity,
            fulfilled=0,
            gross=gross,
            net=_share(gross, self.net, self.gross),
            gift=self.is_gift,
            kind=self.kind,
            product=self.product,
            category=self.category,
            product_type=self.product_type,
            collections=self.collections,
            undiscounted=self.undiscounted,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """A cart without vouchers; `shipping` None: no delivery is known. Gift cards on it pay `paid` of it.

    `on_it` is what the voucher that is on its checkout takes off.
    """

    channel: str
    currency: str
    display_gross: bool
    goods: tuple[Goods, ...]
    shipping: int | None
    paid: int = 0
    on_it: Saving | None = None

    @property
    def cart(self) -> Cart:
        lines = tuple(
            CartLine(
                total=one.gross,
                quantity=one.quantity,
                variant=one.variant,
                product=one.product,
                category=one.category,
                collections=one.collections,
                is_gift=one.is_gift,
            )
            for one in self.goods
        )
        return Cart(channel=self.channel, currency=self.currency, lines=lines, shipping=self.shipping, paid=self.paid)


def of_lines(lines: Sequence[WishedLine], prices: Mapping[str, PricedVariant], *, channel: str) -> Basket:
    """What these lines cost. Raises VariantNotFound."""
    for place, line in enumerate(lines):
        if line.variant not in prices:
            raise VariantNotFound(place)
    goods = tuple(_priced(prices[line.variant], line.quantity) for line in lines)
    first = prices[lines[0].variant]
    return Basket(
        channel=channel, currency=first.currency, display_gross=first.display_gross, goods=goods, shipping=None
    )


def of_checkout(state: CheckoutState, plan: VoucherPlan | None) -> Basket:
    """What is in a checkout; `plan` is that of the voucher on it, where it is one of ours.

    What a voucher of the shop's own takes off is told by the shop as one amount: where the lines cannot be cheaper by
    it, it is off shipping.
    """
    off = _taken_off(state, plan)
    goods = tuple(_goods(line, more) for line, more in zip(state.lines, off.off_lines, strict=True))
    before_cards = state.subtotal + state.shipping
    return Basket(
        channel=state.channel,
        currency=state.currency,
        display_gross=state.display_gross,
        goods=goods,
        shipping=state.shipping + off.off_shipping,
        paid=max(0, before_cards - state.total),
        on_it=off if state.voucher_code is not None else None,
    )


def _priced(price: PricedVariant, quantity: int) -> Goods:
    return Goods(
        line=None,
        variant=price.id,
        product=price.product,
        product_type=price.product_type,
        category=price.category,
        collections=price.collections,
        kind=price.kind,
        quantity=quantity,
        is_gift=False,
        gross=price.gross * quantity,
        net=price.net * quantity,
        undiscounted=price.undiscounted * quantity,
    )


def _goods(line: CheckoutLine, more: int) -> Goods:
    gross = line.gross + more
    return Goods(
        line=line.id,
        variant=line.variant,
        product=line.product,
        product_type=line.product_type,
        category=line.category,
        collections=line.collections,
        kind=line.kind,
        quantity=line.quantity,
        is_gift=line.is_gift,
        gross=gross,
        net=_share(gross, line.net, line.gross),
        undiscounted=line.undiscounted,
    )


def _taken_off(state: CheckoutState, plan: VoucherPlan | None) -> Saving:
    nothing = Saving(off_lines=(0,) * len(state.lines))
    if state.voucher_code is None or not state.discount:
        return nothing
    room = [0 if line.is_gift else max(0, line.undiscounted - line.gross) for line in state.lines]
    is_shipping = sum(room) < state.discount if plan is None else plan.effect.kind is RewardKind.FREE_SHIPPING
    if is_shipping:
        return replace(nothing, off_shipping=state.discount)
    if sum(room) == state.discount:
        return Saving(off_lines=tuple(room))
    weights = [line.gross if _is_meant(line, plan) else 0 for line in state.lines]
    return Saving(off_lines=_by_weight(state.discount, weights if any(weights) else room))


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


def _share(gross: int, net: int, of_gross: int) -> int:
    """The net of a gross amount, at the rate of another pair; rounded half up."""
    return (2 * gross * net + of_gross) // (2 * of_gross) if of_gross else gross
