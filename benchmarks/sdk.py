"""The official SDK's webhook handler on bare Node, as a yardstick: installed as locked when it is first needed."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.deliveries import API_URL
from benchmarks.processes import free_port, served
from benchmarks.rounds import NoYardstick
from tests.reliability.signer import Signer

_HERE = Path(__file__).parent / "yardsticks"
_LOCK = _HERE / "package-lock.json"
_INSTALLED = _HERE / "node_modules" / ".package-lock.json"


@contextmanager
def sdk_handler(signer: Signer, home: Path) -> Iterator[tuple[int, int]]:
    """The handler as a running server: its process id and its port.

    Raises NoYardstick where there is no Node.js or the package cannot be installed.
    """
    _install()
    port = free_port()
    command = ["node", str(_HERE / "sdk.mjs"), API_URL, json.dumps(signer.jwks), str(port)]
    environment = os.environ | {"NODE_ENV": "production"}
    with served(command, url=f"http://127.0.0.1:{port}/", log=home / "sdk.log", environment=environment) as pid:
        yield pid, port


def _install() -> None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NoYardstick("the official SDK needs Node.js and npm")
    if _INSTALLED.exists() and _INSTALLED.stat().st_mtime >= _LOCK.stat().st_mtime:
        return
    npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(npm, cwd=_HERE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoYardstick(f"the official SDK could not be installed: {done.stderr.strip()[-300:]}")
    _INSTALLED.touch()
