"""Whether a rule can give anything on a day in a channel, and what of it is left to be told to a customer; pure."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import msgspec

from saleor_crm_app.loyalty.rules import conditions as c
from saleor_crm_app.loyalty.rules.rule_set import PublishedRule
from saleor_crm_app.loyalty.rules.scope import segments_named

FARTHEST: Final = timedelta(days=60)
"""Days farther ahead are not looked at."""

_DAYS: Final = tuple(c.Day)


def may_hold(rule: PublishedRule, *, channel: str, currency: str, day: date) -> bool:
    """Whether it can, for some order by this channel on this day of the program's zone."""
    return rule.condition is None or _holds(rule.condition, channel=channel, currency=currency, day=day) is not False


def last_day(rule: PublishedRule, *, channel: str, currency: str, day: date) -> date | None:
    """The last of the days from this one on, one after the other, on which it can; None: none within sight."""
    if rule.condition is None or not _is_dated(rule.condition):
        return None
    end = day
    while may_hold(rule, channel=channel, currency=currency, day=end + timedelta(days=1)):
        end += timedelta(days=1)
        if end - day >= FARTHEST:
            return None
    return end


def as_told_to(rule: PublishedRule, segments: Collection[UUID]) -> PublishedRule | None:
    """The rule for a customer who is in these segments: without a word of any, None where it cannot hold for them."""
    left = True if rule.condition is None else _without_segments(rule.condition, frozenset(segments))
    if left is False:
        return None
    return msgspec.structs.replace(rule, condition=None if left is True else left)


def _without_segments(condition: c.Condition, segments: frozenset[UUID]) -> c.Condition | bool:
    """The condition as far as it does not ask for segments; whether it holds, where nothing else decides."""
    if isinstance(condition, c.Segment):
        return not segments.isdisjoint(segments_named(condition))
    if isinstance(condition, c.Not):
        inner = _without_segments(condition.of, segments)
        return not inner if isinstance(inner, bool) else c.Not(of=inner)
    if not isinstance(condition, c.All | c.AnyOf):
        return condition
    settles = isinstance(condition, c.AnyOf)
    found = [_without_segments(one, segments) for one in condition.of]
    if settles in found:
        return settles
    left = tuple(one for one in found if not isinstance(one, bool))
    if not left:
        return not settles
    return left[0] if len(left) == 1 else msgspec.structs.replace(condition, of=left)


def _is_dated(condition: c.Condition) -> bool:
    """Whether its answer may differ from day to day."""
    if isinstance(condition, c.All | c.AnyOf):
        return any(_is_dated(one) for one in condition.of)
    if isinstance(condition, c.Not):
        return _is_dated(condition.of)
    return isinstance(condition, c.Dates | c.Weekday)


def _holds(condition: c.Condition, *, channel: str, currency: str, day: date) -> bool | None:  # noqa: PLR0911 # a list
    """None where neither day nor channel decides it."""
    match condition:
        case c.All():
            found = [_holds(one, channel=channel, currency=currency, day=day) for one in condition.of]
            return False if False in found else None if None in found else True
        case c.AnyOf():
            found = [_holds(one, channel=channel, currency=currency, day=day) for one in condition.of]
            return True if True in found else None if None in found else False
        case c.Not():
            inner = _holds(condition.of, channel=channel, currency=currency, day=day)
            return None if inner is None else not inner
        case c.Channel():
            return channel in condition.among
        case c.Currency():
            return currency in condition.among
        case c.Dates():
            return (condition.since or date.min) <= day <= (condition.until or date.max)
        case c.Weekday():
            return _DAYS[day.weekday()] in condition.among
        case _:
            return None
