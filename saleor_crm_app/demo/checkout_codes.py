"""Promo codes on a checkout: put on, taken off, and applied anew when lines change."""

from contextlib import suppress

from saleor_crm_app.demo.checkout import Checkout
from saleor_crm_app.demo.discounts import NotApplicable, reduction_of, spread
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.gift_card import GiftCard
from saleor_crm_app.demo.prices import NOTHING
from saleor_crm_app.demo.promo_codes import PromoCodes
from saleor_crm_app.demo.state import ShopState
from saleor_crm_app.demo.voucher import Voucher


class InvalidPromoCode(ShopRefusal):
    """Whatever is wrong with a code, also that it is somebody else's gift card, Saleor says this."""

    def __init__(self) -> None:
        super().__init__("Promo code is invalid", field="promoCode")


class CheckoutCodes:
    """Whoever knows a checkout's id may put codes on it and take them off: no permission is asked for."""

    def __init__(self, state: ShopState, promo_codes: PromoCodes) -> None:
        self._state = state
        self._codes = promo_codes

    def add(self, checkout: Checkout, code: str, *, by: object | None = None) -> None:
        """Put a voucher or a gift card on it; a second voucher replaces the first one without a word.

        Raises ShopRefusal.
        """
        found = self._codes.voucher_of(code)
        if found is None:
            self._add_card(checkout, self._codes.gift_card_of(code))
        else:
            voucher, voucher_code = found
            if not voucher_code.is_active or not voucher.is_open(checkout.channel, self._state.clock.now()):
                raise InvalidPromoCode
            self._apply(checkout, voucher, code)
        self._tell(checkout, by)

    def remove(self, checkout: Checkout, code: str, *, by: object | None = None) -> None:
        """Take a code off, also one that is dead; while it lives any code of its voucher will do, as in Saleor.

        Raises ShopRefusal for a code that is none or not on this checkout.
        """
        found, card = self._codes.voucher_of(code), self._codes.gift_card_of(code)
        alive = self._alive(checkout)
        if code == checkout.voucher_code or (found and found[0] is alive):
            _clear(checkout)
        elif found is not None:
            raise ShopRefusal("Cannot remove a voucher not attached to this checkout.", field="promoCode")
        elif card is None:
            raise ShopRefusal("Promo code does not exists.", code="NOT_FOUND", field="promoCode")
        elif card not in checkout.gift_cards:
            raise ShopRefusal("Cannot remove a gift card not attached to this checkout.", field="promoCode")
        else:
            checkout.gift_cards.remove(card)
        self.refresh(checkout, by=by)

    def refresh(self, checkout: Checkout, *, by: object | None = None) -> None:
        """Lines changed: the voucher is applied anew, or goes without a word when it is dead or not applicable."""
        code, alive = checkout.voucher_code, self._alive(checkout)
        _clear(checkout)
        if code is not None and alive is not None:
            with suppress(NotApplicable):
                self._apply(checkout, alive, code)
        self._tell(checkout, by)

    def _alive(self, checkout: Checkout) -> Voucher | None:
        """The voucher of the code on it, unless voucher or code are dead."""
        found = None if checkout.voucher_code is None else self._codes.voucher_of(checkout.voucher_code)
        is_alive = found and found[1].is_active and found[0].is_open(checkout.channel, self._state.clock.now())
        return found[0] if found and is_alive else None

    def _add_card(self, checkout: Checkout, card: GiftCard | None) -> None:
        if card is None:
            raise InvalidPromoCode
        if not checkout.channel.allow_legacy_gift_card_use:
            message = "Adding gift card to checkout in this channel is not allowed."
            raise ShopRefusal(message, code="GIFT_CARD_NOT_APPLICABLE", field="promoCode")
        is_open = card.is_open(self._state.clock.now()) and card.currency == checkout.currency
        if not is_open or not card.may_be_used_by(checkout.user):
            raise InvalidPromoCode
        if card not in checkout.gift_cards:
            checkout.gift_cards.append(card)

    def _apply(self, checkout: Checkout, voucher: Voucher, code: str) -> None:
        reduction = reduction_of(voucher, checkout)
        _clear(checkout)
        checkout.voucher_code, checkout.discount_name = code, voucher.name
        checkout.discount_amount, checkout.shipping_discount = reduction.whole, reduction.off_shipping
        if not reduction.off_shipping and not reduction.off_lines:
            spread(checkout.lines, reduction.whole, checkout.currency)
        for line, amount in reduction.off_lines.items():
            line.discount = amount

    def _tell(self, checkout: Checkout, by: object | None) -> None:
        self._state.events.tell(EventType.CHECKOUT_UPDATED, about=checkout, by=by or checkout.user)


def _clear(checkout: Checkout) -> None:
    checkout.voucher_code = checkout.discount_name = None
    checkout.discount_amount = checkout.shipping_discount = NOTHING
    for line in checkout.lines:
        line.discount = NOTHING
