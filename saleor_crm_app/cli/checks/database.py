"""The database: reachable, of our time and schema, and closed to the app but through its roles."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from saleor_crm_app.cli.checks.findings import Finding, failed, ok
from saleor_crm_app.kernel import schema
from saleor_crm_app.kernel.db import APP_ROLE, INTAKE_ROLE, JOBS_ROLE, Database
from saleor_crm_app.kernel.errors import Unavailable

SLOW_FIX: Final = "Check DATABASE_URL, and that the firewall lets this machine reach the server."
OLDEST_VERSION: Final = 15
MOST_SKEW: Final = timedelta(seconds=5)
_ROLES: Final = [APP_ROLE, INTAKE_ROLE, JOBS_ROLE]
_HOW_TO: Final = "docs/how-to/run-on-your-own-postgresql.md"

_SERVER = sa.text("SELECT current_setting('server_version_num')::int / 10000 AS version, clock_timestamp() AS moment")
_LOGIN = sa.text(
    """
    SELECT rolname, rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication AS is_mighty,
        ARRAY(
            SELECT relname::text FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
              AND (relowner = pg_roles.oid OR has_table_privilege(pg_roles.oid, pg_class.oid,
                   'SELECT, INSERT, UPDATE, DELETE, TRUNCATE'))
            ORDER BY relname
        ) AS tables,
        ARRAY(
            SELECT wanted FROM unnest(CAST(:roles AS text[])) AS wanted LEFT JOIN pg_roles AS role ON rolname = wanted
            WHERE role.oid IS NULL OR NOT pg_has_role(pg_roles.oid, role.oid, 'MEMBER')
        ) AS lacking
    FROM pg_roles WHERE rolname = current_user
    """
)
_ISOLATION = sa.text(
    """
    SELECT ARRAY(
        SELECT rolname::text FROM pg_roles
        WHERE rolname = ANY(CAST(:roles AS text[])) AND (rolsuper OR rolbypassrls OR rolcanlogin)
    ) AS mighty, ARRAY(
        SELECT relname::text FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
          AND attname = 'installation_id' AND NOT attisdropped AND NOT (relrowsecurity AND relforcerowsecurity)
          AND has_table_privilege(CAST(:app AS name), pg_class.oid, 'SELECT, INSERT, UPDATE, DELETE')
        ORDER BY relname
    ) AS exposed
    """
)


async def is_reached(database: Database) -> Sequence[Finding]:
    """Whether it answers, what it is, and whether its clock and ours agree."""
    try:
        async with database.engine.connect() as connection:
            asked = datetime.now(UTC)
            server = (await connection.execute(_SERVER)).one()
            answered = datetime.now(UTC)
    except (SQLAlchemyError, OSError) as error:
        return [failed("database.reachable", f"The database is not reached: {_cause(error)}", fix=_fix_of(error))]
    return [_of_version(server.version), _of_clock(server.moment, asked + (answered - asked) / 2)]


def _of_version(version: int) -> Finding:
    if version >= OLDEST_VERSION:
        return ok("database.reachable", f"PostgreSQL {version} answers")
    fix = f"Move the database to PostgreSQL {OLDEST_VERSION} or newer."
    return failed("database.reachable", f"PostgreSQL {version} is too old", fix=fix)


def _of_clock(theirs: datetime, ours: datetime) -> Finding:
    skew = theirs - ours
    says = f"Its clock and ours are {abs(skew.total_seconds()):.1f} seconds apart"
    if abs(skew) <= MOST_SKEW:
        return ok("database.clock", says)
    fix = "Let both machines take their time from NTP: leases and signatures are measured by it."
    return failed("database.clock", says, fix=fix)


def _cause(error: BaseException) -> str:
    """The error's kind and, of a database's, its code; its words may hold a password."""
    driver = getattr(error, "orig", None) if isinstance(error, DBAPIError) else error
    state = getattr(driver, "sqlstate", None)
    kind = type(getattr(driver, "__cause__", None) or driver).__name__
    return f"{kind} {state}" if state else kind


def _fix_of(error: BaseException) -> str:
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    if state.startswith("28"):
        return "Correct user and password in DATABASE_URL, or let the server's pg_hba.conf admit them."
    if state == "3D000":
        return f"Make the database that DATABASE_URL names, as in {_HOW_TO}."
    if state == "53300":
        return "Raise the server's max_connections, or run fewer processes."
    return "Start the server; check host and port in DATABASE_URL and that the firewall lets this machine in."


async def has_our_schema(database: Database) -> Sequence[Finding]:
    """Whether the tables are those this version was written for."""
    try:
        await asyncio.to_thread(schema.check, database.url)
    except schema.SchemaOutdated as refusal:
        fix = "Run `saleor-crm migrate` with this version of the app and DATABASE_OWNER_URL set."
        return [failed("database.schema", str(refusal), fix=fix)]
    except (SQLAlchemyError, Unavailable):
        return []  # said by the check that it is reached
    return [ok("database.schema", f"The schema is at revision {schema.newest_revision()}, the newest")]


async def is_closed(database: Database) -> Sequence[Finding]:
    """Whether the app's login can do nothing by itself, and its roles only what they are for."""
    try:
        async with database.engine.connect() as connection:
            login = (await connection.execute(_LOGIN, {"roles": _ROLES})).one()
            isolation = None if login.lacking else await _isolation(connection)
    except (SQLAlchemyError, OSError):
        return []  # likewise
    faults = [*_of_login(login), *([] if isolation is None else _of_isolation(isolation))]
    return faults or [ok("database.roles", f"{login.rolname} has no rights but through the app's roles")]


async def _isolation(connection: AsyncConnection) -> sa.Row[Any]:
    return (await connection.execute(_ISOLATION, {"roles": _ROLES, "app": APP_ROLE})).one()


def _of_login(login: sa.Row[Any]) -> Iterator[Finding]:
    if login.is_mighty:
        fix = f"Connect as a plain role: give DATABASE_URL a login made as in {_HOW_TO}."
        yield failed("database.login", f"{login.rolname} is more than a plain login", fix=fix)
    elif login.tables:
        says = f"{login.rolname} has rights of its own on {_some(login.tables)}"
        fix = f"Make it NOINHERIT and not the owner, as in {_HOW_TO}; keep the owner for `saleor-crm migrate`."
        yield failed("database.login", says, fix=fix)
    if login.lacking:
        says = f"{login.rolname} may not take {', '.join(login.lacking)}"
        fix = "Run `saleor-crm migrate` with DATABASE_OWNER_URL set: it lets the login of DATABASE_URL take them."
        yield failed("database.roles", says, fix=fix)


def _of_isolation(found: sa.Row[Any]) -> Iterator[Finding]:
    if found.mighty:
        says = f"{', '.join(found.mighty)} may log in or pass by row-level security"
        fix = "As an administrator: ALTER ROLE … NOLOGIN NOSUPERUSER NOBYPASSRLS, for each of them."
        yield failed("database.isolation", says, fix=fix)
    if found.exposed:
        says = f"Row-level security does not hold on {_some(found.exposed)}"
        fix = "As the owner: ALTER TABLE … ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, for each of them."
        yield failed("database.isolation", says, fix=fix)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
