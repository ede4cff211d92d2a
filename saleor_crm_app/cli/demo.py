"""`demo`: the unchanged app, started on a database of its own, beside a simulated shop that installs it."""

import asyncio
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click
import httpx
from rich.console import Console

from saleor_crm_app.demo import SaleorVersion, SimulatedShop, StepResult, StoryResult, purchase_story, serving
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.embedded import EmbeddedPostgres
from saleor_crm_app.kernel.errors import CrmError
from saleor_crm_app.saleor.installation_store import all_installations, move_clock

SHOP_OFFSET = 0
APP_OFFSET = 3
START_SECONDS = 60.0

console = Console(stderr=True)


class DemoFailed(CrmError):
    """The demo could not start; the sentence says what stood in its way."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where this demo keeps and serves everything."""

    home: Path
    port_base: int

    @property
    def app_url(self) -> str:
        # another host name than the shop's, so that the two are different sites to a browser
        return f"http://localhost:{self.port_base + APP_OFFSET}"


@click.command()
@click.option("--port-base", default=8010, show_default=True, type=click.IntRange(1024, 65000))
@click.option(
    "--saleor-version",
    default=SaleorVersion.V3_23.value,
    show_default=True,
    type=click.Choice([one.value for one in SaleorVersion]),
)
@click.option("--exit-after-check", is_flag=True, help="Prove one purchase from end to end, stop, and exit 0 or 1.")
def demo(port_base: int, saleor_version: str, *, exit_after_check: bool) -> None:
    """Show the app on a simulated shop."""
    with tempfile.TemporaryDirectory(prefix="saleor-crm-demo-") as folder:
        place = _Place(Path(folder), port_base)
        with _database(place) as url, _app(place) as process:
            told = asyncio.run(_play(place, SaleorVersion(saleor_version), url, process, stay=not exit_after_check))
    console.print(f"[{'green' if told.is_right else 'red'}]{told.sentence}")
    sys.exit(0 if told.is_right else 1)


@contextmanager
def _database(place: _Place) -> Iterator[str]:
    postgres = EmbeddedPostgres(place.home)
    with console.status("Starting PostgreSQL ..."):
        server = postgres.start()
    try:
        yield server.app_url
    finally:
        postgres.remove()


@contextmanager
def _app(place: _Place) -> Iterator[subprocess.Popen[bytes]]:
    """The app as anybody would start it; only the settings say that this is a demo."""
    _demand_free(place.port_base + SHOP_OFFSET, place.port_base + APP_OFFSET)
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "SETUP_CODE"}} | {
        "SALEOR_CRM_HOME": str(place.home),
        "SECRET_KEY": secrets.token_urlsafe(32),
        "APP_API_BASE_URL": place.app_url,
        "ALLOW_PRIVATE_HOSTS": "true",
        "SETUP_CODE": "off",
        "APP_LOG_LEVEL": "WARNING",
    }
    arguments = ["serve", "--host", "127.0.0.1", "--port", str(place.port_base + APP_OFFSET), "--with-worker"]
    log_path = place.home / "app.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "saleor_crm_app", *arguments],
            env=environment,
            stdout=log,
            stderr=log,
            cwd=place.home,
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)
            if process.returncode not in {0, -15}:
                console.print(f"[red]The app ended with code {process.returncode}:\n{log_path.read_text()[-2000:]}")


async def _play(
    place: _Place, version: SaleorVersion, url: str, process: subprocess.Popen[bytes], *, stay: bool
) -> StoryResult:
    with console.status("Starting the app ..."):
        await _until_ready(place, process)
    shop = SimulatedShop(version=version)
    async with serving(shop, port=place.port_base + SHOP_OFFSET), _clock_of(url) as clock:
        console.print(f"Simulated Saleor {version.full} at {shop.api_url}, the app at {place.app_url}")
        told = await purchase_story(
            shop,
            app_url=place.app_url,
            manifest_url=f"{place.app_url}/api/manifest",
            advance_clock=clock.advance,
            report=_report,
        )
        if stay and told.is_right:
            console.print(f"Look at {place.app_url}/graphql/schema.graphql; Ctrl-C ends the demo.")
            await _until_interrupted()
    return told


def _report(step: StepResult) -> None:
    console.print(f"  [{'green' if step.is_right else 'red'}]{step.sentence}")


async def _until_ready(place: _Place, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    async with httpx.AsyncClient(base_url=place.app_url, trust_env=False) as client:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise DemoFailed(f"The app ended at once with code {process.returncode}")
            try:
                if (await client.get("/health/ready")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise DemoFailed(f"The app was not ready after {START_SECONDS:.0f} seconds")


async def _until_interrupted() -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        console.print("Ending the demo ...")


@dataclass(frozen=True, slots=True)
class _BusinessClock:
    """Moves the business time of every shop of the demo; each becomes a sandbox by that."""

    database: Database

    async def advance(self, by: timedelta) -> None:
        for one in await all_installations(self.database):
            await move_clock(self.database, one.id, by=by)


@asynccontextmanager
async def _clock_of(url: str) -> AsyncIterator[_BusinessClock]:
    database = Database(url, pool_size=1)
    try:
        yield _BusinessClock(database)
    finally:
        await database.close()


def _demand_free(*ports: int) -> None:
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise DemoFailed(f"Port {port} is taken: choose others with --port-base") from None
