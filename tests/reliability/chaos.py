"""Web and job processes as an operator starts them, and the hand that kills them without warning."""

import asyncio
import multiprocessing
import os
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from saleor_crm_app.cli import main
from tests.conftest import Addresses
from tests.journeys.conftest import SECRET

FORKS = multiprocessing.get_context("forkserver")
"""Children of a process that has imported the app already: a start is then not mostly imports."""
FORKS.set_forkserver_preload(["saleor_crm_app.cli", "saleor_crm_app.app"])

PATIENCE = 30.0
_LOOK_AGAIN = 0.02


@dataclass
class AppProcess:
    """One `saleor-crm` process, which can be started again after its death; `url` is a web process' address."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    url: str = ""
    process: ForkServerProcess | None = None

    def start(self) -> None:
        self.log.write_bytes(b"")
        self.process = FORKS.Process(target=_run, args=(list(self.arguments), dict(self.environment), self.log))
        self.process.start()

    def kill(self) -> None:
        """End it at once, whatever it is doing."""
        self._alive().kill()
        self._alive().join(PATIENCE)

    def stop(self) -> bool:
        """Ask it to end; says whether it did, and well."""
        self._alive().terminate()
        self._alive().join(PATIENCE)
        code = self._alive().exitcode
        if code is None:
            self.kill()
        return code == 0

    async def until_up(self) -> None:
        """Wait until it serves or works."""
        async with asyncio.timeout(PATIENCE):
            while not await self._is_up():
                if self._alive().exitcode is not None:
                    raise ChildProcessError(self.log.read_text())
                await asyncio.sleep(_LOOK_AGAIN)

    async def _is_up(self) -> bool:
        if not self.url:
            return b'"working"' in self.log.read_bytes()
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(self.url).port)
        except OSError:
            return False
        writer.close()
        return True

    def _alive(self) -> ForkServerProcess:
        if self.process is None:
            raise RuntimeError("it was not started")
        return self.process


@dataclass
class Killer:
    """Kills one of the processes at a time, at random moments, and starts it again."""

    processes: Sequence[AppProcess]
    seed: int
    waits: tuple[float, float] = (0.2, 0.8)
    killed: list[str] = field(default_factory=list)

    async def kill(self, times: int) -> None:
        """Each victim is one that is up when its time comes; meanwhile the others go on."""
        random = Random(self.seed)  # noqa: S311 # it must repeat by its seed and guards nothing
        starting: dict[int, asyncio.Task[None]] = {}
        for _ in range(times):
            await asyncio.sleep(random.uniform(*self.waits))
            victim = await _one_that_is_up(len(self.processes), starting, random)
            process = self.processes[victim]
            await asyncio.to_thread(process.kill)
            self.killed.append(process.arguments[0])
            process.start()
            starting[victim] = asyncio.create_task(process.until_up())
        await asyncio.gather(*starting.values())


async def _one_that_is_up(number: int, starting: dict[int, asyncio.Task[None]], random: Random) -> int:
    """Any of the processes that are not being started; waits for the first where all are."""
    if len(starting) == number:
        await asyncio.wait(starting.values(), return_when=asyncio.FIRST_COMPLETED)
    for place in [place for place, task in starting.items() if task.done()]:
        await starting.pop(place)
    return random.choice([place for place in range(number) if place not in starting])


@contextmanager
def web_processes(addresses: Addresses, *, number: int) -> Iterator[list[AppProcess]]:
    """Web processes on ports of their own, without jobs."""
    arguments = [("serve", "--without-worker", "--port", str(_free_port())) for _ in range(number)]
    with _running(addresses, arguments, level="ERROR") as processes:
        for process in processes:
            process.url = f"http://127.0.0.1:{process.arguments[-1]}"
        yield processes


@contextmanager
def workers(addresses: Addresses, *, number: int) -> Iterator[list[AppProcess]]:
    """Job processes."""
    with _running(addresses, [("work",)] * number, level="INFO") as processes:
        yield processes


@contextmanager
def _running(addresses: Addresses, commands: Sequence[Sequence[str]], *, level: str) -> Iterator[list[AppProcess]]:
    environment = {
        "DATABASE_URL": addresses.app,
        "SECRET_KEY": SECRET,
        "SETUP_CODE": "off",
        "ALLOW_PRIVATE_HOSTS": "true",
        "APP_LOG_LEVEL": level,
    }
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="saleor-crm-chaos-")))
        processes = [
            AppProcess(arguments, environment, home / f"{number}.log") for number, arguments in enumerate(commands)
        ]
        for process in processes:
            process.start()
        try:
            yield processes
        finally:
            ended = [process.stop() for process in processes]
        assert all(ended), [process.log.read_text()[-2000:] for process in processes]


def _run(arguments: list[str], environment: dict[str, str], log: Path) -> None:
    """What the child does: the command line, writing to its log."""
    os.environ.update(environment)
    with log.open("ab") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    sys.argv = ["saleor-crm", *arguments]
    main()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
