"""Saleor's products, as far as loyalty has something to say about them."""

from typing import Annotated

import strawberry
from strawberry import federation

from saleor_crm_app.storefront.context import Info
from saleor_crm_app.storefront.pages import given
from saleor_crm_app.storefront.product_loader import OnShelf

EarnedInArgument = Annotated[
    str | None,
    strawberry.argument(description="The channel's slug; left out, that which the gateway passes on, if it does."),
]


@federation.type(keys=["id", "id channel"], description="One of Saleor's products.")
class Product:
    id: strawberry.ID = strawberry.field(description="The product's global id in Saleor.")
    channel: str | None = strawberry.field(
        default=None, description="The slug of the channel in which it was asked for, as Saleor tells it."
    )

    @strawberry.field(
        description="What buying one unit earns, of the cheapest variant: for the signed-in customer in their tier, "
        "for guests as a new member. Null where it is not sold, where there is no program, and while the shop does "
        "not answer."
    )
    async def loyalty_points(self, info: Info, channel: EarnedInArgument = strawberry.UNSET) -> int | None:
        visit, place = info.context.visit, given(channel) or self.channel
        if visit is None or place is None:
            return None
        return await visit.products.load(OnShelf(product=self.id, channel=place))
