"""Which products to show a customer: companions of what they have or hold in the cart, dearer ones, popular ones."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.goods.owned import bought_by
from saleor_crm_app.crm.goods.shelf import FRESH_FOR
from saleor_crm_app.kernel.ids import CustomerId, InstallationId

USUAL_NUMBER: Final = 8
MOST_DEARER: Final = (3, 2)
"""A dearer product costs at most so many times as much, as a fraction."""


class Because(StrEnum):
    """Why a product is recommended."""

    BOUGHT_TOGETHER = "BOUGHT_TOGETHER"
    POPULAR_IN_CATEGORY = "POPULAR_IN_CATEGORY"
    POPULAR = "POPULAR"
    DEARER = "DEARER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommended:
    """A product, and why: `of` is what it goes with or costs more than, or the category in which it is popular.

    `score` orders a list. It is the lift where there is one, which is 1 at the least; of what is popular it is at
    most 1, from 1/2 on within a category; of what is dearer it is how much oftener it is bought.
    """

    product: str
    because: Because
    score: float
    of: str | None = None
    lift: float | None = None
    support: int | None = None


_TEXTS = ARRAY(sa.Text)
_TYPES = (
    sa.bindparam("since", type_=sa.DateTime(timezone=True)),
    sa.bindparam("basis", type_=_TEXTS),
    sa.bindparam("barred", type_=_TEXTS),
)
_FOR_SALE = """
    fresh AS MATERIALIZED (
        SELECT shelf.product, shelf.category, shelf.price, shelf.currency, coalesce(counted.buyers, 0) AS buyers,
               coalesce(counted.units, 0) AS units
        FROM product_shelf AS shelf
        LEFT JOIN product_popularity AS counted
          ON counted.installation_id = :installation AND counted.channel = :channel
         AND counted.product = shelf.product
        WHERE shelf.installation_id = :installation AND shelf.channel = :channel AND shelf.is_sold
          AND shelf.seen_at > :since
    ),
    offered AS MATERIALIZED (SELECT * FROM fresh WHERE product <> ALL(:barred))
"""
_TOGETHER = """
    together AS MATERIALIZED (
        SELECT * FROM (
            SELECT DISTINCT ON (pair.companion) pair.companion AS product, pair.product AS of, lift, support
            FROM product_pair AS pair JOIN offered ON offered.product = pair.companion
            WHERE pair.installation_id = :installation AND pair.product = ANY(:basis)
            ORDER BY pair.companion, lift DESC, support DESC, pair.product COLLATE "C"
        ) AS each
        ORDER BY lift DESC, support DESC, product COLLATE "C" LIMIT :first
    )
