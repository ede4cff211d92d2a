"""Facts that staff, or programs with an API key, write down of customers; that they did is in the audit trail."""

import math
from datetime import datetime
from typing import Final

import strawberry
from strawberry.scalars import JSON

from saleor_crm_app.crm import facts, segments
from saleor_crm_app.crm.facts import Fact, Source
from saleor_crm_app.kernel.audit import Subject, audit
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.ids import CustomerId, global_id
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.health import StaffError
from saleor_crm_app.staff.inputs import BadInputField, customer_of, given, instant, words_of
from saleor_crm_app.staff.permissions import ManagesUsers

_LONGEST_NAME: Final = 64
_LONGEST_PURPOSE: Final = 100
_LONGEST_VALUE: Final = 256
_LARGEST: Final = 2**53


@strawberry.input(description="A fact about a customer.")
class CustomerFactSetInput:
    customer_id: strawberry.ID = strawberry.field(description="The customer's global id in Saleor.")
    name: str = strawberry.field(description="What it is, such as `size`: 1 to 64 characters.")
    value: JSON = strawberry.field(description="A text of 1 to 256 characters, a number, true or false.")
    purpose: str | None = strawberry.field(
        default=None,
        description="For what the customer lets it be used, such as `marketing`: 1 to 100 characters. Left out: for "
        "the service they asked for, and nothing else.",
    )
    observed_at: datetime | None = strawberry.field(
        default=None, description="When it was so; now, if it is left out. An older value does not replace a newer one."
    )


@strawberry.input(description="A fact to forget.")
class CustomerFactUnsetInput:
    customer_id: strawberry.ID = strawberry.field(description="The customer's global id in Saleor.")
    name: str = strawberry.field(description="The fact's name.")


@strawberry.type(description="A fact about a customer that was changed.")
class CustomerFactPayload:
    customer_id: strawberry.ID | None = strawberry.field(description="The customer's global id in Saleor.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="A fact that is known now.")
class CustomerFactSet(CustomerFactPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="A fact that is forgotten.")
class CustomerFactUnset(CustomerFactPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="What staff may write down of customers.")
class CustomerFactsMutation:
    @strawberry.mutation(
        permission_classes=[ManagesUsers],
        description="Write down a fact about a customer; their segments follow at once.",
    )
    async def customer_fact_set(self, info: Info, input: CustomerFactSetInput) -> CustomerFactSet:
        try:
            return CustomerFactSet(customer_id=_id_of(await _set(info, input)), errors=[])
        except Refusal as refusal:
            return CustomerFactSet(customer_id=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(
        permission_classes=[ManagesUsers],
        description="Forget a fact that staff or a program wrote down; their segments follow at once.",
    )
    async def customer_fact_unset(self, info: Info, input: CustomerFactUnsetInput) -> CustomerFactUnset:
        try:
            return CustomerFactUnset(customer_id=_id_of(await _unset(info, input)), errors=[])
        except Refusal as refusal:
            return CustomerFactUnset(customer_id=None, errors=[StaffError.of(refusal)])


async def _set(info: Info, wanted: CustomerFactSetInput) -> CustomerId:
    """The value is the customer's, and stays out of the trail, which nobody can shorten."""
    context, purpose = info.context, given(wanted.purpose)
    fact = Fact(
        customer=customer_of(wanted.customer_id, field="customerId"),
        name=words_of(wanted.name, field="name", most=_LONGEST_NAME),
        value=_value_of(wanted.value),
        source=Source.APP if context.staff.is_program else Source.STAFF,
        observed_at=_moment_of(info, wanted.observed_at),
        purpose=None if purpose is None else words_of(purpose, field="purpose", most=_LONGEST_PURPOSE),
    )
    async with context.database.shop(context.shop) as session:
        await facts.write_fact(session, context.shop, fact, at=context.at)
        await segments.follow(session, context.shop, [fact.customer], at=context.at)
        after = {"name": fact.name, "purpose": fact.purpose}
        line = context.act("customerFactSet", subject=Subject("User", fact.customer), after=after)
        await audit(session, context.shop, line)
    return fact.customer


async def _unset(info: Info, wanted: CustomerFactUnsetInput) -> CustomerId:
    context = info.context
    customer = customer_of(wanted.customer_id, field="customerId")
    name = words_of(wanted.name, field="name", most=_LONGEST_NAME)
    async with context.database.shop(context.shop) as session:
        await facts.erase_fact(session, context.shop, customer, name)
        await segments.follow(session, context.shop, [customer], at=context.at)
        line = context.act("customerFactUnset", subject=Subject("User", customer), before={"name": name})
        await audit(session, context.shop, line)
    return customer


def _value_of(value: object) -> str | int | float | bool:
    match value:
        case bool():
            return value
        case str():
            return words_of(value, field="value", most=_LONGEST_VALUE)
        case int() | float() if math.isfinite(value) and abs(value) <= _LARGEST:
            return value
        case _:
            raise BadInputField("value", "Give a text, a number up to 2^53, true or false.")


def _moment_of(info: Info, argument: datetime | None) -> datetime:
    moment = instant(argument) or info.context.at
    if moment > info.context.at:
        raise BadInputField("observedAt", "That instant lies ahead.")
    return moment


def _id_of(customer: CustomerId) -> strawberry.ID:
    return strawberry.ID(global_id("User", customer))
