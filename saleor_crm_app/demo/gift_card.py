"""A gift card as Saleor keeps it: a balance behind a code, bound to one customer or to nobody, and its history."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from saleor_crm_app.demo.nodes import Node
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.prices import Money


class GiftCardEventType(StrEnum):
    ISSUED = "ISSUED"
    ACTIVATED = "ACTIVATED"
    DEACTIVATED = "DEACTIVATED"
    BALANCE_RESET = "BALANCE_RESET"
    USED_IN_ORDER = "USED_IN_ORDER"


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftCardBalance:
    """How an event changed the balance."""

    old_current_balance: Money | None
    current_balance: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftCardEvent:
    type: GiftCardEventType
    date: datetime
    order_id: str | None = None
    balance: GiftCardBalance | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class GiftCard(Node):
    """Money behind a code; `assigned_to_email` outlives the customer, so their card opens to nobody then."""

    kind = "GiftCard"
    pk: int
    code: str
    currency: str
    initial: Decimal
    balance: Decimal
    created: datetime
    is_active: bool = True
    expiry_date: date | None = None
    assigned_to: User | None = None
    assigned_to_email: str | None = None
    last_used_on: datetime | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    history: list[GiftCardEvent] = field(default_factory=list)

    @property
    def initial_balance(self) -> Money:
        return Money(self.initial, self.currency)

    @property
    def current_balance(self) -> Money:
        return Money(self.balance, self.currency)

    def is_open(self, at: datetime) -> bool:
        """Whether it is active and not expired; an empty card is, as in Saleor."""
        return self.is_active and (self.expiry_date is None or at.date() <= self.expiry_date)

    def may_be_used_by(self, user: User | None) -> bool:
        """Whether an assignment lets this customer use it; a guest never matches one, whatever their e-mail."""
        return self.assigned_to_email is None or (user is not None and self.assigned_to is user)

    def note(
        self, kind: GiftCardEventType, at: datetime, *, old: Decimal | None = None, order: str | None = None
    ) -> None:
        """Add to the history; `old` is the balance before, where the event is about the balance."""
        before = None if old is None else Money(old, self.currency)
        balance = GiftCardBalance(old_current_balance=before, current_balance=self.current_balance)
        self.history.append(GiftCardEvent(type=kind, date=at, order_id=order, balance=balance))
