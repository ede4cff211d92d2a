"""Brings a database's schema to a revision, as its owner, and lets the app's login take its roles."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from saleor_crm_app.kernel.db import APP_ROLE, CONNECT_SECONDS, INTAKE_ROLE, JOBS_ROLE, driver_url
from saleor_crm_app.kernel.errors import CrmError, Unavailable

_LOCK: Final = 0x5A1E0C4D
"""Key of the lock that keeps two `migrate` from running at once."""

NEWEST: Final = "heads"
"""Names the newest revision in `migrate`."""


class SchemaOutdated(CrmError):
    """The database's schema is not the one this version of the app was written for."""

    def __init__(self, found: str | None) -> None:
        super().__init__(
            f"The database is at revision {found or 'none'}, this version of the app needs"
            f" {newest_revision()}: run `saleor-crm migrate`"
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "saleor_crm_app:migrations")
    return config


def newest_revision() -> str:
    """The revision this version of the app works with."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def migrate(owner_url: str, *, login: str | None, revision: str = NEWEST) -> str:
    """Move the schema to a revision, the newest if none is named, and say which one holds then.

    `login` names the role the app connects as; it may then take the app's roles, and has no other rights.
    """
    with _connected(owner_url) as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        config = _config()
        config.attributes["connection"] = connection
        if revision == NEWEST or _is_ahead(connection, revision):
            command.upgrade(config, revision)
        else:
            command.downgrade(config, revision)
        if current_revision(connection) is not None:
            connection.execute(sa.text(f"GRANT SELECT ON alembic_version TO {APP_ROLE}, {INTAKE_ROLE}"))
        connection.commit()
        if login is not None:
            _let_take_roles(connection, login)
        return current_revision(connection) or "base"


def check(app_url: str) -> None:
    """Raise SchemaOutdated when the schema, as the app's login sees it, is not the newest.

    Raises Unavailable when the database does not answer.
    """
    try:
        with _connected(app_url) as connection:
            connection.execute(sa.text(f"SET ROLE {INTAKE_ROLE}"))
            found = current_revision(connection)
    except sa.exc.OperationalError as error:
        raise Unavailable("The database cannot be reached: check DATABASE_URL") from error
    except sa.exc.DBAPIError:
        # no such role, or no right to take it: nothing was migrated here yet
        found = None
    if found != newest_revision():
        raise SchemaOutdated(found)


def current_revision(connection: sa.Connection) -> str | None:
    """The revision a database is at."""
    return MigrationContext.configure(connection).get_current_revision()


def _is_ahead(connection: sa.Connection, revision: str) -> bool:
    current = current_revision(connection)
    if current is None:
        return True
    script = ScriptDirectory.from_config(_config())
    return revision != "base" and revision not in {past.revision for past in script.walk_revisions("base", current)}


def _let_take_roles(connection: sa.Connection, login: str) -> None:
    """Grant membership to the login, even to the owner: since PostgreSQL 16 who made a role may not take it."""
    quoted = connection.dialect.identifier_preparer.quote_identifier(login)
    connection.execute(sa.text(f"GRANT {APP_ROLE}, {INTAKE_ROLE}, {JOBS_ROLE} TO {quoted}"))
    connection.commit()


@contextmanager
def _connected(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(
        driver_url(url, "psycopg"),
        poolclass=sa.pool.NullPool,
        connect_args={"connect_timeout": int(CONNECT_SECONDS)},
    )
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("SET lock_timeout = '5s'"))
            connection.commit()
            yield connection
    finally:
        engine.dispose()
