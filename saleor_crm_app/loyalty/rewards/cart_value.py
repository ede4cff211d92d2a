"""What a coupon takes off a cart, as Saleor would reckon it, or what the cart lacks for it; pure, in minor units."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, assert_never

from saleor_crm_app.loyalty.rewards.judging import Gap, GapCode
from saleor_crm_app.loyalty.rewards.plans import VoucherPlan
from saleor_crm_app.loyalty.rewards.terms import Effect, RewardKind, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class CartLine:
    """`total` is gross, promotions of the catalogue taken off and no voucher. Ids are Saleor's global ids."""

    total: int
    quantity: int
    variant: str
    product: str
    category: str | None = None
    collections: tuple[str, ...] = ()
    is_gift: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """What somebody is about to buy; `shipping` None: not known yet. Gift cards on it have `paid` so much."""

    channel: str
    currency: str
    lines: tuple[CartLine, ...]
    shipping: int | None = None
    paid: int = 0

    @property
    def subtotal(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def value(self) -> int:
        """Goods and shipping, as far as that is known, however they are paid."""
        return self.subtotal + (self.shipping or 0)

    @property
    def left(self) -> int:
        """What is left to pay."""
        return max(0, self.value - self.paid)

    def after(self, saving: "Saving") -> "Cart":
        """The cart with that taken off."""
        lines = tuple(
            replace(line, total=line.total - off) for line, off in zip(self.lines, saving.off_lines, strict=True)
        )
        shipping = None if self.shipping is None else self.shipping - saving.off_shipping
        return replace(self, lines=lines, shipping=shipping, paid=self.paid + saving.pays)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What is taken off each line and off shipping; `pays` is what a gift card pays, which takes nothing off."""

    off_lines: tuple[int, ...]
    off_shipping: int = 0
    pays: int = 0

    @property
    def discount(self) -> int:
        return sum(self.off_lines) + self.off_shipping

    @property
    def amount(self) -> int:
        """What the shopper has to pay less."""
        return self.discount + self.pays


@dataclass(frozen=True, slots=True, kw_only=True)
class Valued:
    """What a coupon does for a cart: a saving, or what is missing for one."""

    saving: Saving | None = None
    missing: tuple[Gap, ...] = ()

    @property
    def amount(self) -> int:
        return 0 if self.saving is None else self.saving.amount


def value_of(plan: VoucherPlan, cart: Cart) -> Valued:
    """What a coupon of this plan takes off, were its code put on now; no more than there is.

    A gift card pays as its effect's amount says.
    """
    found = _lack(plan, cart) or _saving(plan.effect, cart)
    return Valued(missing=(found,)) if isinstance(found, Gap) else Valued(saving=found)


def _lack(plan: VoucherPlan, cart: Cart) -> Gap | None:
    """What keeps its code from being taken at all."""
    if plan.currency != cart.currency or (plan.channels and cart.channel not in plan.channels):
        return Gap(code=GapCode.CHANNEL)
    if plan.min_spent is not None and cart.subtotal < plan.min_spent:
        return Gap(code=GapCode.SPEND, amount=plan.min_spent - cart.subtotal)
    return None


def _saving(effect: Effect, cart: Cart) -> Saving | Gap | None:
    match effect.kind:
        case RewardKind.FIXED_AMOUNT | RewardKind.PERCENTAGE:
            return Saving(off_lines=spread(cart.lines, _off(cart.subtotal, effect)))
        case RewardKind.FREE_SHIPPING:
            return _free_shipping(cart)
        case RewardKind.FREE_PRODUCT | RewardKind.PRODUCT_DISCOUNT:
            return _off_products(effect, cart)
        case RewardKind.GIFT_CARD:
            return Saving(off_lines=_nothing_off(cart), pays=min(effect.amount or 0, cart.left))
        case RewardKind.DRAW_TICKET | RewardKind.CUSTOM:
            return None
        case _ as never:
            assert_never(never)


def fixed(cart: Cart, amount: int) -> Saving:
    """So much off the goods, and no more than they cost."""
    return Saving(off_lines=spread(cart.lines, min(amount, cart.subtotal)))


def covers(scope: Scope, line: CartLine) -> bool:
    """Whether it names the line's goods; what is given away is never meant."""
    return not line.is_gift and (
        line.variant in scope.variants
        or line.product in scope.products
        or line.category in scope.categories
        or not set(scope.collections).isdisjoint(line.collections)
    )


def spread(lines: Sequence[CartLine], discount: int) -> tuple[int, ...]:
    """Share a discount over lines by what they cost; the last one takes what rounding leaves, as in Saleor.

    Where that is more than it costs, those before it take the rest.
    """
    whole, left = sum(line.total for line in lines), discount
    shares: list[int] = []
    for line in lines[:-1]:
        shares.append(min(left, line.total, _half_even(discount * line.total, whole) if whole else 0))
        left -= shares[-1]
    shares += [0] if lines else []
    for n in reversed(range(len(lines))):
        more = min(left, lines[n].total - shares[n])
        shares[n] += more
        left -= more
    return tuple(shares)


_HUNDRED: Final = 100


def _off(price: int, effect: Effect) -> int:
    """Off one price: the amount, or the percentage rounded half up to the minor unit."""
    if effect.amount is not None:
        return min(price, effect.amount)
    percent = _HUNDRED if effect.percent is None else effect.percent
    return min(price, (price * percent + _HUNDRED // 2) // _HUNDRED)


def _free_shipping(cart: Cart) -> Saving | Gap:
    """Saleor wants a delivery to be chosen first; one that costs nothing cannot be told from none."""
    if not cart.shipping:
        return Gap(code=GapCode.DELIVERY)
    return Saving(off_lines=_nothing_off(cart), off_shipping=cart.shipping)


def _off_products(effect: Effect, cart: Cart) -> Saving | Gap:
    places = [n for n, line in enumerate(cart.lines) if line.quantity and covers(effect.scope, line)]
    if not places:
        return Gap(code=GapCode.PRODUCT)
    if effect.kind is RewardKind.FREE_PRODUCT:  # one unit of the cheapest
        cheapest = min(places, key=lambda n: _unit(cart.lines[n]))
        off = {cheapest: _unit(cart.lines[cheapest])}
    elif effect.amount is None:
        off = {n: _off(cart.lines[n].total, effect) for n in places}
    else:
        off = {n: _off(_unit(cart.lines[n]), effect) * cart.lines[n].quantity for n in places}
    return Saving(off_lines=tuple(min(line.total, off.get(n, 0)) for n, line in enumerate(cart.lines)))


def _unit(line: CartLine) -> int:
    return _half_even(line.total, line.quantity)


def _nothing_off(cart: Cart) -> tuple[int, ...]:
    return (0,) * len(cart.lines)


def _half_even(number: int, by: int) -> int:
    """Divide to the nearest whole number, halves to the even one: Saleor rounds shares so."""
    whole, rest = divmod(number, by)
    return whole + (2 * rest > by or (2 * rest == by and whole % 2))
