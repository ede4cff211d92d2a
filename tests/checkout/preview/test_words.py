"""Reasons are told in both languages with the same blanks, and addresses stand for their owners."""

import re
from datetime import UTC, datetime

import pytest

from saleor_crm_app.checkout.preview.rates import place_of
from saleor_crm_app.checkout.preview.reasons import Said, Why
from saleor_crm_app.checkout.preview.words import _SENTENCES, claim_words, sentence
from saleor_crm_app.loyalty.rewards import GapCode
from saleor_crm_app.loyalty.rewards.wording import _GAPS, _REASONS
from saleor_crm_app.loyalty.rules import Language
from tests.checkout.preview.test_reckoning import program

BLANK = re.compile(r"{\w+}")


def test_every_reason_has_its_words_in_both_languages() -> None:
    english, russian = _SENTENCES[Language.EN], _SENTENCES[Language.RU]
    assert set(english) == set(russian) == set(Why)
    for why in Why:
        assert sorted(BLANK.findall(english[why])) == sorted(BLANK.findall(russian[why]))


def test_every_gap_has_its_words_in_both_languages() -> None:
    assert set(_GAPS[Language.EN]) == set(_GAPS[Language.RU]) == set(GapCode)
    assert set(_REASONS[Language.EN]) == set(_REASONS[Language.RU])


def test_numbers_are_written_as_each_language_does() -> None:
    ends = datetime(2026, 4, 1, tzinfo=UTC)
    first = Said(Why.ENDS_FIRST, {"amount": 740, "at": ends})
    few = Said(Why.TOO_FEW_POINTS, {"points": 21, "least": 101})
    assert [sentence(said, Language.EN, program()) for said in (first, few)] == [
        "It takes 7.40 EUR off, as another does, and ends first: on 2026-04-01.",
        "You have 21 points; at least 101 points have to be spent at once.",
    ]
    assert [sentence(said, Language.RU, program()) for said in (first, few)] == [
        "Даёт скидку 7,40 EUR, как и другой купон, но истекает раньше: 01.04.2026.",
        "У вас 21 балл; за раз нужно потратить не менее 101 балла.",
    ]
    assert claim_words("5 off", 0, 500, language=Language.EN, currency="EUR") == "Claim “5 off” to save 5.00 EUR"


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3::9", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_who_calls_from_where_is_one(address: str, place: str) -> None:
    assert place_of(address) == place
