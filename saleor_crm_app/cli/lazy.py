"""Groups of commands whose code is read when it is asked for: all of it takes seconds, which nobody is to wait for."""

import pkgutil
from collections.abc import Mapping
from typing import Any, Final, cast

import click


class LazyGroup(click.Group):
    """Knows some of its commands by where they are written; `lazy` is `file:name` in this folder, by their words.

    Named by text, not imported in a function: the linter of imports sees neither, and a text is one table to look at.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, str], **others: Any) -> None:  # noqa: ANN401 # click's
        super().__init__(*args, **others)
        self._lazy: Final = dict(lazy)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._lazy})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = self._lazy.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        return cast(click.Command, pkgutil.resolve_name(f"{__package__}.{place}"))
