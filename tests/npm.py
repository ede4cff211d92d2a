"""Development tools from npm, installed as locked where they are missing."""

import fcntl
import subprocess
from pathlib import Path


def install(folder: Path) -> None:
    """Bring what is installed in a folder in line with its lock; test processes wait for each other."""
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    with (folder / ".gitignore").open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
            return
        npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(npm, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        installed.touch()
