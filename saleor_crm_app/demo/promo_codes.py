"""Codes of vouchers and gift cards: one name space, found by their exact text."""

from saleor_crm_app.demo.gift_card import GiftCard
from saleor_crm_app.demo.state import ShopState
from saleor_crm_app.demo.voucher import Voucher, VoucherCode


class PromoCodes:
    """Who has which code."""

    def __init__(self, state: ShopState) -> None:
        self._state = state

    def is_free(self, code: str) -> bool:
        return self.voucher_of(code) is None and self.gift_card_of(code) is None

    def new(self) -> str:
        """A free one of Saleor's own making, e.g. `1A2B-3C4D-5E6F`."""
        while True:
            text = self._state.new_uuid().hex[:12].upper()
            code = "-".join((text[:4], text[4:8], text[8:]))
            if self.is_free(code):
                return code

    def voucher_of(self, code: str) -> tuple[Voucher, VoucherCode] | None:
        return self._state.voucher_codes.get(code)

    def gift_card_of(self, code: str) -> GiftCard | None:
        return next((card for card in self._state.gift_cards.values() if card.code == code), None)
