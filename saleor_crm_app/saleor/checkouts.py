"""Gateway for checkouts: reads them, puts promo codes on them and takes them off.

The shop asks for no permission for any of it: whose checkout it is, the caller of this must judge by `customer`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from saleor_crm_app.kernel.ids import CustomerId, customer_id, key_of
from saleor_crm_app.kernel.money import MinorUnits, minor_units
from saleor_crm_app.saleor import bodies
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.client import ShopUnavailable
from saleor_crm_app.saleor.shop_refusals import (
    CheckoutGone,
    GiftCardsNotAllowed,
    PromoCodeInvalid,
    ShopError,
    ShopRefused,
    VoucherNotApplicable,
    first_error,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutLine:
    """One line; `gross` and `net` are totals after discounts. Ids are Saleor's global ids."""

    id: str
    quantity: int
    is_gift: bool
    gross: MinorUnits
    net: MinorUnits
    undiscounted: MinorUnits
    variant: str
    product: str
    category: str | None
    collections: tuple[str, ...]
    product_type: str
    kind: str
    """`NORMAL` or `GIFT_CARD`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutState:
    """A checkout as it reads now; amounts gross, in minor units of `currency`."""

    id: str
    customer: CustomerId | None
    """None: a guest."""
    email: str | None
    channel: str
    currency: str
    display_gross: bool
    lines: tuple[CheckoutLine, ...]
    subtotal: MinorUnits
    """Lines after discounts, without shipping."""
    shipping: MinorUnits
    total: MinorUnits
    """What is left to pay: the gift cards on it are taken off already."""
    discount: MinorUnits
    """What its voucher takes off, inside `subtotal` or `shipping` already."""
    voucher_code: str | None
    """The one voucher it has; adding another code would replace it."""
    gift_cards: tuple[str, ...]
    prices_with_tax: bool = True
    """Whether prices are entered so in its channel; vouchers take off what they say of these."""


class _Line(bodies.Body):
    id: str
    quantity: bodies.Count
    is_gift: bool | None
    total_price: bodies.Taxed
    undiscounted_total_price: bodies.Amount
    variant: bodies.Variant


class _Checkout(bodies.Body):
    id: str
    email: str | None
    display_gross_prices: bool
    user: bodies.Identified | None
    channel: bodies.TaxedChannel
    voucher_code: str | None
    gift_cards: list[bodies.Identified]
    discount: bodies.Amount | None
    subtotal_price: bodies.Subtotal
    shipping_price: bodies.Gross
    total_price: bodies.Gross
    lines: list[_Line]


async def read_checkout(caller: Caller, checkout: str) -> CheckoutState | None:
    """The checkout of a global id as it reads now; None when there is none, also once it became an order.

    Raises what `Caller.execute` raises.
    """
    if not _is_checkout(checkout):
        return None
    data = await caller.execute("Checkout", {"id": checkout})
    return None if data.get("checkout") is None else _state(data["checkout"])


async def add_promo_code(caller: Caller, checkout: str, code: str) -> CheckoutState:
    """Put a voucher code or a gift card on it; a voucher that is on it already is replaced.

    Raises CheckoutGone, PromoCodeInvalid, VoucherNotApplicable, GiftCardsNotAllowed, ShopRefused, and what
    `Caller.execute` raises.
    """
    if not _is_checkout(checkout):
        raise CheckoutGone
    data = await caller.execute("CheckoutAddPromoCode", {"id": checkout, "code": code})
    if error := first_error(data, "checkoutAddPromoCode"):
        raise _refusal(error)
    return _state(data["checkoutAddPromoCode"]["checkout"])


async def remove_voucher_code(caller: Caller, checkout: str, code: str) -> CheckoutState | None:
    """Take this voucher code off and give what the checkout reads then; None when the checkout is gone.

    A code that is not on it is no error. It is read first, since Saleor would take off any other code of the same
    voucher as well. Raises ShopRefused, and what `Caller.execute` raises.
    """
    state = await read_checkout(caller, checkout)
    return state if state is None or state.voucher_code != code else await _remove(caller, checkout, code)


async def remove_gift_card(caller: Caller, checkout: str, code: str) -> CheckoutState | None:
    """Take a gift card off, by its code; likewise."""
    return await _remove(caller, checkout, code) if _is_checkout(checkout) else None


async def _remove(caller: Caller, checkout: str, code: str) -> CheckoutState | None:
    data = await caller.execute("CheckoutRemovePromoCode", {"id": checkout, "code": code})
    error = first_error(data, "checkoutRemovePromoCode")
    if error is None:
        return _state(data["checkoutRemovePromoCode"]["checkout"])
    if _is_about(error, "id", "NOT_FOUND"):
        return None
    if error.code in {"INVALID", "NOT_FOUND"}:  # not on it, or nowhere any more
        return await read_checkout(caller, checkout)
    raise ShopRefused(error)


def _is_checkout(text: str) -> bool:
    """What shoppers send us may be anything; the shop is only asked for ids of checkouts."""
    try:
        key_of(text, kind="Checkout")
    except ValueError:
        return False
    return True


_ADDING: Final[Mapping[str, type[ShopRefused]]] = {
    "INVALID": PromoCodeInvalid,
    "VOUCHER_NOT_APPLICABLE": VoucherNotApplicable,
    "GIFT_CARD_NOT_APPLICABLE": GiftCardsNotAllowed,
}


def _refusal(error: ShopError) -> ShopRefused:
    if _is_about(error, "id", "NOT_FOUND"):
        return CheckoutGone(error)
    known = _ADDING.get(error.code) if error.field == "promoCode" else None
    return (known or ShopRefused)(error)


def _is_about(error: ShopError, field: str, code: str) -> bool:
    return error.field == field and error.code == code


def _state(raw: Any) -> CheckoutState:  # noqa: ANN401 # JSON
    try:
        return _believed(msgspec.convert(raw, _Checkout))
    except (msgspec.ValidationError, ValueError, ArithmeticError) as error:
        raise ShopUnavailable(f"The shop answered with something that is no checkout: {error}") from error


def _believed(body: _Checkout) -> CheckoutState:
    currency = body.channel.currency_code
    return CheckoutState(
        id=body.id,
        customer=None if body.user is None else customer_id(body.user.id),
        email=body.email,
        channel=body.channel.slug,
        currency=currency,
        display_gross=body.display_gross_prices,
        lines=tuple(_line(line, currency) for line in body.lines),
        subtotal=minor_units(body.subtotal_price.gross.amount, currency),
        shipping=minor_units(body.shipping_price.gross.amount, currency),
        total=minor_units(body.total_price.gross.amount, currency),
        discount=MinorUnits(0) if body.discount is None else minor_units(body.discount.amount, currency),
        voucher_code=body.voucher_code,
        gift_cards=tuple(card.id for card in body.gift_cards),
        prices_with_tax=body.channel.has_prices_with_tax,
    )


def _line(line: _Line, currency: str) -> CheckoutLine:
    product = line.variant.product
    return CheckoutLine(
        id=line.id,
        quantity=line.quantity,
        is_gift=bool(line.is_gift),
        gross=minor_units(line.total_price.gross.amount, currency),
        net=minor_units(line.total_price.net.amount, currency),
        undiscounted=minor_units(line.undiscounted_total_price.amount, currency),
        variant=line.variant.id,
        product=product.id,
        category=None if product.category is None else product.category.id,
        collections=tuple(one.id for one in product.collections or ()),
        product_type=product.product_type.id,
        kind=product.product_type.kind,
    )
