"""What a voucher takes off a checkout, as amounts; pure, and refused where Saleor finds it not applicable."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from saleor_crm_app.demo.checkout import Checkout, CheckoutLine
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.prices import NOTHING, rounded
from saleor_crm_app.demo.voucher import DiscountValueType, Voucher, VoucherListing, VoucherType


class NotApplicable(ShopRefusal):
    """The voucher is alive, but this checkout does not meet its conditions."""

    def __init__(self) -> None:
        message = "Voucher is not applicable to this checkout."
        super().__init__(message, code="VOUCHER_NOT_APPLICABLE", field="promoCode")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduction:
    """What one voucher takes off: the whole, a part of it off shipping or off single lines."""

    whole: Decimal
    off_shipping: Decimal = NOTHING
    off_lines: dict[CheckoutLine, Decimal] = field(default_factory=dict)


class Discountable(Protocol):
    """A line of a checkout or of an order."""

    unit_price: Decimal
    quantity: int
    discount: Decimal


def reduction_of(voucher: Voucher, checkout: Checkout) -> Reduction:
    """Amounts by the listing of the checkout's channel, never more than there is to take off.

    Raises NotApplicable.
    """
    listing = voucher.listing_in(checkout.channel)
    if listing is None or not _meets_conditions(voucher, listing, checkout):
        raise NotApplicable
    if voucher.type is VoucherType.SHIPPING:
        return _off_shipping(voucher, listing, checkout)
    if voucher.is_on_lines:
        return _off_lines(voucher, listing, checkout)
    return Reduction(whole=_off(checkout.value, voucher, listing))


def spread(lines: Sequence[Discountable], discount: Decimal, currency: str) -> None:
    """Share an order discount over the lines by their price; the last one takes the odd cent."""
    value = sum((line.unit_price * line.quantity for line in lines), NOTHING)
    left = min(discount, value)
    for line in lines[:-1]:
        share = left and rounded(discount * line.unit_price * line.quantity / value, currency)
        line.discount = min(share, left)
        left -= line.discount
    if lines:
        lines[-1].discount = left


def _meets_conditions(voucher: Voucher, listing: VoucherListing, checkout: Checkout) -> bool:
    quantity = sum(line.quantity for line in checkout.lines)
    is_enough = listing.min_spent_amount is None or checkout.value >= listing.min_spent_amount
    is_many = voucher.min_checkout_items_quantity is None or quantity >= voucher.min_checkout_items_quantity
    is_first = not voucher.apply_once_per_customer or not voucher.was_used_by(checkout.email or "")
    is_for_them = not voucher.only_for_staff or (checkout.user is not None and checkout.user.is_staff)
    return is_enough and is_many and is_first and is_for_them


def _off(price: Decimal, voucher: Voucher, listing: VoucherListing) -> Decimal:
    if voucher.discount_value_type is DiscountValueType.PERCENTAGE:
        # a value of 500 is left behind by a voucher that was of a fixed amount when it was listed
        return min(price, rounded(price * listing.discount_value / 100, listing.channel.currency_code))
    return min(price, listing.discount_value)


def _off_shipping(voucher: Voucher, listing: VoucherListing, checkout: Checkout) -> Reduction:
    if checkout.shipping is None:  # Saleor wants the delivery method first
        raise NotApplicable
    amount = _off(checkout.shipping, voucher, listing)
    return Reduction(whole=amount, off_shipping=amount)


def _off_lines(voucher: Voucher, listing: VoucherListing, checkout: Checkout) -> Reduction:
    is_picky = voucher.type is VoucherType.SPECIFIC_PRODUCT
    lines = [line for line in checkout.lines if not line.is_gift and (not is_picky or voucher.covers(line.variant))]
    if not lines:
        raise NotApplicable
    if voucher.apply_once_per_order:  # one unit of the cheapest
        cheapest = min(lines, key=lambda line: line.unit_price)
        found = {cheapest: _off(cheapest.unit_price, voucher, listing)}
    elif voucher.discount_value_type is DiscountValueType.PERCENTAGE:
        found = {line: _off(line.value, voucher, listing) for line in lines}
    else:  # a fixed amount is taken off each unit
        found = {line: _off(line.unit_price, voucher, listing) * line.quantity for line in lines}
    return Reduction(whole=sum(found.values(), NOTHING), off_lines=found)
