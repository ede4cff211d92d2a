"""Advice on a ladder of rewards: the first near, enough of them, even steps, flat worth, and a dream on top."""

from typing import Any

import pytest

from saleor_crm_app.loyalty.rewards import Reward, advise
from tests.loyalty.rewards.test_judging import PROGRAM, reward

TOUR = {"kind": "CUSTOM"}
USUAL = 15_000
"""An order of 150.00, which earns 150 points."""


def rung(points: int, amount: int | None = None, **other: Any) -> Reward:  # noqa: ANN401 # any term's
    return reward(points=points, effect=TOUR if amount is None else {"kind": "FIXED_AMOUNT", "amount": amount}, **other)


GOOD = [rung(200, 200), rung(400, 400), rung(600, 600), rung(800, 800), rung(1000)]


@pytest.mark.parametrize(
    ("ladder", "usual", "codes"),
    [
        (GOOD, USUAL, []),
        ([], USUAL, ["NO_REWARDS"]),
        ([rung(100, given_on=[], is_claimable=False)], USUAL, ["NO_REWARDS"]),
        (GOOD, None, ["NO_ORDERS"]),
        (GOOD, 9_900, ["FIRST_TOO_FAR"]),
        (GOOD[:4], USUAL, ["TOO_FEW", "TOP_IS_MONEY"]),
        ([*GOOD[:4], rung(2000)], USUAL, ["UNEVEN_STEPS"]),
        ([GOOD[0], rung(400, 200), *GOOD[2:]], USUAL, ["WORTH_NOT_FLAT"]),
    ],
)
def test_what_is_amiss_is_named(ladder: list[Reward], usual: int | None, codes: list[str]) -> None:
    assert [one.code.value for one in advise(PROGRAM, ladder, usual_order=usual)] == codes


def test_the_numbers_are_told() -> None:
    [advice] = advise(PROGRAM, GOOD, usual_order=9_900)
    assert advice.text == (
        "The first reward costs 200 points and takes 3 usual orders; a usual order earns 99."
        " Offer one for 198 points or less."
    )
