"""The benchmarks run, and tell figures beside goals; no speed is asserted, for that would only test the machine."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import copurchase, door, durable, expiry, growth, loyalty_me, offers, posting, scoring
from benchmarks.rounds import Go, Ratio, against, interleaved, per_second

ROOT = Path(__file__).parents[2]
NEEDS_NODE = {door.SDK, durable.SDK}


def bench(*words: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks", *words, "--tiny", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)["benchmarks"]
    return told


def test_the_door_is_measured_beside_its_yardsticks() -> None:
    told = bench("P1")
    assert set(told["P1"]["figures"]) | NEEDS_NODE == {door.OURS, door.LOGGED, door.VERIFY} | NEEDS_NODE
    assert told["P1"]["figures"][door.OURS]["req/s"] > 0
    assert {one["goal"] for one in told["P1"]["ratios"]} >= {0.28}


def test_durable_deliveries_and_postings_are_measured_beside_theirs() -> None:
    told = bench("P2", "P4")
    assert set(told["P2"]["figures"]) | NEEDS_NODE == {durable.OURS, durable.PGBENCH} | NEEDS_NODE
    assert [one["goal"] for one in told["P2"]["ratios"]] == [1.2]
    assert set(told["P4"]["figures"]) == {posting.AS_TOLD, posting.EARNING, posting.RULES, posting.BARE}
    assert [one["goal"] for one in told["P4"]["ratios"]] == [5_000, None, 5_000, None, None]
    earned = {name: told["P4"]["figures"][name]["points per event"] for name in (posting.EARNING, posting.RULES)}
    assert earned[posting.RULES] > earned[posting.EARNING] > 0
    assert told["P4"]["figures"][posting.AS_TOLD]["statements per event"] < 1


def test_expiry_and_growth_are_measured_beside_theirs() -> None:
    told = bench("P7", "P9", "--entries", "100", "200")
    assert set(told["P7"]["figures"]) == {expiry.OURS, expiry.PLAIN}
    assert [one["goal"] for one in told["P7"]["ratios"]] == [50_000, None]
    assert set(told["P7 scores"]["figures"]) == {
        scoring.FIRST,
        scoring.USUAL,
        scoring.SEGMENTS,
        scoring.SEGMENTS_USUAL,
        scoring.BARE,
    }
    assert [one["goal"] for one in told["P7 scores"]["ratios"]] == [*[scoring.GOAL] * 4, None]
    night = told["P7 co-purchase"]
    assert set(night["figures"]) == {copurchase.FIRST, copurchase.PAIRS, copurchase.NIGHT, copurchase.PLAIN}
    assert [round(one["goal"] or 0) for one in night["ratios"]] == [333_333, 0, 0, 0]
    deeds = (growth.BALANCE, growth.PAGE, growth.EVENT)
    assert list(told["P9"]["figures"]) == [growth.named(deed, entries) for deed in deeds for entries in (100, 200)]
    assert [(one["goal"], one["is_ceiling"]) for one in told["P9"]["ratios"]] == [(1.15, True), (None, False)] * 3


def test_personal_offers_are_measured_in_two_sizes_and_beside_plain_json() -> None:
    told = bench("P5", "P6")
    assert set(told["P5"]["figures"]) == {loyalty_me.OURS, loyalty_me.PLAIN}
    assert [(one["goal"], one["is_ceiling"]) for one in told["P5"]["ratios"]] == [
        (0.4, False), (None, False), (2.5, True),
    ]  # fmt: skip
    assert list(told["P6"]["figures"]) == [offers.named(members) for members in (40, 80)]
    assert [(one["goal"], one["is_ceiling"]) for one in told["P6"]["ratios"]] == [
        (5, True), (4, True), (1.15, True), (None, False),
    ]  # fmt: skip
    assert all(figures[offers.SHOWN] > 5 for figures in told["P6"]["figures"].values())


def test_a_ceiling_is_missed_from_above_and_a_goal_from_below() -> None:
    def verdicts(figure: float) -> tuple[str, str, str]:
        least, most, none = (Ratio(what="", figure=figure, goal=goal, is_ceiling=ceiling).verdict
                             for goal, ceiling in ((2, False), (2, True), (None, False)))  # fmt: skip
        return least, most, none

    assert verdicts(1) == ("missed", "reached", "")
    assert verdicts(2) == ("reached", "reached", "")
    assert verdicts(3) == ("reached", "missed", "")


def test_every_round_gives_everybody_a_go_in_turn() -> None:
    order: list[str] = []

    def contestant(name: str, done: int) -> Go:
        order.append(name)
        return Go(done=done, seconds=1, cpu_seconds=1)

    goes = interleaved({"ours": lambda: contestant("ours", 30), "theirs": lambda: contestant("theirs", 10)}, rounds=2)
    assert order == ["ours", "theirs", "theirs", "ours"]
    assert against(goes["ours"], goes["theirs"], per_second) == 3
