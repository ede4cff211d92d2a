"""Gateway for the app itself: who we are in a shop, which proves that token and shop belong together."""

from dataclasses import dataclass

import msgspec

from saleor_crm_app.saleor.client import PermissionDenied, SaleorClient, ShopUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class AppIdentity:
    """Our app's global id in a shop, and what the shop calls itself."""

    app_id: str
    is_active: bool
    shop_name: str
    saleor_version: str


class _App(msgspec.Struct, rename="camel"):
    id: str
    is_active: bool


class _Shop(msgspec.Struct):
    name: str
    version: str


class _Identity(msgspec.Struct):
    app: _App | None
    shop: _Shop


async def app_identity(client: SaleorClient) -> AppIdentity:
    """Ask the shop whose token this is.

    Raises PermissionDenied when it is no app's, and what `SaleorClient.execute` raises.
    """
    data = await client.execute("AppIdentity")
    try:
        identity = msgspec.convert(data, _Identity)
    except msgspec.ValidationError as error:
        raise ShopUnavailable(f"The shop does not say who we are: {error}") from error
    if identity.app is None:
        raise PermissionDenied("The shop knows no app by this token")
    return AppIdentity(
        app_id=identity.app.id,
        is_active=identity.app.is_active,
        shop_name=identity.shop.name,
        saleor_version=identity.shop.version,
    )
