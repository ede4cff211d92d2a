"""Why a member can have a reward or not, and what is lacking, in numbers and in words."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from saleor_crm_app.kernel.ids import ProgramId, RewardId, new_id
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.points import Balance
from saleor_crm_app.loyalty.program import Program, Rate
from saleor_crm_app.loyalty.rewards import MemberState, Reward, judge_reward
from saleor_crm_app.loyalty.rules import Language
from tests.loyalty.ledger_acts import DAY
from tests.shop import NOON

PROGRAM = Program(
    id=ProgramId(new_id()),
    name="Points",
    currency="EUR",
    zone=ZoneInfo("Europe/Moscow"),
    version=1,
    earn=Rate(1, 100),
    burn=Rate(100, 100),
    confirm_after_days=14,
    earn_staff_orders=False,
)


def reward(*, stock_left: int | None = None, committed: int = 0, **terms: Any) -> Reward:  # noqa: ANN401 # any term's
    effect = {"kind": "FIXED_AMOUNT", "amount": 500}
    return Reward(
        id=RewardId(new_id()),
        program=PROGRAM.id,
        version=1,
        terms=rewards.read_terms({"effect": effect, "words": {"name": "5 off"}, "points": 500, **terms}),
        stock_left=stock_left,
        committed=committed,
        made_at=NOON,
    )


def member(available: int = 500, *, deficit: int = 0, **other: Any) -> MemberState:  # noqa: ANN401 # any of its parts
    balance = Balance(
        available=Points(available),
        pending=Points(0),
        held=Points(0),
        spent=Points(0),
        expired=Points(0),
        deficit=Points(deficit),
    )
    return MemberState(balance=balance, **other)


def told(what: Reward, who: MemberState, language: Language) -> tuple[bool, list[str], list[str]]:
    """Whether it can be had, why, and what lacks, in words."""
    chance = judge_reward(what, PROGRAM, who, at=NOON)
    return (
        chance.affordable,
        [rewards.wording.reason_words(one, language, currency="EUR") for one in chance.reasons],
        [rewards.wording.gap_words(one, language, currency="EUR", zone=PROGRAM.zone) for one in chance.missing],
    )


@pytest.mark.parametrize(
    ("what", "who", "english", "russian"),
    [
        (
            reward(min_spent=740),
            member(),
            (True, ["You have enough points.", "Good for orders from 7.40 EUR on."], []),
            (True, ["У вас достаточно баллов.", "Действует для заказов от 7,40 EUR."], []),
        ),
        (reward(), member(499), (False, [], ["1 point more"]), (False, [], ["Ещё 1 балл"])),
        (
            reward(starts_at="2026-03-02T22:00:00Z"),
            member(),
            (False, ["You have enough points."], ["From 2026-03-03 on"]),
            (False, ["У вас достаточно баллов."], ["С 03.03.2026"]),
        ),
        (
            reward(stock_left=0, points=0),
            member(),
            (False, ["It is sold out.", "It costs no points."], []),
            (False, ["Награды закончились.", "Баллы не нужны."], []),
        ),
        (
            reward(budget=1_000, committed=600),
            member(),
            (False, ["It is sold out.", "You have enough points."], []),
            (False, ["Награды закончились.", "У вас достаточно баллов."], []),
        ),
        (
            reward(tiers=["gold", "black"]),
            member(tier="silver"),
            (False, ["You have enough points."], ["For members of: gold, black"]),
            (False, ["У вас достаточно баллов."], ["Для участников уровней: gold, black"]),
        ),
        (
            reward(tiers=["gold"]),
            member(tier="gold"),
            (True, ["You have enough points.", "It is for members of your tier."], []),
            (True, ["У вас достаточно баллов.", "Это для участников вашего уровня."], []),
        ),
        (
            reward(),
            member(deficit=22, is_held=True),
            (
                False,
                [
                    "Your account is being reviewed.",
                    "22 points have to be earned again first.",
                    "You have enough points.",
                ],
                [],
            ),
            (
                False,
                ["Ваш счёт проверяется.", "Сначала нужно снова накопить 22 балла.", "У вас достаточно баллов."],
                [],
            ),
        ),
    ],
)
def test_reasons_and_gaps_are_told_in_two_languages(
    what: Reward,
    who: MemberState,
    english: tuple[bool, list[str], list[str]],
    russian: tuple[bool, list[str], list[str]],
) -> None:
    assert told(what, who, Language.EN) == english
    assert told(what, who, Language.RU) == russian


def test_a_limit_tells_when_one_may_again() -> None:
    what = reward(limits=[{"times": 1, "days": 30}])
    who = member(had={what.id: [NOON - 10 * DAY]})
    assert told(what, who, Language.EN) == (
        False,
        ["You have had it as often as one may.", "You have enough points."],
        ["From 2026-03-21 on"],
    )
    assert judge_reward(what, PROGRAM, who, at=NOON + 20 * DAY).affordable


@pytest.mark.parametrize("times", [1, 2, 3])
def test_the_limit_that_holds_longest_counts(times: int) -> None:
    what = reward(limits=[{"times": times, "days": 7}, {"times": 3}])
    had = [NOON - timedelta(hours=hours) for hours in range(times)]
    chance = judge_reward(what, PROGRAM, member(had={what.id: had}), at=NOON)
    assert not chance.affordable
    assert len(chance.missing) == (0 if times == 3 else 1)


def test_a_paused_program_gives_nothing() -> None:
    chance = judge_reward(reward(), replace(PROGRAM, paused_at=NOON), member(), at=NOON)
    assert (chance.affordable, chance.reasons[0].code) == (False, "PROGRAM_PAUSED")
