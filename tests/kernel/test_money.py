"""Amounts are read exactly or not at all."""

from decimal import Decimal

import pytest

from saleor_crm_app.kernel.money import MinorUnits, Money, minor_units


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("3.98", "USD", 398),
        ("5.0", "EUR", 500),
        ("3.9800000", "EUR", 398),
        ("100.0", "JPY", 100),
        ("1.234", "KWD", 1234),
    ],
)
def test_reads_minor_units(amount: str, currency: str, minor: int) -> None:
    assert minor_units(Decimal(amount), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("-0.01", "EUR"), ("0.001", "EUR"), ("0.5", "JPY"), ("1e20", "EUR"), ("NaN", "EUR"), ("Infinity", "EUR")],
)
def test_refuses_what_is_no_amount(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match=currency if amount != "0.001" else "decimals"):
        minor_units(Decimal(amount), currency)


def test_writes_major_units() -> None:
    assert [Money(MinorUnits(1234), currency).amount for currency in ("EUR", "JPY", "KWD")] == [
        Decimal("12.34"),
        Decimal(1234),
        Decimal("1.234"),
    ]
