"""The staff schema, put together from the slices' root fields and printed."""

import strawberry
from graphql import GraphQLError
from strawberry.printer import print_schema
from strawberry.types import ExecutionContext

from saleor_crm_app.kernel.graphql_door import vetting
from saleor_crm_app.kernel.graphql_limits import Limits
from saleor_crm_app.staff.shop import ShopMutation, ShopQuery


@strawberry.type(description="What staff may read.")
class Query(ShopQuery):
    """One base per slice."""


@strawberry.type(description="What staff may do.")
class Mutation(ShopMutation):
    """One base per slice."""


class StaffSchema(strawberry.Schema):
    """Leaves the log of errors to the door: Strawberry would write down values that callers sent."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing here."""


schema = StaffSchema(query=Query, mutation=Mutation, extensions=[vetting(Limits())])


def sdl() -> str:
    """The schema as text."""
    return print_schema(schema) + "\n"
