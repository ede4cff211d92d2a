"""The conditions of a segment: a closed list, each a typed clause of its JSON document."""

from enum import StrEnum
from typing import Annotated

import msgspec

from saleor_crm_app.crm.facts import Cell, Phase

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Texts = Annotated[tuple[Text, ...], msgspec.Meta(min_length=1, max_length=500)]
CountryCode = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]
Days = Annotated[int, msgspec.Meta(ge=1, le=36_500)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000_000)]


class Clause(
    msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True, rename="camel", omit_defaults=True
):
    """Base of what is told apart by its `type`."""


class Numeric(StrEnum):
    """Facts that are numbers; shares are percent."""

    ORDERS = "ORDERS"
    ORDERS_365 = "ORDERS_365"
    GAP_DAYS = "GAP_DAYS"
    DISCOUNT_PERCENT = "DISCOUNT_PERCENT"
    RETURNED_PERCENT = "RETURNED_PERCENT"


class Sum(StrEnum):
    """Facts that are money."""

    REVENUE = "REVENUE"
    REVENUE_365 = "REVENUE_365"


class Moment(StrEnum):
    """Facts that are times."""

    FIRST_ORDER = "FIRST_ORDER"
    LAST_ORDER = "LAST_ORDER"
    JOINED = "JOINED"


class Stock(StrEnum):
    """Points that a member can spend, and those of them that lapse within 30 days."""

    AVAILABLE = "AVAILABLE"
    EXPIRING = "EXPIRING"


class All(Clause, frozen=True, tag="ALL"):
    """Every one of these holds."""

    of: Annotated[tuple["Condition", ...], msgspec.Meta(min_length=1, max_length=20)]


class AnyOf(Clause, frozen=True, tag="ANY"):
    """At least one of these holds."""

    of: Annotated[tuple["Condition", ...], msgspec.Meta(min_length=1, max_length=20)]


class Not(Clause, frozen=True, tag="NOT"):
    """This does not hold, or is not known."""

    of: "Condition"


class Number(Clause, frozen=True, tag="NUMBER"):
    """A number lies between these, both included; what is not known lies nowhere."""

    fact: Numeric
    at_least: Count | None = None
    at_most: Count | None = None


class Money(Clause, frozen=True, tag="MONEY"):
    """An amount in minor units of this currency lies between these, both included."""

    fact: Sum
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    at_least: Count | None = None
    at_most: Count | None = None


class Time(Clause, frozen=True, tag="TIME"):
    """It happened within so many last days, or longer ago than so many."""

    fact: Moment
    within_days: Days | None = None
    before_days: Days | None = None


class Channel(Clause, frozen=True, tag="CHANNEL"):
    """They ordered by one of these channels, named by slug."""

    among: Texts = msgspec.field(name="in")


class Category(Clause, frozen=True, tag="CATEGORY"):
    """They often bought from one of these categories, by Saleor's global ids."""

    among: Texts = msgspec.field(name="in")


class Collection(Clause, frozen=True, tag="COLLECTION"):
    """They often bought from one of these collections, by Saleor's global ids."""

    among: Texts = msgspec.field(name="in")


class Product(Clause, frozen=True, tag="PRODUCT"):
    """They often bought one of these products, by Saleor's global ids."""

    among: Texts = msgspec.field(name="in")


class Language(Clause, frozen=True, tag="LANGUAGE"):
    """They read one of these languages, by the shop's codes such as `DE`."""

    among: Texts = msgspec.field(name="in")


class Country(Clause, frozen=True, tag="COUNTRY"):
    """Their usual address is in one of these countries, by codes of two letters such as `DE`."""

    among: Annotated[tuple[CountryCode, ...], msgspec.Meta(min_length=1, max_length=300)] = msgspec.field(name="in")


class Confirmed(Clause, frozen=True, tag="CONFIRMED"):
    """Their account is confirmed."""


class BirthdayMonth(Clause, frozen=True, tag="BIRTHDAY_MONTH"):
    """Their birthday is in the present month, in UTC."""


class Overdue(Clause, frozen=True, tag="OVERDUE"):
    """So many percent of their usual gap have passed since the last order; asks for at least two gaps."""

    percent: Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class Tier(Clause, frozen=True, tag="TIER"):
    """They are a member in one of these tiers, by code."""

    among: Texts = msgspec.field(name="in")


class Points(Clause, frozen=True, tag="POINTS"):
    """A member's points in some program lie between these, both included."""

    fact: Stock
    at_least: Count | None = None
    at_most: Count | None = None


class Idle(Clause, frozen=True, tag="IDLE"):
    """A member with points to spend whose account has not moved for so many days."""

    days: Days


class Rfm(Clause, frozen=True, tag="RFM"):
    """Recency, frequency and money put them into one of these cells."""

    among: Annotated[tuple[Cell, ...], msgspec.Meta(min_length=1, max_length=11)] = msgspec.field(name="in")


class InPhase(Clause, frozen=True, tag="PHASE"):
    """Their life with the shop is in one of these phases."""

    among: Annotated[tuple[Phase, ...], msgspec.Meta(min_length=1, max_length=4)] = msgspec.field(name="in")


class Event(Clause, frozen=True, tag="EVENT"):
    """An event of this name was told of them so often, the last time within so many days."""

    name: Text
    times: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1
    within_days: Days | None = None


class Told(Clause, frozen=True, tag="FACT"):
    """What staff or apps told under this name is one of these."""

    name: Text
    among: Annotated[tuple[str | int | bool, ...], msgspec.Meta(min_length=1, max_length=100)] = msgspec.field(
        name="in"
    )


Ranged = Number | Money | Points
"""What has two bounds, of which one may lack."""

Named = Channel | Category | Collection | Product
"""What is counted by name in the rollup."""

Condition = (
    All
    | AnyOf
    | Not
    | Number
    | Money
    | Time
    | Channel
    | Category
    | Collection
    | Product
    | Language
    | Country
    | Confirmed
    | BirthdayMonth
    | Overdue
    | Tier
    | Points
    | Idle
    | Rfm
    | InPhase
    | Event
    | Told
)
