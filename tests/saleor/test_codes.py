"""Codes that are worth money: as random as sixty bits can be, in letters that nobody mistakes."""

import re
import secrets
from collections import Counter

import pytest

from saleor_crm_app.saleor.codes import ALPHABET, new_code, new_codes

MILLION = 1_000_000
FAR_OFF = 110.0
"""A chi-square of 31 degrees of freedom is larger once in a thousand million times."""


def letters_of(code: str) -> str:
    return code.replace("-", "")


def test_a_million_codes_never_repeat_and_no_letter_is_favored() -> None:
    made = [letters_of(code) for _ in range(10) for code in new_codes(MILLION // 10)]
    assert len(set(made)) == MILLION
    text = "".join(made)
    assert len(text) == 12 * MILLION
    expected = MILLION / len(ALPHABET)
    for place in range(12):
        found = Counter(text[place::12])
        assert found.keys() == set(ALPHABET)
        assert sum((number - expected) ** 2 / expected for number in found.values()) < FAR_OFF
    # neighbors are drawn apart from each other, also where one draw of letters ends and the next begins
    for place in (0, 3, 7):
        pairs = Counter(zip(text[place::12], text[place + 1 :: 12], strict=True))
        often = MILLION / len(ALPHABET) ** 2
        assert sum((number - often) ** 2 / often for number in pairs.values()) < 1023 + 7 * (2 * 1023) ** 0.5


def test_letters_that_are_mistaken_for_others_are_left_out() -> None:
    assert len(ALPHABET) == 32
    assert set("ILOU") & set(ALPHABET) == set()
    assert all(set(letters_of(code)) <= set(ALPHABET) for code in new_codes(1000))


@pytest.mark.parametrize(
    ("drawn", "code"),
    [
        (0, "0000-0000-0000"),
        (2**60 - 1, "ZZZZ-ZZZZ-ZZZZ"),
        (1, "0000-0000-0001"),
        (2**59, "G000-0000-0000"),
        (sum(place << 5 * (11 - place) for place in range(12)), "0123-4567-89AB"),
    ],
)
def test_every_one_of_sixty_bits_is_in_the_code(monkeypatch: pytest.MonkeyPatch, drawn: int, code: str) -> None:
    asked: list[int] = []

    def draw(bits: int) -> int:
        asked.append(bits)
        return drawn

    monkeypatch.setattr(secrets, "randbits", draw)
    assert new_code() == code
    assert asked == [60]


def test_a_prefix_stands_before_the_letters() -> None:
    assert re.fullmatch(r"SPRING-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", new_code("SPRING"))
    assert all(code.startswith("X-") for code in new_codes(3, "X"))


def test_codes_made_together_are_never_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter([5, 5, 6, 5, 7])
    monkeypatch.setattr(secrets, "randbits", lambda _bits: next(draws))
    assert new_codes(3) == ["0000-0000-0005", "0000-0000-0006", "0000-0000-0007"]
    assert new_codes(0) == []
