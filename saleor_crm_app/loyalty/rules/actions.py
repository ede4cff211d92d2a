"""What else earns: a confirmed account, a birthday, an event of the shop's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from saleor_crm_app.loyalty.rules.document import Birthday, Event, Fixed, SignUp
from saleor_crm_app.loyalty.rules.limiting import Used, cap_of
from saleor_crm_app.loyalty.rules.rule_set import PublishedRule, RuleSet
from saleor_crm_app.loyalty.rules.scope import Occasion
from saleor_crm_app.loyalty.rules.stacking import counting

Action = SignUp | Birthday | Event
"""What a customer did or had; an Event carries its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionContext:
    """When it happened, in which zone, and what the rules may need to know; `used` and `allowance` are by rule id."""

    at: datetime
    zone: ZoneInfo
    tier: str | None = None
    segments: frozenset[UUID] = frozenset()
    used: Mapping[str, Used] = field(default_factory=dict)
    allowance: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What one rule gives for an action: `points` is `fixed`, or `cap` where that is less."""

    rule: str
    version: int
    fixed: int
    cap: int | None
    points: int

    @property
    def explanation(self) -> dict[str, object]:
        """Ids and numbers only."""
        return {"rule": self.rule, "version": self.version, "fixed": self.fixed, "cap": self.cap}


def granted_for(rules: RuleSet, action: Action, context: ActionContext) -> tuple[Granted, ...]:
    """What each rule that counts gives; those whose cap leaves nothing are left out."""
    occasion = Occasion(at=context.at, zone=context.zone, tier=context.tier, segments=context.segments)
    matching = [
        (rule, rule.then)
        for rule in rules.rules
        if rule.when == action
        and isinstance(rule.then, Fixed)
        and (rule.condition is None or rules.predicates[rule.id](occasion, None))
    ]
    grants = (_granted(rule, then, context) for rule, then in counting(matching))
    return tuple(grant for grant in grants if grant.points)


def _granted(rule: PublishedRule, then: Fixed, context: ActionContext) -> Granted:
    cap = cap_of(rule, context.used, context.allowance)
    points = then.points if cap is None else min(then.points, cap)
    return Granted(rule=rule.id, version=rule.version, fixed=then.points, cap=cap, points=points)
