"""What staff and apps do with vouchers, and how orders use them up."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from saleor_crm_app.demo.catalog import Category, Channel, Collection, Product, Variant
from saleor_crm_app.demo.discounts import NotApplicable
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.order import Order
from saleor_crm_app.demo.prices import rounded
from saleor_crm_app.demo.promo_codes import PromoCodes
from saleor_crm_app.demo.state import ShopState
from saleor_crm_app.demo.voucher import DiscountValueType, Voucher, VoucherCode, VoucherListing, VoucherType

_LONGEST_CODE = 255
_HIGHEST_PERCENTAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherTerms:
    """What a voucher is to be; its value is set per channel, afterwards."""

    name: str
    type: VoucherType = VoucherType.ENTIRE_ORDER
    value_type: DiscountValueType = DiscountValueType.FIXED
    single_use: bool = False
    usage_limit: int | None = None
    once_per_order: bool = False
    once_per_customer: bool = False
    min_items: int | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    products: tuple[Product, ...] = ()
    variants: tuple[Variant, ...] = ()
    collections: tuple[Collection, ...] = ()
    categories: tuple[Category, ...] = ()


class Vouchers:
    """The acts of Saleor's voucher API. No event tells that a code was used."""

    def __init__(self, state: ShopState, promo_codes: PromoCodes) -> None:
        self._state = state
        self._codes = promo_codes

    def create(self, terms: VoucherTerms, codes: Sequence[str] = ("",), *, by: object | None = None) -> Voucher:
        """Make a voucher with codes (`voucherCreate`); an empty code is replaced by a made one.

        It is worth nothing anywhere until it is listed. Raises ShopRefusal for codes that are taken or repeated.
        """
        texts = self._clean(codes)
        starts = terms.start_date or self._state.clock.now()
        if terms.end_date is not None and terms.end_date < starts:
            raise ShopRefusal("End date cannot be before the start date.", field="endDate")
        voucher = Voucher(
            pk=self._state.next_number("Voucher"),
            name=terms.name,
            type=terms.type,
            discount_value_type=terms.value_type,
            single_use=terms.single_use,
            usage_limit=terms.usage_limit,
            apply_once_per_order=terms.once_per_order,
            apply_once_per_customer=terms.once_per_customer,
            min_checkout_items_quantity=terms.min_items,
            start_date=starts,
            end_date=terms.end_date,
            products=terms.products,
            variants=terms.variants,
            collections=terms.collections,
            categories=terms.categories,
        )
        self._state.vouchers[voucher.pk] = voucher
        self._add(voucher, texts)
        self._tell(EventType.VOUCHER_CODES_CREATED, EventType.VOUCHER_CREATED, about=voucher, by=by)
        return voucher

    def add_codes(self, voucher: Voucher, codes: Sequence[str], *, by: object | None = None) -> list[VoucherCode]:
        """Add more codes (`voucherUpdate`); all of them or, where one is refused, none."""
        added = self._add(voucher, self._clean(codes))
        self._tell(EventType.VOUCHER_UPDATED, EventType.VOUCHER_CODES_CREATED, about=voucher, by=by)
        return added

    def set_single_use(self, voucher: Voucher, *, single_use: bool, by: object | None = None) -> None:
        """Raises ShopRefusal once any code is in an order or only in a checkout."""
        if single_use != voucher.single_use:
            self._check_is_untouched(voucher, field="singleUse", setting="single use")
        voucher.single_use = single_use
        self._tell(EventType.VOUCHER_UPDATED, about=voucher, by=by)

    def set_usage_limit(self, voucher: Voucher, limit: int | None, *, by: object | None = None) -> None:
        """Raises ShopRefusal likewise."""
        if limit != voucher.usage_limit:
            self._check_is_untouched(voucher, field="usageLimit", setting="usage limit")
        voucher.usage_limit = limit
        self._tell(EventType.VOUCHER_UPDATED, about=voucher, by=by)

    def list_in(
        self,
        voucher: Voucher,
        channel: Channel,
        value: Decimal | int,
        *,
        min_spent: Decimal | None = None,
        by: object | None = None,
    ) -> VoucherListing:
        """Say what it is worth in a channel, anew if it was said (`voucherChannelListingUpdate`)."""
        amount = Decimal(value)
        self._check_value(voucher, channel, amount)
        self._check_precision(min_spent, channel, field="minAmountSpent")
        listing = voucher.listing_in(channel)
        if listing is None:
            pk = self._state.next_number("VoucherChannelListing")
            listing = VoucherListing(pk=pk, channel=channel, discount_value=amount)
            voucher.channel_listings.append(listing)
        listing.discount_value, listing.min_spent_amount = amount, min_spent
        self._tell(EventType.VOUCHER_UPDATED, about=voucher, by=by)
        return listing

    def unlist(self, voucher: Voucher, channel: Channel, *, by: object | None = None) -> None:
        """Take it out of a channel: its codes are invalid there at once."""
        voucher.channel_listings = [one for one in voucher.channel_listings if one.channel is not channel]
        self._tell(EventType.VOUCHER_UPDATED, about=voucher, by=by)

    def delete_codes(self, ids: Iterable[UUID], *, by: object | None = None) -> int:
        """Delete codes (`voucherCodeBulkDelete`), used and unused alike, also those on checkouts; gives how many."""
        wanted = set(ids)
        gone = [(voucher, code) for voucher, code in self._state.voucher_codes.values() if code.pk in wanted]
        for voucher, code in gone:
            voucher.voucher_codes.remove(code)
            del self._state.voucher_codes[code.code]
        self._tell(EventType.VOUCHER_CODES_DELETED, about=[code for _, code in gone], by=by)
        return len(gone)

    def take(self, voucher: Voucher, code: VoucherCode, email: str) -> None:
        """Use a code up for an order; raises NotApplicable where this customer had one of this code already."""
        if voucher.apply_once_per_customer and email in code.customers:
            raise NotApplicable
        if voucher.usage_limit is not None:
            code.used += 1
        if voucher.apply_once_per_customer:
            code.customers.add(email)
        if voucher.single_use:
            code.is_active = False

    def give_back(self, voucher: Voucher, code: VoucherCode, email: str) -> None:
        """Undo `take`, as Saleor does for an order that could not be made after all."""
        code.used = max(0, code.used - 1)
        code.customers.discard(email)
        code.is_active = code.is_active or voucher.single_use

    def release_expired(self, order: Order) -> None:
        """An order expired: the count and the customer's mark go, but a single-use code stays inactive."""
        found = None if order.voucher_code is None else self._codes.voucher_of(order.voucher_code)
        if found is not None:
            _, code = found
            code.used = max(0, code.used - 1)
            code.customers.discard(order.user_email if order.user is None else order.user.email)

    def _clean(self, codes: Sequence[str]) -> list[str]:
        """Raises ShopRefusal as a whole; the codes at fault are named in its message's order."""
        texts = [code.strip() for code in codes]
        repeated = [text for text, times in Counter(filter(None, texts)).items() if times > 1]
        if repeated:
            message = "Voucher codes must be unique."
            raise ShopRefusal(message, code="DUPLICATED_INPUT_ITEM", field="codes", about=tuple(repeated))
        taken = [text for text in texts if text and not self._codes.is_free(text)]
        if taken:
            raise ShopRefusal("Promo code already exists.", code="ALREADY_EXISTS", field="codes", about=tuple(taken))
        if any(len(text) > _LONGEST_CODE for text in texts):
            raise ShopRefusal(f"Ensure this value has at most {_LONGEST_CODE} characters.", field="code")
        return [text or self._codes.new() for text in texts]

    def _add(self, voucher: Voucher, texts: list[str]) -> list[VoucherCode]:
        added = [
            VoucherCode(pk=self._state.new_uuid(), code=text, created_at=self._state.clock.now()) for text in texts
        ]
        voucher.voucher_codes.extend(added)
        self._state.voucher_codes.update({code.code: (voucher, code) for code in added})
        return added

    def _check_is_untouched(self, voucher: Voucher, *, field: str, setting: str) -> None:
        codes = {code.code for code in voucher.voucher_codes}
        used = {checkout.voucher_code for checkout in self._state.checkouts.values()}
        for order in self._state.orders.values():
            used.update((order.voucher_code, *(line.voucher_code for line in order.lines)))
        if codes & used:
            message = f"Cannot change {setting} setting when any voucher code has already been used."
            raise ShopRefusal(message, code="VOUCHER_ALREADY_USED", field=field)

    def _check_value(self, voucher: Voucher, channel: Channel, value: Decimal) -> None:
        if voucher.discount_value_type is DiscountValueType.FIXED:
            self._check_precision(value, channel, field="discountValue")
        elif value > _HIGHEST_PERCENTAGE:
            raise ShopRefusal("Invalid percentage value.", field="discountValue")

    def _check_precision(self, amount: Decimal | None, channel: Channel, *, field: str) -> None:
        if amount is not None and rounded(amount, channel.currency_code) != amount:
            raise ShopRefusal("Invalid amount precision.", field=field)

    def _tell(self, *types: EventType, about: object, by: object | None) -> None:
        self._state.events.tell(*types, about=about, by=by or self._state.staff)
