"""Reckons everything about a shop's goods that follows from its orders, and remembers from how many."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.goods.baskets import fill_baskets
from saleor_crm_app.crm.goods.models import GoodsLearnedRow
from saleor_crm_app.crm.goods.pairing import pair_products
from saleor_crm_app.crm.goods.popularity import count_popularity
from saleor_crm_app.kernel.ids import InstallationId

# the pairs of a large shop do not fit into what sorting gets by default; nor can the planner foresee how many there
# are, and would compare them one by one
_ROOM = sa.text("SELECT set_config('work_mem', '128MB', true), set_config('enable_nestloop', 'off', true)")
_NOTE = sa.text(
    """
    INSERT INTO goods_learned (installation_id, orders, learned_at)
    SELECT :installation, count(*) FILTER (WHERE cardinality(goods) > 0), :at FROM basket
    WHERE installation_id = :installation
    ON CONFLICT (installation_id) DO UPDATE SET orders = excluded.orders, learned_at = excluded.learned_at
    """
).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)))


@dataclass(frozen=True, slots=True)
class Learned:
    """From how many orders of the last two years pairs and popularity were reckoned, and when."""

    orders: int
    at: datetime


async def learn(session: AsyncSession, installation: InstallationId, *, at: datetime) -> None:
    """Bring baskets, pairs and popularity up to date; a few statements whatever the number of orders."""
    await make_room(session)
    await fill_baskets(session, installation, at=at)
    await pair_products(session, installation)
    await count_popularity(session, installation, at=at)
    await session.execute(_NOTE, {"installation": installation, "at": at})


async def make_room(session: AsyncSession) -> None:
    """Let the rest of the transaction count millions of rows."""
    await session.execute(_ROOM)


async def learned(session: AsyncSession, installation: InstallationId) -> Learned | None:
    """When that was done last; None for a shop where it never was."""
    row = await session.get(GoodsLearnedRow, installation)
    return None if row is None else Learned(row.orders, row.learned_at)
