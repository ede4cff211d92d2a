"""Whether a rule can give anything on a day in a channel, as far as day and channel decide; pure."""

from datetime import date, timedelta
from typing import Final

from saleor_crm_app.loyalty.rules import conditions as c
from saleor_crm_app.loyalty.rules.rule_set import PublishedRule

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
