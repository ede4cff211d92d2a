"""Gateway for channels: where a shop sells, and in which currency."""

from dataclasses import dataclass

import msgspec

from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.client import ShopUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopChannel:
    """A channel; `id` is its global id, which vouchers are listed by."""

    id: str
    slug: str
    currency: str
    is_active: bool


class _Channel(msgspec.Struct, rename="camel"):
    id: str
    slug: str
    currency_code: str
    is_active: bool


class _Answer(msgspec.Struct):
    channels: list[_Channel]


async def read_channels(caller: Caller) -> tuple[ShopChannel, ...]:
    """All channels, also those that are switched off. Raises what `Caller.execute` raises."""
    data = await caller.execute("Channels")
    try:
        found = msgspec.convert(data, _Answer).channels
    except msgspec.ValidationError as error:
        raise ShopUnavailable(f"The shop does not say what channels it has: {error}") from error
    return tuple(
        ShopChannel(id=one.id, slug=one.slug, currency=one.currency_code, is_active=one.is_active) for one in found
    )
