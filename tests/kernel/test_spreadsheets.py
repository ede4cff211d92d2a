"""CSV as spreadsheets read it back, without a cell that runs."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from saleor_crm_app.kernel.spreadsheets import cell, csv_lines


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "=HYPERLINK(1)", "\uff1d1", "\uff201"],
)
def test_text_that_would_run_gets_an_apostrophe(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (-25, "-25"),
        (0, "0"),
        (Decimal("-1.50"), "-1.50"),
        ("a=b", "a=b"),
        ("", ""),
        (date(2026, 3, 1), "2026-03-01"),
        (datetime(2026, 3, 1, 12, tzinfo=UTC), "2026-03-01T12:00:00+00:00"),
    ],
)
def test_other_values_stay_as_they_are(value: object, text: str) -> None:
    assert cell(value) == text


def test_lines_are_read_back_as_they_were_written() -> None:
    rows = [("a", 'says "no", twice', "two\nlines"), ("é", None, -3)]
    text = csv_lines(rows)
    assert text.count("\r\n") == 2
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["a", 'says "no", twice', "two\nlines"], ["é", "", "-3"]]
