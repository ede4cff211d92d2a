"""`demo`: the unchanged app beside a simulated shop that one can look at, or that proves one purchase and ends."""

import asyncio
import sys
import tempfile
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from saleor_crm_app.cli.demo_app import SHOP_OFFSET, Place, RunningApp, app_process, console, until_ready
from saleor_crm_app.cli.demo_operator import operating
from saleor_crm_app.cli.demo_town import Plan, Report, Town, town
from saleor_crm_app.demo import SaleorVersion, SimulatedShop, StepResult, StoryResult, purchase_story, serving


@click.command()
@click.option("--port-base", default=8010, show_default=True, type=click.IntRange(1024, 65000))
@click.option("--customers", default=300, show_default=True, type=click.IntRange(3, 5000), help="With 25 orders to 3.")
@click.option("--seed", default=7, show_default=True, help="The same seed tells the same year.")
@click.option(
    "--saleor-version",
    default=SaleorVersion.V3_23.value,
    show_default=True,
    type=click.Choice([one.value for one in SaleorVersion]),
)
@click.option("--no-browser", is_flag=True, help="Only print the links.")
@click.option("--exit-after-check", is_flag=True, help="Prove one purchase from end to end, stop, and exit 0 or 1.")
def demo(
    port_base: int, customers: int, seed: int, saleor_version: str, *, no_browser: bool, exit_after_check: bool
) -> None:
    """Show the app on a simulated shop."""
    version = SaleorVersion(saleor_version)
    with tempfile.TemporaryDirectory(prefix="saleor-crm-demo-") as folder:
        place = Place(Path(folder), port_base)
        with app_process(place) as app:
            if exit_after_check:
                told = asyncio.run(_check(place, version, app))
                console.print(f"[{'green' if told.is_right else 'red'}]{told.sentence}")
                sys.exit(0 if told.is_right else 1)
            plan = Plan(version=version, customers=customers, seed=seed)
            asyncio.run(_stay(place, plan, app, opens_browser=not no_browser))


async def _check(place: Place, version: SaleorVersion, app: RunningApp) -> StoryResult:
    with console.status("Starting the app ..."):
        await until_ready(place, app)
    shop = SimulatedShop(version=version)
    async with serving(shop, port=place.port(SHOP_OFFSET)), operating(place, app) as operator:
        console.print(f"Simulated Saleor {version.full} at {shop.api_url}, the app at {place.app_url}")
        return await purchase_story(
            shop,
            app_url=place.app_url,
            manifest_url=place.manifest_url,
            advance_clock=operator.advance_all,
            report=_report,
        )


def _report(step: StepResult) -> None:
    console.print(f"  [{'green' if step.is_right else 'red'}]{step.sentence}")


async def _stay(place: Place, plan: Plan, app: RunningApp, *, opens_browser: bool) -> None:
    begun = time.monotonic()
    with console.status("Starting the app ..."):
        await until_ready(place, app)
    async with operating(place, app) as operator:
        with _progress() as report:
            building = town(place, operator, plan, report)
            built = await building.__aenter__()
        try:
            _tell(place, plan, built, seconds=time.monotonic() - begun)
            if opens_browser:
                webbrowser.open(built.page_url)
            await _until_interrupted()
        finally:
            await building.__aexit__(None, None, None)


@contextmanager
def _progress() -> Iterator[Report]:
    """One bar for each kind of work, made when the first of it is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=done, total=of)

        yield report


def _tell(place: Place, plan: Plan, built: Town, *, seconds: float) -> None:
    shop = built.street.counter("first").shop
    console.print(
        f"{plan.customers} customers and {plan.orders} orders of the last year, after {seconds:.0f} seconds.\n"
        f"  [bold]The shop to look at[/]    {built.page_url}\n"
        f"  Simulated Saleor {plan.version.full} {shop.api_url}\n"
        f"  The app's GraphQL      {place.app_url}/graphql/schema.graphql\n"
        "Ctrl-C ends the demo."
    )


async def _until_interrupted() -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        console.print("Ending the demo ...")
