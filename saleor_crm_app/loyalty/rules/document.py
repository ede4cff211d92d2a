"""An earning rule as a typed JSON document: when, if, then, limits, stack, round."""

from typing import Annotated, Literal

import msgspec

from saleor_crm_app.loyalty.rules.conditions import Clause, Condition, Minor, Text

Points = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
Cap = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000_000)]


class Order(Clause, frozen=True, tag="ORDER"):
    """An order, as it reads now."""


class SignUp(Clause, frozen=True, tag="SIGN_UP"):
    """A customer's account was confirmed."""


class Birthday(Clause, frozen=True, tag="BIRTHDAY"):
    """It is the member's birthday."""


class Event(Clause, frozen=True, tag="EVENT"):
    """The shop told of an event of its own by this name."""

    name: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_.-]{0,62}$")]


class Review(Clause, frozen=True, tag="REVIEW"):
    """The customer reviewed a product. May be written, not yet published."""


class Survey(Clause, frozen=True, tag="SURVEY"):
    """The customer answered a survey. May be written, not yet published."""


class Referral(Clause, frozen=True, tag="REFERRAL"):
    """Somebody whom the customer referred bought. May be written, not yet published."""


When = Order | SignUp | Birthday | Event | Review | Survey | Referral


class PerAmount(Clause, frozen=True, tag="PER_AMOUNT"):
    """So many points for each `minor` units of the lines in scope; by share, or for whole steps only."""

    points: Points
    minor: Minor
    whole_steps: bool = False


class PerUnit(Clause, frozen=True, tag="PER_UNIT"):
    """So many points for each unit of the lines in scope."""

    points: Points


class PerOrder(Clause, frozen=True, tag="PER_ORDER"):
    """So many points for the order, once what is left of it is paid in full."""

    points: Points


class Fixed(Clause, frozen=True, tag="FIXED"):
    """So many points for what the customer did; not for orders."""

    points: Points


class Multiplier(Clause, frozen=True, tag="MULTIPLIER"):
    """What rules per amount and per unit give on the lines in scope becomes so many percent of it: 200 doubles."""

    percent: Annotated[int, msgspec.Meta(ge=101, le=10_000)]


Then = PerAmount | PerUnit | PerOrder | Fixed | Multiplier


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True):
    pass


class Limits(_Part, frozen=True):
    """At most so many points by this rule. `budget` counts over all customers."""

    per_order: Cap | None = None
    per_day: Cap | None = None
    per_customer: Cap | None = None
    budget: Cap | None = None


class Stack(_Part, frozen=True):
    """How the rule lives with others of its group: from the highest priority on, an exclusive one stands alone."""

    group: Text | None = None
    priority: Annotated[int, msgspec.Meta(ge=-1000, le=1000)] = 0
    exclusive: bool = True


class Round(_Part, frozen=True):
    """Fixed: the order's points are floored once, its lines share them by largest remainder."""

    order: Literal["FLOOR"] = "FLOOR"
    lines: Literal["LARGEST_REMAINDER"] = "LARGEST_REMAINDER"


class Rule(_Part, frozen=True, kw_only=True):
    """One earning rule. Without `if` it holds always; shipping earns only where `excludeShipping` is false."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    when: When
    condition: Condition | None = msgspec.field(name="if", default=None)
    then: Then
    exclude_sale_items: bool = False
    exclude_shipping: bool = True
    limits: Limits = Limits()
    stack: Stack = Stack()
    round: Round = Round()


Ids = Annotated[tuple[Text, ...], msgspec.Meta(max_length=500)]


class Exclusions(_Part, frozen=True):
    """What earns nothing in the whole program, by Saleor's global ids; gift lines and gift cards never do."""

    products: Ids = ()
    categories: Ids = ()
    collections: Ids = ()
    product_types: Ids = ()
    sale_items: bool = False

    def __bool__(self) -> bool:
        return self != NOTHING_EXCLUDED


NOTHING_EXCLUDED = Exclusions()
