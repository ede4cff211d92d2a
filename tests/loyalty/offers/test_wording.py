"""Every reason, gap and kind has its words in both languages, with the right numbers, plurals and one full stop."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from saleor_crm_app.kernel.ids import ProgramId, RewardId
from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.offers import CampaignId, Lack, Lacking, Offer, OfferId, OfferKind, Said, Why, wording
from saleor_crm_app.loyalty.offers.fitting import Fit
from saleor_crm_app.loyalty.offers.terms import OfferTerms, OfferWords
from saleor_crm_app.loyalty.program import Program, Rate
from saleor_crm_app.loyalty.rewards import Reward, read_terms
from saleor_crm_app.loyalty.rules import Language, PublishedRule
from saleor_crm_app.loyalty.rules.document import Order, PerAmount
from saleor_crm_app.loyalty.tiers import Tier, TierCode

AT = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
PROGRAM = Program(
    id=ProgramId(UUID(int=1)),
    name="Club",
    currency="EUR",
    zone=ZoneInfo("Europe/Berlin"),
    version=1,
    earn=Rate(1, 100),
    burn=Rate(100, 100),
    confirm_after_days=14,
    earn_staff_orders=False,
)
REWARD = Reward(
    id=RewardId(UUID(int=2)),
    program=PROGRAM.id,
    version=1,
    terms=read_terms(
        {
            "effect": {"kind": "FIXED_AMOUNT", "amount": 500},
            "words": {"name": "Five off", "description": "Off any order", "small_print": "Once"},
            "translations": {"RU": {"name": "Скидка 5"}},
        }
    ),
    stock_left=None,
    committed=0,
    made_at=AT,
)
GOLD = Tier(code=TierCode("gold"), name="Gold", threshold=50_000, names={"RU": "Золото"})
DOUBLE = PublishedRule(id="double", version=1, name="Double", when=Order(), then=PerAmount(points=2, minor=100))
BLANKS: dict[str, Any] = {
    "points": 21,
    "amount": 2050,
    "days": 41,
    "at": AT,
    "reward": REWARD,
    "tier": GOLD,
    "missing": Lacking(what=Lack.SPEND, amount=740),
    "rule": DOUBLE,
}
LANGUAGES = ["EN", "RU"]


def offer(kind: OfferKind, **terms: Any) -> Offer:  # noqa: ANN401 # any term's
    made = OfferTerms(kind=kind, **terms)
    return Offer(
        id=OfferId(UUID(int=3)), campaign=CampaignId(UUID(int=4)), program=PROGRAM.id, version=1, terms=made, made_at=AT
    )


def said(why: Why, language: str, **blanks: Any) -> str:  # noqa: ANN401 # any blank's
    return wording.reason_words(Said(why, BLANKS | blanks), PROGRAM, language)


def titled(why: Why, language: str, **blanks: Any) -> str:  # noqa: ANN401 # any blank's
    found = Fit(reasons=(), about=Said(why, BLANKS | blanks))
    return wording.words_of(offer(OfferKind.REWARD_REMINDER), found, None, PROGRAM, language).title


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_is_a_sentence_without_blanks(language: str) -> None:
    for why in Why:
        text = said(why, language)
        assert not text[0].islower()
        assert text.endswith(".")
        assert not set(text) & set("{}[]")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_ends_twice(language: str) -> None:
    assert [why for why in Why if ".." in said(why, language)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_gap_is_told(language: str) -> None:
    for lack in Lack:
        text = wording.gap_words(Lacking(what=lack, amount=740, quantity=3), PROGRAM, language)
        assert text == text.strip() != ""
        assert not set(text) & set("{}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(OfferKind))
def test_every_kind_has_a_title_of_staffs_or_of_its_own(kind: OfferKind, language: str) -> None:
    """Bonus points and early access have staff's words, whatever brings a reward has its words at least."""
    written = {"words": OfferWords(title="Ours")} if kind in {"BONUS_POINTS", "EARLY_ACCESS"} else {}
    abouts = {
        "REWARD_REMINDER": [Why.ENOUGH_POINTS, Why.NEARLY_THERE],
        "TIER_NUDGE": [Why.TIER_NEAR],
        "EXPIRING_POINTS": [Why.POINTS_EXPIRE],
        "WIN_BACK": [Why.LONG_AWAY],
    }
    for why in abouts.get(kind, [None]):
        found = Fit(reasons=(), about=None if why is None else Said(why, BLANKS))
        words = wording.words_of(offer(kind, **written), found, REWARD, PROGRAM, language)
        assert words.title
        assert not set(words.title) & set("{}")


def test_languages_differ_in_every_text() -> None:
    for why in Why:
        assert said(why, "EN") != said(why, "RU")
    for lack in Lack:
        lacking = Lacking(what=lack, amount=1, quantity=1)
        assert wording.gap_words(lacking, PROGRAM, "EN") != wording.gap_words(lacking, PROGRAM, "RU")


