"""The storefront schema, put together and printed."""

from typing import Annotated

import strawberry
from strawberry.printer import print_schema

from saleor_crm_app.kernel.graphql_door import vetting
from saleor_crm_app.kernel.graphql_limits import Limits
from saleor_crm_app.storefront.account import LoyaltyAccount, account_in
from saleor_crm_app.storefront.checkout import CheckoutMutation
from saleor_crm_app.storefront.context import Info
from saleor_crm_app.storefront.coupons import CouponMutation
from saleor_crm_app.storefront.entities import Subgraph, User
from saleor_crm_app.storefront.joining import JoinMutation
from saleor_crm_app.storefront.offer_answers import OffersMutation
from saleor_crm_app.storefront.offers import OffersQuery
from saleor_crm_app.storefront.pages import given
from saleor_crm_app.storefront.points import Order
from saleor_crm_app.storefront.preview import PreviewQuery
from saleor_crm_app.storefront.products import Product
from saleor_crm_app.storefront.program import LoyaltyProgram
from saleor_crm_app.storefront.tiers import LanguageArgument

ChannelArgument = Annotated[str, strawberry.argument(description="The channel's slug.")]


@strawberry.type(description="What storefronts may ask of the loyalty program.")
class Query(PreviewQuery, OffersQuery):
    @strawberry.field(
        description="The program that holds in a channel, for everybody to see; null while there is none. "
    )
    async def loyalty_program(
        self, info: Info, channel: ChannelArgument, language_code: LanguageArgument = strawberry.UNSET
    ) -> LoyaltyProgram | None:
        program = await info.context.require_visit().loaders.programs.load(channel)
        return None if program is None else LoyaltyProgram.of(program, channel, given(language_code))

    @strawberry.field(
        description="The signed-in customer in the program of a channel; null for guests, for customers who have not "
        "joined where one has to, and where there is no program."
    )
    async def loyalty_me(self, info: Info, channel: ChannelArgument) -> LoyaltyAccount | None:
        info.context.require_visit()
        return await account_in(info, channel)


@strawberry.type(description="What customers may do.")
class Mutation(CheckoutMutation, JoinMutation, CouponMutation, OffersMutation):
    """One base per slice."""


schema = Subgraph(
    query=Query,
    mutation=Mutation,
    types=[User, Order, Product],
    federation_version="2.3",
    extensions=[vetting(Limits())],
)


def sdl() -> str:
    """The schema as text, with its federation directives."""
    return print_schema(schema) + "\n"
