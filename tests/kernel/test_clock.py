"""Local days end where the people there say they end: across clock changes, leap days and skipped days."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from saleor_crm_app.kernel.clock import days_later, end_of_local_day, parse_instant


@pytest.mark.parametrize(
    ("day", "zone", "end"),
    [
        pytest.param(date(2026, 3, 28), "Europe/Berlin", datetime(2026, 3, 28, 23, tzinfo=UTC), id="winter"),
        pytest.param(date(2026, 3, 29), "Europe/Berlin", datetime(2026, 3, 29, 22, tzinfo=UTC), id="23 hours"),
        pytest.param(date(2026, 10, 25), "Europe/Berlin", datetime(2026, 10, 25, 23, tzinfo=UTC), id="25 hours"),
        pytest.param(date(2026, 1, 1), "Asia/Kolkata", datetime(2026, 1, 1, 18, 30, tzinfo=UTC), id="half hours"),
        pytest.param(date(2028, 2, 29), "UTC", datetime(2028, 3, 1, tzinfo=UTC), id="leap day"),
        pytest.param(
            date(2011, 12, 29), "Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC), id="before a lost day"
        ),
        pytest.param(date(2026, 5, 1), "Europe/Moscow", datetime(2026, 5, 1, 21, tzinfo=UTC), id="no clock changes"),
    ],
)
def test_ends_of_days(day: date, zone: str, end: datetime) -> None:
    assert end_of_local_day(day, ZoneInfo(zone)) == end


def test_days_are_counted_on_the_local_calendar() -> None:
    late = datetime(2026, 3, 15, 23, 30, tzinfo=UTC)  # the 16th in Berlin
    assert days_later(late, 14, ZoneInfo("Europe/Berlin")) == datetime(2026, 3, 30, 22, tzinfo=UTC)
    assert days_later(late, 14, ZoneInfo("UTC")) == datetime(2026, 3, 30, tzinfo=UTC)


def test_an_instant_without_an_offset_is_utc() -> None:
    assert parse_instant("2026-01-01T00:00:00") == parse_instant("2026-01-01T03:00:00+03:00")
