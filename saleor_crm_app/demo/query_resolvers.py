"""How orders, customers and the shop itself are read, and which of them federation may reach."""

from uuid import UUID

from graphql import GraphQLError

from saleor_crm_app.demo.access import Access, PermissionDenied, Resolver
from saleor_crm_app.demo.app_resolvers import app_of
from saleor_crm_app.demo.catalog import Variant
from saleor_crm_app.demo.global_ids import key_or_error
from saleor_crm_app.demo.order import Order, OrderLine, OrderStatus
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.prices import Money
from saleor_crm_app.demo.product_resolvers import SEES_ANY_PRODUCT
from saleor_crm_app.demo.schema import service_sdl

SEES_USERS = (Permission.MANAGE_STAFF, Permission.MANAGE_USERS, Permission.MANAGE_ORDERS)
_SEES_ANY_CUSTOMER = (
    Permission.MANAGE_USERS,
    Permission.MANAGE_ORDERS,
    Permission.HANDLE_PAYMENTS,
    Permission.HANDLE_TAXES,
)


def _shop(_source: object, access: Access) -> object:
    return access.state


def _shop_version(_source: object, access: Access) -> str:
    access.require_app_or_staff()
    return access.state.version.full


def _order(
    _source: object,
    access: Access,
    *,
    id: str | None = None,
    externalReference: str | None = None,
) -> Order | None:
    if externalReference is not None:
        access.require(Permission.MANAGE_ORDERS)
        found = (order for order in access.state.orders.values() if order.external_reference == externalReference)
        return next(found, None)
    if id is None:
        raise GraphQLError("At least one of arguments is required: 'id', 'external_reference'.")
    try:
        return access.state.orders.get(UUID(key_or_error(id, "Order")))
    except ValueError:
        return None


def _me(_source: object, access: Access) -> User | None:
    return access.user


def _user(
    _source: object,
    access: Access,
    *,
    id: str | None = None,
    email: str | None = None,
    externalReference: str | None = None,
) -> User | None:
    if id is None and email is None and externalReference is None:
        raise GraphQLError("At least one of arguments is required: 'id', 'email', 'external_reference'.")
    for user in access.state.users.values():
        is_asked = (
            (id is None or str(user.pk) == key_or_error(id, "User"))
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


def _total_refunded(order: Order, _access: Access) -> Money:
    return Money(order.total_refunded, order.currency)


def _line_variant(line: OrderLine, access: Access) -> Variant | None:
    """An unpublished product vanishes from order lines, unless one may see all products."""
    if line.variant is None or line.variant.product.is_published or access.has_one_of(*SEES_ANY_PRODUCT):
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
            return app_of(None, access, id=wanted)
        case _:
            found = [item for variant in access.state.variants for item in (variant, variant.product)]
            return next((item for item in found if item.id == wanted), None)


def _user_entity(access: Access, representation: dict[str, object]) -> User | None:
    if not access.has_one_of(*SEES_USERS):
        return None
    wanted = {name: str(representation[name]) for name in ("id", "email") if name in representation}
    return _user(None, access, **wanted)


def _service(_source: object, access: Access) -> object:
    return {"sdl": service_sdl(access.state.version)}


def _service_sdl(source: dict[str, str], _access: Access) -> str:
    return source["sdl"]


QUERY_RESOLVERS: dict[tuple[str, str], Resolver] = {
    ("Order", "totalRefunded"): _total_refunded,
    ("Order", "user"): _order_user,
    ("OrderLine", "variant"): _line_variant,
    ("Query", "_entities"): _entities,
    ("Query", "_service"): _service,
    ("Query", "me"): _me,
    ("Query", "order"): _order,
    ("Query", "shop"): _shop,
    ("Query", "user"): _user,
    ("Shop", "version"): _shop_version,
    ("_Service", "sdl"): _service_sdl,
}
