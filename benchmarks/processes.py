"""Processes that are measured: started, waited for, ended, and the CPU time of each with all its children."""

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil

PATIENCE = 60.0


@contextmanager
def served(command: Sequence[str], *, url: str, log: Path, environment: Mapping[str, str]) -> Iterator[int]:
    """Run a server until left, from when it answers at `url` with success; gives its process id.

    Raises ChildProcessError with the end of its log when it does not come up.
    """
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=dict(environment))
        try:
            _await_answer(process, url, log)
            yield process.pid
        finally:
            process.terminate()
            process.wait(PATIENCE)


def cpu_seconds(pid: int) -> float:
    """CPU time that a process and its children, ended ones included, have had so far."""
    root = psutil.Process(pid)
    spent = 0.0
    for child in root.children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it ended just now, and its time is its parent's by now
            spent += _own_and_inherited(child)
    return spent + _own_and_inherited(root)


def _own_and_inherited(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _await_answer(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    with httpx.Client(trust_env=False, timeout=5) as client:
        while time.monotonic() < until:
            try:
                if client.get(url).is_success:
                    return
            except httpx.TransportError:
                pass
            if process.poll() is not None:
                break
            time.sleep(0.05)
    raise ChildProcessError(f"{process.args!r} does not serve: {log.read_text()[-2000:]}")
