"""What is known of one customer, as staff see it: every fact with its source, ranks, phase and segments."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from saleor_crm_app.crm import facts, segments
from saleor_crm_app.crm.facts import KnownFact
from saleor_crm_app.kernel.ids import CustomerId, global_id
from saleor_crm_app.kernel.money import Money
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.inputs import customer_of
from saleor_crm_app.staff.insight import CustomerPhase, RfmCell, cell_of, phase_of
from saleor_crm_app.staff.permissions import ManagesUsers

CustomerArgument = Annotated[strawberry.ID, strawberry.argument(description="The customer's global id in Saleor.")]


@strawberry.enum(description="Where a fact comes from.")
class FactSource(Enum):
    ORDERS = strawberry.enum_value("ORDERS", description="Follows from the customer's orders.")
    SHOP = strawberry.enum_value("SHOP", description="The customer's account in the shop.")
    LOYALTY = strawberry.enum_value("LOYALTY", description="The customer's points and tier in a program.")
    EVENT = strawberry.enum_value("EVENT", description="Counts events that were told of them.")
    STAFF = strawberry.enum_value("STAFF", description="Staff wrote it down.")
    APP = strawberry.enum_value("APP", description="A program told it, with an API key.")


@strawberry.type(description="One value that is known of a customer.")
class CustomerFact:
    name: str = strawberry.field(description="Its name; where it follows from orders, that of a segment's condition.")
    value: JSON = strawberry.field(description="The value. Money is `{minor, currency}`, instants are text.")
    source: FactSource = strawberry.field(description="Where it comes from.")
    observed_at: datetime = strawberry.field(description="When it was so.")
    purpose: str | None = strawberry.field(
        description="For what the customer lets it be used; null: for the service they asked for."
    )
    program_id: strawberry.ID | None = strawberry.field(description="The program it is about, if it is about one.")

    @classmethod
    def of(cls, row: KnownFact) -> "CustomerFact":
        return cls(
            name=row.name,
            value=JSON(_plain(row.value)),
            source=FactSource[row.origin.value],
            observed_at=row.observed_at,
            purpose=row.purpose,
            program_id=None if row.program is None else strawberry.ID(global_id("LoyaltyProgram", row.program)),
        )


@strawberry.type(description="A segment that a customer is in.")
class SegmentOfCustomer:
    id: strawberry.ID = strawberry.field(description="The segment's global id.")
    key: str | None = strawberry.field(description="Its key in the ready set, where it is of that.")
    name: str = strawberry.field(description="Its name.")
    since: datetime = strawberry.field(description="Since when they are in it.")

    @classmethod
    def of(cls, row: segments.SegmentOfCustomer) -> "SegmentOfCustomer":
        return cls(
            id=strawberry.ID(global_id("CustomerSegment", row.segment)), key=row.key, name=row.name, since=row.since
        )


@strawberry.type(description="What is known of a customer.")
class CustomerInsight:
    customer_id: strawberry.ID = strawberry.field(description="The customer's global id in Saleor.")
    facts: list[CustomerFact] = strawberry.field(description="Every fact: from orders, the shop, loyalty, and told.")
    recency: int | None = strawberry.field(description="Rank by the last order, 1 to 5; null where they have none.")
    frequency: int | None = strawberry.field(description="Rank by the number of orders, 1 to 5.")
    monetary: int | None = strawberry.field(description="Rank by revenue, 1 to 5.")
    cell: RfmCell | None = strawberry.field(description="What the ranks say together, as of the last night.")
    phase: CustomerPhase | None = strawberry.field(description="Where their life with the shop stands.")
    phase_since: datetime | None = strawberry.field(description="Since when.")
    segments: list[SegmentOfCustomer] = strawberry.field(description="The segments they are in.")


@strawberry.type(description="What staff may read of one customer.")
class CustomerInsightQuery:
    @strawberry.field(
        permission_classes=[ManagesUsers],
        description="What is known of a customer; null if they are not known, or were deleted.",
    )
    async def customer_insight(self, info: Info, customer_id: CustomerArgument) -> CustomerInsight | None:
        return await insight_of(info, customer_of(customer_id, field="customerId"))


async def insight_of(info: Info, customer: CustomerId) -> CustomerInsight | None:
    """As the operation's reading sees it."""
    shop = info.context.shop
    async with info.context.reading.session() as session:
        sheet = await facts.sheet_of(session, shop, customer)
        held = await segments.segments_of(session, shop, customer)
    if sheet is None:
        return None
    score = sheet.score
    return CustomerInsight(
        customer_id=strawberry.ID(global_id("User", customer)),
        facts=[CustomerFact.of(one) for one in sheet.facts],
        recency=None if score is None else score.recency,
        frequency=None if score is None else score.frequency,
        monetary=None if score is None else score.monetary,
        cell=None if score is None else cell_of(score.cell),
        phase=None if score is None else phase_of(score.phase),
        phase_since=None if score is None else score.phase_since,
        segments=[SegmentOfCustomer.of(one) for one in held],
    )


def _plain(value: facts.KnownValue) -> object:
    match value:
        case Money():
            return {"minor": value.minor, "currency": value.currency}
        case datetime():
            return value.isoformat()
        case _:
            return value
