"""What is in a cart, by a checkout of the shop or by lines and their prices, as it costs without any voucher."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec import structs

from saleor_crm_app.checkout.preview.errors import VariantNotFound
from saleor_crm_app.checkout.preview.taken_off import share, taken_off
from saleor_crm_app.checkout.preview.wish import WishedLine
from saleor_crm_app.crm.orders import LineFact
from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.rewards import Cart, CartLine, RewardKind, Saving, Valued, VoucherPlan
from saleor_crm_app.saleor.checkouts import CheckoutLine, CheckoutState
from saleor_crm_app.saleor.products import PricedProduct
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
            net=share(gross, self.net, self.gross),
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

    `on_it` is what the voucher that is on its checkout takes off. Without `prices_with_tax` vouchers take off net
    prices what they say, and so of what is paid a little more.
    """

    channel: str
    currency: str
    display_gross: bool
    goods: tuple[Goods, ...]
    shipping: int | None
    paid: int = 0
    on_it: Saving | None = None
    prices_with_tax: bool = True

    def value_of(self, plan: VoucherPlan) -> Valued:
        """What a coupon of this plan takes off."""
        return rewards.cart_value.value_of(self._taxed(plan), self.cart)

    def taxed(self, amount: int) -> int:
        """What there is less to pay when a voucher takes this off."""
        gross, net = sum(one.gross for one in self.goods), sum(one.net for one in self.goods)
        return amount if self.prices_with_tax else share(amount, gross, net)

    def _taxed(self, plan: VoucherPlan) -> VoucherPlan:
        effect = plan.effect
        if self.prices_with_tax or effect.kind is RewardKind.GIFT_CARD:
            return plan
        amount = None if effect.amount is None else self.taxed(effect.amount)
        least = None if plan.min_spent is None else self.taxed(plan.min_spent)
        return structs.replace(plan, effect=structs.replace(effect, amount=amount), min_spent=least)

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
        channel=channel,
        currency=first.currency,
        display_gross=first.display_gross,
        prices_with_tax=first.prices_with_tax,
        goods=goods,
        shipping=None,
    )


def of_product(price: PricedProduct, *, channel: str) -> Basket:
    """One unit of it, of the variant that is the cheapest; which one that is, is not told."""
    goods = Goods(
        line=None,
        variant="",
        product=price.id,
        product_type=price.product_type,
        category=price.category,
        collections=price.collections,
        kind=price.kind,
        quantity=1,
        is_gift=False,
        gross=price.gross,
        net=price.net,
        undiscounted=price.undiscounted,
    )
    return Basket(
        channel=channel, currency=price.currency, display_gross=price.display_gross, goods=(goods,), shipping=None
    )


def of_checkout(state: CheckoutState, plan: VoucherPlan | None) -> Basket:
    """What is in a checkout; `plan` is that of the voucher on it, where it is one of ours."""
    off = taken_off(state, plan)
    with_tax = state.prices_with_tax
    goods = tuple(_goods(line, more, with_tax=with_tax) for line, more in zip(state.lines, off.off_lines, strict=True))
    before_cards = state.subtotal + state.shipping
    return Basket(
        channel=state.channel,
        currency=state.currency,
        display_gross=state.display_gross,
        goods=goods,
        shipping=state.shipping + off.off_shipping,
        paid=max(0, before_cards - state.total),
        on_it=off if state.voucher_code is not None else None,
        prices_with_tax=with_tax,
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


def _goods(line: CheckoutLine, more: int, *, with_tax: bool) -> Goods:
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
        net=share(gross, line.net, line.gross),
        undiscounted=line.undiscounted if with_tax else share(line.undiscounted, line.gross, line.net),
    )
