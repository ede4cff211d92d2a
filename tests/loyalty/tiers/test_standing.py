"""Climbing at once, falling one step after notice and grace, and what protects from it."""

from dataclasses import replace
from datetime import UTC, datetime

from saleor_crm_app.loyalty.tiers.counts import Counts
from saleor_crm_app.loyalty.tiers.ladder import Plan, successors_of
from saleor_crm_app.loyalty.tiers.needs import needed_to_climb, needed_to_keep
from saleor_crm_app.loyalty.tiers.standing import Followed, Reason, Standing, follow, loses_at
from tests.loyalty.tiers.ladders import (
    BASE,
    GOLD,
    PLAN,
    SILVER,
    START,
    UTC_DAYS,
    by_calendar,
    day,
    ladder,
    way,
)

YEAR = 365


def told(found: Followed) -> list[tuple[str, str | None, datetime]]:
    """Every step: why, to which tier, from when."""
    return [(step.reason.value, step.tier, step.holds_from) for step in found.steps]


def lacks(bought: list[tuple[int, int]], standing: Standing, *, at: int) -> tuple[int | None, int | None]:
    """To keep, to climb."""
    counts = Counts((day(number), amount) for number, amount in bought)
    keep = needed_to_keep(standing, ladder(), counts, zone=UTC_DAYS, at=day(at))
    climb = needed_to_climb(standing, ladder(), counts, zone=UTC_DAYS, at=day(at))
    return None if keep is None else keep.lacking, None if climb is None else climb.lacking


def test_who_has_bought_nothing_stands_where_nothing_is_needed() -> None:
    found = way([], to=10)
    assert (told(found), found.standing.tier, found.standing.since, found.look_at) == ([], "base", START, None)


def test_a_threshold_reached_to_the_cent_is_a_promotion_at_that_instant() -> None:
    assert told(way([(5, 6_000), (9, 3_999)], to=20)) == []
    assert told(way([(5, 6_000), (9, 4_000)], to=20)) == [("PROMOTED", "silver", day(9))]


def test_one_large_order_climbs_as_high_as_it_reaches() -> None:
    found = way([(5, 60_000)], to=20)
    assert told(found) == [("PROMOTED", "gold", day(5))]
    assert (found.standing.until, found.look_at) == (datetime(2027, 1, 6, 12, tzinfo=UTC),) * 2


def test_what_was_bought_before_the_ladder_places_a_member_at_its_start() -> None:
    assert told(way([(-100, 20_000)], to=20)) == [("START", "silver", START)]
    assert told(way([(-400, 20_000)], to=20)) == []


def test_the_way_is_the_same_in_many_parts() -> None:
    bought = [(5, 12_000), (40, 30_000), (41, 9_000), (300, 60_000)]
    standing, steps = None, []
    for number in range(0, 400, 7):
        found = way(bought, to=number, standing=standing)
        standing = found.standing
        steps += told(found)
    assert steps == told(way(bought, to=399))
    assert [step[:2] for step in steps] == [("PROMOTED", "silver"), ("PROMOTED", "gold")]


def test_a_tier_is_kept_for_twelve_months_and_then_measured_again() -> None:
    enough = [(5, 12_000), (200, 10_000)]
    found = way(enough, to=5 + YEAR)
    assert told(found)[1:] == [("KEPT", "silver", day(5 + YEAR))]
    assert found.standing.until == datetime(2028, 1, 6, 12, tzinfo=UTC)


def test_too_little_brings_a_notice_and_the_tier_stays_through_notice_and_grace() -> None:
    bought = [(5, 60_000), (200, 12_000)]
    noticed = way(bought, to=5 + YEAR)
    assert told(noticed)[1:] == [("NOTICED", "gold", day(5 + YEAR))]
    loses = loses_at(noticed.standing, ladder(), UTC_DAYS)
    assert loses == noticed.look_at == datetime(2027, 3, 8, tzinfo=UTC)
    assert told(way(bought, to=5 + YEAR + 59, standing=noticed.standing)) == []


