"""Codes of vouchers and gift cards: one name space, each found at once by its exact text however many there are."""

from collections.abc import Iterable
from uuid import UUID

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

    def voucher_code(self, pk: UUID) -> tuple[Voucher, VoucherCode] | None:
        """The voucher code of a key."""
        text = self._state.voucher_code_texts.get(pk)
        return None if text is None else self._state.voucher_codes[text]

    def gift_card_of(self, code: str) -> GiftCard | None:
        card = self._state.gift_cards_by_code.get(code)
        return None if card is None else self._state.gift_cards.get(card.pk)

    def keep(self, voucher: Voucher, codes: Iterable[VoucherCode]) -> None:
        """Note whose these are from now on."""
        for code in codes:
            self._state.voucher_codes[code.code] = voucher, code
            self._state.voucher_code_texts[code.pk] = code.code

    def forget(self, codes: Iterable[VoucherCode]) -> None:
        """They are free again."""
        for code in codes:
            del self._state.voucher_codes[code.code]
            del self._state.voucher_code_texts[code.pk]
