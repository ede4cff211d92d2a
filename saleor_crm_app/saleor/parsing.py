"""The one place where a body of JSON becomes an event, and where what we read becomes such a body."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from saleor_crm_app.kernel.errors import BadInput
from saleor_crm_app.kernel.ids import CustomerId, customer_id, global_id, order_id
from saleor_crm_app.saleor import bodies
from saleor_crm_app.saleor.events import (
    AppChanged,
    AppGone,
    CustomerChanged,
    CustomerConfirmed,
    CustomerGone,
    CustomerState,
    Ignored,
    Incomplete,
    OrdersChanged,
    ShopEvent,
    Source,
)
from saleor_crm_app.saleor.order_states import OrderState, believe_order
from saleor_crm_app.saleor.versions import SaleorVersion, UnsupportedVersion

ORDER_SNAPSHOT: Final = "OrderSnapshot"
CUSTOMER_SNAPSHOT: Final = "CustomerSnapshot"
CUSTOMER_GONE: Final = "CustomerGone"
"""Types of our own: what the app read from the shop and put into its inbox itself."""

_OWN: Final = frozenset({ORDER_SNAPSHOT, CUSTOMER_SNAPSHOT, CUSTOMER_GONE})
_KNOWS_PAYMENT_METHODS: Final = SaleorVersion(3, 23)


class _Head(msgspec.Struct, rename={"typename": "__typename"}, gc=False):
    typename: str


class _Principal(msgspec.Struct, rename={"typename": "__typename"}, gc=False):
    typename: str = ""
    id: str | None = None


class _Event(bodies.Body, kw_only=True):
    issued_at: bodies.Instant
    version: str | None = None
    issuing_principal: _Principal | None = None
    errors: list[Any] | None = None


class _OrderEvent(_Event):
    order: msgspec.Raw


class _OrdersEvent(_Event):
    orders: list[msgspec.Raw]


class _CustomerEvent(_Event):
    user: bodies.Customer


class _CustomerNamed(_Event):
    user: bodies.Identified


class _AppState(bodies.Body):
    id: str
    is_active: bool | None = None


class _AppEvent(_Event):
    recipient: bodies.Identified
    app: _AppState | None = None


class _Subjects(bodies.Body):
    """What can still be learnt of an incomplete body: whom it is about."""

    order: Any = None
    orders: Any = None
    user: Any = None


_head = msgspec.json.Decoder(_Head)
_order_event = msgspec.json.Decoder(_OrderEvent)
_orders_event = msgspec.json.Decoder(_OrdersEvent)
_order = msgspec.json.Decoder(bodies.Order)
_customer_event = msgspec.json.Decoder(_CustomerEvent)
_customer_named = msgspec.json.Decoder(_CustomerNamed)
_app_event = msgspec.json.Decoder(_AppEvent)
_subjects = msgspec.json.Decoder(_Subjects)
_encoder = msgspec.json.Encoder(decimal_format="number")


class _Lacking(Exception):
    """Well-formed, but something that we asked for did not come."""


def parse_event(raw: bytes, *, kind: str | None = None) -> ShopEvent:
    """Read the body of a delivery, or a snapshot of our own, as an event; `kind` is its `__typename` where known.

    Gives Incomplete when reading its subjects from the shop would help. Raises BadInput with the reason when
    nothing would: no JSON, amounts or ids that cannot be, a snapshot of our own that lacks something.
    """
    event = kind or _typename(raw)
    parse = _PARSERS.get(event)
    if parse is None:
        return Ignored(event)
    try:
        return parse(event, raw)
    except (msgspec.ValidationError, _Lacking) as error:
        return _incomplete(event, raw, reason=str(error))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{event}: {error}") from error


def snapshot_of_order(order: Mapping[str, Any], *, issued_at: datetime) -> bytes:
    """Body for the inbox of an order that we read at `issued_at`; amounts are Decimal and stay exact."""
    return _encoder.encode({"__typename": ORDER_SNAPSHOT, "issuedAt": issued_at, "order": order})


def snapshot_of_customer(customer: Mapping[str, Any], *, issued_at: datetime) -> bytes:
    """Body for the inbox of a customer that we read at `issued_at`."""
    return _encoder.encode({"__typename": CUSTOMER_SNAPSHOT, "issuedAt": issued_at, "user": customer})


def customer_gone(customer: CustomerId, *, issued_at: datetime) -> tuple[str, bytes]:
    """Type and body for the inbox of a customer whom the shop no longer knew at `issued_at`."""
    user = {"id": global_id("User", customer)}
    return CUSTOMER_GONE, _encoder.encode({"__typename": CUSTOMER_GONE, "issuedAt": issued_at, "user": user})


def _typename(raw: bytes) -> str:
    try:
        return _head.decode(raw).typename
    except (ValueError, RecursionError) as error:
        raise BadInput(f"not a JSON object with __typename: {error}") from error


def _incomplete(event: str, raw: bytes, *, reason: str) -> Incomplete:
    if event in _OWN:
        raise BadInput(f"{event}: the shop's own answer cannot be used: {reason}")
    try:
        subjects = _subjects.decode(raw)
        orders = subjects.orders if isinstance(subjects.orders, list) else [subjects.order]
        incomplete = Incomplete(
            event=event,
            orders=tuple(order_id(one) for one in _ids(orders)),
            customers=tuple(customer_id(one) for one in _ids([subjects.user])),
            reason=reason,
        )
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{event}: {error}") from error
    if not incomplete.orders and not incomplete.customers:
        raise BadInput(f"{event}: {reason}, and nothing says whom it is about")
    return incomplete


def _ids(subjects: list[Any]) -> list[str]:
    found = [one.get("id") for one in subjects if isinstance(one, dict)]
    return [one for one in found if isinstance(one, str)]


def _no_errors(body: _Event) -> None:
    if body.errors:
        raise _Lacking("the shop reports errors inside")


def _issuing_app(body: _Event) -> str | None:
    principal = body.issuing_principal
    return principal.id if principal is not None and principal.typename == "App" else None


def _source(event: str) -> Source:
    return "poll" if event in _OWN else "webhook"


@lru_cache(maxsize=64)
def _tells_payment_methods(version: str | None) -> bool:
    """Whether a shop of this version can say how a transaction was paid: silence means an old webhook."""
    try:
        return version is not None and SaleorVersion.parse(version) >= _KNOWS_PAYMENT_METHODS
    except UnsupportedVersion:
        return False


def _orders(event: str, body: _Event, orders: list[msgspec.Raw]) -> OrdersChanged:
    _no_errors(body)
    with_methods = _tells_payment_methods(body.version)
    return OrdersChanged(
        event=event,
        source=_source(event),
        issued_at=body.issued_at,
        issuing_app_id=_issuing_app(body),
        orders=tuple([_believed(bytes(order), with_methods=with_methods) for order in orders]),
    )


@lru_cache(maxsize=1024)
def _believed(raw: bytes, *, with_methods: bool) -> OrderState:
    """Several events tell of one change, with the same order in each: it is read once."""
    order = _order.decode(raw)
    if with_methods and any(one.payment_method_details is msgspec.UNSET for one in order.transactions):
        raise _Lacking("transactions without paymentMethodDetails")
    return believe_order(order)


def _one_order(event: str, raw: bytes) -> OrdersChanged:
    body = _order_event.decode(raw)
    return _orders(event, body, [body.order])


def _many_orders(event: str, raw: bytes) -> OrdersChanged:
    body = _orders_event.decode(raw)
    return _orders(event, body, body.orders)


def _customer(event: str, raw: bytes) -> CustomerChanged:
    body = _customer_event.decode(raw)
    _no_errors(body)
    user = body.user
    return CustomerChanged(
        event=event,
        source=_source(event),
        issued_at=body.issued_at,
        issuing_app_id=_issuing_app(body),
        customer=CustomerState(
            id=customer_id(user.id),
            email=user.email or None,
            is_active=user.is_active,
            is_confirmed=user.is_confirmed,
            is_staff=user.is_staff,
            language_code=user.language_code,
            joined=user.date_joined,
            updated_at=user.updated_at,
            country=_country(user),
        ),
    )


def _country(user: bodies.Customer) -> str | None:
    """Where things are sent to them, else where their invoices go."""
    addresses = (user.default_shipping_address, user.default_billing_address)
    for address in addresses:
        if isinstance(address, bodies.Address):
            return address.country.code
    return None if msgspec.UNSET in addresses else ""


def _confirmed(_event: str, raw: bytes) -> CustomerConfirmed:
    body = _customer_named.decode(raw)
    _no_errors(body)
    return CustomerConfirmed(issued_at=body.issued_at, customer=customer_id(body.user.id))


def _customer_gone(event: str, raw: bytes) -> CustomerGone:
    # errors inside do not matter: who is gone cannot be read again, and the id is here
    body = _customer_named.decode(raw)
    return CustomerGone(event=event, issued_at=body.issued_at, customer=customer_id(body.user.id))


def _app_changed(_event: str, raw: bytes) -> AppChanged:
    body = _app_event.decode(raw)
    if body.app is None or body.app.is_active is None:
        raise _Lacking("whether the app is active")
    return AppChanged(issued_at=body.issued_at, app_id=body.app.id, is_active=body.app.is_active)


def _app_gone(_event: str, raw: bytes) -> AppGone:
    # without MANAGE_APPS, which we do not ask for, an app is told only of itself
    body = _app_event.decode(raw)
    return AppGone(issued_at=body.issued_at, app_id=(body.app or body.recipient).id)


_PARSERS: dict[str, Callable[[str, bytes], ShopEvent]] = {
    "OrderPaid": _one_order,
    "OrderFullyPaid": _one_order,
    "OrderRefunded": _one_order,
    "OrderFullyRefunded": _one_order,
    "OrderCancelled": _one_order,
    "OrderExpired": _one_order,
    "OrderFulfilled": _one_order,
    "OrderUpdated": _one_order,
    "OrderBulkCreated": _many_orders,
    ORDER_SNAPSHOT: _one_order,
    "CustomerCreated": _customer,
    "CustomerUpdated": _customer,
    CUSTOMER_SNAPSHOT: _customer,
    "AccountConfirmed": _confirmed,
    "AccountDeleted": _customer_gone,
    "CustomerDeleted": _customer_gone,
    CUSTOMER_GONE: _customer_gone,
    "AppStatusChanged": _app_changed,
    "AppDeleted": _app_gone,
}
