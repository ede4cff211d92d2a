"""How each field is read, with the permissions it asks for."""

import re
from datetime import datetime
from decimal import Decimal

from graphql import GraphQLAbstractType, GraphQLResolveInfo

from saleor_crm_app.demo.access import Access, Resolver
from saleor_crm_app.demo.app_resolvers import APP_RESOLVERS
from saleor_crm_app.demo.checkout_resolvers import CHECKOUT_RESOLVERS
from saleor_crm_app.demo.events import ShopEvent
from saleor_crm_app.demo.gift_card_resolvers import GIFT_CARD_RESOLVERS
from saleor_crm_app.demo.list_resolvers import LIST_RESOLVERS
from saleor_crm_app.demo.metadata_resolvers import METADATA_RESOLVERS
from saleor_crm_app.demo.nodes import Node
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.product_resolvers import PRODUCT_RESOLVERS
from saleor_crm_app.demo.query_resolvers import QUERY_RESOLVERS, SEES_USERS
from saleor_crm_app.demo.transactions import PaymentMethod
from saleor_crm_app.demo.voucher_resolvers import VOUCHER_RESOLVERS

Info = GraphQLResolveInfo[Access]
NEEDS: dict[tuple[str, str], tuple[Permission, ...]] = {
    ("Query", "customers"): (Permission.MANAGE_ORDERS, Permission.MANAGE_USERS),
    ("Query", "orders"): (Permission.MANAGE_ORDERS,),
    ("Query", "user"): SEES_USERS,
    ("Query", "giftCard"): (Permission.MANAGE_GIFT_CARD,),
    ("Query", "giftCards"): (Permission.MANAGE_GIFT_CARD,),
    ("Query", "voucher"): (Permission.MANAGE_DISCOUNTS,),
    ("Query", "vouchers"): (Permission.MANAGE_DISCOUNTS,),
    ("Mutation", "giftCardCreate"): (Permission.MANAGE_GIFT_CARD,),
    ("Mutation", "giftCardDeactivate"): (Permission.MANAGE_GIFT_CARD,),
    ("Mutation", "voucherBulkDelete"): (Permission.MANAGE_DISCOUNTS,),
    ("Mutation", "voucherChannelListingUpdate"): (Permission.MANAGE_DISCOUNTS,),
    ("Mutation", "voucherCodeBulkDelete"): (Permission.MANAGE_DISCOUNTS,),
    ("Mutation", "voucherCreate"): (Permission.MANAGE_DISCOUNTS,),
    ("Mutation", "voucherUpdate"): (Permission.MANAGE_DISCOUNTS,),
    ("GiftCard", "events"): (Permission.MANAGE_GIFT_CARD,),
    ("Voucher", "channelListings"): (Permission.MANAGE_DISCOUNTS,),
    ("Voucher", "collections"): (Permission.MANAGE_DISCOUNTS,),
    ("Voucher", "products"): (Permission.MANAGE_DISCOUNTS,),
    ("Voucher", "variants"): (Permission.MANAGE_DISCOUNTS,),
    ("Order", "grantedRefunds"): (Permission.MANAGE_ORDERS,),
    ("Order", "totalRefundPending"): (Permission.MANAGE_ORDERS,),
    ("Order", "transactions"): (Permission.MANAGE_ORDERS, Permission.HANDLE_PAYMENTS),
}
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


def _event(source: object, _access: Access) -> object:
    return source


def _method_name(method: PaymentMethod, _access: Access) -> str:
    return _METHOD_NAMES[method]


_METHOD_RESOLVERS: dict[tuple[str, str], Resolver] = {(method.value, "name"): _method_name for method in PaymentMethod}
_RESOLVERS: dict[tuple[str, str], Resolver] = {
    **QUERY_RESOLVERS,
    **LIST_RESOLVERS,
    **APP_RESOLVERS,
    **CHECKOUT_RESOLVERS,
    **GIFT_CARD_RESOLVERS,
    **VOUCHER_RESOLVERS,
    **METADATA_RESOLVERS,
    **PRODUCT_RESOLVERS,
    **_METHOD_RESOLVERS,
    ("Subscription", "event"): _event,
}
