"""The arithmetic of earning: exact shares by rule and line, caps, one floor, largest remainder."""

from dataclasses import dataclass
from math import lcm
from typing import Final, NamedTuple, assert_never

import msgspec

from saleor_crm_app.loyalty.rules.base import largest_remainder
from saleor_crm_app.loyalty.rules.document import Fixed, Multiplier, PerAmount, PerOrder, PerUnit
from saleor_crm_app.loyalty.rules.rule_set import PublishedRule, RuleSet


class LineLeft(msgspec.Struct, frozen=True, array_like=True):
    """What is left of a line: minor units times the explanation's `parts`, and units."""

    id: str
    left: int
    units: int


class Applied(msgspec.Struct, frozen=True, array_like=True):
    """A rule that counted, by id and version: for which lines, by their places, and with which cap."""

    id: str
    version: int
    scope: tuple[int, ...]
    cap: int | None = None


class Explanation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Ids and numbers that say why; `version` is the rule set's. Amounts as in Standing.

    What rules per amount and per unit give becomes `tier_percent` of it, by the tier of the order's day.
    """

    version: int
    merchandise: int
    named: int
    paid: int
    value: int
    named_value: int
    parts: int
    lines: tuple[LineLeft, ...]
    rules: tuple[Applied, ...]
    tier_percent: int = 100

    @property
    def owed(self) -> int:
        return self.value * self.parts - self.named_value


@dataclass(frozen=True, slots=True)
class Settled:
    """Points in all, by line and by rule."""

    points: int
    lines: tuple[tuple[str, int], ...]
    rules: tuple[tuple[str, int], ...]


class Share(NamedTuple):
    """A rule's exact points by the place of a line: these numerators over one denominator."""

    by_place: dict[int, int]
    over: int

    @property
    def total(self) -> int:
        return sum(self.by_place.values())

    def at_most(self, cap: int | None) -> "Share":
        """The same, made smaller in proportion where it exceeds a cap."""
        total = self.total
        if cap is None or total <= cap * self.over:
            return self
        return Share({place: part * cap for place, part in self.by_place.items()}, total)


_NOTHING: Final = Share({}, 1)


def settle(explanation: Explanation, rules: RuleSet) -> Settled:
    """Points of the rules that counted, floored once over all of them.

    Multipliers take from what rules per amount and per unit give before their caps. Raises ValueError when a rule
    is not in the set.
    """
    if not explanation.rules:
        return Settled(0, (), ())
    shares = _shares(explanation, [_rule(one, explanation, rules) for one in explanation.rules])
    capped = [share.at_most(applied.cap) for share, applied in zip(shares, explanation.rules, strict=True)]
    over = lcm(*(share.over for share in capped))
    by_line = dict.fromkeys(range(len(explanation.lines)), 0)
    by_rule: dict[str, int] = {}
    for applied, share in zip(explanation.rules, capped, strict=True):
        scale = over // share.over
        by_rule[applied.id] = share.total * scale
        for place, part in share.by_place.items():
            by_line[place] += part * scale
    points, places = largest_remainder(by_line, over)
    lines = tuple((explanation.lines[place].id, given) for place, given in places)
    return Settled(points, lines, largest_remainder(by_rule, over)[1])


def _rule(applied: Applied, explanation: Explanation, rules: RuleSet) -> PublishedRule:
    rule = rules.by_id.get(applied.id)
    if rule is None or rules.version != explanation.version or rule.version != applied.version:
        raise ValueError(f"rule {applied.id} in its version {applied.version} is not in set {rules.version}")
    return rule


def _shares(explanation: Explanation, counted: list[PublishedRule]) -> list[Share]:
    scopes = [one.scope for one in explanation.rules]
    shares = [
        _NOTHING if isinstance(rule.then, Multiplier) else _in_tier(rule, _share(rule, scope, explanation), explanation)
        for rule, scope in zip(counted, scopes, strict=True)
    ]
    earning = [share for rule, share in zip(counted, shares, strict=True) if isinstance(rule.then, PerAmount | PerUnit)]
    return [
        _more(rule.then.percent - 100, scope, earning) if isinstance(rule.then, Multiplier) else share
        for rule, scope, share in zip(counted, scopes, shares, strict=True)
    ]


def _in_tier(rule: PublishedRule, share: Share, of: Explanation) -> Share:
    if of.tier_percent == 100 or not isinstance(rule.then, PerAmount | PerUnit):
        return share
    return Share({place: part * of.tier_percent for place, part in share.by_place.items()}, share.over * 100)


def _share(rule: PublishedRule, scope: tuple[int, ...], of: Explanation) -> Share:
    then = rule.then
    is_paid = of.paid * of.parts >= of.owed
    factor, divisor = (1, of.parts) if is_paid else (of.paid, of.owed)
    match then:
        case PerAmount(whole_steps=False):
            shares = {place: of.lines[place].left * factor * then.points for place in scope}
            return Share(shares, divisor * then.minor)
        case PerAmount():
            base = sum(of.lines[place].left for place in scope) * factor
            return _spread(base // (divisor * then.minor) * then.points, scope, of)
        case PerUnit():
            # factor / divisor is for amounts in parts; a unit counts by the share that was paid
            shares = {place: of.lines[place].units * factor * of.parts * then.points for place in scope}
            return Share(shares, divisor)
        case PerOrder():
            return _spread(then.points if is_paid else 0, scope, of)
        case Fixed() | Multiplier():
            return _NOTHING
        case _ as never:
            assert_never(never)


def _spread(points: int, scope: tuple[int, ...], of: Explanation) -> Share:
    """Whole points over lines by what is left of them, by units where that is worth nothing."""
    weights = {place: of.lines[place].left for place in scope}
    if not any(weights.values()):
        weights = {place: of.lines[place].units for place in scope}
    total = sum(weights.values())
    if not points or not total:
        return _NOTHING
    return Share({place: points * weight for place, weight in weights.items()}, total)


def _more(percent: int, scope: tuple[int, ...], earning: list[Share]) -> Share:
    """So many percent of what these give on the lines in scope."""
    over = lcm(*(share.over for share in earning)) if earning else 1
    return Share(
        {
            place: sum(share.by_place.get(place, 0) * (over // share.over) for share in earning) * percent
            for place in scope
        },
        over * 100,
    )
