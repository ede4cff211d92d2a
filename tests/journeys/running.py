"""Serves the whole app in this process, with a worker that works when told to."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta

import uvicorn
from pydantic import SecretStr

from saleor_crm_app.app import build
from saleor_crm_app.config import Settings
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.installation_store import all_installations, move_clock
from saleor_crm_app.worker import Worker, make_worker
from tests.conftest import Addresses

SECRET = "a secret key that only tests know"
APP_ID = "saleor.crm"


@dataclass(frozen=True)
class RunningApp:
    """The app as its callers reach it, with a worker that works when told to."""

    url: str
    database: Database
    worker: Worker

    @property
    def manifest_url(self) -> str:
        return f"{self.url}/api/manifest"

    async def take_in(self) -> None:
        """Work off the inbox, and leave what is owed."""
        while await self.worker.consumer.work_once():
            pass

    async def settle(self) -> None:
        """Work off inbox and outbox until both are empty."""
        while True:
            worked = await self.worker.consumer.work_once()
            await self.worker.runner.run_until_idle()
            if not worked:
                return

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Let the worker work by itself for a while."""
        stop = asyncio.Event()
        consumer = asyncio.create_task(self.worker.consumer.run(stop))
        try:
            yield
        finally:
            stop.set()
            await consumer

    async def installation(self) -> InstallationId:
        """The one shop that has installed the app."""
        (only,) = await all_installations(self.database)
        return only.id

    async def pass_time(self, by: timedelta) -> None:
        await move_clock(self.database, await self.installation(), by=by)


class QuietServer(uvicorn.Server):
    """A server that leaves signals to the test runner."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def running(addresses: Addresses, *, app_id: str = APP_ID) -> AsyncIterator[RunningApp]:
    """Serve the app on a free port over a database of the test's own; `app_id` is what shops call it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://localhost:{listener.getsockname()[1]}"
        chosen = Settings(
            secret_key=SecretStr(SECRET),
            app_api_base_url=url,
            manifest_app_id=app_id,
            allow_private_hosts=True,
            setup_code=SecretStr("off"),
        )
        server = QuietServer(uvicorn.Config(build(chosen, addresses.app), log_config=None, access_log=False, ws="none"))
        serving_task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            if serving_task.done():
                await serving_task
            await asyncio.sleep(0.005)
        worker = make_worker(chosen, addresses.app)
        try:
            yield RunningApp(url, worker.database, worker)
        finally:
            server.should_exit = True
            await serving_task
            await worker.close()
