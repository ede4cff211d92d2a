"""The tables of goods; what is in them can be made anew from the orders and by asking the shop."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base


class BasketRow(Base):
    """What was kept of one order: each product once with its units, sorted. Empty for an order that does not count.

    `content` is the digest of the snapshot it was made from: only orders that changed are read again.
    """

    __tablename__ = "basket"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[str | None] = mapped_column(sa.Text)
    channel: Mapped[str] = mapped_column(sa.Text)
    made_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    goods: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    units: Mapped[list[int]] = mapped_column(ARRAY(sa.Integer))
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)


class GoodsLearnedRow(Base):
    """When a shop's pairs and popularity were reckoned last, and from how many orders."""

    __tablename__ = "goods_learned"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    orders: Mapped[int] = mapped_column(sa.BigInteger)
    learned_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class ProductPairRow(Base):
    """A companion of a product: `support` orders held both, `lift` times as many as if one had no say in the other.

    In all channels together, both ways; only the best companions of each product are kept.
    """

    __tablename__ = "product_pair"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    companion: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    support: Mapped[int]
    lift: Mapped[float]


class ProductPopularityRow(Base):
    """How many bought a product in a channel lately, and how soon people buy it again, wherever.

    `gap_days` is the median of the `gaps` between the days on which one customer bought it.
    """

    __tablename__ = "product_popularity"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    product: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    buyers: Mapped[int]
    units: Mapped[int] = mapped_column(sa.BigInteger)
    gaps: Mapped[int]
    gap_days: Mapped[float | None]


class ProductShelfRow(Base):
    """Whether a product could be bought in a channel when the shop was asked, and what it cost at the least, gross."""

    __tablename__ = "product_shelf"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    product: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    is_sold: Mapped[bool]
    name: Mapped[str] = mapped_column(sa.Text, server_default="")
    category: Mapped[str | None] = mapped_column(sa.Text)
    price: Mapped[int | None] = mapped_column(sa.BigInteger)
    currency: Mapped[str | None] = mapped_column(sa.Text)
    seen_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (sa.CheckConstraint("NOT is_sold OR (price IS NOT NULL AND currency IS NOT NULL)", name="price"),)
