"""The PostgreSQL that the app runs itself when DATABASE_URL is unset: who uses it, since when, until when."""

import contextlib
import fcntl
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from saleor_crm_app.kernel import postgres_programs as programs
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.postgres_cluster import DATABASE, LOGIN_ROLE, OWNER, Cluster

_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedServer:
    """How to reach a running server: as its superuser, and as the login role without rights of its own."""

    owner_url: str = field(repr=False)
    app_url: str = field(repr=False)


class EmbeddedPostgres:
    """The server of one home folder, shared by every process that starts it; the last to stop it ends it.

    As root it runs under a user number of its own, and no permission of an existing folder is changed: where
    that user cannot reach `home` the data lie under /var/lib/saleor-crm, and `home/postgres.path` says where.
    `fast` gives up durability, for tests. Options count for the process that really starts the server.
    """

    def __init__(self, home: Path, *, fast: bool = False, max_connections: int = 100) -> None:
        self._home = home.absolute()
        self._settings = {"max_connections": str(max_connections)} | (_FAST if fast else {})
        self._use: int | None = None

    def start(self) -> EmbeddedServer:
        """Make the cluster if there is none, start the server if it is not up, and say how to reach it.

        Raises Unavailable, with PostgreSQL's own words, when that cannot be done.
        """
        try:
            self._home.mkdir(mode=0o711, parents=True, exist_ok=True)
            with self._alone():
                cluster = self._cluster()
                cluster.start(self._settings)
                if self._use is None:
                    self._use = self._lock("postgres.users", fcntl.LOCK_SH)
        except (OSError, LookupError, subprocess.CalledProcessError, psycopg.Error) as error:
            words = (getattr(error, "stderr", None) or str(error)).strip()
            raise Unavailable(
                f"The embedded PostgreSQL does not start: {words}. Set DATABASE_URL to use another server."
            ) from error
        return EmbeddedServer(
            owner_url=cluster.url(OWNER, database=DATABASE),
            app_url=cluster.url(LOGIN_ROLE, database=DATABASE),
        )

    def stop(self) -> bool:
        """Leave the server, and end it unless someone else uses it; says whether it ended."""
        return self._leave(remove=False)

    def remove(self) -> None:
        """As `stop`, and delete the data for good, unless someone else uses them."""
        self._leave(remove=True)

    def __enter__(self) -> EmbeddedServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _leave(self, *, remove: bool) -> bool:
        if not self._home.exists():
            return False
        with self._alone():
            if self._use is not None:
                os.close(self._use)
                self._use = None
            try:
                os.close(self._lock("postgres.users", fcntl.LOCK_EX | fcntl.LOCK_NB))
            except BlockingIOError:
                return False
            cluster = self._cluster()
            ended = cluster.stop()
            if remove and cluster.place.exists():
                shutil.rmtree(cluster.place)
            if remove:
                (self._home / "postgres.path").unlink(missing_ok=True)
            return ended

    def _cluster(self) -> Cluster:
        inside, pointer = self._home / "postgres", self._home / "postgres.path"
        user = programs.server_user(inside)
        if user is None or inside.exists():
            return Cluster(inside, user)
        if not pointer.exists():
            if programs.may_enter(self._home, user):
                return Cluster(inside, user)
            pointer.write_text(str(programs.SYSTEM_FOLDER / secrets.token_hex(8)))
        place = Path(pointer.read_text())
        return Cluster(place, programs.server_user(place))

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        lock = self._lock("postgres.lock", fcntl.LOCK_EX)
        try:
            yield
        finally:
            os.close(lock)

    def _lock(self, name: str, operation: int) -> int:
        """Take a lock that ends with the process, however it ends; BlockingIOError if told not to wait."""
        file = os.open(self._home / name, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(file, operation)
        except BlockingIOError:
            os.close(file)
            raise
        return file
