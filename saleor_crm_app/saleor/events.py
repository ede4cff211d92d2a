"""What happened in the shop, as types: one frozen class per thing that reactions answer to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from saleor_crm_app.kernel.ids import CustomerId, OrderId
from saleor_crm_app.saleor.order_states import OrderState

Source = Literal["webhook", "poll"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersChanged:
    """One order, or after a bulk creation many, as they read now; `event` says what was the occasion."""

    event: str
    source: Source
    issued_at: datetime
    issuing_app_id: str | None
    """Global id of the app that caused it: our own writes come back as echoes."""
    orders: tuple[OrderState, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerState:
    """A customer as they read at one moment."""

    id: CustomerId
    email: str | None
    is_active: bool
    is_confirmed: bool
    is_staff: bool
    language_code: str
    joined: datetime
    updated_at: datetime
    country: str | None = None
    """Of the usual address, such as `DE`; "" where there is none, None where it was not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChanged:
    """A customer appeared or reads otherwise than before; staff users come here too."""

    event: str
    source: Source
    issued_at: datetime
    issuing_app_id: str | None
    customer: CustomerState


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerConfirmed:
    """A customer proved that the e-mail address is theirs."""

    issued_at: datetime
    customer: CustomerId


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerGone:
    """A customer was deleted, by themselves (`AccountDeleted`) or by staff (`CustomerDeleted`).

    `event` is `CustomerGone` when we learnt it by reading.
    """

    event: str
    issued_at: datetime
    customer: CustomerId


@dataclass(frozen=True, slots=True, kw_only=True)
class AppChanged:
    """An app was switched on or off; compare `app_id` with the installation's."""

    issued_at: datetime
    app_id: str
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AppGone:
    """An app was uninstalled; compare `app_id` with the installation's."""

    issued_at: datetime
    app_id: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A type of event that this version of the app does not know."""

    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incomplete:
    """A delivery with `errors` or without a field we asked for: its subjects must be read from the shop."""

    event: str
    orders: tuple[OrderId, ...] = ()
    customers: tuple[CustomerId, ...] = ()
    reason: str


ShopEvent = (
    OrdersChanged | CustomerChanged | CustomerConfirmed | CustomerGone | AppChanged | AppGone | Ignored | Incomplete
)
