"""`export`: the ledger and the months of a shop as CSV."""

import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import click
from rich.console import Console
from rich.status import Status
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.cli.installations import find_installation, run_on_database
from saleor_crm_app.cli.lazy import LazyGroup
from saleor_crm_app.cli.output import as_json, say, show
from saleor_crm_app.kernel.clock import business_now
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import CrmError
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, customer_id
from saleor_crm_app.kernel.spreadsheets import BYTE_ORDER_MARK, csv_lines
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.program import programs

_MOST_PROGRAMS_OF_ONE = 100


class UnknownMember(CrmError):
    """No account answers to what was typed."""


class CannotWrite(CrmError):
    """The file cannot be written."""


@dataclass
class CsvFile:
    """Where rows go; `-` is standard output."""

    path: str
    bom: bool
    rows: int = field(default=-1)

    @contextmanager
    def opened(self) -> Iterator[TextIO]:
        """Open it, to be written anew.

        Raises CannotWrite.
        """
        if self.path == "-":
            yield sys.stdout
            return
        try:
            file = Path(self.path).open("w", encoding="utf-8", newline="")  # noqa: SIM115 # closed below
        except OSError as error:
            raise CannotWrite(f"{self.path} cannot be written: {error.strerror}") from error
        with file:
            yield file

    def write(self, file: TextIO, rows: Sequence[Sequence[object]]) -> None:
        """Append rows; the first one, the columns' names, is not counted."""
        if self.rows < 0 and self.bom:
            file.write(BYTE_ORDER_MARK)
        file.write(csv_lines(rows))
        self.rows += len(rows)


_installation = click.option(
    "--installation", "shop", required=True, help="The shop, by its id or a part of its API URL."
)
_bom = click.option("--bom", is_flag=True, help="Begin with a byte order mark, for spreadsheets that want one.")


@click.group(cls=LazyGroup, lazy={"coupons": "export_coupons:export_coupons"})
def export() -> None:
    """Write the ledger, the months of a program, or the codes of a campaign, as CSV."""


@export.command("ledger")
@_installation
@click.option("--member", help="Only this customer: Saleor's id, such as 7 or VXNlcjo3.")
@click.option("--since", type=click.DateTime(), help="Only entries that happened from this time (UTC) on.")
@click.option("--until", type=click.DateTime(), help="Only entries that happened before this time (UTC).")
@click.option("--language", help="Of the explanations, such as RU; English where there are no words.")
@click.option("--csv", "path", default="-", show_default=True, help="The file to write; - is standard output.")
@_bom
@as_json
def ledger_(shop: str, member: str | None, language: str | None, path: str, **other: Any) -> None:  # noqa: ANN401 # click's
    """Write every entry: what happened, the balance after it, its lots, its rules and why; by account, oldest first."""
    target = CsvFile(path, bom=other["bom"])
    period = points.statements.Period(since=_utc(other["since"]), until=_utc(other["until"]))

    async def act(database: Database) -> None:
        installation = (await find_installation(database, shop)).id
        async with database.shop(installation, read_only=True) as session:
            rows = points.statements.ledger_rows(
                session,
                installation,
                period,
                members=await _members(session, installation, member),
                currencies={held.program.id: held.program.currency for held in await programs(session)},
                language=language,
            )
            with target.opened() as file:
                await _write(target, file, rows)

    run_on_database(act)
    if path != "-":
        say(f"{target.rows} entries are in {path}.", in_json=other["in_json"], entries=target.rows, file=path)


async def _write(target: CsvFile, file: TextIO, rows: AsyncIterator[list[Sequence[object]]]) -> None:
    with Status("Reading the ledger", console=Console(stderr=True)) as status:
        async for some in rows:
            target.write(file, some)
            status.update(f"{target.rows} entries")


@export.command("accounting")
@_installation
@click.option("--month", help="Only this month, such as 2026-03.")
@click.option("--csv", "path", help="The file to write; - is standard output. Without it a table is shown.")
@_bom
@as_json
def accounting_(shop: str, month: str | None, path: str | None, *, bom: bool, in_json: bool) -> None:
    """Write the months of every program: opening, movements, closing in points, and what these are worth."""
    try:
        wanted = None if month is None else points.accounting.month_of(month)
    except ValueError as error:
        raise click.BadParameter("write a month as 2026-03", param_hint="--month") from error

    async def act(database: Database) -> list[points.accounting.AccountingMonth]:
        installation = await find_installation(database, shop)
        at = business_now(installation.clock_offset)
        async with database.shop(installation.id, read_only=True) as session:
            return [
                month
                for held in await programs(session)
                for month in await points.accounting.accounting_months(session, installation.id, held.program, at=at)
                if wanted in {None, month.first_day}
            ]

    columns = points.accounting.ACCOUNTING_COLUMNS
    rows = [points.accounting.accounting_row(month) for month in run_on_database(act)]
    if path is None:
        empty = "Nothing was posted yet."
        show([dict(zip(columns, row, strict=True)) for row in rows], in_json=in_json, empty=empty)
        return
    target = CsvFile(path, bom=bom)
    with target.opened() as file:
        target.write(file, [columns, *rows])
    if path != "-":
        say(f"{target.rows} months are in {path}.", in_json=in_json, months=target.rows, file=path)


async def _members(
    session: AsyncSession, installation: InstallationId, typed: str | None
) -> Sequence[points.Member] | None:
    """The accounts of a customer, one a program; None for all."""
    if typed is None:
        return None
    try:
        customer = customer_id(typed)
    except ValueError:
        customer = CustomerId(typed)
    found = await points.members(session, installation, most=_MOST_PROGRAMS_OF_ONE, customer=customer)
    if not found:
        raise UnknownMember(f"No account belongs to the customer {typed!r}: name one by Saleor's id")
    return found


def _utc(typed: datetime | None) -> datetime | None:
    return None if typed is None else typed.replace(tzinfo=UTC)
