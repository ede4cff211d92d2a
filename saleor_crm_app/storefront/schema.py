"""The storefront schema, put together and printed."""

from typing import Annotated

import strawberry
from strawberry.printer import print_schema

from saleor_crm_app.kernel.graphql_door import vetting
from saleor_crm_app.kernel.graphql_limits import Limits
from saleor_crm_app.storefront.context import Info
from saleor_crm_app.storefront.entities import Subgraph, User
from saleor_crm_app.storefront.points import LoyaltyAccount, Order, account_in
from saleor_crm_app.storefront.program import LoyaltyProgram

ChannelArgument = Annotated[str, strawberry.argument(description="The channel's slug.")]
LanguageArgument = Annotated[
    str | None,
    strawberry.argument(
        description="One of Saleor's language codes, such as `EN` or `PT_BR`; "
        "what is not translated comes as the shop wrote it."
    ),
]


@strawberry.type(description="What storefronts may ask of the loyalty program.")
class Query:
    @strawberry.field(
        description="The program that holds in a channel, for everybody to see; null while there is none. "
    )
    async def loyalty_program(
        self, info: Info, channel: ChannelArgument, language_code: LanguageArgument = strawberry.UNSET
    ) -> LoyaltyProgram | None:
        del language_code  # programs have one name so far
        program = await info.context.require_visit().loaders.programs.load(channel)
        return None if program is None else LoyaltyProgram.of(program)

    @strawberry.field(
        description="The signed-in customer in the program of a channel; null for guests and where there is no program."
    )
    async def loyalty_me(self, info: Info, channel: ChannelArgument) -> LoyaltyAccount | None:
        info.context.require_visit()
        return await account_in(info, channel)


schema = Subgraph(
    query=Query,
    types=[User, Order],
    federation_version="2.3",
    extensions=[vetting(Limits())],
)


def sdl() -> str:
    """The schema as text, with its federation directives."""
    return print_schema(schema) + "\n"