def test_after_grace_it_is_one_step_down_whatever_little_was_bought() -> None:
    noticed = way([(5, 60_000)], to=5 + YEAR)
    fallen = way([(5, 60_000)], to=5 + YEAR + 70, standing=noticed.standing)
    assert told(fallen) == [("DEMOTED", "silver", datetime(2027, 3, 8, tzinfo=UTC))]
    assert fallen.standing.until == datetime(2028, 3, 8, tzinfo=UTC)


def test_nobody_falls_without_having_been_told_however_late_it_is() -> None:
    found = way([(5, 60_000)], to=5 + 3 * YEAR)
    assert told(found)[1:] == [("NOTICED", "gold", day(5 + 3 * YEAR))]


def test_what_is_bought_after_the_notice_keeps_the_tier_for_the_whole_term() -> None:
    noticed = way([(5, 60_000), (200, 45_000)], to=5 + YEAR)
    assert lacks([(5, 60_000), (200, 45_000)], noticed.standing, at=5 + YEAR)[0] == 5_000
    saved = way([(5, 60_000), (200, 45_000), (400, 5_000)], to=5 + YEAR + 70, standing=noticed.standing)
    assert told(saved) == [("KEPT", "gold", day(400))]
    assert (saved.standing.notice_at, saved.standing.until) == (None, datetime(2028, 1, 6, 12, tzinfo=UTC))


def test_a_refund_that_takes_the_ground_away_is_noticed_at_once() -> None:
    gold = way([(5, 60_000)], to=10).standing
    refunded = way([(5, 45_000)], to=12, standing=gold)
    assert told(refunded) == [("NOTICED", "gold", day(12))]
    # bought anew within notice and grace: all is well, to the same date as before
    mended = way([(5, 45_000), (30, 5_000)], to=40, standing=refunded.standing)
    assert told(mended) == [("KEPT", "gold", day(30))]
    assert mended.standing.until == gold.until


def test_a_refund_above_the_threshold_changes_nothing() -> None:
    gold = way([(5, 60_000)], to=10).standing
    assert told(way([(5, 50_000)], to=12, standing=gold)) == []


def test_a_protected_member_is_not_told_and_does_not_fall() -> None:
    gold = replace(way([(5, 60_000)], to=10).standing, protected_until=day(600), reason=Reason.PROTECTED)
    kept = way([(5, 60_000)], to=599, standing=gold)
    assert (told(kept), kept.look_at) == ([], day(600))
    assert told(way([(5, 60_000)], to=600, standing=gold)) == [("NOTICED", "gold", day(600))]


def test_whom_staff_have_set_lower_climbs_again_with_the_next_purchase_only() -> None:
    set_back = replace(
        way([(5, 60_000)], to=10).standing,
        tier=SILVER.code,
        reason=Reason.STAFF,
        holds_from=day(10),
        ground=None,
    )
    assert told(way([(5, 60_000)], to=50, standing=set_back)) == []
    assert told(way([(5, 60_000), (60, 1)], to=61, standing=set_back)) == [("PROMOTED", "gold", day(60))]


def test_the_base_is_never_measured_nor_is_who_has_no_tier() -> None:
    assert way([(5, 100)], to=3 * YEAR).standing.until is None
    without_base = ladder(Plan(tiers=(SILVER, GOLD)))
    found = way([(5, 100)], to=3 * YEAR, on=without_base)
    assert (found.standing.tier, found.standing.until, told(found)) == (None, None, [])
    noticed = way([(5, 12_000)], to=5 + YEAR, on=without_base)
    fallen = way([(5, 12_000)], to=5 + YEAR + 70, on=without_base, standing=noticed.standing)
    assert [step[:2] for step in told(fallen)] == [("DEMOTED", None)]


