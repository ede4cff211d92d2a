"""Which of the rules that hold count beside each other."""

from collections.abc import Sequence
from typing import TypeVar

from saleor_crm_app.loyalty.rules.rule_set import PublishedRule

With = TypeVar("With")


def counting(matching: Sequence[tuple[PublishedRule, With]]) -> list[tuple[PublishedRule, With]]:
    """Leave out whom a group does not let count; the rest stays in its order.

    In a group the rule with the highest priority comes first, of equals the one that stands first in the set. An
    exclusive rule counts only where none of its group counted before it, and none of it counts afterwards.
    """
    if all(rule.stack.group is None for rule, _ in matching):
        return list(matching)
    closed: set[str] = set()
    begun: set[str] = set()
    chosen: set[str] = set()
    for rule, _ in sorted(matching, key=lambda one: -one[0].stack.priority):
        group = rule.stack.group
        if group is None:
            chosen.add(rule.id)
        elif group not in closed and not (rule.stack.exclusive and group in begun):
            chosen.add(rule.id)
            begun.add(group)
            if rule.stack.exclusive:
                closed.add(group)
    return [one for one in matching if one[0].id in chosen]
