"""Shared by all tests: one embedded PostgreSQL a run, one migrated template, a fresh clone where it is wanted."""

import itertools
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
import structlog

from saleor_crm_app.kernel import schema
from saleor_crm_app.kernel.db import Database, insert_rows
from saleor_crm_app.kernel.embedded import EmbeddedPostgres, EmbeddedServer
from saleor_crm_app.kernel.ids import InstallationId, new_id
from saleor_crm_app.kernel.postgres_cluster import LOGIN_ROLE
from saleor_crm_app.saleor.installations import InstallationRow

TEMPLATE = "migrated_template"
MEMORY = Path("/dev/shm")  # noqa: S108 # a folder of our own is made in it
_ROOM = 4 * 1024**3
"""So many bytes must be free where files are kept in memory, or they are kept on disk."""
_OURS = "saleor-crm-tests-"
_DAY = 24 * 60 * 60
_NUMBERS = itertools.count(1)

_NEEDED = ("SALEOR_API_URL", "SALEOR_APP_TOKEN")

MakeInstallation = Callable[..., Awaitable[InstallationId]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--target",
        choices=("simulated", "saleor"),
        default="simulated",
        help="Which shop the journeys of coupons are made in; `saleor`: a real one, and nothing else is tested.",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("target") == "saleor" and not all(os.environ.get(name) for name in _NEEDED):
        raise pytest.UsageError(
            "Set SALEOR_API_URL and SALEOR_APP_TOKEN to a real shop's API and an app's token there."
        )
    # as it comes, structlog draws every frame with its variables, which takes seconds for each error that tests provoke
    told = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], told])
    if not hasattr(config, "workerinput"):  # once for all processes of a run
        _sweep()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what knows the simulated shop only where a real one is the target."""
    if config.getoption("target") == "saleor":
        left_out = [item for item in items if "market" not in getattr(item, "fixturenames", ())]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


@dataclass(frozen=True)
class Addresses:
    """Where one database is reached, as its owner and as the app."""

    owner: str
    app: str


def _sweep() -> None:
    """Remove from memory what a run left there that was killed."""
    for left in MEMORY.glob(f"{_OURS}*"):
        seen = left.lstat()  # the folder is everybody's: what others put there says nothing of ours
        if seen.st_uid == os.geteuid() and time.time() - seen.st_mtime > _DAY:
            EmbeddedPostgres(left).remove()
            shutil.rmtree(left, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedServer]:
    """The server of this test run; gone with all it held at the end."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > _ROOM
    home = Path(tempfile.mkdtemp(prefix=_OURS, dir=MEMORY if has_room else None))
    home.chmod(0o711)  # as the app makes it: as root, the server runs as somebody else
    server = EmbeddedPostgres(home, fast=True, max_connections=200)
    try:
        yield server.start()
    finally:
        server.remove()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def template(postgres: EmbeddedServer) -> str:
    """A migrated database that others are cloned from."""
    _execute(postgres.owner_url, f"CREATE DATABASE {TEMPLATE}")
    schema.migrate(_named(postgres.owner_url, TEMPLATE), login=LOGIN_ROLE)
    return TEMPLATE


@pytest.fixture
def addresses(postgres: EmbeddedServer, template: str) -> Iterator[Addresses]:
    """A database of this test's own, cloned from the template and dropped afterwards."""
    name = f"test_{next(_NUMBERS)}"
    _execute(postgres.owner_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    try:
        yield Addresses(_named(postgres.owner_url, name), _named(postgres.app_url, name))
    finally:
        _execute(postgres.owner_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(addresses: Addresses) -> AsyncIterator[Database]:
    """The app's own way into this test's database: its login, its roles."""
    database = Database(addresses.app)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
def make_installation(database: Database) -> MakeInstallation:
    """Makes a shop that has installed the app; keyword arguments are columns."""

    async def make(**columns: object) -> InstallationId:
        installation = InstallationId(new_id())
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        row = {
            "id": installation,
            "api_url": f"https://shop-{installation}.example/graphql/",
            "app_id": "QXBwOjE=",
            "token": b"sealed",
            "jwks": '{"keys": []}',
            "jwks_fetched_at": moment,
            "jwks_tried_at": moment,
            "installed_at": moment,
            "registered_at": moment,
        } | columns
        async with database.shop(installation) as session:
            await insert_rows(session, InstallationRow.__table__, [row])
        return installation

    return make


@pytest.fixture
async def installation(make_installation: MakeInstallation) -> InstallationId:
    """One shop that has installed the app."""
    return await make_installation()


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _named(url: str, database: str) -> str:
    return sa.make_url(url).set(database=database).render_as_string(hide_password=False)
