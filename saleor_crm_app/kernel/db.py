"""The database: engines, the roles a transaction runs under, set-wise inserts, retries.

Three roles besides the owner. Nothing is reachable before a transaction has taken one of them:
`crm_app` sees only the rows of the installation set in its transaction, `crm_intake` appends to and claims
from the inbox and reads installations across shops, `crm_jobs` runs the queue library's own tables.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, Final, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry

from saleor_crm_app.kernel.ids import InstallationId

APP_ROLE: Final = "crm_app"
INTAKE_ROLE: Final = "crm_intake"
JOBS_ROLE: Final = "crm_jobs"

CONNECT_SECONDS: Final = 5.0

TURN_SECONDS: Final = 10.0
"""So long a transaction waits for a connection before it gives up."""

KEPT_FREE: Final = 2
"""So many connections are never lent to those who hold theirs while they may need a second one."""

IDLE_SECONDS: Final = 2.0
"""A connection that lay unused for longer is tested before it is used again."""

_RETRIED_STATES = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: the transaction did nothing and may simply run again."""

Result = TypeVar("Result")

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every table; relations are loaded on purpose or not at all."""

    metadata = sa.MetaData(naming_convention=_NAMING)


_SET_SHOP = sa.text(
    "SELECT set_config('role', :role, true), set_config('crm.installation', :installation, true),"
    " set_config('transaction_read_only', :read_only, true)"
)
_SET_ROLE = sa.text("SELECT set_config('role', :role, true)")


def driver_url(url: str, driver: str) -> sa.URL:
    """Name the driver in a plain `postgresql://` address."""
    return sa.make_url(url.replace("postgres://", "postgresql://", 1)).set(drivername=f"postgresql+{driver}")


class Database:
    """One process' pool of connections, and the only ways to begin a transaction."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = url
        self.engine: AsyncEngine = create_async_engine(
            driver_url(url, "asyncpg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=TURN_SECONDS,
            hide_parameters=True,  # they may be a person's, and errors are logged
            connect_args={
                "server_settings": {"application_name": "saleor-crm", "timezone": "UTC"},
                "timeout": CONNECT_SECONDS,
            },
        )
        sa.event.listen(self.engine.sync_engine, "checkin", _note_return)
        sa.event.listen(self.engine.sync_engine, "checkout", _test_connection)
        self._turns = asyncio.Semaphore(pool_size)
        self._held = asyncio.Semaphore(max(1, pool_size - KEPT_FREE))

    @asynccontextmanager
    async def _turn(self, turns: asyncio.Semaphore) -> AsyncIterator[None]:
        """Wait for a connection in the order of coming.

        The pool gives one that comes free to whoever asks at that moment, and lets who was waiting for it wait anew
        behind all others: where more ask than there are connections, some wait many times as long as most.
        """
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await turns.acquire()
        except TimeoutError as error:
            raise sa.exc.TimeoutError(f"no connection came free within {TURN_SECONDS:g} seconds") from error
        try:
            yield
        finally:
            turns.release()

    @asynccontextmanager
    async def _begun(self) -> AsyncIterator[AsyncSession]:
        async with (
            self._turn(self._turns),
            AsyncSession(self.engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @asynccontextmanager
    async def shop(self, installation: InstallationId, *, read_only: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction that sees one installation's rows; commits at the end, rolls back on error."""
        async with self._begun() as session:
            await session.execute(
                _SET_SHOP,
                {
                    "role": APP_ROLE,
                    "installation": str(installation),
                    "read_only": "on" if read_only else "off",
                },
            )
            yield session

    @asynccontextmanager
    async def held_shop(self, installation: InstallationId) -> AsyncIterator[AsyncSession]:
        """One that reads and may stay open while who holds it begins another: some connections are left for those.

        If all were held by such readers, each would wait for another to end.
        """
        async with self._turn(self._held), self.shop(installation, read_only=True) as session:
            yield session

    @asynccontextmanager
    async def intake(self) -> AsyncIterator[AsyncSession]:
        """One transaction across shops that can only append to and claim from the inbox."""
        async with self._begun() as session:
            await session.execute(_SET_ROLE, {"role": INTAKE_ROLE})
            yield session

    @asynccontextmanager
    async def intake_by_driver(self) -> AsyncIterator[asyncpg.Connection]:
        """As `intake`, by the driver's own connection: for what is done so often that SQLAlchemy costs more than it.

        Raises OperationalError for whatever the driver raises.
        """
        async with self._turn(self._turns), self.engine.connect() as connection:
            driver: asyncpg.Connection = (await connection.get_raw_connection()).driver_connection
            try:
                await driver.execute(f"BEGIN; SET LOCAL ROLE {INTAKE_ROLE}")
                yield driver
                await driver.execute("COMMIT")
            except BaseException as error:
                await connection.invalidate()  # the pool would not know that its transaction is open
                if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError):
                    raise sa.exc.OperationalError(None, None, error) from error
                raise

    @asynccontextmanager
    async def queue(self) -> AsyncIterator[AsyncSession]:
        """One transaction on the queue library's own tables."""
        async with self._begun() as session:
            await session.execute(_SET_ROLE, {"role": JOBS_ROLE})
            yield session

    async def close(self) -> None:
        await self.engine.dispose()


def _note_return(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["returned_at"] = time.monotonic()


def _test_connection(connection: AsyncAdapt_asyncpg_connection, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Give no dead connection out, without the three round trips a use that testing each time would cost.

    What died since it was last used a moment ago is seen by its closed socket.
    """
    idle = time.monotonic() - record.info.get("returned_at", time.monotonic())
    try:
        if connection.driver_connection.is_closed():
            raise sa.exc.InvalidatePoolError
        if idle > IDLE_SECONDS:
            connection.ping()  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped
    except connection.dbapi.Error as error:
        raise sa.exc.InvalidatePoolError from error


async def retrying(act: Callable[[], Awaitable[Result]], *, tries: int = 5) -> Result:
    """Run a whole transaction again when PostgreSQL says that it lost a race and did nothing.

    Raises what `act` raised last when the tries are used up.
    """
    for attempt in range(1, tries):
        try:
            return await act()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _RETRIED_STATES:
                raise
        await asyncio.sleep(0.01 * 2**attempt)
    return await act()


@lru_cache(maxsize=64)
def _unnest_insert(table: sa.Table, columns: tuple[str, ...], *, ignore_conflicts: bool) -> str:
    """The statement as the driver takes it, since preparing it by SQLAlchemy takes longer than running it."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped
    names, arrays, reads = [], [], []
    for number, name in enumerate(columns, start=1):
        kind = table.c[name].type.compile(dialect)
        names.append(f'"{name}"')
        # jsonb travels as text: an array of documents has no binary form in the driver
        carried = "TEXT" if kind == "JSONB" else kind
        arrays.append(f"CAST(${number} AS {carried}[])")
        reads.append(f'CAST("{name}" AS {kind})')
    return (
        f'INSERT INTO "{table.name}" ({", ".join(names)}) '  # noqa: S608 # names come from our own tables
        f"SELECT {', '.join(reads)} FROM unnest({', '.join(arrays)}) AS rows ({', '.join(names)})"
        + (" ON CONFLICT DO NOTHING" if ignore_conflicts else "")
    )


async def insert_rows(
    session: AsyncSession,
    table: sa.FromClause,
    rows: Sequence[Mapping[str, Any]],
    *,
    ignore_conflicts: bool = False,
) -> None:
    """Insert any number of like-shaped rows with one statement; JSON values are given as text."""
    if not rows:
        return
    if not isinstance(table, sa.Table):
        raise TypeError("insert_rows wants a table")
    columns = tuple(rows[0])
    statement = _unnest_insert(table, columns, ignore_conflicts=ignore_conflicts)
    connection = await session.connection()
    await connection.exec_driver_sql(statement, tuple([row[name] for row in rows] for name in columns))
