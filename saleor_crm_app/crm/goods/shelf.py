"""What can be bought in which channel, as the shop last said: what to ask it for, and the answers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.money import Money

FRESH_FOR: Final = timedelta(days=1)
"""What was seen longer ago is not known any more."""

MOST_ON_SHELF: Final = 2000
"""So many products of a channel are asked for; those that most people buy come first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnShelf:
    """A product that can be bought in a channel now; `price` is gross and that of its cheapest form."""

    product: str
    name: str
    category: str | None
    price: Money
    is_gift_card: bool = False


_WANTED = sa.text(
    f"""
    SELECT channel, product FROM (
        SELECT wanted.channel, wanted.product, row_number() OVER (
            PARTITION BY wanted.channel ORDER BY coalesce(counted.buyers, 0) DESC, coalesce(counted.units, 0) DESC,
                                                 wanted.product COLLATE "C") AS place
        FROM (SELECT channel, product FROM product_popularity
              WHERE installation_id = :installation AND (buyers > 0 OR gaps > 0)
              UNION
              SELECT channel, companion FROM product_pair
              CROSS JOIN (SELECT DISTINCT channel FROM product_popularity
                          WHERE installation_id = :installation) AS channels
              WHERE product_pair.installation_id = :installation) AS wanted
        LEFT JOIN product_popularity AS counted
          ON counted.installation_id = :installation AND counted.channel = wanted.channel
         AND counted.product = wanted.product
    ) AS ranked
    WHERE place <= {MOST_ON_SHELF} ORDER BY channel, place
    """  # noqa: S608 # a constant of this file
)


async def products_wanted(session: AsyncSession, installation: InstallationId) -> Mapping[str, Sequence[str]]:
    """The products that may be recommended, by channel; one statement."""
    wanted: dict[str, list[str]] = {}
    for row in await session.execute(_WANTED, {"installation": installation}):
        wanted.setdefault(row.channel, []).append(row.product)
    return wanted


_NOTE = sa.text(
    """
    INSERT INTO product_shelf AS kept (installation_id, channel, product, is_sold, name, category, price, currency,
                                       seen_at)
    SELECT :installation, :channel, product, price IS NOT NULL, coalesce(name, ''), category, price, currency, :at
    FROM unnest(CAST(:products AS text[]), CAST(:names AS text[]), CAST(:categories AS text[]),
                CAST(:prices AS bigint[]), CAST(:currencies AS text[]))
      AS seen (product, name, category, price, currency)
    ORDER BY product
    ON CONFLICT (installation_id, channel, product) DO UPDATE SET
        is_sold = excluded.is_sold, name = coalesce(nullif(excluded.name, ''), kept.name),
        category = coalesce(excluded.category, kept.category), price = excluded.price, currency = excluded.currency,
        seen_at = excluded.seen_at
    WHERE kept.seen_at <= excluded.seen_at
    """
).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)), sa.bindparam("prices", type_=ARRAY(sa.BigInteger)))


async def note_shelf(
    session: AsyncSession,
    installation: InstallationId,
    channel: str,
    asked: Collection[str],
    found: Sequence[OnShelf],
    *,
    at: datetime,
) -> None:
    """Keep what the shop said when it was asked for these products; those it did not tell of are off the shelf.

    So are gift cards, which are money. An answer older than what is known changes nothing.
    """
    sold = {one.product: one for one in found if not one.is_gift_card}
    shown = [(product, sold.get(product)) for product in dict.fromkeys(asked)]
    wanted = {
        "installation": installation,
        "channel": channel,
        "at": at,
        "products": [product for product, _ in shown],
        "names": [one.name if one else None for _, one in shown],
        "categories": [one.category if one else None for _, one in shown],
        "prices": [one.price.minor if one else None for _, one in shown],
        "currencies": [one.price.currency if one else None for _, one in shown],
    }
    await session.execute(_NOTE, wanted)


_CLEAR = sa.text("DELETE FROM product_shelf WHERE installation_id = :installation AND seen_at <= :before").bindparams(
    sa.bindparam("before", type_=sa.DateTime(timezone=True))
)


async def clear_shelf(session: AsyncSession, installation: InstallationId, *, at: datetime) -> None:
    """Forget the products that nobody has asked for of late."""
    await session.execute(_CLEAR, {"installation": installation, "before": at - FRESH_FOR})