def test_staffs_words_go_before_the_rewards_and_those_before_none() -> None:
    found = Fit(reasons=())
    written = offer(
        OfferKind.DISCOUNT, words=OfferWords(title="Spring"), translations={"RU": OfferWords(title="Весна")}
    )
    told = [wording.words_of(written, found, REWARD, PROGRAM, code).title for code in ("EN", "RU", "RU_RU", "DE", None)]
    assert told == ["Spring", "Весна", "Весна", "Spring", "Spring"]
    plain = offer(OfferKind.DISCOUNT)
    assert wording.words_of(plain, found, REWARD, PROGRAM, "EN") == OfferWords(
        title="Five off", description="Off any order", small_print="Once"
    )
    assert wording.words_of(plain, found, REWARD, PROGRAM, "RU") == OfferWords(title="Скидка 5")
    half = offer(OfferKind.DISCOUNT, translations={"RU": OfferWords(title="Весна")})
    assert [wording.words_of(half, found, REWARD, PROGRAM, code).title for code in ("RU", "EN")] == [
        "Весна",
        "Five off",
    ]


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("RU", "ru"),
        ("ru", "ru"),
        ("RU_RU", "ru"),
        ("ru-RU", "ru"),
        ("EN", "en"),
        ("DE_AT", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_who_speaks_neither_is_told_in_english(code: str | None, language: str) -> None:
    assert rewards.wording.language_of(code) is Language(language)


@pytest.mark.parametrize(
    ("number", "days", "points", "orders"),
    [
        (0, "0 дней", "0 баллов", "0 заказов"),
        (1, "1 день", "1 балл", "1 заказ"),
        (2, "2 дня", "2 балла", "2 заказа"),
        (4, "4 дня", "4 балла", "4 заказа"),
        (5, "5 дней", "5 баллов", "5 заказов"),
        (11, "11 дней", "11 баллов", "11 заказов"),
        (12, "12 дней", "12 баллов", "12 заказов"),
        (14, "14 дней", "14 баллов", "14 заказов"),
        (21, "21 день", "21 балл", "21 заказ"),
        (22, "22 дня", "22 балла", "22 заказа"),
        (101, "101 день", "101 балл", "101 заказ"),
        (111, "111 дней", "111 баллов", "111 заказов"),
        (112, "112 дней", "112 баллов", "112 заказов"),
        (1024, "1024 дня", "1024 балла", "1024 заказа"),
    ],
)
def test_russian_numbers_have_their_three_forms(number: int, days: str, points: str, orders: str) -> None:
    assert said(Why.LONG_AWAY, "RU", days=number) == f"Последний заказ был {days} назад."
    assert said(Why.COSTS_POINTS, "RU", points=number) == f"Стоимость: {points}."
    lacking = Lacking(what=Lack.ORDERS, quantity=number)
    assert wording.gap_words(lacking, PROGRAM, "RU") == f"Ещё {orders}"
    assert said(Why.TIER_NEAR, "RU", missing=lacking) == f"До уровня Золото осталось: {orders}."


def test_english_numbers_have_two_forms() -> None:
    assert said(Why.LONG_AWAY, "EN", days=1) == "Your last order was 1 day ago."
    assert said(Why.LONG_AWAY, "EN", days=2) == "Your last order was 2 days ago."
    told = [wording.gap_words(Lacking(what=Lack.ORDERS, quantity=number), PROGRAM, "EN") for number in (1, 2)]
    assert told == ["1 order more", "2 orders more"]


def test_one_point_expires_and_two_expire() -> None:
    told = [
        text
        for number in (1, 2)
        for text in (said(Why.POINTS_EXPIRE, "EN", points=number), titled(Why.POINTS_EXPIRE, "EN", points=number))
    ]
    assert [text for text in told if "1 point expire" in text and "1 point expires" not in text] == []
    assert [text for text in told if "2 points expires" in text] == []


def test_a_tier_is_near_by_what_its_ladder_counts() -> None:
    lacks = [
        Lacking(what=Lack.SPEND, amount=740),
        Lacking(what=Lack.ORDERS, quantity=2),
        Lacking(what=Lack.EARNED_POINTS, quantity=2),
    ]
    assert [titled(Why.TIER_NEAR, "EN", missing=one) for one in lacks] == [
        "7.40 EUR to Gold",
        "2 orders to Gold",
        "2 points to Gold",
    ]
    assert [titled(Why.TIER_NEAR, "RU", missing=one) for one in lacks] == [
        "7,40 EUR до уровня Золото",
        "2 заказа до уровня Золото",
        "2 балла до уровня Золото",
    ]


def test_money_is_told_as_its_currency_is_counted() -> None:
    yen = replace(PROGRAM, currency="JPY")
    dinar = replace(PROGRAM, currency="KWD")
    said_amount = Said(Why.FROM_AMOUNT, {"amount": 1500})
    told = [wording.reason_words(said_amount, program, "EN") for program in (PROGRAM, yen, dinar)]
    assert told == [
        "Good for orders from 15.00 EUR on.",
        "Good for orders from 1500 JPY on.",
        "Good for orders from 1.500 KWD on.",
    ]
