"""When a window begins and until when a tier is kept, on the program's local days; pure.

Windows are open at their start and closed at their end: what counts at the last instant of a year is that year's.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from saleor_crm_app.loyalty.tiers.ladder import Plan, Window, WindowKind

_INSTANT: Final = timedelta(microseconds=1)


def window_start(window: Window, end: datetime, zone: ZoneInfo) -> datetime:
    """Since when what counts at `end` was counted."""
    if window.kind is WindowKind.CALENDAR:
        return _midnight(date((end - _INSTANT).astimezone(zone).year, 1, 1), zone)
    return months_after(end, -window.months, zone)


def kept_until(plan: Plan, reached_at: datetime, zone: ZoneInfo) -> datetime:
    """Until when a tier reached at an instant is kept: so many months, or to the end of the next calendar year.

    By calendar, months beyond twelve are further whole years.
    """
    if plan.window.kind is WindowKind.CALENDAR:
        year = (reached_at - _INSTANT).astimezone(zone).year
        return _midnight(date(year + 1 + _years(plan), 1, 1), zone)
    return months_after(reached_at, plan.keep_months, zone)


def kept_again_until(plan: Plan, until: datetime, at: datetime, zone: ZoneInfo) -> datetime:
    """The end of the next term after one that ended at `until`; never one that is over at `at`."""
    months = _years(plan) * 12 if plan.window.kind is WindowKind.CALENDAR else plan.keep_months
    terms = 1
    while (after := months_after(until, terms * months, zone)) <= at:
        terms += 1
    return after


def months_after(start: datetime, months: int, zone: ZoneInfo) -> datetime:
    """The same local day and time so many months later, or the month's last day where it has no such day."""
    local = start.astimezone(zone)
    number = local.year * 12 + local.month - 1 + months
    year, month = number // 12, number % 12 + 1
    day = min(local.day, monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day).astimezone(UTC)


def _years(plan: Plan) -> int:
    return max(1, -(-plan.keep_months // 12))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
