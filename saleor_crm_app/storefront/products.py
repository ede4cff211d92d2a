"""Saleor's products, as far as loyalty has something to say about them."""

import strawberry
from strawberry import federation


@federation.type(keys=["id", "id channel"], description="One of Saleor's products.")
class Product:
    id: strawberry.ID = strawberry.field(description="The product's global id in Saleor.")
    channel: str | None = strawberry.field(
        default=None, description="The slug of the channel in which it was asked for, as Saleor tells it."
    )
