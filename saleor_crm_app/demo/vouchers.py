"""What staff and apps do with vouchers: made, changed, listed, given codes, deleted."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Unpack
from uuid import UUID

from saleor_crm_app.demo.catalog import Channel
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.promo_codes import PromoCodes
from saleor_crm_app.demo.state import ShopState
from saleor_crm_app.demo.voucher import Voucher, VoucherCode, VoucherListing
from saleor_crm_app.demo.voucher_terms import (
    ATTRIBUTES,
    ListingTerms,
    VoucherChanges,
    VoucherTerms,
    check_listings,
    check_terms,
)

__all__ = ["VoucherTerms", "Vouchers"]

_LONGEST_CODE = 255


class Vouchers:
    """The acts of Saleor's voucher API."""

    def __init__(self, state: ShopState, promo_codes: PromoCodes) -> None:
        self._state = state
        self._codes = promo_codes

    def create(self, terms: VoucherTerms, codes: Sequence[str] = ("",), *, by: object | None = None) -> Voucher:
        """Make a voucher with codes (`voucherCreate`); an empty code is replaced by a made one.

        It is worth nothing anywhere until it is listed. Raises ShopRefusal for codes that are taken or repeated.
        """
        texts = self._clean(codes)
        given = {field.name: getattr(terms, field.name) for field in fields(terms)}
        given["start_date"] = terms.start_date or self._state.clock.now()
        check_terms(given, starts=given["start_date"], ends=terms.end_date)
        kept = {ATTRIBUTES[name]: value for name, value in given.items()}
        voucher = Voucher(pk=self._state.next_number("Voucher"), **kept)
        self._state.vouchers[voucher.pk] = voucher
        self._add(voucher, texts)
        self._tell(EventType.VOUCHER_CODES_CREATED, EventType.VOUCHER_CREATED, about=voucher, by=by)
        return voucher

    def change(
        self,
        voucher: Voucher,
        *,
        codes: Sequence[str] = (),
        by: object | None = None,
        **changes: Unpack[VoucherChanges],
    ) -> list[VoucherCode]:
        """Give it other terms and more codes (`voucherUpdate`): all of that or, where something is refused, nothing.

        Single use and usage limit are frozen once a code is in an order, or only in a checkout. Raises ShopRefusal.
        """
        texts = self._clean(codes)
        if changes.get("single_use", voucher.single_use) != voucher.single_use:
            self._check_is_untouched(voucher, field="singleUse", setting="single use")
        if changes.get("usage_limit", voucher.usage_limit) != voucher.usage_limit:
            self._check_is_untouched(voucher, field="usageLimit", setting="usage limit")
        starts, ends = changes.get("start_date", voucher.start_date), changes.get("end_date", voucher.end_date)
        check_terms(changes, starts=starts, ends=ends)
        for name, value in changes.items():
            setattr(voucher, ATTRIBUTES[name], value)
        added = self._add(voucher, texts)
        told = [EventType.VOUCHER_UPDATED] * bool(changes) + [EventType.VOUCHER_CODES_CREATED] * bool(added)
        self._tell(*told, about=voucher, by=by)
        return added

    def add_codes(self, voucher: Voucher, codes: Sequence[str], *, by: object | None = None) -> list[VoucherCode]:
        """Add more codes and change nothing else."""
        return self.change(voucher, codes=codes, by=by)

    def list_in(
        self,
        voucher: Voucher,
        channel: Channel,
        value: Decimal | int,
        *,
        min_spent: Decimal | None = None,
        by: object | None = None,
    ) -> VoucherListing:
        """Say what it is worth in a channel, anew if it was said."""
        self.set_listings(voucher, [ListingTerms(channel=channel, value=Decimal(value), min_spent=min_spent)], by=by)
        return next(one for one in voucher.channel_listings if one.channel is channel)

    def unlist(self, voucher: Voucher, *channels: Channel, by: object | None = None) -> None:
        """Take it out of channels: its codes are invalid there at once."""
        self.set_listings(voucher, removed=channels, by=by)

    def set_listings(
        self,
        voucher: Voucher,
        added: Sequence[ListingTerms] = (),
        *,
        removed: Sequence[Channel] = (),
        by: object | None = None,
    ) -> None:
        """Both at once (`voucherChannelListingUpdate`), or nothing. Raises ShopRefusal."""
        check_listings(voucher, added, removed)
        for terms in added:
            listing = voucher.listing_in(terms.channel)
            if listing is None:
                pk = self._state.next_number("VoucherChannelListing")
                listing = VoucherListing(pk=pk, channel=terms.channel, discount_value=terms.value)
                voucher.channel_listings.append(listing)
            listing.discount_value, listing.min_spent_amount = terms.value, terms.min_spent
        voucher.channel_listings = [one for one in voucher.channel_listings if one.channel not in removed]
        self._tell(EventType.VOUCHER_UPDATED, about=voucher, by=by)

    def delete(self, voucher: Voucher, *, by: object | None = None) -> None:
        """Delete it and all its codes (`voucherBulkDelete`), used or not.

        Orders forget it and keep the text of the code and the discount with its name; checkouts keep the code.
        """
        del self._state.vouchers[voucher.pk]
        self._codes.forget(voucher.voucher_codes)
        for order in self._state.orders.values():
            if order.voucher is voucher:
                order.voucher = None
        self._tell(EventType.VOUCHER_DELETED, about=voucher, by=by)

    def delete_codes(self, ids: Iterable[UUID], *, by: object | None = None) -> int:
        """Delete codes (`voucherCodeBulkDelete`), used and unused alike, also those on checkouts; gives how many."""
        found = (self._codes.voucher_code(pk) for pk in dict.fromkeys(ids))
        gone = [one for one in found if one is not None]
        for voucher, code in gone:
            voucher.drop(code)
        self._codes.forget(code for _, code in gone)
        self._tell(EventType.VOUCHER_CODES_DELETED, about=[code for _, code in gone], by=by)
        return len(gone)

    def _clean(self, codes: Sequence[str]) -> list[str]:
        """Raises ShopRefusal as a whole; the codes at fault are named in its message's order.

        Two empty ones count as the same code twice, as in Saleor.
        """
        texts = [code.strip() for code in codes]
        repeated = [text for text, times in Counter(texts).items() if times > 1]
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
        self._codes.keep(voucher, added)
        return added

    def _check_is_untouched(self, voucher: Voucher, *, field: str, setting: str) -> None:
        used = {checkout.voucher_code for checkout in self._state.checkouts.values()}
        for order in self._state.orders.values():
            used.update((order.voucher_code, *(line.voucher_code for line in order.lines)))
        found = (self._codes.voucher_of(code) for code in used if code is not None)
        if any(one is not None and one[0] is voucher for one in found):
            message = f"Cannot change {setting} setting when any voucher code has already been used."
            raise ShopRefusal(message, code="VOUCHER_ALREADY_USED", field=field)

    def _tell(self, *types: EventType, about: object, by: object | None) -> None:
        self._state.events.tell(*types, about=about, by=by or self._state.staff)
