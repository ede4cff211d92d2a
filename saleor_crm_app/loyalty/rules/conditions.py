"""The conditions of an earning rule: a closed list, each a typed clause of its JSON document."""

from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Texts = Annotated[tuple[Text, ...], msgspec.Meta(min_length=1, max_length=500)]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Minor = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000_000)]


class Clause(
    msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True, rename="camel", omit_defaults=True
):
    """Base of what is told apart by its `type`."""


class All(Clause, frozen=True, tag="ALL"):
    """Every one of these holds."""

    of: Annotated[tuple["Condition", ...], msgspec.Meta(min_length=1, max_length=20)]


class AnyOf(Clause, frozen=True, tag="ANY"):
    """At least one of these holds."""

    of: Annotated[tuple["Condition", ...], msgspec.Meta(min_length=1, max_length=20)]


class Not(Clause, frozen=True, tag="NOT"):
    """This does not hold."""

    of: "Condition"


class Channel(Clause, frozen=True, tag="CHANNEL"):
    """The order came by one of these channels, named by slug."""

    among: Texts = msgspec.field(name="in")


class Product(Clause, frozen=True, tag="PRODUCT"):
    """The line's product is one of these, by Saleor's global ids."""

    among: Texts = msgspec.field(name="in")


class Category(Clause, frozen=True, tag="CATEGORY"):
    """The line's product is directly in one of these categories, by Saleor's global ids."""

    among: Texts = msgspec.field(name="in")


class Collection(Clause, frozen=True, tag="COLLECTION"):
    """The line's product is in one of these collections, by Saleor's global ids."""

    among: Texts = msgspec.field(name="in")


class ProductType(Clause, frozen=True, tag="PRODUCT_TYPE"):
    """The line's product is of one of these types, by Saleor's global ids."""

    among: Texts = msgspec.field(name="in")


class Tier(Clause, frozen=True, tag="TIER"):
    """The member was in one of these tiers when it happened."""

    among: Texts = msgspec.field(name="in")


class NthOrder(Clause, frozen=True, tag="NTH_ORDER"):
    """The order's place among the customer's, by when they were made: one of `in`, or every so many."""

    among: Annotated[tuple[Count, ...], msgspec.Meta(max_length=100)] = msgspec.field(name="in", default=())
    every: Count | None = None


class MinAmount(Clause, frozen=True, tag="MIN_AMOUNT"):
    """What is left of the order's merchandise is worth at least this, in minor units."""

    minor: Minor


class Dates(Clause, frozen=True, tag="DATES"):
    """It happened within these days of the program's zone, both included."""

    since: date | None = msgspec.field(name="from", default=None)
    until: date | None = None


class Day(StrEnum):
    """Days of the week, Monday first."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


class Weekday(Clause, frozen=True, tag="WEEKDAY"):
    """It happened on one of these days of the week in the program's zone."""

    among: Annotated[tuple[Day, ...], msgspec.Meta(min_length=1, max_length=7)] = msgspec.field(name="in")


class Currency(Clause, frozen=True, tag="CURRENCY"):
    """The order is in one of these currencies, by ISO 4217 code."""

    among: Texts = msgspec.field(name="in")


class Segment(Clause, frozen=True, tag="SEGMENT"):
    """The customer was in one of these segments when it happened, by the segments' global ids."""

    among: Texts = msgspec.field(name="in")


class Consent(Clause, frozen=True, tag="CONSENT"):
    """The customer has agreed to one of these. May be written, not yet published."""

    among: Texts = msgspec.field(name="in")


OfLine = Product | Category | Collection | ProductType
"""What is asked of each line; all else is asked of the order."""

Condition = (
    All
    | AnyOf
    | Not
    | Channel
    | Product
    | Category
    | Collection
    | ProductType
    | Tier
    | NthOrder
    | MinAmount
    | Dates
    | Weekday
    | Currency
    | Segment
    | Consent
)
