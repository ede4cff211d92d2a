"""Orders of named goods, learnt from, and shelves: what tests of recommendations begin with."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa

from saleor_crm_app.crm import goods, orders
from saleor_crm_app.crm.goods import OnShelf
from saleor_crm_app.crm.orders import OrderSnapshot
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.kernel.money import MinorUnits, Money
from tests.shop import ANNA, NOON, line, observed, order

CHANNEL = "default-channel"
_STRANGERS = count(1)


def basket(*products: str, days_ago: float = 1, customer: CustomerId | None = ANNA, **other: object) -> OrderSnapshot:
    """An order of one of each product."""
    made = NOON - timedelta(days=days_ago)
    lines = [line(f"line-{number}", 1000, product=product) for number, product in enumerate(products)]
    return order(*lines, charged=1000, customer=customer, created_at=made, updated_at=made, **other)  # type: ignore[arg-type] # any column


def strangers(times: int, *products: str, **other: object) -> list[OrderSnapshot]:
    """So many customers, each of whom buys these together."""
    return [basket(*products, customer=CustomerId(f"s{next(_STRANGERS)}"), **other) for _ in range(times)]  # type: ignore[arg-type] # likewise


async def sell(
    database: Database, shop: InstallationId, baskets: Iterable[OrderSnapshot], *, at: datetime = NOON
) -> None:
    """Let these orders happen and reckon with them."""
    async with database.shop(shop) as session:
        await orders.record(session, shop, observed(*baskets), at=at)
    async with database.shop(shop) as session:
        await goods.learn(session, shop, at=at)


def on_shelf(product: str, price: int = 1000, *, category: str | None = None, is_gift_card: bool = False) -> OnShelf:
    return OnShelf(
        product=product,
        name=product.title(),
        category=category,
        price=Money(MinorUnits(price), "EUR"),
        is_gift_card=is_gift_card,
    )


async def stock(
    database: Database,
    shop: InstallationId,
    *found: OnShelf | str,
    gone: Sequence[str] = (),
    channel: str = CHANNEL,
    at: datetime = NOON,
) -> None:
    """Put these on the shelf; the shop does not tell of those that are gone."""
    shown = [on_shelf(one) if isinstance(one, str) else one for one in found]
    async with database.shop(shop) as session:
        await goods.note_shelf(session, shop, channel, [*(one.product for one in shown), *gone], shown, at=at)


async def rows(database: Database, shop: InstallationId, query: str) -> list[Any]:
    async with database.shop(shop, read_only=True) as session:
        return [tuple(row) for row in await session.execute(sa.text(query))]
