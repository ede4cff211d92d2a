"""How often one may ask for previews, and enter codes that are wrong; guests are told apart by their addresses."""

from datetime import timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.checkout.preview.wish import Wish
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.limits import demand_rate
from saleor_crm_app.saleor.codes import CodeBook

PREVIEWS_A_MINUTE: Final = 60
"""Of one customer."""
GUESTS_PREVIEWS_A_MINUTE: Final = 300
"""Of one address."""
WRONG_CODES: Final = 10
"""Of one customer or address in `WRONG_CODES_PER`."""
WRONG_CODES_PER: Final = timedelta(minutes=10)
CODE_ENTRY: Final = "promoCode"
PREVIEW: Final = "loyaltyPreview"
PRODUCTS: Final = "loyaltyPoints"
"""To have the shop asked what products cost."""
_MINUTE: Final = timedelta(minutes=1)
_HOME: Final = 64
"""Whoever has one IPv6 address has the whole network of this prefix."""


def owner_of(wish: Wish, codes: CodeBook) -> str:
    """Who is counted; an address is kept as a keyed digest. Guests without any share what one may do."""
    if wish.customer is not None:
        return f"customer:{wish.customer}"
    if wish.address is None:
        return "guests"
    return "guest:" + codes.mac(f"address {place_of(wish.address)}", installation=wish.shop.id).hex()[:32]


def place_of(address: str) -> str:
    """An address, or the network that belongs to its owner; whatever is no address stands for itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((int(found), _HOME), strict=False))


async def demand_preview(session: AsyncSession, wish: Wish, *, owner: str, act: str = PREVIEW) -> None:
    """Count one preview, or another `act` that may be done as often. Raises RateLimited."""
    most = GUESTS_PREVIEWS_A_MINUTE if wish.customer is None else PREVIEWS_A_MINUTE
    await demand_rate(session, wish.shop.id, owner=owner, act=act, most=most, per=_MINUTE, at=now())
