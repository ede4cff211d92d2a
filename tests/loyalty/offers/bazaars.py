"""Made-up campaigns for laws that hold of all: rewards, budgets, days, limits and answers in every combination."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.shop import NOON

EFFECTS = {
    "DISCOUNT": {"kind": "FIXED_AMOUNT", "amount": 500},
    "WIN_BACK": {"kind": "PERCENTAGE", "percent": 10},
    "FREE_SHIPPING": {"kind": "FREE_SHIPPING"},
    "GIFT": {"kind": "CUSTOM"},
    "EARLY_ACCESS": {"kind": "CUSTOM"},
}
"""Kinds of offers, each with an effect that goes with it."""

TOMORROW, LONG_AGO = NOON.replace(day=2).isoformat(), NOON.replace(month=1).isoformat()
TIMES: list[dict[str, str]] = [
    *({} for _ in range(9)),
    {"starts_at": LONG_AGO, "ends_at": TOMORROW},
    {"starts_at": TOMORROW},
    {"ends_at": NOON.isoformat()},
]
"""When a reward can be had."""
DAYS: list[dict[str, str]] = [
    *({} for _ in range(9)),
    {"starts_on": "2026-03-01", "ends_on": "2026-03-01"},
    {"starts_on": "2026-03-02"},
    {"ends_on": "2026-02-28"},
]
"""When a campaign is on."""


@dataclass(frozen=True)
class Bazaar:
    """Rewards with kinds of offers that bring them, campaigns of offers by the rewards' places, and what happens."""

    rewards: list[tuple[str, dict[str, Any]]]
    campaigns: list[tuple[dict[str, Any], list[dict[str, Any]]]]
    customer: int
    taken_before: list[int]
    is_paused: bool


def _document(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these parts; what is None is left out."""
    return st.fixed_dictionaries(parts).map(
        lambda found: {name: part for name, part in found.items() if part is not None}
    )


def seldom(*values: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 # a part of any kind
    """One of these in one case of four, since a reward with every hindrance at once tells little."""
    return st.sampled_from([*[None] * 3 * len(values), *values])


def limits() -> st.SearchStrategy[list[dict[str, int]] | None]:
    return st.sampled_from([None, [{"times": 1}], [{"times": 2, "days": 7}]])


@st.composite
def rewards(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    kind = draw(st.sampled_from(sorted(EFFECTS)))
    terms = draw(
        _document(
            points=st.sampled_from([0, 0, 0, 50, 100, 300]),
            is_claimable=st.booleans(),
            stock=seldom(0, 1, 2),
            budget=seldom(499, 500, 1000),
            cost=seldom(0, 700),
            limits=limits(),
            channels=seldom(["elsewhere"], ["default-channel"]),
            tiers=seldom(["silver"]),
        )
    )
    if "points" in terms and not terms["points"] and draw(st.integers(0, 4)) == 0:
        terms |= {"given_on": ["BIRTHDAY"]}
    return kind, {"effect": EFFECTS[kind], "words": {"name": "It"}, **terms, **draw(st.sampled_from(TIMES))}


@st.composite
def bazaars(draw: st.DrawFn, *, customers: int) -> Bazaar:
    made = draw(st.lists(rewards(), min_size=2, max_size=4))
    offer = _document(
        reward=st.sampled_from([*range(len(made)), *range(len(made)), None]),
        limits=limits(),
        worth=st.integers(1, 5000),
    )
    of_campaign = _document(
        budget=st.sampled_from([None, 1, 500, 700, 1200]),
        priority=st.sampled_from([0, 0, 1]),
    )
    dated = st.tuples(of_campaign, st.sampled_from(DAYS)).map(lambda both: both[0] | both[1])
    campaign = st.tuples(dated, st.lists(offer, min_size=1, max_size=4))
    return Bazaar(
        rewards=made,
        campaigns=draw(st.lists(campaign, min_size=1, max_size=3)),
        customer=draw(st.integers(0, customers - 1)),
        taken_before=draw(st.lists(st.integers(0, 5), max_size=5)),
        is_paused=draw(st.integers(0, 19)) == 7,
    )


def document(offer: dict[str, Any], made: list[tuple[str, Any]]) -> dict[str, Any]:
    """An offer's terms with the kind that goes with its reward; one without a reward reminds of what there is."""
    place = offer.get("reward")
    if place is None:
        return {**offer, "kind": "REWARD_REMINDER"}
    kind, reward = made[place]
    return {**offer, "reward": reward, "kind": kind, "words": {"title": "This"}}
