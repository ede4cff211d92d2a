"""What is told at the end: everybody's own figures, and the ratios beside their goals."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.rounds import Goes, Measured, Ratio, middle, per_cpu_second, per_second


def show(console: Console, outcomes: Sequence[Measured], lacking: Sequence[str], *, rounds: int) -> None:
    """Two tables a benchmark."""
    for outcome in outcomes:
        if outcome.goes:
            console.print(_figures(outcome, rounds))
    console.print(_ratios([(outcome.name, ratio) for outcome in outcomes for ratio in outcome.ratios]))
    for reason in lacking:
        console.print(f"Not measured: {reason}")


def as_json(outcomes: Sequence[Measured], lacking: Sequence[str]) -> str:
    """The same as one JSON object; `figures` are medians."""
    told = {
        outcome.name: {
            "figures": {name: _medians(outcome, goes) for name, goes in outcome.goes.items()},
            "ratios": [asdict(ratio) for ratio in outcome.ratios],
        }
        for outcome in outcomes
    }
    return json.dumps({"benchmarks": told, "not_measured": list(lacking)}, indent=2)


def _medians(outcome: Measured, goes: Goes) -> dict[str, float]:
    notes = {name: median(go.notes[name] for go in goes) for name in goes[0].notes}
    return {
        f"{outcome.per}/s": middle(goes, per_second),
        f"{outcome.per}/cpu-s": middle(goes, per_cpu_second),
        **notes,
    }


def _figures(outcome: Measured, rounds: int) -> Table:
    medians = {name: _medians(outcome, goes) for name, goes in outcome.goes.items()}
    columns = list(dict.fromkeys(column for figures in medians.values() for column in figures))
    table = Table(title=f"{outcome.name}: {outcome.title} (median of {rounds})", title_justify="left")
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right")
    for name, figures in medians.items():
        table.add_row(name, *(_short(figures.get(column)) for column in columns))
    return table


def _ratios(ratios: Sequence[tuple[str, Ratio]]) -> Table:
    table = Table(title="Against the yardsticks of the same rounds", title_justify="left")
    for column in ("", "what", "figure", "goal", ""):
        table.add_column(column, justify="right" if column in {"figure", "goal"} else "left")
    for name, one in ratios:
        goal = _short(one.goal)
        table.add_row(name, one.what, _short(one.figure), f"<= {goal}" if one.is_ceiling else goal, one.verdict)
    return table


def _short(figure: float | None) -> str:
    if figure is None:
        return ""
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.2f}"
