"""The app of a demo: the unchanged one, as a process of its own on a database of its own."""

import asyncio
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console

from saleor_crm_app.kernel.embedded import EmbeddedPostgres
from saleor_crm_app.kernel.errors import CrmError

SHOP_OFFSET: Final = 0
PAGE_OFFSET: Final = 2
APP_OFFSET: Final = 3
SECOND_SHOP_OFFSET: Final = 4
START_SECONDS: Final = 60.0

console = Console(stderr=True)


class DemoFailed(CrmError):
    """The demo could not go on; the sentence says what stood in its way."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a demo keeps and serves everything."""

    home: Path
    port_base: int

    def port(self, offset: int) -> int:
        return self.port_base + offset

    @property
    def app_url(self) -> str:
        # another host name than the shop's, so that the two are different sites to a browser
        return f"http://localhost:{self.port(APP_OFFSET)}"

    @property
    def manifest_url(self) -> str:
        return f"{self.app_url}/api/manifest"


@dataclass(frozen=True, slots=True)
class RunningApp:
    """The app's process, the key of its secrets, and the address of its database."""

    process: subprocess.Popen[bytes]
    secret_key: str
    database_url: str


@contextmanager
def app_process(place: Place) -> Iterator[RunningApp]:
    """The app as anybody would start it; only the settings say that this is a demo."""
    demand_free(*(place.port(offset) for offset in (SHOP_OFFSET, PAGE_OFFSET, APP_OFFSET, SECOND_SHOP_OFFSET)))
    secret_key = secrets.token_urlsafe(32)
    with _database(place) as database_url, _process(place, secret_key) as process:
        yield RunningApp(process, secret_key, database_url)


@contextmanager
def _database(place: Place) -> Iterator[str]:
    postgres = EmbeddedPostgres(place.home)
    with console.status("Starting PostgreSQL ..."):
        server = postgres.start()
    try:
        yield server.app_url
    finally:
        postgres.remove()


@contextmanager
def _process(place: Place, secret_key: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "SETUP_CODE"}} | {
        "SALEOR_CRM_HOME": str(place.home),
        "SECRET_KEY": secret_key,
        "APP_API_BASE_URL": place.app_url,
        "ALLOW_PRIVATE_HOSTS": "true",
        "SETUP_CODE": "off",
        "APP_LOG_LEVEL": "WARNING",
    }
    arguments = ["serve", "--host", "127.0.0.1", "--port", str(place.port(APP_OFFSET)), "--with-worker"]
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


async def until_ready(place: Place, app: RunningApp) -> None:
    """Raises DemoFailed when the app ends or is not ready in time."""
    deadline = time.monotonic() + START_SECONDS
    async with httpx.AsyncClient(base_url=place.app_url, trust_env=False) as client:
        while time.monotonic() < deadline:
            if app.process.poll() is not None:
                raise DemoFailed(f"The app ended at once with code {app.process.returncode}")
            try:
                if (await client.get("/health/ready")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise DemoFailed(f"The app was not ready after {START_SECONDS:.0f} seconds")


def demand_free(*ports: int) -> None:
    """Raises DemoFailed naming the first port that is taken."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise DemoFailed(f"Port {port} is taken: choose others with --port-base") from None
