"""What an order earns by a rule set: first which rules hold where, then the arithmetic, which can be done again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from saleor_crm_app.crm.orders import LineFact, OrderSnapshot
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.rules.base import by_rate
from saleor_crm_app.loyalty.rules.document import Multiplier, PerAmount
from saleor_crm_app.loyalty.rules.limiting import Used, cap_of
from saleor_crm_app.loyalty.rules.rule_set import PublishedRule, RuleSet
from saleor_crm_app.loyalty.rules.scope import Occasion, Predicate, asks_of_lines, is_on_sale
from saleor_crm_app.loyalty.rules.settlement import Applied, Explanation, LineLeft, Settled, settle
from saleor_crm_app.loyalty.rules.stacking import counting
from saleor_crm_app.loyalty.rules.standing import Standing, is_gift, is_shipping_named, standing_of

SHIPPING: Final = "shipping"
"""Stands among the lines for the shipping price, where a rule counts it."""


_Left = tuple[LineLeft, LineFact | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderContext:
    """What a rule set may need to know beside the order; `RuleSet.needs` says which of it.

    `tier_percent` is what the tier makes of points by amount and by unit, 100 where it leaves them alone; `nth` counts
    the customer's orders from 1 by when they were made; `segments` are those the customer was in then; `used` and
    `allowance` are by rule id: points that earlier orders got by it, and points left of its budget (the whole budget
    where it is not there).
    """

    display_gross: bool
    zone: ZoneInfo
    tier: str | None = None
    tier_percent: int = 100
    nth: int | None = None
    segments: frozenset[UUID] = frozenset()
    used: Mapping[str, Used] = field(default_factory=dict)
    allowance: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Earned:
    """Points in all, by order line and by rule; both sum up to all. Who has none of them is left out.

    `is_plain` where the base rule alone gave them, without a tier's part.
    """

    points: Points
    lines: tuple[tuple[str, int], ...]
    rules: tuple[tuple[str, int], ...]
    standing: Standing
    is_plain: bool
    explain: Callable[[], Explanation]

    @cached_property
    def explanation(self) -> Explanation:
        """Ids and numbers from which `replay` gives the same points again."""
        return self.explain()


def evaluate(rules: RuleSet, order: OrderSnapshot, context: OrderContext) -> Earned:
    """What the order deserves by these rules as it reads now."""
    standing = standing_of(order, display_gross=context.display_gross, excluded=rules.excluded)
    if rules.plain is not None and context.tier_percent == 100:
        rule, rate = rules.plain
        points, lines = by_rate(standing, points=rate.points, minor=rate.minor)
        settled = Settled(points, lines, ((rule.id, points),) if points else ())
        return _earned(settled, standing, lambda: _explained(rules, order, context, standing), is_plain=True)
    explanation = _explained(rules, order, context, standing)
    return _earned(settle(explanation, rules), standing, lambda: explanation)


def replay(explanation: Explanation, rules: RuleSet) -> Settled:
    """The same points again, from what was written down and the rules of that version.

    Raises ValueError when these are not the rules.
    """
    return settle(explanation, rules)


def read_explanation(written: object) -> Explanation:
    """An explanation from its JSON.

    Raises msgspec.ValidationError.
    """
    return msgspec.convert(written, Explanation)


def _earned(
    settled: Settled, standing: Standing, explain: Callable[[], Explanation], *, is_plain: bool = False
) -> Earned:
    return Earned(
        points=Points(settled.points),
        lines=settled.lines,
        rules=settled.rules,
        standing=standing,
        is_plain=is_plain,
        explain=explain,
    )


def _explained(rules: RuleSet, order: OrderSnapshot, context: OrderContext, standing: Standing) -> Explanation:
    left = _left(rules, order, standing)
    occasion = Occasion(
        at=order.created_at,
        zone=context.zone,
        tier=context.tier,
        nth=context.nth,
        segments=context.segments,
        channel=order.channel,
        currency=order.currency,
        left=sum(standing.left.values()),
        parts=standing.parts,
    )
    scopes = [
        (rule, scope)
        for rule in rules.of_orders
        if (scope := _scope(rule, rules.predicates.get(rule.id), left, occasion=occasion))
    ]
    return Explanation(
        version=rules.version,
        merchandise=standing.merchandise,
        named=standing.named,
        paid=standing.paid,
        value=standing.value,
        named_value=standing.named_value,
        parts=standing.parts,
        lines=tuple(line for line, _ in left),
        rules=tuple(
            Applied(rule.id, rule.version, scope, cap_of(rule, context.used, context.allowance))
            for rule, scope in counting(scopes)
        ),
        tier_percent=context.tier_percent,
    )


def _left(rules: RuleSet, order: OrderSnapshot, standing: Standing) -> list[_Left]:
    """The lines of which units are left and which may earn; the shipping price where a rule counts it."""
    if not standing.left:
        return []
    excluded = rules.excluded
    found: list[_Left] = []
    for line in order.lines:
        units = line.quantity - standing.units_back.get(line.id, 0)
        if units and not is_gift(line) and not (excluded is not None and excluded(line)):
            found.append((LineLeft(line.id, standing.left[line.id], units), line))
    if rules.counts_shipping and order.shipping and not is_shipping_named(order):
        found.append((LineLeft(SHIPPING, order.shipping * standing.parts, 0), None))
    return found


def _scope(
    rule: PublishedRule, holds: Predicate | None, left: Sequence[_Left], *, occasion: Occasion
) -> tuple[int, ...]:
    """Which of the lines the rule holds for, by their places."""
    with_shipping = not rule.exclude_shipping and isinstance(rule.then, PerAmount | Multiplier)
    places = [
        place
        for place, (_, line) in enumerate(left)
        if (with_shipping if line is None else not (rule.exclude_sale_items and is_on_sale(line)))
    ]
    if holds is None or not places:
        return tuple(places)
    if rule.condition is not None and not asks_of_lines(rule.condition):
        return tuple(places) if holds(occasion, None) else ()
    return tuple([place for place in places if holds(occasion, left[place][1])])
