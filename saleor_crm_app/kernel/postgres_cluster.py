"""Owns the files of one embedded PostgreSQL server: data, passwords and port; makes, starts, stops it."""

import contextlib
import os
import secrets
import shlex
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from saleor_crm_app.kernel import postgres_programs as programs

DATABASE = "saleor_crm"
OWNER = "postgres"
LOGIN_ROLE = "crm_login"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_min_messages": "fatal",  # the text and the keys of a failed statement can name a person
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """The files of one server in `place`, and the user it runs as where that is not ourselves.

    Callers see to it that one process at a time is at work here.
    """

    place: Path
    user: programs.ServerUser | None

    def start(self, settings: dict[str, str]) -> None:
        """Bring the server up with its login role and database, from whatever state a crash has left."""
        if not self._data.exists():
            self._make()
        if self._answers(DATABASE):
            return
        if not self._answers(OWNER):
            self._launch(_SETTINGS | settings)
        self._furnish()

    def stop(self) -> bool:
        """End the server; whether there was one to end."""
        if not self._answers(OWNER):
            return False
        programs.run_program("pg_ctl", "stop", "-w", "--mode=fast", f"--pgdata={self._data}", user=self.user)
        return True

    def url(self, role: str, *, database: str) -> str:
        password = self._password_file(role).read_text()
        return f"postgresql://{role}:{password}@127.0.0.1:{self._port}/{database}"

    @property
    def _data(self) -> Path:
        return self.place / "data"

    @property
    def _process_file(self) -> Path:
        """Written by the server, and there while it runs and after a crash."""
        return self._data / "postmaster.pid"

    @property
    def _port(self) -> int:
        """The port of the running server, else that of the last one; 0 before the first."""
        last = self.place / "port"
        lines = self._process_file.read_text().splitlines() if self._process_file.exists() else []
        if len(lines) > 3:
            return int(lines[3])
        return int(last.read_text()) if last.exists() else 0

    def _password_file(self, role: str) -> Path:
        return self.place / f"{role}.password"

    def _make(self) -> None:
        """Fill a folder beside the final one, so that a crash on the way leaves nothing half made."""
        self._make_place()
        fresh, password = self.place / "data.new", self._password_file(OWNER)
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        for role in (OWNER, LOGIN_ROLE):
            _write_secret(self._password_file(role))
        arguments = ["--auth=scram-sha-256", f"--username={OWNER}", f"--pwfile={password}", "--encoding=UTF8"]
        arguments += [
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            f"--pgdata={fresh}",
        ]
        if self.user is None:
            programs.run_program("initdb", *arguments, user=None)
        else:
            maker = programs.user_with_a_name(self.user)
            programs.give(fresh, maker)
            programs.give(password, maker)
            programs.run_program("initdb", *arguments, user=maker)
            programs.give(password, programs.ServerUser(0, 0))
            programs.give(fresh, self.user)
        fresh.rename(self._data)

    def _make_place(self) -> None:
        """Closed to all but ourselves, and as root to the server's group, which may pass through."""
        if self.place.parent == programs.SYSTEM_FOLDER:
            programs.make_open_folder(self.place.parent)
        self.place.mkdir(mode=0o700, exist_ok=True)
        if self.user is not None and self.place.stat().st_uid == 0:
            os.chown(self.place, -1, self.user.group)
            self.place.chmod(0o710)

    def _launch(self, settings: dict[str, str]) -> None:
        """Start on the port of the last time if that is free; what went wrong stands at the log's end."""
        port = str(_free_port(self._port))
        options = shlex.join(f"--{name}={value}" for name, value in {"port": port, **settings}.items())
        log = self._data / "server.log"
        arguments = ["-w", f"--pgdata={self._data}", f"--log={log}", f"--options={options}"]
        for patience in (True, True, True, False):
            try:
                programs.run_program("pg_ctl", "start", *arguments, user=self.user)
                break
            except subprocess.CalledProcessError as error:
                if patience and self._process_file.exists():
                    time.sleep(1)  # the children of a server that was killed take a moment to go
                    continue
                error.stderr = "\n".join(log.read_text().splitlines()[-3:]) if log.exists() else error.stderr
                raise
        (self.place / "port").write_text(port)

    def _furnish(self) -> None:
        """Make the login role and then the database, each unless it is there."""
        password = self._password_file(LOGIN_ROLE).read_text()
        with self._connection(OWNER) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [LOGIN_ROLE]).rowcount:
                role = sql.SQL("CREATE ROLE {} LOGIN NOINHERIT PASSWORD {}")
                connection.execute(role.format(sql.Identifier(LOGIN_ROLE), password))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _answers(self, database: str) -> bool:
        """Whether our server, and no stranger on its port, lets us into that database."""
        if not self._process_file.exists():
            return False
        try:
            self._connection(database).close()
        except psycopg.OperationalError:
            return False
        return True

    def _connection(self, database: str) -> psycopg.Connection[psycopg.rows.TupleRow]:
        return psycopg.connect(
            self.url(OWNER, database=database),
            autocommit=True,
            connect_timeout=10,
            require_auth="scram-sha-256",  # a stranger on that port must not be told the password
            sslmode="disable",  # what the caller's PG* variables say is meant for other servers
            gssencmode="disable",
            options="",
        )


def _free_port(wanted: int) -> int:
    """The wanted port if nobody listens there, else any; 0 wants any."""
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", wanted))
        return int(probe.getsockname()[1])
    return _free_port(0)


def _write_secret(path: Path) -> None:
    path.unlink(missing_ok=True)
    file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    os.write(file, secrets.token_hex(24).encode())
    os.close(file)
