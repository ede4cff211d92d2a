"""A shop with a customer who has points, before whose staff door somebody stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from graphql import GraphQLNonNull, GraphQLObjectType

from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.staff.schema import schema
from tests.door import Door, Shop
from tests.shop import NOON, order

Input = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """A shop whose customer has 100 points, and those who work there."""

    door: Door
    shop: Shop
    member: str
    program: str

    async def does(self, name: str, wanted: Mapping[str, Any], *, by: str | None = None, **claims: object) -> Any:  # noqa: ANN401 # JSON
        """Have a mutation done by somebody who may do anything; gives its payload."""
        everything = ("MANAGE_USERS", "MANAGE_DISCOUNTS", "MANAGE_APPS")
        token = self.shop.dashboard_token(*everything, **({} if by is None else {"user_id": by}), **claims)
        return (await self.door.data(mutation(name), {"input": wanted}, token=token))[name]

    async def rows(self, query: str, **values: object) -> list[Any]:
        async with self.shop.database.shop(self.shop.id, read_only=True) as session:
            return [tuple(row) for row in await session.execute(sa.text(query), values)]


def fields() -> dict[str, str]:
    """Every staff mutation with the name of its input type."""
    root = schema._schema.type_map["Mutation"]
    assert isinstance(root, GraphQLObjectType)
    found = {}
    for name, field in root.fields.items():
        wanted = field.args["input"].type
        assert isinstance(wanted, GraphQLNonNull)
        found[name] = str(wanted)
    return found


def mutation(name: str, selection: str = "errors { field code message }") -> str:
    return f"mutation Do($input: {fields()[name]}) {{ {name}(input: $input) {{ {selection} }} }}"


async def open_scene(door: Door, shop: Shop) -> Scene:
    """Anna bought something in February, so that there is a month to close."""
    winter = NOON - timedelta(days=10)
    await shop.says(order(charged=10000, created_at=winter, updated_at=winter), at=winter)
    async with shop.database.shop(shop.id, read_only=True) as session:
        [(account, program)] = (await session.execute(sa.text("SELECT id, program_id FROM account"))).all()
    return Scene(door, shop, global_id("Member", account), global_id("LoyaltyProgram", program))