def test_a_calendar_year_counts_to_its_last_instant_and_keeps_through_the_next() -> None:
    on = ladder(by_calendar())
    end_of_year = datetime(2027, 1, 1, tzinfo=UTC)
    counts = Counts([(datetime(2026, 3, 1, tzinfo=UTC), 9_000), (end_of_year, 1_000)])
    found = follow(None, on, counts, zone=UTC_DAYS, joined=START, at=day(YEAR + 30))
    assert told(found) == [("PROMOTED", "silver", end_of_year)]
    assert found.standing.until == datetime(2028, 1, 1, tzinfo=UTC)
    late = Counts([(datetime(2026, 3, 1, tzinfo=UTC), 9_000), (datetime(2027, 1, 2, tzinfo=UTC), 1_000)])
    assert follow(None, on, late, zone=UTC_DAYS, joined=START, at=day(YEAR + 30)).steps == ()


def test_a_new_ladder_takes_no_tier_away_before_its_term() -> None:
    silver = way([(5, 12_000)], to=10).standing
    dearer = ladder(Plan(tiers=(BASE, replace(SILVER, threshold=30_000), GOLD)), version=2, live=20)
    kept = way([(5, 12_000)], to=100, on=dearer, standing=silver)
    assert (told(kept), kept.look_at) == ([], silver.until)
    assert told(way([(5, 12_000)], to=5 + YEAR, on=dearer, standing=silver)) == [("NOTICED", "silver", day(5 + YEAR))]


def test_a_cheaper_ladder_promotes_when_it_goes_live() -> None:
    silver = way([(5, 12_000)], to=10).standing
    cheaper = ladder(Plan(tiers=(BASE, SILVER, replace(GOLD, threshold=11_000))), version=2, live=20)
    assert told(way([(5, 12_000)], to=30, on=cheaper, standing=silver)) == [("PROMOTED", "gold", day(20))]


def test_who_stood_on_a_rung_that_is_gone_stands_on_the_next_lower() -> None:
    gold = way([(5, 50_000)], to=10).standing
    lower = Plan(tiers=(BASE, SILVER))
    shorter = replace(ladder(lower, version=2, live=20), successors=successors_of(ladder(), lower))
    assert shorter.successors == {"gold": "silver"}
    assert told(way([(5, 50_000)], to=30, on=shorter, standing=gold)) == [("LADDER", "silver", day(20))]


def test_successors_follow_through_several_versions() -> None:
    second = Plan(tiers=(BASE, SILVER))
    before = replace(ladder(second, version=2), successors=successors_of(ladder(), second))
    assert successors_of(before, Plan(tiers=(BASE,))) == {"silver": "base", "gold": "base"}
    assert successors_of(before, Plan(tiers=(GOLD,))) == {"base": None, "silver": None}


def test_needs_name_the_lack_to_the_cent() -> None:
    bought = [(5, 12_000), (50, 1)]
    silver = way(bought, to=60).standing
    assert lacks(bought, silver, at=60) == (9_999, 37_999)
    assert lacks(bought, silver, at=200) == (9_999, 37_999)
    gold = way([(5, 60_000)], to=10).standing
    assert lacks([(5, 60_000)], gold, at=10) == (50_000, None)
    assert lacks([], way([], to=10).standing, at=10) == (None, 10_000)


def test_the_plan_of_these_tests_has_the_usual_terms() -> None:
    assert (PLAN.keep_months, PLAN.notice_days, PLAN.grace_days, PLAN.window.months) == (12, 30, 30, 12)


def test_an_order_that_comes_late_dates_the_rise_earlier_but_a_refund_never_later() -> None:
    risen = way([(50, 60_000)], to=60).standing
    earlier = way([(20, 50_000), (50, 60_000)], to=60, standing=risen)
    assert told(earlier) == [("PROMOTED", "gold", day(20))]
    assert told(way([(20, 50_000), (50, 60_000)], to=60, standing=earlier.standing)) == []
    # what was learnt is taken back: the ground is there still by the second order
    assert told(way([(20, 1), (50, 60_000)], to=60, standing=earlier.standing)) == []


def test_a_late_order_puts_a_lower_tier_before_the_higher() -> None:
    risen = way([(50, 60_000)], to=60).standing
    earlier = way([(20, 12_000), (50, 60_000)], to=60, standing=risen)
    assert told(earlier) == [("PROMOTED", "silver", day(20)), ("PROMOTED", "gold", day(50))]