"""
_BY_POPULARITY = """ORDER BY buyers DESC, units DESC, product COLLATE "C" LIMIT :first"""

_RECOMMEND = sa.text(
    f"""
    WITH {_FOR_SALE}, {_TOGETHER},
    liked AS (
        SELECT unnest(CAST(:categories AS text[])) AS category
        UNION SELECT category FROM product_shelf
        WHERE installation_id = :installation AND channel = :channel AND product = ANY(:basis)
    ),
    most AS (SELECT greatest(max(buyers), 1) AS buyers FROM fresh),
    alike AS (
        SELECT * FROM offered WHERE buyers > 0 AND category IN (SELECT category FROM liked) {_BY_POPULARITY}
    ),
    popular AS (SELECT * FROM offered WHERE buyers > 0 {_BY_POPULARITY})
    SELECT 'BOUGHT_TOGETHER' AS because, product, of, lift, support, lift AS score FROM together
    UNION ALL
    SELECT 'POPULAR_IN_CATEGORY', product, category, NULL, NULL, (1 + CAST(alike.buyers AS float8) / most.buyers) / 2
    FROM alike CROSS JOIN most
    UNION ALL
    SELECT 'POPULAR', product, NULL, NULL, NULL, CAST(popular.buyers AS float8) / most.buyers / 2
    FROM popular CROSS JOIN most
    """  # noqa: S608 # constants of this file
).bindparams(*_TYPES, sa.bindparam("categories", type_=_TEXTS))
_CROSS_SELL = sa.text(
    f"""
    WITH {_FOR_SALE}, {_TOGETHER}
    SELECT 'BOUGHT_TOGETHER' AS because, product, of, lift, support, lift AS score FROM together
    """  # noqa: S608 # likewise
).bindparams(*_TYPES)
_UPSELL = sa.text(
    f"""
    WITH {_FOR_SALE},
    held AS (SELECT * FROM fresh WHERE product = ANY(:basis)),
    dearer AS (
        SELECT DISTINCT ON (better.product) better.product, held.product AS of, better.buyers, better.units,
               CAST(better.buyers AS float8) / greatest(held.buyers, 1) AS score
        FROM held JOIN offered AS better
          ON better.category = held.category AND better.currency = held.currency AND better.price > held.price
         AND better.price * {MOST_DEARER[1]} <= held.price * {MOST_DEARER[0]}
         AND better.buyers >= greatest(held.buyers, 1)
        ORDER BY better.product, score DESC, held.product COLLATE "C"
    )
    SELECT 'DEARER' AS because, product, of, NULL AS lift, NULL AS support, score FROM dearer
    ORDER BY score DESC, buyers DESC, units DESC, product COLLATE "C" LIMIT :first
    """  # noqa: S608 # likewise
).bindparams(*_TYPES)


async def recommended(
    session: AsyncSession,
    installation: InstallationId,
    customer: CustomerId | None,
    *,
    channel: str,
    at: datetime,
    cart: Collection[str] = (),
    first: int = USUAL_NUMBER,
) -> Sequence[Recommended]:
    """What goes with what they have or hold in the cart, else what is popular where they buy, else what is popular.

    Never what they have had, hold in the cart, or cannot buy in the channel. At most two statements.
    """
    owned = await bought_by(session, installation, customer)
    wanted = _wanted(installation, channel, at=at, first=first) | {
        "basis": sorted({*cart, *(one.product for one in owned if one.days)}),
        "barred": sorted({*cart, *(one.product for one in owned)}),
        "categories": sorted({one.category for one in owned if one.days and one.category}),
    }
    return _best(await session.execute(_RECOMMEND, wanted), first)


async def cross_sell(
    session: AsyncSession,
    installation: InstallationId,
    customer: CustomerId | None,
    *,
    channel: str,
    at: datetime,
    cart: Collection[str],
    first: int = USUAL_NUMBER,
) -> Sequence[Recommended]:
    """Companions of what is in the cart, and nothing else; at most two statements, none for an empty cart."""
    return await _beside_cart(
        _CROSS_SELL, session, installation, customer, cart, _wanted(installation, channel, at=at, first=first)
    )


async def upsell(
    session: AsyncSession,
    installation: InstallationId,
    customer: CustomerId | None,
    *,
    channel: str,
    at: datetime,
    cart: Collection[str],
    first: int = USUAL_NUMBER,
) -> Sequence[Recommended]:
    """Products of the same category that cost more than one in the cart, up to half as much again.

    Bought at least as often as that one, and by somebody. At most two statements, none for an empty cart.
    """
    return await _beside_cart(
        _UPSELL, session, installation, customer, cart, _wanted(installation, channel, at=at, first=first)
    )


_OF_THESE = sa.text(
    """
    SELECT product FROM product_shelf
    WHERE installation_id = :installation AND channel = :channel AND product = ANY(:products) AND is_sold
      AND seen_at > :since
    """
).bindparams(sa.bindparam("since", type_=sa.DateTime(timezone=True)), sa.bindparam("products", type_=_TEXTS))


async def new_and_for_sale(
    session: AsyncSession,
    installation: InstallationId,
    customer: CustomerId | None,
    *,
    channel: str,
    at: datetime,
    products: Collection[str],
    cart: Collection[str] = (),
) -> frozenset[str]:
    """Those of some products that a customer can buy in the channel, never had and does not hold in the cart.

    At most two statements.
    """
    owned = {one.product for one in await bought_by(session, installation, customer)}
    wanted = {
        "installation": installation,
        "channel": channel,
        "since": at - FRESH_FOR,
        "products": sorted({*products} - {*cart} - owned),
    }
    return frozenset(row.product for row in await session.execute(_OF_THESE, wanted))


async def _beside_cart(
    statement: sa.TextClause,
    session: AsyncSession,
    installation: InstallationId,
    customer: CustomerId | None,
    cart: Collection[str],
    wanted: dict[str, object],
) -> Sequence[Recommended]:
    if not cart:
        return ()
    owned = await bought_by(session, installation, customer)
    barred = sorted({*cart, *(one.product for one in owned)})
    rows = await session.execute(statement, wanted | {"basis": sorted(set(cart)), "barred": barred})
    return [_recommended(row) for row in rows]


def _wanted(installation: InstallationId, channel: str, *, at: datetime, first: int) -> dict[str, object]:
    return {"installation": installation, "channel": channel, "since": at - FRESH_FOR, "first": first}


def _best(rows: Iterable[Row[Any]], first: int) -> Sequence[Recommended]:
    """Each product once, for the best reason it has."""
    ranked = sorted(map(_recommended, rows), key=lambda one: -one.score)  # stable: equal scores stay as they came
    best: dict[str, Recommended] = {}
    for one in ranked:
        best.setdefault(one.product, one)
    return list(best.values())[:first]


def _recommended(row: Row[Any]) -> Recommended:
    return Recommended(
        product=row.product,
        because=Because(row.because),
        score=row.score,
        of=row.of,
        lift=row.lift,
        support=row.support,
    )
