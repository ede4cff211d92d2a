"""How commands speak: tables for people, `--json` for programs."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import click
from rich.console import Console
from rich.table import Table

Command = TypeVar("Command", bound=Callable[..., object])


def as_json(command: Command) -> Command:
    """Give a command the flag `--json`."""
    return click.option("--json", "in_json", is_flag=True, help="Print one JSON document and nothing else.")(command)


def show(rows: Sequence[Mapping[str, object]], *, in_json: bool, empty: str) -> None:
    """Print rows of like shape; `empty` is said to people when there are none."""
    if in_json:
        click.echo(json.dumps(list(rows), default=str, indent=2))
        return
    if not rows:
        click.echo(empty)
        return
    table = Table(*rows[0], box=None, header_style="bold")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console().print(table)


def say(sentence: str, *, in_json: bool, **facts: object) -> None:
    """Print a sentence for people, or its facts."""
    click.echo(json.dumps(facts, default=str) if in_json else sentence)
