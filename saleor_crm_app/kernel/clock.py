"""Time: the real one, the shop's business time, and the ends of local days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Real time in UTC: for leases, tokens and rate limits."""
    return datetime.now(UTC)


def business_now(offset: timedelta) -> datetime:
    """Real time moved by an installation's `clock_offset`, which only a sandbox may have."""
    return now() + offset


def end_of_local_day(day: date, zone: ZoneInfo) -> datetime:
    """First instant after `day` in `zone`, as UTC; right on days of 23 and 25 hours and on skipped days.

    A midnight that a zone skips is taken from the first instant that exists after it.
    """
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone).astimezone(UTC)


def days_later(start: datetime, days: int, zone: ZoneInfo) -> datetime:
    """End of the local day that lies `days` local days after `start`, as UTC."""
    return end_of_local_day(start.astimezone(zone).date() + timedelta(days=days), zone)


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant; one without an offset is taken as UTC.

    Raises ValueError for anything else.
    """
    instant = datetime.fromisoformat(text)
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
