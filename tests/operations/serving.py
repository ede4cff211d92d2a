"""The web process as an operator starts it: a child of its own, whose memory can be measured."""

import asyncio
import os
import resource
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import uvicorn

START_SECONDS = 90


class Served:
    """A running `saleor-crm serve`."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    @property
    def megabytes(self) -> float:
        """What it holds of the machine's memory now."""
        return self._status("VmRSS")

    @property
    def most_megabytes(self) -> float:
        """The most it ever held."""
        return self._status("VmHWM")

    def _status(self, field: str) -> float:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        (line,) = (line for line in lines if line.startswith(field))
        return int(line.split()[1]) / 1024


@asynccontextmanager
async def loopback(server: uvicorn.Server) -> AsyncIterator[str]:
    """Run a server of this process on a free port, and say where it is."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            if serving.done():
                await serving
            await asyncio.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def served(*arguments: str, **settings: str) -> AsyncIterator[Served]:
    """Start it on a free port with these settings, wait until it is ready, and end it afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "saleor_crm_app", "serve", "--port", str(port), *arguments]
    process = _started(command, {"APP_API_BASE_URL": f"http://127.0.0.1:{port}"} | settings)
    try:
        await _until_ready(process, port)
        yield Served(process, port)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _started(command: list[str], settings: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(command, env=os.environ | settings, text=True)


async def _until_ready(process: subprocess.Popen[str], port: int) -> None:
    async with asyncio.timeout(START_SECONDS), httpx.AsyncClient(trust_env=False) as client:
        while True:
            assert process.poll() is None, "it ended at once"
            try:
                if (await client.get(f"http://127.0.0.1:{port}/health/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)


@contextmanager
def many_files() -> Iterator[None]:
    """Let this process and its children hold as many connections as the machine lets them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
