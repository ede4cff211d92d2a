"""`doctor`: every precondition looked at, each fault with its fix."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from saleor_crm_app.cli.checks.choices import effective
from saleor_crm_app.cli.checks.examination import GROUPS, examine
from saleor_crm_app.cli.checks.findings import Finding, Result, failed
from saleor_crm_app.cli.output import as_json
from saleor_crm_app.config import Settings, SettingsError, settings
from saleor_crm_app.kernel.whereabouts import whereabouts

_COLORS: Final = {Result.OK: "green", Result.WARNING: "yellow", Result.FAILED: "red", Result.SKIPPED: "dim"}

_Rows = Sequence[dict[str, str]]


@click.command()
@click.option("--only", multiple=True, type=click.Choice(GROUPS), help="Look at this alone; may be given again.")
@as_json
def doctor(only: tuple[str, ...], *, in_json: bool) -> None:
    """Check everything the app needs; exit code 1 when something is wrong."""
    try:
        chosen = settings()
    except SettingsError as error:
        fault = failed("settings.valid", str(error), fix="Correct what is named, in the environment or in .env.")
        _tell([], [fault], in_json=in_json)
        sys.exit(1)
    found = _examined(chosen, only or GROUPS, quiet=in_json)
    _tell(effective(chosen) if "settings" in (only or GROUPS) else [], found, in_json=in_json)
    if any(finding.result is Result.FAILED for finding in found):
        sys.exit(1)


def _examined(chosen: Settings, only: Sequence[str], *, quiet: bool) -> list[Finding]:
    with whereabouts(chosen) as where, Console(stderr=True, quiet=quiet).status("Looking at everything ..."):
        return asyncio.run(examine(chosen, where.app_url, only))


def _tell(rows: _Rows, found: Sequence[Finding], *, in_json: bool) -> None:
    numbers = {result.value: sum(finding.result is result for finding in found) for result in Result}
    if in_json:
        click.echo(json.dumps({"settings": rows, "checks": [asdict(one) for one in found]} | numbers, indent=2))
        return
    console = Console()
    if rows:
        console.print(_settings_table(rows))
    console.print(_findings_table(found))
    console.print(", ".join(f"{number} {name}" for name, number in numbers.items() if number))


def _settings_table(rows: _Rows) -> Table:
    table = Table("setting", "value", "from", box=None, header_style="bold")
    for row in rows:
        table.add_row(*(escape(value) for value in row.values()), style="dim" if row["from"] == "default" else "")
    return table


def _findings_table(found: Sequence[Finding]) -> Table:
    table = Table("", "check", "finding", box=None, header_style="bold")
    for finding in found:
        color = _COLORS[finding.result]
        lines = [finding.says] if not finding.about else [f"{finding.about}: {finding.says}"]
        shown = escape("\n".join(lines)) + (f"\n[bold]Fix:[/bold] {escape(finding.fix)}" if finding.fix else "")
        table.add_row(f"[{color}]{finding.result.value}[/]", finding.check, shown)
    return table
