"""What a shop knows of its goods, for the tests of shops side by side."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm import goods
from saleor_crm_app.crm.goods import OnShelf
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.money import MinorUnits, Money
from tests.shop import NOON

_CHANNEL = "default-channel"
_OF_OLD = NOON.replace(year=NOON.year - 9)

_PAIR = sa.text(
    "INSERT INTO product_pair (installation_id, product, companion, support, lift)"
    " VALUES (:installation, 'tea', 'pot', 5, 2.5)"
)
_POPULAR = sa.text(
    "INSERT INTO product_popularity (installation_id, channel, product, buyers, units, gaps, gap_days)"
    " VALUES (:installation, 'default-channel', 'tea', 3, 4, 5, 9.5),"
    " (:installation, 'default-channel', 'pot', 9, 9, 0, NULL)"
)


async def write_goods(session: AsyncSession, shop: InstallationId) -> None:
    """The shop's goods were reckoned, tea goes with a pot, and both are on the shelf; a dearer tea is there, too."""
    await goods.learn(session, shop, at=now())
    await session.execute(_PAIR, {"installation": shop})
    await session.execute(_POPULAR, {"installation": shop})
    prices = {"tea": 1000, "pot": 1200}
    found = [
        OnShelf(product=one, name=one, category="kitchen", price=Money(MinorUnits(price), "EUR"))
        for one, price in prices.items()
    ]
    await goods.note_shelf(session, shop, _CHANNEL, list(prices), found, at=now())


def goods_values() -> dict[str, dict[str, Any]]:
    """What statements with questions of their own are asked, by the end of their names."""
    cart = {"channel": _CHANNEL, "since": _OF_OLD, "basis": ["tea"], "barred": ["tea"], "first": 5}
    return {
        "recommending._RECOMMEND": cart | {"categories": ["kitchen"]},
        "recommending._CROSS_SELL": cart,
        "recommending._UPSELL": cart,
        "recommending._OF_THESE": {"channel": _CHANNEL, "since": _OF_OLD, "products": ["tea", "pot"]},
        "replenishing._FOR_SALE": {"channel": _CHANNEL, "since": _OF_OLD, "products": ["tea", "pot"]},
    }
