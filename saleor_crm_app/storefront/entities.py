"""Entities that a gateway asks this subgraph to complete; whatever is not the caller's reads as null."""

from collections.abc import Awaitable
from typing import Final

import strawberry
from graphql import GraphQLError
from strawberry import federation
from strawberry.federation.schema import FederationAny
from strawberry.types import ExecutionContext

from saleor_crm_app.kernel.graphql_limits import refused
from saleor_crm_app.kernel.ids import customer_id, order_id
from saleor_crm_app.storefront.account import LoyaltyAccount, account_in
from saleor_crm_app.storefront.context import Info
from saleor_crm_app.storefront.points import Order
from saleor_crm_app.storefront.products import Product

_MOST: Final = 100
_KINDS: Final = frozenset({"User", "Order", "Product"})


@federation.type(keys=["id"], description="One of Saleor's users.")
class User:
    id: strawberry.ID = strawberry.field(description="The user's global id in Saleor.")

    @strawberry.field(
        description="The signed-in customer's own account in the program of a channel; null for everybody else."
    )
    async def loyalty(self, info: Info, channel: str) -> LoyaltyAccount | None:
        return await account_in(info, channel)


class Subgraph(federation.Schema):
    """The schema with a `_entities` of its own: Strawberry's trusts what representations hold."""

    def entities_resolver(self, info: Info, representations: list[FederationAny]) -> list[FederationAny]:
        if len(representations) > _MOST:
            raise refused("INVALID", f"At most {_MOST} representations can be asked for at once.")
        return [FederationAny(_entity(info, representation)) for representation in representations]

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Leave the log to the door: Strawberry would write down values that callers sent."""


def _entity(info: Info, representation: object) -> User | Product | Awaitable[Order | None] | None:
    kind, key, channel = _read(representation)
    if kind == "User":
        return _user(info, key)
    if kind == "Product":
        return Product(id=strawberry.ID(key), channel=channel)
    return _order(info, key)


def _read(representation: object) -> tuple[str, str, str | None]:
    if isinstance(representation, dict):
        kind, key, channel = (representation.get(name) for name in ("__typename", "id", "channel"))
        if kind in _KINDS and isinstance(key, str) and (channel is None or isinstance(channel, str)):
            return kind, key, channel
    raise refused("INVALID", "A representation here is a User, an Order or a Product with its id.")


def _user(info: Info, key: str) -> User | None:
    try:
        return User(id=strawberry.ID(key)) if customer_id(key) == info.context.customer else None
    except ValueError:
        return None


async def _order(info: Info, key: str) -> Order | None:
    try:
        order = order_id(key)
    except ValueError:
        return None
    if info.context.customer is None:
        return None
    earned = await info.context.require_visit().loaders.orders.load(order)
    return None if earned is None else Order.of(order)
