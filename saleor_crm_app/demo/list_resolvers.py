"""How lists are read: orders, customers, and the deliveries of a webhook."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from graphql import GraphQLError

from saleor_crm_app.demo.access import Access, Resolver
from saleor_crm_app.demo.apps import Webhook
from saleor_crm_app.demo.deliveries import Delivery
from saleor_crm_app.demo.global_ids import key_or_error
from saleor_crm_app.demo.lists import Connection, Key, moment, page_of
from saleor_crm_app.demo.order import Order, OrderStatus
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.permissions import Permission

Arguments = Mapping[str, Any]
"""Of a GraphQL field, by their names there."""

_ORDER_KEYS: dict[str, Key[Order]] = {
    "CREATED_AT": lambda order: (moment(order.created), order.status.value, str(order.pk)),
    "LAST_MODIFIED_AT": lambda order: (moment(order.updated_at), order.status.value, str(order.pk)),
}
_USER_KEYS: dict[str, Key[User]] = {
    "CREATED_AT": lambda user: (moment(user.date_joined), f"{user.pk:020}"),
    "LAST_MODIFIED_AT": lambda user: (moment(user.updated_at), f"{user.pk:020}"),
}


def _orders(
    _source: object,
    access: Access,
    *,
    first: int | None = None,
    after: str | None = None,
    filter: Arguments | None = None,
    sortBy: Arguments | None = None,
    **others: object,
) -> Connection[Order]:
    _demand_none(others)
    wanted = filter or {}
    found = [
        order
        for order in access.state.orders.values()
        if order.status is not OrderStatus.DRAFT
        and _is_named(order.id, wanted.get("ids"), kind="Order")
        and _is_within(order.updated_at, wanted.get("updatedAt"))
        and _is_on(order.created.date(), wanted.get("created"))
    ]
    field, descending = _sorting(sortBy, default="CREATED_AT")
    return page_of(found, _ORDER_KEYS[field], name="orders", first=first, after=after, descending=descending)


def _customers(
    _source: object,
    access: Access,
    *,
    first: int | None = None,
    after: str | None = None,
    filter: Arguments | None = None,
    sortBy: Arguments | None = None,
    **others: object,
) -> Connection[User]:
    """Staff are customers to Saleor once they have ordered."""
    _demand_none(others)
    wanted = filter or {}
    buyers = {order.user for order in access.state.orders.values()}
    found = [
        user
        for user in access.state.users.values()
        if (not user.is_staff or user in buyers)
        and _is_named(user.id, wanted.get("ids"), kind="User")
        and _is_within(user.updated_at, wanted.get("updatedAt"))
        and _is_on(user.date_joined.date(), wanted.get("dateJoined"))
    ]
    field, descending = _sorting(sortBy, default="CREATED_AT")
    return page_of(found, _USER_KEYS[field], name="customers", first=first, after=after, descending=descending)


def _webhook(_source: object, access: Access, *, id: str) -> Webhook | None:
    key_or_error(id, "Webhook")
    own = access.app.webhooks if access.app else []
    for webhook in own:
        if webhook.id == id:
            return webhook
    if access.app is None:
        access.require(Permission.MANAGE_APPS)
    everybodys = (webhook for app in access.state.apps.values() for webhook in app.webhooks)
    may = access.has_one_of(Permission.MANAGE_APPS)
    return next((webhook for webhook in everybodys if may and webhook.id == id), None)


def _event_deliveries(
    webhook: Webhook,
    access: Access,
    *,
    first: int | None = None,
    after: str | None = None,
    filter: Arguments | None = None,
    sortBy: Arguments | None = None,
    **others: object,
) -> Connection[Delivery]:
    _demand_none(others)
    status = (filter or {}).get("status")
    sent = {id(one): number for number, one in enumerate(access.state.sent)}
    found = [
        one for one in access.state.sent if one.webhook is webhook and (status is None or one.status.value == status)
    ]
    _, descending = _sorting(sortBy, default="CREATED_AT")

    def key(one: Delivery) -> tuple[str, ...]:
        return moment(one.event.issued_at), f"{sent[id(one)]:020}"

    return page_of(found, key, name="eventDeliveries", first=first, after=after, descending=descending)


def _delivered_at(delivery: Delivery, _access: Access) -> datetime:
    return delivery.event.issued_at


def _payload(delivery: Delivery, _access: Access) -> str | None:
    return delivery.body.decode() or None


def _demand_none(others: Mapping[str, object]) -> None:
    asked = [name for name, value in others.items() if value is not None]
    if asked:
        raise GraphQLError(f"This shop is simulated and does not know {', '.join(asked)}.")


def _sorting(sorting: Arguments | None, *, default: str) -> tuple[str, bool]:
    wanted = sorting or {"field": default, "direction": "ASC"}
    return wanted["field"], wanted["direction"] == "DESC"


def _is_named(own: str, ids: list[str] | None, *, kind: str) -> bool:
    """Raises GraphQLError for ids of another kind."""
    if ids is None:
        return True
    for one in ids:
        key_or_error(one, kind)
    return own in ids


def _is_within(instant: datetime, span: Arguments | None) -> bool:
    start, end = (span or {}).get("gte"), (span or {}).get("lte")
    return (start is None or instant >= datetime.fromisoformat(start)) and (
        end is None or instant <= datetime.fromisoformat(end)
    )


def _is_on(day: date, span: Arguments | None) -> bool:
    start, end = (span or {}).get("gte"), (span or {}).get("lte")
    return (start is None or day >= date.fromisoformat(start)) and (end is None or day <= date.fromisoformat(end))


LIST_RESOLVERS: dict[tuple[str, str], Resolver] = {
    ("EventDelivery", "createdAt"): _delivered_at,
    ("EventDelivery", "payload"): _payload,
    ("Query", "customers"): _customers,
    ("Query", "orders"): _orders,
    ("Query", "webhook"): _webhook,
    ("Webhook", "eventDeliveries"): _event_deliveries,
}
