"""The benchmarks run, and tell figures beside goals; no speed is asserted, for that would only test the machine."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import door, durable, posting
from benchmarks.rounds import Go, against, interleaved, per_second

ROOT = Path(__file__).parents[2]
NEEDS_NODE = {door.SDK, durable.SDK}


def bench(*names: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks", *names, "--tiny", "--json"]
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
    assert set(told["P4"]["figures"]) == {posting.AS_TOLD, posting.EARNING, posting.BARE}
    assert [one["goal"] for one in told["P4"]["ratios"]] == [5_000, None, None]
    assert told["P4"]["figures"][posting.AS_TOLD]["statements per event"] < 1


def test_every_round_gives_everybody_a_go_in_turn() -> None:
    order: list[str] = []

    def contestant(name: str, done: int) -> Go:
        order.append(name)
        return Go(done=done, seconds=1, cpu_seconds=1)

    goes = interleaved({"ours": lambda: contestant("ours", 30), "theirs": lambda: contestant("theirs", 10)}, rounds=2)
    assert order == ["ours", "theirs", "theirs", "ours"]
    assert against(goes["ours"], goes["theirs"], per_second) == 3
