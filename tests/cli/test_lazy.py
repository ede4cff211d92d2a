"""Commands are read when they are asked for, each by its own name."""

import subprocess
import sys

import click

from saleor_crm_app.cli.export import export
from saleor_crm_app.cli.main import saleor_crm


def names_of(group: click.Group) -> list[tuple[str, str | None]]:
    """What each command is asked for by, and what it calls itself."""
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return [(name, None if command is None else command.name) for name, command in found.items()]


def test_each_command_is_found_by_its_name() -> None:
    assert [name for name, found in (*names_of(saleor_crm), *names_of(export)) if name != found] == []
    assert {"demo", "doctor", "serve", "verify", "work"} <= dict(names_of(saleor_crm)).keys()
    assert [name for name, _ in names_of(export)] == ["accounting", "coupons", "ledger"]


def test_what_is_not_asked_for_is_not_read() -> None:
    code = "import sys; from saleor_crm_app.cli.main import saleor_crm\n"
    code += "print({'strawberry', 'sqlalchemy', 'starlette', 'rich'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
