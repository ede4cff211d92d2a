"""A program's rules of one time, as one immutable version, and what they need to be told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final
from uuid import UUID

import msgspec

from saleor_crm_app.kernel.ids import ProgramId
from saleor_crm_app.loyalty.program import Program, Rate
from saleor_crm_app.loyalty.rules import conditions as c
from saleor_crm_app.loyalty.rules.document import (
    NOTHING_EXCLUDED,
    Exclusions,
    Fixed,
    Limits,
    Order,
    PerAmount,
    Rule,
)
from saleor_crm_app.loyalty.rules.scope import Excluded, Predicate, excluded_by, predicate_of, segments_named

IMPLIED_VERSION: Final = 1
"""What holds before anything was published: the program's own rate."""


class PublishedRule(Rule, frozen=True, kw_only=True):
    """A rule as it was published; `version` counts the changes of this rule."""

    id: str
    version: int


class RuleSetDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a version says, as it is stored."""

    rules: tuple[PublishedRule, ...]
    exclude: Exclusions = NOTHING_EXCLUDED

    def with_rule(self, rule: PublishedRule) -> "RuleSetDocument":
        """The same with a rule in its place, or behind the others."""
        if any(one.id == rule.id for one in self.rules):
            rules = tuple(rule if one.id == rule.id else one for one in self.rules)
        else:
            rules = (*self.rules, rule)
        return msgspec.structs.replace(self, rules=rules)

    def without_rule(self, id: str) -> "RuleSetDocument":  # noqa: A002 # the document's word
        """The same without a rule, if it has it."""
        return msgspec.structs.replace(self, rules=tuple(one for one in self.rules if one.id != id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What must be known of an order's customer and of earlier grants before its points can be told.

    `segments` are those of which it must be known whether the customer is in.
    """

    nth: bool
    tier: bool
    caps: bool
    budget: bool
    segments: frozenset[UUID]


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """One version. It holds from `live_from` on, always where that is None, until a later one does.

    `based_on` is the version it was made from, `author` a key of the shop's staff; both are None, as `published_at`,
    for what was never published but is implied.
    """

    program: ProgramId
    currency: str
    version: int
    document: RuleSetDocument
    based_on: int | None = None
    live_from: datetime | None = None
    published_at: datetime | None = None
    author: str | None = None
    note: str = ""

    @property
    def rules(self) -> tuple[PublishedRule, ...]:
        return self.document.rules

    @property
    def exclude(self) -> Exclusions:
        return self.document.exclude

    @cached_property
    def of_orders(self) -> tuple[PublishedRule, ...]:
        """The rules about orders, in their order."""
        return tuple(rule for rule in self.rules if isinstance(rule.when, Order))

    @cached_property
    def by_id(self) -> dict[str, PublishedRule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def predicates(self) -> dict[str, Predicate]:
        """By rule id, for rules that have a condition."""
        return {rule.id: predicate_of(rule.condition) for rule in self.rules if rule.condition is not None}

    @cached_property
    def excluded(self) -> Excluded | None:
        """Tells whether the program excludes a line; None where it excludes nothing."""
        return excluded_by(self.exclude)

    @cached_property
    def counts_shipping(self) -> bool:
        return any(not rule.exclude_shipping for rule in self.of_orders)

    @cached_property
    def plain(self) -> tuple[PublishedRule, PerAmount] | None:
        """The one rule about orders, where it is a base rule and nothing else is to be thought of."""
        if len(self.of_orders) != 1 or self.exclude:
            return None
        [rule] = self.of_orders
        is_base = (
            rule.condition is None
            and rule.limits == Limits()
            and rule.exclude_shipping
            and not rule.exclude_sale_items
            and isinstance(rule.then, PerAmount)
            and not rule.then.whole_steps
        )
        return (rule, rule.then) if is_base and isinstance(rule.then, PerAmount) else None

    @cached_property
    def needs(self) -> Needs:
        """Which parts of an OrderContext the set asks for."""
        asked = {type(condition) for rule in self.of_orders for condition in _all(rule.condition)}
        limits = [rule.limits for rule in self.of_orders]
        return Needs(
            nth=c.NthOrder in asked,
            tier=c.Tier in asked,
            caps=any(one.per_day is not None or one.per_customer is not None for one in limits),
            budget=any(one.budget is not None for one in limits),
            segments=segments_asked(self.of_orders),
        )


def implied(program: Program) -> RuleSet:
    """What holds before anything was published. The base rule's id is the program's own."""
    return RuleSet(
        program=program.id,
        currency=program.currency,
        version=IMPLIED_VERSION,
        document=RuleSetDocument(rules=base_rules(str(program.id), program.earn)),
    )


def base_rules(id: str, rate: Rate) -> tuple[PublishedRule, ...]:  # noqa: A002 # the document's word
    """The base rule of a rate; none where it earns nothing."""
    if not rate.points:
        return ()
    then = PerAmount(points=rate.points, minor=rate.minor)
    return (PublishedRule(id=id, version=1, name="Base", when=Order(), then=then),)


def is_of_action(rule: Rule) -> bool:
    """Whether it rewards something other than an order."""
    return isinstance(rule.then, Fixed)


def segments_asked(rules: Iterable[Rule]) -> frozenset[UUID]:
    """The keys of the segments that these rules ask for."""
    conditions = (condition for rule in rules for condition in _all(rule.condition))
    return frozenset(key for one in conditions if isinstance(one, c.Segment) for key in segments_named(one))


def _all(condition: c.Condition | None) -> list[c.Condition]:
    if condition is None:
        return []
    inner: tuple[c.Condition, ...] = ()
    if isinstance(condition, c.All | c.AnyOf):
        inner = condition.of
    elif isinstance(condition, c.Not):
        inner = (condition.of,)
    return [condition, *(found for one in inner for found in _all(one))]
