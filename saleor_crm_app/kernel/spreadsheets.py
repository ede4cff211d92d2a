"""Tables as CSV that spreadsheets open without harm: RFC 4180 lines, and no text that would run as a formula."""

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Final

BYTE_ORDER_MARK: Final = "\ufeff"
"""Put before the first line it has spreadsheets read the file as UTF-8."""

_FORMULA_STARTS: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def cell(value: object) -> str:
    """A value as a cell says it. Numbers are plain and instants ISO 8601; nothing is an empty cell.

    Text that a spreadsheet would take for a formula gets an apostrophe before it; a number is none, even below zero.
    """
    match value:
        case None:
            return ""
        case bool() | int() | Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def csv_lines(rows: Iterable[Iterable[object]]) -> str:
    """Rows as lines of CSV, each with its end."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([cell(value) for value in row] for row in rows)
    return written.getvalue()
