"""`./run bench`: measures what is named, or everything, and prints it beside what it is measured against.

It never fails for being slow: a speed asserted in a timed test would only tell how busy the machine was.
"""

import tempfile
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from benchmarks import copurchase, door, durable, expiry, growth, loyalty_me, offers, posting, scoring
from benchmarks.postgres import durable_server
from benchmarks.report import as_json, show
from benchmarks.rounds import Measured
from benchmarks.scale import FULL, QUICK, TINY, Scale

SCALES = {"full": FULL, "quick": QUICK, "tiny": TINY}
WIDTH = 130
NAMES = ("P1", "P2", "P3", "P4", "P5", "P6", "P7", "P9")


@click.command()
@click.argument("wanted", nargs=-1, type=click.Choice(NAMES, case_sensitive=False))
@click.option("--quick", "scale", flag_value="quick", help="Three small rounds instead of five.")
@click.option("--tiny", "scale", flag_value="tiny", help="One round of next to nothing: shows only that all runs.")
@click.option("--entries", nargs=2, type=click.IntRange(50), metavar="SMALL LARGE", help="The books that P9 compares.")
@click.option("--json", "as_data", is_flag=True, help="Print one JSON object instead of tables.")
def main(wanted: Sequence[str], scale: str | None, entries: tuple[int, int] | None, *, as_data: bool) -> None:
    """Measure P1 (door), P2 with P3 (durable webhooks), P4 (posting), P5 (loyaltyMe), P6 (personal offers).

    P7 is expiry, scores and goods, P9 growth; all are measured without a name.
    """
    chosen = SCALES[scale or "full"]
    if entries:
        chosen = replace(chosen, growth_entries=entries)
    lacking: list[str] = ["the SDK in a Next route: bare Node, which is faster, stands for it"]
    names = {name.upper() for name in wanted} or set(NAMES)
    outcomes: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="saleor-crm-bench-") as folder:
        home = Path(folder)
        if "P1" in names:
            outcomes.append(door.measure(chosen, home, lacking))
        if names - {"P1"}:
            outcomes += _on_database(names, chosen, home, lacking)
    if as_data:
        click.echo(as_json(outcomes, lacking))
    else:
        show(Console(width=max(WIDTH, Console().width)), outcomes, lacking, rounds=chosen.rounds)


def _on_database(names: Collection[str], scale: Scale, home: Path, lacking: list[str]) -> list[Measured]:
    outcomes: list[Measured] = []
    with durable_server() as server:
        if not {"P2", "P3"}.isdisjoint(names):
            outcomes += durable.measure(scale, server, home, lacking)
        if "P4" in names:
            outcomes.append(posting.measure(scale, server))
        if "P5" in names:
            outcomes.append(loyalty_me.measure(scale, server, home))
        if "P6" in names:
            outcomes.append(offers.measure(scale, server))
        if "P7" in names:
            outcomes += [part.measure(scale, server) for part in (expiry, scoring, copurchase)]
        if "P9" in names:
            outcomes.append(growth.measure(scale, server))
    return outcomes


if __name__ == "__main__":
    main()
