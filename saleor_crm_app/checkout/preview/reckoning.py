"""Which coupon and which points count for a cart, and what it comes to with them; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from saleor_crm_app.checkout.errors import AnotherCode
from saleor_crm_app.checkout.models import TenderKind
from saleor_crm_app.checkout.preview.baskets import Basket
from saleor_crm_app.checkout.preview.buyers import Buyer
from saleor_crm_app.checkout.preview.reasons import Said, Why
from saleor_crm_app.checkout.preview.spending import Room, refusal_of, room_for, way_of
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rewards import AtHand, Cart, Saving, Valued

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A coupon of the buyer's and what it does for the cart; `said` tells why it is where it is in the list."""

    at_hand: AtHand
    valued: Valued
    said: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Points that count: `saving` is what they take off; `refusal` says why those that were asked for do not."""

    room: Room
    points: int = 0
    saving: Saving | None = None
    refusal: Refusal | None = None

    @property
    def amount(self) -> int:
        return 0 if self.saving is None else self.saving.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What a cart comes to, minor units; `shipping` None is not known and not in `total`.

    total = subtotal + shipping - discount - points - gift_cards
    """

    subtotal: int
    discount: int
    shipping: int | None
    points: int
    gift_cards: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """`coupon` is what the coupon that counts takes off, `after` is the cart with that and the points taken off."""

    coupon: Saving | None
    spent: Spent
    after: Cart
    sum: Sum


def offered(purse: Sequence[AtHand], basket: Basket) -> list[Offered]:
    """All coupons with what they do for the cart: the best one first, then by what they take off.

    Of equal ones that which expires first is better. Those that take nothing off come last.
    """
    valued = [Offered(at_hand=one, valued=basket.value_of(one.plan)) for one in purse]
    ordered = sorted(valued, key=lambda one: (-one.valued.amount, bool(one.valued.missing), *_end(one.at_hand)))
    amounts = [one.valued.amount for one in ordered if one.valued.amount]
    return [replace(one, said=_said(one, place, amounts)) for place, one in enumerate(ordered)]


def reckon(
    basket: Basket,
    buyer: Buyer,
    *,
    program: Program,
    saleor_version: str,
    best: Valued | None,
    typed: Valued | None,
    wanted: int | None,
) -> Reckoned:
    """What counts: a code that was typed, else what is on the checkout, else the best coupon; and the points.

    Points for which a code stands take the place of the best coupon, but not of a code that the shopper has chosen:
    a checkout has one.
    """
    cart, way = basket.cart, way_of(program, saleor_version, buyer)
    chosen = typed.saving if typed is not None and typed.saving is not None else basket.on_it
    counts = chosen if chosen is not None or best is None else best.saving
    asked = wanted if wanted is not None else 0 if buyer.tender is None else buyer.tender.points
    is_code = way is TenderKind.VOUCHER
    if is_code and chosen is not None:
        room = _closed(room_for(program, buyer, total=cart.value, way=way), Said(Why.ANOTHER_CODE))
        spent = Spent(room=room, refusal=AnotherCode() if wanted else None)
    else:
        base = cart if is_code or counts is None else cart.after(counts)
        room = room_for(program, buyer, total=base.value, way=way)
        refusal = None
        if wanted:
            refusal = refusal_of(program, buyer, wanted, total=base.value, saleor_version=saleor_version)
        spent = Spent(room=room, refusal=refusal)
        if asked and refusal is None:
            worth = program.worth(Points(asked)).minor
            saving = rewards.cart_value.fixed(base, basket.taxed(worth)) if is_code else _paid(base, worth)
            spent = Spent(room=room, points=asked, saving=saving)
            counts = None if is_code else counts
    between = cart if counts is None else cart.after(counts)
    after = between if spent.saving is None else between.after(spent.saving)
    return Reckoned(coupon=counts, spent=spent, after=after, sum=_sum(cart, counts, spent, after))


def _paid(cart: Cart, worth: int) -> Saving:
    """A gift card pays what is left, where a code would lower what the goods cost."""
    return Saving(off_lines=(0,) * len(cart.lines), pays=min(worth, cart.left))


def _sum(cart: Cart, coupon: Saving | None, spent: Spent, after: Cart) -> Sum:
    discount = 0 if coupon is None else coupon.discount
    return Sum(
        subtotal=cart.subtotal,
        discount=discount,
        shipping=cart.shipping,
        points=spent.amount,
        gift_cards=cart.value - discount - spent.amount - after.left,
        total=after.left,
    )


def _closed(room: Room, why: Said) -> Room:
    return replace(room, most=0, why=room.why or why)


def _end(one: AtHand) -> tuple[datetime, str]:
    return one.coupon.expires_at or _NEVER, str(one.coupon.id)


def _said(one: Offered, place: int, amounts: Sequence[int]) -> Said | None:
    amount = one.valued.amount
    if not amount:
        return None
    data = {"amount": amount}
    if place or len(amounts) == 1:
        return Said(Why.TAKES_OFF, data)
    if amounts[1] < amount:
        return Said(Why.MOST_OFF, data)
    ends = one.at_hand.coupon.expires_at
    return Said(Why.TAKES_OFF, data) if ends is None else Said(Why.ENDS_FIRST, data | {"at": ends})
