"""`selftest`: seeded years of a made-up shop on a throwaway database, each month proved and each year digested."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import psycopg
from rich.console import Console
from rich.progress import Progress

from saleor_crm_app.cli.output import as_json, show
from saleor_crm_app.cli.selftest_books import Books, Month, Year, live_year, open_books
from saleor_crm_app.kernel import schema
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.embedded import EmbeddedPostgres, EmbeddedServer
from saleor_crm_app.kernel.postgres_cluster import LOGIN_ROLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is tried: a year by `seed`, then by the next ones until the minutes are over."""

    seed: int
    minutes: float
    customers: int
    months: int
    ahead: int
    is_tampered: bool
    is_shown: bool


@click.command()
@click.option("--minutes", default=1.0, show_default=True, type=click.FloatRange(0), help="0 makes one year.")
@click.option("--seed", default=7, show_default=True, help="Of the first year; the others have the next ones.")
@click.option("--customers", default=20, show_default=True, type=click.IntRange(1, 1000))
@click.option("--months", default=12, show_default=True, type=click.IntRange(1, 120), help="Of a year, 30 days each.")
@click.option("--ahead", default=400, show_default=True, type=click.IntRange(1, 3650), help="Days that follow at once.")
@click.option("--tamper", is_flag=True, help="Change a balance behind the app's back, to see that it is found.")
@as_json
def selftest(
    *, minutes: float, seed: int, customers: int, months: int, ahead: int, tamper: bool, in_json: bool
) -> None:
    """Live through years of orders, refunds, redemptions and expiry, prove the books every month, and jump ahead.

    The same seed gives the same digest, on any day and machine. Exit code 1 names the seed that broke something.
    """
    plan = Plan(
        seed=seed,
        minutes=minutes,
        customers=customers,
        months=months,
        ahead=ahead,
        is_tampered=tamper,
        is_shown=not in_json,
    )
    with tempfile.TemporaryDirectory(prefix="saleor-crm-selftest-") as folder, _server(Path(folder)) as server:
        years = asyncio.run(_years(server, plan))
    show([asdict(year) for year in years], in_json=in_json, empty="")


@contextmanager
def _server(home: Path) -> Iterator[EmbeddedServer]:
    """A database that nobody else uses, gone at the end; nothing that lasts depends on it."""
    postgres = EmbeddedPostgres(home, fast=True)
    try:
        server = postgres.start()
        schema.migrate(server.owner_url, login=LOGIN_ROLE)
        yield server
    finally:
        postgres.remove()


async def _years(server: EmbeddedServer, plan: Plan) -> list[Year]:
    """At least one; the last one begun is finished."""
    until = time.monotonic() + plan.minutes * 60
    database = Database(server.app_url, pool_size=2)
    years: list[Year] = []
    try:
        while not years or time.monotonic() < until:
            years.append(await _year(database, server, plan, seed=plan.seed + len(years)))
    finally:
        await database.close()
    return years


async def _year(database: Database, server: EmbeddedServer, plan: Plan, *, seed: int) -> Year:
    books = await open_books(database)
    with _progress(f"The year of seed {seed}", plan) as passed:

        def told(month: int) -> None:
            passed(month)
            if plan.is_tampered:
                _tamper(server, books)

        return await live_year(
            books, seed=seed, customers=plan.customers, months=plan.months, ahead=plan.ahead, told=told
        )


def _tamper(server: EmbeddedServer, books: Books) -> None:
    """As somebody could who has every right on the database."""
    with psycopg.connect(server.owner_url) as owner:
        owner.execute(
            "UPDATE account SET balance = balance + 1 WHERE installation_id = %(shop)s AND id ="
            " (SELECT id FROM account WHERE installation_id = %(shop)s ORDER BY id LIMIT 1)",
            {"shop": books.shop},
        )


@contextmanager
def _progress(what: str, plan: Plan) -> Iterator[Month]:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not (plan.is_shown and console.is_terminal)) as bar:
        task = bar.add_task(what, total=plan.months)
        yield lambda month: bar.update(task, completed=month)
