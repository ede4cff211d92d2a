"""Versions are pairs of numbers."""

import pytest

from saleor_crm_app.saleor.versions import SaleorVersion, UnsupportedVersion


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("3.2", (3, 2)),
        ("3.20", (3, 20)),
        ("3.23", (3, 23)),
        ("3.23.28", (3, 23)),
        ("3.24.0-a.1", (3, 24)),
        ("4.0", (4, 0)),
        (" 3.22 ", (3, 22)),
    ],
)
def test_reads_major_and_minor(text: str, version: tuple[int, int]) -> None:
    assert SaleorVersion.parse(text) == version


def test_twenty_is_more_than_two() -> None:
    assert SaleorVersion.parse("3.2") < SaleorVersion.parse("3.9") < SaleorVersion.parse("3.20")


@pytest.mark.parametrize("text", ["", "3", "3.", "v3.23", "3.x", "three", "3.23" + "9" * 99, "3,23", "٣.٢٣", "-3.1"])
def test_refuses_what_is_no_version(text: str) -> None:
    with pytest.raises(UnsupportedVersion):
        SaleorVersion.parse(text)
