"""Logs name requests, shops and events, and never a secret or a person."""

import io
import json
import logging

import pytest

from saleor_crm_app.kernel.telemetry import HIDDEN, configure_logging, logger

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJ1c2VyX2lkIjoiVXNlcjo2In0.c2lnbmF0dXJl"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a process that configured logging writes to stderr."""
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    configure_logging("INFO")
    return written


@pytest.mark.parametrize(
    "secret",
    [
        TOKEN,
        f"Bearer {TOKEN}",
        "anna@example.com",
        "postgresql://crm:hunter2@db.example/crm",
        "JWT abc.def.ghi",
    ],
)
def test_hides_secrets_in_any_text(lines: io.StringIO, secret: str) -> None:
    logger("test").warning("failed", reason=f"could not use {secret} there")
    logging.getLogger("some.package").error("could not use %s there", secret)
    for part in (TOKEN, "anna@example.com", "hunter2", "abc.def.ghi"):
        assert part not in lines.getvalue()
    assert lines.getvalue().count(HIDDEN) >= 2


@pytest.mark.parametrize("key", ["token", "auth_token", "authorization", "saleor_signature", "password", "email"])
def test_hides_values_under_telling_keys(lines: io.StringIO, key: str) -> None:
    logger("test").info("seen", **{key: "plain"})
    assert json.loads(lines.getvalue())[key] == HIDDEN


def test_hides_what_an_exception_says(lines: io.StringIO) -> None:
    try:
        int(f"bad token {TOKEN}")
    except ValueError:
        logger("test").exception("failed")
    assert TOKEN not in lines.getvalue()


def test_one_json_line_per_event(lines: io.StringIO) -> None:
    logger("test").info("stored", installation="shop-1", kind="OrderPaid")
    line = json.loads(lines.getvalue())
    assert (line["event"], line["kind"], line["installation"], line["level"]) == (
        "stored",
        "OrderPaid",
        "shop-1",
        "info",
    )
