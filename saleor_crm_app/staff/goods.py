"""Goods as staff see them: what a product is bought with, how it sells, and whether it can be recommended."""

from datetime import datetime
from typing import Annotated

import strawberry

from saleor_crm_app.crm import goods as slice_
from saleor_crm_app.crm.goods import Companion, Popularity, ShelfPlace
from saleor_crm_app.kernel.ids import key_of
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.inputs import BadInputField
from saleor_crm_app.staff.permissions import ManagesDiscounts
from saleor_crm_app.staff.program import LoyaltyMoney
from saleor_crm_app.staff.scalars import BigInt
from saleor_crm_app.staff.segments import InsufficientData

ProductArgument = Annotated[strawberry.ID, strawberry.argument(description="The product's global id in Saleor.")]


@strawberry.type(description="A product that is bought together with another.")
class ProductCompanion:
    product_id: strawberry.ID = strawberry.field(description="The companion's global id in Saleor.")
    lift: float = strawberry.field(description="How many times as often as by chance both are in one order.")
    support: int = strawberry.field(description="How many orders of the last two years hold both.")

    @classmethod
    def of(cls, found: Companion) -> "ProductCompanion":
        return cls(product_id=strawberry.ID(found.product), lift=found.lift, support=found.support)


@strawberry.type(description="How a product sells in a channel.")
class ProductPopularity:
    channel: str = strawberry.field(description="The channel's slug.")
    buyers: int = strawberry.field(description="How many bought it in the last 90 days.")
    units: BigInt = strawberry.field(description="How many units they kept.")
    gaps: int = strawberry.field(description="How many times somebody bought it again on another day, in any channel.")
    gap_days: float | None = strawberry.field(description="The median of the days between.")

    @classmethod
    def of(cls, found: Popularity) -> "ProductPopularity":
        return cls(
            channel=found.channel,
            buyers=found.buyers,
            units=BigInt(found.units),
            gaps=found.gaps,
            gap_days=found.gap_days,
        )


@strawberry.type(description="What the shop last said of a product in a channel.")
class ProductShelf:
    channel: str = strawberry.field(description="The channel's slug.")
    is_sold: bool = strawberry.field(description="Whether it was published, for sale, priced and in stock there.")
    is_fresh: bool = strawberry.field(description="Whether that was within a day; what is older is not recommended.")
    name: str = strawberry.field(description="What it is called.")
    category_id: strawberry.ID | None = strawberry.field(description="Its category's global id in Saleor.")
    price: LoyaltyMoney | None = strawberry.field(description="Its lowest gross price there.")
    seen_at: datetime = strawberry.field(description="When the shop was asked.")

    @classmethod
    def of(cls, found: ShelfPlace) -> "ProductShelf":
        return cls(
            channel=found.channel,
            is_sold=found.is_sold,
            is_fresh=found.is_fresh,
            name=found.name,
            category_id=None if found.category is None else strawberry.ID(found.category),
            price=None if found.price is None else LoyaltyMoney.of(found.price),
            seen_at=found.seen_at,
        )


@strawberry.type(description="What orders and the shop say of a product.")
class ProductInsight:
    companions: list[ProductCompanion] = strawberry.field(description="What it is bought with, the best first.")
    popularity: list[ProductPopularity] = strawberry.field(description="How it sells, by channel.")
    shelf: list[ProductShelf] = strawberry.field(description="Whether it can be bought, by channel.")
    learned_at: datetime | None = strawberry.field(description="When orders were reckoned with last.")
    insufficient_data: list[InsufficientData] = strawberry.field(
        description="What lacks before companions mean something; nothing where all is there."
    )


@strawberry.type(description="What staff may read of goods.")
class GoodsQuery:
    @strawberry.field(
        permission_classes=[ManagesDiscounts], description="What a product is bought with, and how it sells."
    )
    async def product_insight(self, info: Info, product_id: ProductArgument) -> ProductInsight:
        context, product = info.context, _product(product_id)
        async with context.reading.session() as session:
            known = await slice_.product_known(session, context.shop, product, at=context.at)
            learned = await slice_.learned(session, context.shop)
        return ProductInsight(
            companions=[ProductCompanion.of(one) for one in known.companions],
            popularity=[ProductPopularity.of(one) for one in known.popularity],
            shelf=[ProductShelf.of(one) for one in known.shelf],
            learned_at=None if learned is None else learned.at,
            insufficient_data=_lacking(0 if learned is None else learned.orders),
        )


def _lacking(orders: int) -> list[InsufficientData]:
    if orders >= slice_.ENOUGH_ORDERS:
        return []
    return [InsufficientData(what="ORDERS", have=BigInt(orders), needed=BigInt(slice_.ENOUGH_ORDERS))]


def _product(text: str) -> str:
    """Raises BadInputField."""
    try:
        key_of(text, kind="Product")
    except ValueError as error:
        raise BadInputField("productId", "That is not the id of a Product.") from error
    return text
