"""Gateway for the app itself: who we are in a shop, which proves that token and shop belong together."""

from dataclasses import dataclass

import msgspec

from saleor_crm_app.saleor.client import PermissionDenied, SaleorClient, ShopUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class AppIdentity:
    """The app whom a token belongs to, and what the shop calls itself."""

    app_id: str
    """Global id within the shop; another one after every installation."""
    identifier: str | None
    """The id in the app's manifest; the same in every shop."""
    shop_name: str
    saleor_version: str


class _App(msgspec.Struct):
    id: str
    identifier: str | None


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
        identifier=identity.app.identifier,
        shop_name=identity.shop.name,
        saleor_version=identity.shop.version,
    )
