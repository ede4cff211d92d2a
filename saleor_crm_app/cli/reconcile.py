"""`reconcile` and `backfill`: read shops into the inbox, show how far it is, say what was found."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Final
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from saleor_crm_app.cli.installations import find_installation
from saleor_crm_app.cli.output import as_json, show
from saleor_crm_app.config import settings
from saleor_crm_app.jobs import progress as readings
from saleor_crm_app.kernel import schema
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import CrmError
from saleor_crm_app.kernel.telemetry import configure_logging
from saleor_crm_app.kernel.whereabouts import whereabouts
from saleor_crm_app.outbound.reconcile import FULL_DAYS, AlreadyReading, Reconciler
from saleor_crm_app.outbound.reconcile_run import Report
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.installations import Installation, InstallationState
from saleor_crm_app.worker import make_worker

PATIENCE_SECONDS: Final = 300.0
"""Somebody is watching, so a shop that is busy or away is waited for."""
TURN_SECONDS: Final = 90.0
"""A process that died keeps its turn for a minute."""

Act = Callable[[Reconciler, Installation, Report], Awaitable[object]]


class Stopped(CrmError):
    """Somebody pressed Ctrl-C."""


class NobodyToRead(CrmError):
    """The shop that was named is not called now."""


@click.command()
@click.argument("shop", required=False)
@click.option("--full", is_flag=True, help="Compare also what may have changed without a sign.")
@click.option(
    "--days",
    default=FULL_DAYS,
    show_default=True,
    type=click.IntRange(1, 3650),
    help="With --full: how far back every order is compared.",
)
@as_json
def reconcile(shop: str | None, days: int, *, full: bool, in_json: bool) -> None:
    """Compare orders and customers of SHOP, or of every shop, with what is known, and repair.

    Differences go into the inbox, from where `saleor-crm work` takes them in.
    """

    async def act(reconciler: Reconciler, one: Installation, report: Report) -> object:
        return await reconciler.reconcile(one, full=full, days=days, patience=PATIENCE_SECONDS, report=report)

    _run(shop, act, in_json=in_json)


@click.command()
@click.argument("shop", required=False)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="The first day to read; all days if not given.")
@as_json
def backfill(shop: str | None, since: datetime | None, *, in_json: bool) -> None:
    """Read the history of SHOP, or of every shop, oldest first; one that was stopped goes on where it was.

    What was not known yet goes into the inbox, from where `saleor-crm work` takes it in.
    """
    first_day: date | None = None if since is None else since.date()

    async def act(reconciler: Reconciler, one: Installation, report: Report) -> object:
        return await reconciler.backfill(one, since=first_day, patience=PATIENCE_SECONDS, report=report)

    _run(shop, act, in_json=in_json)


@dataclass(slots=True)
class _Board:
    """What is shown while reading, and what is told at the end."""

    bars: Progress
    latest: dict[tuple[str, str], readings.Progress] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)
    _tasks: dict[tuple[str, str], TaskID] = field(default_factory=dict)

    def report_of(self, shop: Installation) -> Report:
        def report(progress: readings.Progress) -> None:
            key = (shop.api_url, progress.subject)
            self.latest[key] = progress
            if key not in self._tasks:
                self._tasks[key] = self.bars.add_task(f"{shop.api_url} {progress.subject}", total=None)
            total = progress.counts.seen if progress.is_finished else progress.expected
            self.bars.update(self._tasks[key], completed=progress.counts.seen, total=total)

        return report

    def table(self) -> list[dict[str, object]]:
        """What people want to know, narrow enough for a terminal; trouble is told in sentences beside it."""
        columns = ("read", "seen", "equal", "missing", "stale", "gone")
        return [
            {"shop": urlsplit(str(row["shop"])).netloc} | {name: row[name] for name in columns} for row in self.rows()
        ]

    def rows(self) -> list[dict[str, object]]:
        read = [
            {"shop": shop, "read": subject}
            | asdict(progress.counts)
            | {"finished": progress.is_finished, "trouble": progress.trouble or ""}
            for (shop, subject), progress in self.latest.items()
        ]
        unread = [
            {"shop": shop, "read": "nothing"} | asdict(readings.Counts()) | {"finished": False, "trouble": trouble}
            for shop, trouble in self.troubles.items()
            if not any(told == shop for told, _ in self.latest)
        ]
        return [*read, *unread]


def _run(shop: str | None, act: Act, *, in_json: bool) -> None:
    chosen = settings()
    configure_logging(chosen.app_log_level)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bars = Progress(*columns, console=console, disable=in_json or not console.is_terminal)
    board = _Board(bars)

    async def read(url: str) -> None:
        worker = make_worker(chosen, url)
        try:
            for one in await _shops(worker.database, shop):
                await _read_one(worker.reconciler, one, act, board)
        finally:
            await worker.close()

    with whereabouts(chosen) as where:
        schema.check(where.app_url)
        try:
            with bars:
                asyncio.run(read(where.app_url))
        except KeyboardInterrupt:
            raise Stopped("Stopped; the same command goes on from there") from None
    show(board.rows() if in_json else board.table(), in_json=in_json, empty="No shop has installed the app yet.")
    for api_url, trouble in board.troubles.items():
        click.echo(f"saleor-crm: {api_url}: {trouble}; the same command goes on from there", err=True)
    if board.troubles:
        sys.exit(1)


async def _shops(database: Database, shop: str | None) -> Sequence[Installation]:
    if shop is None:
        found = await all_installations(database)
        return [one for one in found if one.state is InstallationState.ACTIVE]
    one = await find_installation(database, shop)
    if one.state is InstallationState.PAUSED:
        raise NobodyToRead(f"{one.api_url} is paused, because {one.paused_reason}; it is not called")
    return [one]


async def _read_one(reconciler: Reconciler, shop: Installation, act: Act, board: _Board) -> None:
    """Read one shop when it is our turn; its trouble does not keep the others unread."""
    deadline = time.monotonic() + TURN_SECONDS
    while True:
        try:
            await act(reconciler, shop, board.report_of(shop))
        except AlreadyReading as reading:
            if time.monotonic() < deadline:
                board.bars.console.print(f"Another process reads {shop.api_url}; waiting")
                await asyncio.sleep(5)
                continue
            board.troubles[shop.api_url] = str(reading)
        except CrmError as trouble:
            board.troubles[shop.api_url] = str(trouble)
        return
