"""How checkouts and channels are read, and how codes are put on checkouts and taken off."""

from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from graphql import GraphQLError

from saleor_crm_app.demo.access import Access, PermissionDenied, Resolver
from saleor_crm_app.demo.catalog import Channel
from saleor_crm_app.demo.checkout import Checkout
from saleor_crm_app.demo.checkout_codes import CheckoutCodes
from saleor_crm_app.demo.edits import EditError, attempt, doer, named
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.global_ids import key_or_error
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.prices import TaxedMoney
from saleor_crm_app.demo.promo_codes import PromoCodes

_SEES_BUYERS = (Permission.MANAGE_USERS, Permission.HANDLE_PAYMENTS, Permission.HANDLE_TAXES)
_SEES_CLOSED_CHANNELS = (Permission.MANAGE_CHECKOUTS, Permission.HANDLE_PAYMENTS)


class CheckoutPayload(NamedTuple):
    checkout: Checkout | None
    errors: list[EditError]


def _channels(_source: object, access: Access) -> list[Channel]:
    access.require_app_or_staff()
    return list(access.state.channels.values())


def _channel(_source: object, access: Access, *, id: str | None = None, slug: str | None = None) -> Channel | None:
    access.require_app_or_staff()
    return next((one for one in access.state.channels.values() if slug == one.slug or id == one.id), None)


def _checkout(
    _source: object,
    access: Access,
    *,
    id: str | None = None,
    token: str | None = None,
) -> Checkout | None:
    """Anybody may read a checkout whose id they know; one that became an order is gone."""
    if (id is None) == (token is None):
        raise GraphQLError("At least one of arguments is required: 'id', 'token'.")
    try:
        found = access.state.checkouts.get(UUID(key_or_error(id, "Checkout") if id else token))
    except ValueError as error:
        raise GraphQLError("badly formed hexadecimal UUID string") from error
    if found is not None and not found.channel.is_active:
        access.require(*_SEES_CLOSED_CHANNELS)
    return found


def _buyer(checkout: Checkout, access: Access) -> User | None:
    if checkout.user is not None and checkout.user is not access.user and not access.has_one_of(*_SEES_BUYERS):
        raise PermissionDenied(*_SEES_BUYERS)
    return checkout.user


def _total(checkout: Checkout, access: Access) -> TaxedMoney:
    return checkout.total_after_cards(access.state.clock.now())


def _add(_source: object, access: Access, *, promoCode: str, **which: str | None) -> CheckoutPayload:
    return _edited(access, which, lambda codes, checkout: codes.add(checkout, promoCode, by=doer(access)))


def _remove(
    _source: object,
    access: Access,
    *,
    promoCode: str | None = None,
    **which: str | None,
) -> CheckoutPayload:
    def edit(codes: CheckoutCodes, checkout: Checkout) -> None:
        if promoCode is None:
            raise ShopRefusal("At least one of arguments is required: 'promoCode', 'promoCodeId'.", code="REQUIRED")
        codes.remove(checkout, promoCode, by=doer(access))

    return _edited(access, which, edit)


def _edited(
    access: Access, which: dict[str, str | None], edit: Callable[[CheckoutCodes, Checkout], None]
) -> CheckoutPayload:
    def act() -> Checkout:
        checkout = named(access.state.checkouts, which.get("id") or "", kind="Checkout")
        edit(CheckoutCodes(access.state, PromoCodes(access.state)), checkout)
        return checkout

    return CheckoutPayload(*attempt(act))


CHECKOUT_RESOLVERS: dict[tuple[str, str], Resolver] = {
    ("Checkout", "totalPrice"): _total,
    ("Checkout", "user"): _buyer,
    ("Mutation", "checkoutAddPromoCode"): _add,
    ("Mutation", "checkoutRemovePromoCode"): _remove,
    ("Query", "channel"): _channel,
    ("Query", "channels"): _channels,
    ("Query", "checkout"): _checkout,
}
