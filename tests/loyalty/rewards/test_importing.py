"""Which codes from elsewhere may be taken in, seen by themselves."""

import pytest

from saleor_crm_app.loyalty.rewards.importing import (
    LONGEST,
    SENTENCES,
    SHORTEST_FOR_ALL,
    BadCode,
    Fault,
    fault_of,
    sift,
)


@pytest.mark.parametrize(
    "text", ["ABC123", "abc-123", "A_B.C-1", "a" * LONGEST, "ВЕСНА10", "SPRING-4F7K-0XQZ-99AB", "éclair"]
)
def test_letters_and_digits_are_good_with_signs_between_them(text: str) -> None:
    assert fault_of(text) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", Fault.TOO_SHORT),
        ("ABC12", Fault.TOO_SHORT),
        ("a" * (LONGEST + 1), Fault.TOO_LONG),
        ("-ABC123", Fault.BAD_CHARACTERS),
        ("ABC123_", Fault.BAD_CHARACTERS),
        ("=1+1+1+1", Fault.BAD_CHARACTERS),
        ("ABC 123", Fault.BAD_CHARACTERS),
        ("ABC\t123", Fault.BAD_CHARACTERS),
        ("ABC\x00123", Fault.BAD_CHARACTERS),
        ("ABC123\n", Fault.BAD_CHARACTERS),
        ("ABC/123", Fault.BAD_CHARACTERS),
        ("\u200bABC123", Fault.BAD_CHARACTERS),
        ("e\u0301clair", Fault.BAD_CHARACTERS),  # the same letters as another text
        ("\uff21BC123", Fault.BAD_CHARACTERS),
    ],
)
def test_anything_else_has_a_fault(text: str, fault: Fault) -> None:
    assert fault_of(text) is fault


def test_a_code_for_all_may_be_shorter_since_everybody_knows_it() -> None:
    assert fault_of("TEN") is Fault.TOO_SHORT
    assert fault_of("TEN", shortest=SHORTEST_FOR_ALL) is None


def test_rows_are_counted_from_one_and_the_second_of_two_alike_is_bad() -> None:
    good, bad = sift([" ABC123 ", "x", "abc123", "DEF456"])
    assert good == {1: "ABC123", 4: "DEF456"}
    assert bad == [BadCode(2, Fault.TOO_SHORT), BadCode(3, Fault.DOUBLED)]


def test_each_fault_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Fault)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())
