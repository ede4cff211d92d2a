"""How each field is read, with the permissions it asks for."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from graphql import GraphQLAbstractType, GraphQLError, GraphQLResolveInfo

from saleor_crm_app.demo.access import Access, PermissionDenied
from saleor_crm_app.demo.catalog import ProductType, Variant
from saleor_crm_app.demo.events import ShopEvent
from saleor_crm_app.demo.nodes import Node
from saleor_crm_app.demo.order import Order, OrderLine, OrderStatus
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.schema import service_sdl
from saleor_crm_app.demo.transactions import PaymentMethod
from saleor_crm_app.kernel.ids import decode_global_id

Info = GraphQLResolveInfo[Access]
Resolver = Callable[..., object]

NEEDS: dict[tuple[str, str], tuple[Permission, ...]] = {
    ("Query", "user"): (Permission.MANAGE_STAFF, Permission.MANAGE_USERS, Permission.MANAGE_ORDERS),
    ("Order", "grantedRefunds"): (Permission.MANAGE_ORDERS,),
    ("Order", "totalRefundPending"): (Permission.MANAGE_ORDERS,),
    ("Order", "transactions"): (Permission.MANAGE_ORDERS, Permission.HANDLE_PAYMENTS),
}
_SEES_ANY_CUSTOMER = (
    Permission.MANAGE_USERS,
    Permission.MANAGE_ORDERS,
    Permission.HANDLE_PAYMENTS,
    Permission.HANDLE_TAXES,
)
_SEES_ANY_PRODUCT = (Permission.MANAGE_ORDERS, Permission.MANAGE_DISCOUNTS, Permission.MANAGE_PRODUCTS)
_METHOD_NAMES = {PaymentMethod.CARD: "Card", PaymentMethod.GIFT_CARD: "Gift card", PaymentMethod.OTHER: "Other"}


def resolve_field(source: object, info: Info, **arguments: object) -> object:
    """Read one field of anything: checked, then by its own resolver, else by the attribute of its name."""
    access = info.context
    place = (info.parent_type.name, info.field_name)
    if place in NEEDS:
        access.require(*NEEDS[place])
    resolver = _RESOLVERS.get(place)
    if resolver is not None:
        return _plain(resolver(source, access, **arguments))
    if isinstance(source, ShopEvent):
        return _plain(_of_event(source, access, info.field_name))
    return _plain(getattr(source, _snake(info.field_name)))


def resolve_type(value: object, _info: Info, _abstract: GraphQLAbstractType) -> str:
    """Name the type of what stands in for an interface or a union."""
    if isinstance(value, ShopEvent):
        return value.type.type_name
    if isinstance(value, PaymentMethod):
        return value.value
    if isinstance(value, Node):
        return value.kind
    raise TypeError(f"{type(value).__name__} is no type of the shop's API")


def _plain(value: object) -> object:
    """Decimals leave as floats, as Saleor sends them, and instants as ISO 8601."""
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _of_event(event: ShopEvent, access: Access, field: str) -> object:
    match field:
        case "issuedAt":
            return event.issued_at
        case "version":
            return access.state.version.full
        case "recipient":
            return access.app
        case "issuingPrincipal":
            return event.principal
        case _:  # order, orders, user, app: the event is about one thing only
            return event.subject


def _app(_source: object, access: Access, *, id: str | None = None) -> object:  # noqa: A002 - the argument's name
    access.require_app_or_staff()
    if access.app is not None and id in {None, access.app.id}:
        return access.app
    if access.app is not None:
        access.require(Permission.MANAGE_APPS)
    if id is None:
        return None
    app = access.state.apps.get(int(_key(id, "App")))
    return app if app and not app.is_removed else None


def _shop(_source: object, access: Access) -> object:
    return access.state


def _shop_version(_source: object, access: Access) -> str:
    access.require_app_or_staff()
    return access.state.version.full


def _order(
    _source: object,
    access: Access,
    *,
    id: str | None = None,  # noqa: A002 - the argument's name
    externalReference: str | None = None,  # noqa: N803 - likewise
) -> Order | None:
    if externalReference is not None:
        access.require(Permission.MANAGE_ORDERS)
        found = (order for order in access.state.orders.values() if order.external_reference == externalReference)
        return next(found, None)
    if id is None:
        raise GraphQLError("At least one of arguments is required: 'id', 'external_reference'.")
    try:
        return access.state.orders.get(UUID(_key(id, "Order")))
    except ValueError:
        return None


def _user(
    _source: object,
    access: Access,
    *,
    id: str | None = None,  # noqa: A002 - the argument's name
    email: str | None = None,
    externalReference: str | None = None,  # noqa: N803 - likewise
) -> User | None:
    if id is None and email is None and externalReference is None:
        raise GraphQLError("At least one of arguments is required: 'id', 'email', 'external_reference'.")
    for user in access.state.users.values():
        is_asked = (
            (id is None or str(user.pk) == _key(id, "User"))
            and (email is None or user.email == email.lower())
            and (externalReference is None or user.external_reference == externalReference)
        )
        if is_asked and _may_see(access, user):
            return user
    return None


def _may_see(access: Access, user: User) -> bool:
    """MANAGE_USERS and MANAGE_ORDERS show customers, and of the staff only those who have ordered."""
    if access.has_one_of(Permission.MANAGE_STAFF):
        return user.is_staff or access.has_one_of(Permission.MANAGE_USERS)
    return not user.is_staff or any(order.user is user for order in access.state.orders.values())


def _order_user(order: Order, access: Access) -> User | None:
    if order.user is not None and order.user is not access.user and not access.has_one_of(*_SEES_ANY_CUSTOMER):
        raise PermissionDenied(*_SEES_ANY_CUSTOMER)
    return order.user


def _line_variant(line: OrderLine, access: Access) -> Variant | None:
    """An unpublished product vanishes from order lines, unless one may see all products."""
    if line.variant is None or line.variant.product.is_published or access.has_one_of(*_SEES_ANY_PRODUCT):
        return line.variant
    return None


def _entities(
    _source: object, access: Access, *, representations: list[dict[str, object]] | None = None
) -> list[object]:
    return [_entity(access, representation) for representation in representations or ()]


def _entity(access: Access, representation: dict[str, object]) -> object:
    """Users only of oneself or with permission; orders that are not drafts by their id, as Saleor gives them."""
    wanted = str(representation.get("id", ""))
    match representation.get("__typename"):
        case "User":
            own = access.user and wanted == access.user.id
            return access.user if own else _user_entity(access, representation)
        case "Order":
            order = _order(None, access, id=wanted)
            may = access.has_one_of(Permission.MANAGE_ORDERS) or (order and order.user is access.user)
            return order if order and may and order.status is not OrderStatus.DRAFT else None
        case "App":
            return _app(None, access, id=wanted)
        case _:
            found = [item for variant in access.state.variants for item in (variant, variant.product)]
            return next((item for item in found if item.id == wanted), None)


def _user_entity(access: Access, representation: dict[str, object]) -> User | None:
    if not access.has_one_of(*NEEDS["Query", "user"]):
        return None
    wanted = {name: str(representation[name]) for name in ("id", "email") if name in representation}
    return _user(None, access, **wanted)


def _service(_source: object, access: Access) -> object:
    return {"sdl": service_sdl(access.state.version)}


def _service_sdl(source: dict[str, str], _access: Access) -> str:
    return source["sdl"]


def _event(source: object, _access: Access) -> object:
    return source


def _type_kind(product_type: ProductType, _access: Access) -> str:
    return product_type.type_kind


def _method_name(method: PaymentMethod, _access: Access) -> str:
    return _METHOD_NAMES[method]


def _no_channel(_source: object, _access: Access) -> None:
    return None


def _key(text: str, kind: str) -> str:
    """Read the key of a global id.

    Raises GraphQLError for what is not the id of such a thing.
    """
    try:
        found, key = decode_global_id(text)
    except ValueError as error:
        raise GraphQLError(f"Invalid ID: {text}. Expected: {kind}.") from error
    if found != kind:
        raise GraphQLError(f"Invalid ID: {text}. Expected: {kind}, received: {found}.")
    return key


_METHOD_RESOLVERS: dict[tuple[str, str], Resolver] = {(method.value, "name"): _method_name for method in PaymentMethod}
_RESOLVERS: dict[tuple[str, str], Resolver] = _METHOD_RESOLVERS | {
    ("Query", "app"): _app,
    ("Query", "order"): _order,
    ("Query", "shop"): _shop,
    ("Query", "user"): _user,
    ("Query", "_entities"): _entities,
    ("Query", "_service"): _service,
    ("Subscription", "event"): _event,
    ("Shop", "version"): _shop_version,
    ("Order", "user"): _order_user,
    ("OrderLine", "variant"): _line_variant,
    ("ProductType", "kind"): _type_kind,
    ("Product", "channel"): _no_channel,
    ("ProductVariant", "channel"): _no_channel,
    ("Collection", "channel"): _no_channel,
    ("_Service", "sdl"): _service_sdl,
}
