"""How many points a rule may still give, from its limits and what it gave before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from saleor_crm_app.loyalty.rules.rule_set import PublishedRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Points that a rule gave to one customer before: on the same local day, and in all."""

    today: int = 0
    customer: int = 0


_UNUSED: Final = Used()


def cap_of(rule: PublishedRule, used: Mapping[str, Used], allowance: Mapping[str, int]) -> int | None:
    """At most so many points this time; None where there is no limit."""
    limits = rule.limits
    before = used.get(rule.id, _UNUSED)
    caps = [
        None if limits.per_order is None else limits.per_order,
        None if limits.per_day is None else limits.per_day - before.today,
        None if limits.per_customer is None else limits.per_customer - before.customer,
        None if limits.budget is None else allowance.get(rule.id, limits.budget),
    ]
    known = [cap for cap in caps if cap is not None]
    return max(0, min(known)) if known else None
