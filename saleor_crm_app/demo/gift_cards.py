"""What staff and apps do with gift cards, and how orders draw on them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.gift_card import GiftCard, GiftCardEventType
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.prices import NOTHING, rounded
from saleor_crm_app.demo.promo_codes import PromoCodes
from saleor_crm_app.demo.state import ShopState

_SHORTEST_CODE, _LONGEST_CODE = 8, 16


class GiftCards:
    """The acts of Saleor's gift-card API. Being used in an order fires nothing."""

    def __init__(self, state: ShopState, promo_codes: PromoCodes) -> None:
        self._state = state
        self._codes = promo_codes

    def create(
        self,
        amount: Decimal | int,
        currency: str,
        *,
        assigned_to: User | None = None,
        expires_on: date | None = None,
        is_active: bool = True,
        code: str | None = None,
        metadata: Mapping[str, str] | None = None,
        by: object | None = None,
    ) -> GiftCard:
        """Issue a card (`giftCardCreate`); one with `assigned_to` opens to that customer only, from 3.23 on.

        Raises ShopRefusal.
        """
        balance = Decimal(amount)
        if assigned_to is not None and not self._state.version.binds_gift_cards:
            raise ShopRefusal("Unknown field 'assignedTo'.", code="GRAPHQL_ERROR", field="assignedTo")
        if expires_on is not None and expires_on <= self._state.clock.now().date():
            raise ShopRefusal("Expiry date must be in the future.", field="expiryDate")
        self._check_precision(balance, currency)
        if balance <= NOTHING:
            raise ShopRefusal("Balance amount have to be greater than 0.", field="balance")
        card = GiftCard(
            pk=self._state.next_number("GiftCard"),
            code=self._code(code),
            currency=currency,
            initial=balance,
            balance=balance,
            created=self._state.clock.now(),
            is_active=is_active,
            expiry_date=expires_on,
            assigned_to=assigned_to,
            assigned_to_email=None if assigned_to is None else assigned_to.email,
            metadata=dict(metadata or {}),
        )
        self._state.gift_cards[card.pk] = self._state.gift_cards_by_code[card.code] = card
        card.note(GiftCardEventType.ISSUED, card.created)
        self._tell(EventType.GIFT_CARD_CREATED, card, by)
        return card

    def deactivate(self, card: GiftCard, *, by: object | None = None) -> None:
        """Close a card (`giftCardDeactivate`); it stays on the checkouts it is on, which cannot be completed then."""
        if card.is_active:
            card.is_active = False
            card.note(GiftCardEventType.DEACTIVATED, self._state.clock.now())
        self._tell(EventType.GIFT_CARD_STATUS_CHANGED, card, by)

    def activate(self, card: GiftCard, *, by: object | None = None) -> None:
        """Open it again (`giftCardActivate`)."""
        if not card.is_active:
            card.is_active = True
            card.note(GiftCardEventType.ACTIVATED, self._state.clock.now())
        self._tell(EventType.GIFT_CARD_STATUS_CHANGED, card, by)

    def set_balance(self, card: GiftCard, amount: Decimal | int, *, by: object | None = None) -> None:
        """Say what is on it and was at first (`giftCardUpdate` with `balanceAmount`)."""
        self._check_precision(Decimal(amount), card.currency)
        old = card.balance
        card.initial = card.balance = Decimal(amount)
        card.note(GiftCardEventType.BALANCE_RESET, self._state.clock.now(), old=old)
        self._tell(EventType.GIFT_CARD_UPDATED, card, by)

    def draw(self, card: GiftCard, wanted: Decimal, *, order: str) -> Decimal:
        """Use as much as there is for an order: no event, and the card is the order's even when it gave nothing."""
        taken = min(wanted, card.balance)
        old, card.balance = card.balance, card.balance - taken
        card.last_used_on = self._state.clock.now()
        card.note(GiftCardEventType.USED_IN_ORDER, card.last_used_on, old=old, order=order)
        return taken

    def close_those_of(self, user: User) -> None:
        """A customer is removed: their cards open to nobody any more, and no event tells."""
        for card in self._state.gift_cards.values():
            if card.assigned_to is user:
                card.assigned_to = None
                if card.is_active:
                    card.is_active = False
                    card.note(GiftCardEventType.DEACTIVATED, self._state.clock.now())

    def _code(self, wanted: str | None) -> str:
        if wanted is None:
            return self._codes.new()
        if not self._codes.is_free(wanted):
            raise ShopRefusal("Promo code already exists.", code="ALREADY_EXISTS", field="code")
        if not _SHORTEST_CODE <= len(wanted) <= _LONGEST_CODE:
            raise ShopRefusal(f"A code has {_SHORTEST_CODE} to {_LONGEST_CODE} characters.", field="code")
        return wanted

    def _check_precision(self, amount: Decimal, currency: str) -> None:
        if rounded(amount, currency) != amount:
            raise ShopRefusal("Value cannot have more decimals than its currency.", field="balance")

    def _tell(self, kind: EventType, card: GiftCard, by: object | None) -> None:
        self._state.events.tell(kind, about=card, by=by or self._state.staff)
