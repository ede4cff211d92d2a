"""The highest threshold reached always wins, and the least amount is respected: whatever is bought, and when."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_crm_app.loyalty.tiers.ladder import Plan, Tier, TierCode
from saleor_crm_app.loyalty.tiers.standing import Reason, Standing
from tests.loyalty.tiers.ladders import day, ladder, way

thresholds = st.lists(st.integers(0, 1000), min_size=1, max_size=6, unique=True).map(sorted)
purchases = st.lists(st.tuples(st.integers(-500, 1200), st.integers(0, 400)), max_size=12)


def plan_of(least: list[int]) -> Plan:
    tiers = [Tier(code=TierCode(f"t{number}"), name="-", threshold=each) for number, each in enumerate(least)]
    return Plan(tiers=tuple(tiers))


def level_by_hand(least: list[int], amount: int) -> int:
    """Count the thresholds that were reached: they rise."""
    return sum(1 for each in least if amount >= each) - 1


def counted_by_hand(bought: list[tuple[int, int]], *, to: int) -> int:
    """What was bought in the twelve months up to a day at noon, reckoned from the calendar."""
    end = day(to)
    start = end.replace(year=end.year - 1, day=28 if (end.month, end.day) == (2, 29) else end.day)
    return sum(amount for number, amount in bought if start < day(number) <= end)


@settings(max_examples=200, deadline=None)
@given(thresholds, st.integers(0, 2000))
def test_the_highest_threshold_reached_wins(least: list[int], amount: int) -> None:
    assert plan_of(least).reached(amount) == level_by_hand(least, amount)


@settings(max_examples=150, deadline=None)
@given(thresholds, purchases, st.integers(0, 1200))
def test_nobody_stands_lower_than_what_the_last_year_reached(
    least: list[int], bought: list[tuple[int, int]], to: int
) -> None:
    on = ladder(plan_of(least))
    found = way(bought, to=to, on=on)
    assert on.rung(found.standing.tier) >= level_by_hand(least, counted_by_hand(bought, to=to))


@settings(max_examples=150, deadline=None)
@given(thresholds, purchases, st.lists(st.integers(0, 1200), min_size=1, max_size=8).map(sorted))
def test_every_rise_is_to_what_was_reached_then_and_every_fall_is_one_step_of_a_noticed_member(
    least: list[int], bought: list[tuple[int, int]], looks: list[int]
) -> None:
    on = ladder(plan_of(least))
    standing: Standing | None = None
    steps: list[Standing] = []
    for to in looks:
        found = way(bought, to=to, on=on, standing=standing)
        standing = found.standing
        steps += found.steps
    before = on.plan.reached(0)
    told = None
    for step in steps:
        rung = on.rung(step.tier)
        if step.reason in {Reason.PROMOTED, Reason.START}:
            assert step.ground is not None
            assert (rung, rung > before) == (level_by_hand(least, step.ground.counted), True)
        elif step.reason is Reason.DEMOTED:
            assert told is not None
            assert (rung, step.holds_from - told >= timedelta(days=60)) == (before - 1, True)
        else:
            assert rung == before
        told = step.notice_at
        before = rung


@settings(max_examples=100, deadline=None)
@given(thresholds, purchases, st.integers(0, 1200))
def test_looking_twice_changes_nothing(least: list[int], bought: list[tuple[int, int]], to: int) -> None:
    on = ladder(plan_of(least))
    first = way(bought, to=to, on=on)
    again = way(bought, to=to, on=on, standing=first.standing)
    assert (again.steps, again.standing, again.look_at) == ((), first.standing, first.look_at)


@settings(max_examples=150, deadline=None)
@given(
    thresholds,
    st.lists(
        st.tuples(st.integers(-100, 250), st.integers(1, 400)), min_size=1, max_size=8, unique_by=lambda one: one[0]
    ),
    st.randoms(use_true_random=False),
)
def test_whatever_arrives_first_the_tier_of_every_day_is_the_same(
    least: list[int], bought: list[tuple[int, int]], shuffled: Random
) -> None:
    """Within a term, so that nobody has been told of anything yet."""
    on = ladder(plan_of(least))
    late = list(bought)
    shuffled.shuffle(late)
    known: list[tuple[int, int]] = []
    standing: Standing | None = None
    steps: list[Standing] = []
    for one in late:
        known.append(one)
        found = way(known, to=300, on=on, standing=standing)
        standing = found.standing
        steps += found.steps
    in_time = way(bought, to=300, on=on)
    assert [tier_on(steps, number) for number in range(300)] == [
        tier_on(in_time.steps, number) for number in range(300)
    ]
    assert standing is not None
    assert stands(standing) == stands(in_time.standing)


def stands(standing: Standing) -> tuple[object, ...]:
    """All but how much was known to count when it was written down."""
    return standing.tier, standing.since, standing.holds_from, standing.until, standing.reason, standing.notice_at


def tier_on(steps: Sequence[Standing], number: int) -> str | None:
    """The tier on a day, by the last step written down that held then."""
    held = [step.tier for step in steps if step.holds_from <= day(number)]
    return held[-1] if held else None
