"""The database of the benchmarks: the embedded server with everything durable, and raw yardsticks on it."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psutil
import psycopg
import sqlalchemy as sa

from benchmarks.rounds import Go, NoYardstick
from saleor_crm_app.kernel import schema
from saleor_crm_app.kernel.embedded import EmbeddedPostgres, EmbeddedServer
from saleor_crm_app.kernel.postgres_cluster import LOGIN_ROLE
from saleor_crm_app.kernel.postgres_programs import packaged

CLIENTS = 16
ACCOUNTS = 10_000
_TEMPLATE = "migrated"
_NUMBERS = count(1)

NAIVE_TABLES = f"""
    CREATE TABLE naive_event (key text PRIMARY KEY);
    CREATE TABLE naive_entry (id bigserial PRIMARY KEY, account bigint NOT NULL, points bigint NOT NULL);
    CREATE INDEX ON naive_entry (account);
    CREATE TABLE naive_balance (account bigint PRIMARY KEY, points bigint NOT NULL);
    CREATE TABLE naive_outbox (id bigserial PRIMARY KEY, job text NOT NULL);
    INSERT INTO naive_balance SELECT n, 0 FROM generate_series(1, {ACCOUNTS}) AS n;
"""  # noqa: S608 # a number of our own
_NAIVE = f"""\\set account random(1, {ACCOUNTS})
BEGIN;
INSERT INTO naive_event VALUES (md5(random()::text || clock_timestamp()::text || :client_id)) ON CONFLICT DO NOTHING;
INSERT INTO naive_entry (account, points) VALUES (:account, 10);
UPDATE naive_balance SET points = points + 10 WHERE account = :account;
INSERT INTO naive_outbox (job) VALUES ('notify');
COMMIT;
"""  # noqa: S608 # pgbench's own variables


@dataclass(frozen=True, slots=True)
class Place:
    """One database, as its owner reaches it and as the app does."""

    owner: str
    app: str


@dataclass(frozen=True, slots=True)
class Server:
    """The running server; `pid` is that of its first process."""

    embedded: EmbeddedServer
    pid: int

    def migrated(self) -> Place:
        """A new database with our tables."""
        return self._create(f"TEMPLATE {_TEMPLATE}")

    def clone(self, place: Place) -> Place:
        """A new database with all that is in one that nobody uses now."""
        return self._create(f"TEMPLATE {_name(place)} STRATEGY FILE_COPY")

    def empty(self) -> Place:
        return self._create("")

    def drop(self, place: Place) -> None:
        self._execute(f"DROP DATABASE {_name(place)} WITH (FORCE)")

    def checkpoint(self) -> None:
        """Write out what earlier goes have left, so that nobody pays for another."""
        self._execute("CHECKPOINT")

    def _create(self, like: str) -> Place:
        name = f"bench_{next(_NUMBERS)}"
        self._execute(f"CREATE DATABASE {name} {like}")
        return _place(self.embedded, name)

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.embedded.owner_url, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def durable_server() -> Iterator[Server]:
    """A server that forgets nothing it has acknowledged, gone at the end with all it held."""
    home = Path(tempfile.mkdtemp(prefix="saleor-crm-bench-"))
    postgres = EmbeddedPostgres(home, max_connections=100)
    try:
        embedded = postgres.start()
        with psycopg.connect(embedded.owner_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {_TEMPLATE}".encode())
            backend = psutil.Process(connection.info.backend_pid)
            pid = backend.ppid()
        schema.migrate(_place(embedded, _TEMPLATE).owner, login=LOGIN_ROLE)
        yield Server(embedded, pid)
    finally:
        postgres.remove()
        shutil.rmtree(home, ignore_errors=True)


def _name(place: Place) -> str:
    return sa.make_url(place.owner).database or ""


def pgbench_program() -> str:
    """That of the embedded server, or the system's.

    Raises NoYardstick where there is neither.
    """
    own = packaged() / "pginstall" / "bin" / "pgbench"
    found = str(own) if own.exists() else shutil.which("pgbench")
    if found is None:
        raise NoYardstick("there is no pgbench here")
    return found


def pgbench(program: str, place: Place, *, seconds: float) -> Go:
    """The naive transaction of four statements from 16 clients, for whole seconds; CPU time is the clients' own."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_NAIVE)
        script.flush()
        command = [program, "-n", "-c", str(CLIENTS), "-j", "2", "-T", str(max(1, round(seconds))), "-f", script.name]
        before = os.times()
        done = subprocess.run([*command, place.owner], capture_output=True, text=True, check=False)
        after = os.times()
    if done.returncode:
        raise ChildProcessError(f"pgbench fails: {done.stderr.strip()[-300:]}")
    transactions = int(_found(r"actually processed: (\d+)", done.stdout))
    return Go(
        done=transactions,
        seconds=transactions / float(_found(r"tps = ([\d.]+)", done.stdout)),
        cpu_seconds=after.children_user + after.children_system - before.children_user - before.children_system,
    )


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise ValueError(f"pgbench says something unknown: {text[-300:]}")
    return match[1]


def _place(embedded: EmbeddedServer, name: str) -> Place:
    def named(url: str) -> str:
        return sa.make_url(url).set(database=name).render_as_string(hide_password=False)

    return Place(named(embedded.owner_url), named(embedded.app_url))
