"""Where the database is: the one named in the settings, or the embedded one, started for as long as it is used."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from saleor_crm_app.config import Settings
from saleor_crm_app.kernel.embedded import EmbeddedPostgres
from saleor_crm_app.kernel.postgres_cluster import LOGIN_ROLE


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Addresses of the database: as the app's login and as its owner. `login` is the app's role by name."""

    app_url: str
    owner_url: str
    login: str | None


@contextmanager
def whereabouts(settings: Settings) -> Iterator[Whereabouts]:
    """Give the database's addresses; an embedded server runs until the last process has left."""
    if settings.database_url is None:
        with EmbeddedPostgres(settings.saleor_crm_home) as server:
            yield Whereabouts(server.app_url, server.owner_url, LOGIN_ROLE)
        return
    app_url = settings.database_url.get_secret_value()
    owner = settings.database_owner_url or settings.database_url
    yield Whereabouts(app_url, owner.get_secret_value(), urlsplit(app_url).username)
