"""Installations are remembered for moments only, and nobody is refused before the table was asked."""

import asyncio

import pytest
import sqlalchemy as sa

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.directory import InstallationDirectory
from tests.conftest import MakeInstallation

URL = "https://shop.example/graphql/"


async def rename_app(database: Database, installation: InstallationId, app_id: str) -> None:
    async with database.shop(installation) as session:
        await session.execute(sa.text("UPDATE installation SET app_id = :app"), {"app": app_id})


def statements(database: Database) -> list[str]:
    """Every reading of installations from here on."""
    seen: list[str] = []

    @sa.event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM installation" in statement:
            seen.append(statement)

    return seen


async def test_finds_a_shop_by_url_and_by_id(database: Database, make_installation: MakeInstallation) -> None:
    # given
    installation = await make_installation(api_url=URL)
    directory = InstallationDirectory(database)
    # when
    by_url, by_id = await directory.by_api_url(URL), await directory.by_id(installation)
    # then
    assert by_url == by_id
    assert by_url is not None
    assert (by_url.id, by_url.app_id, by_url.token) == (installation, "QXBwOjE=", b"sealed")


async def test_remembers_for_moments_and_forgets_when_told(
    database: Database, make_installation: MakeInstallation
) -> None:
    # given
    installation = await make_installation(api_url=URL)
    directory = InstallationDirectory(database)
    known = await directory.by_api_url(URL)
    assert known is not None
    # when another process re-installs
    await rename_app(database, installation, "QXBwOjI=")
    # then what is remembered is told, but not where something is to be refused
    assert await directory.by_api_url(URL) is known
    again = await directory.again(known)
    assert again is not None
    assert again.app_id == "QXBwOjI="
    assert await directory.by_api_url(URL) is again
    # and when told to
    await rename_app(database, installation, "QXBwOjM=")
    directory.forget(installation, URL)
    fresh = await directory.by_id(installation)
    assert fresh is not None
    assert fresh.app_id == "QXBwOjM="


async def test_what_was_remembered_runs_out(database: Database, make_installation: MakeInstallation) -> None:
    installation = await make_installation(api_url=URL)
    directory = InstallationDirectory(database, lifetime=0.0)
    await directory.by_api_url(URL)
    await rename_app(database, installation, "QXBwOjI=")
    found = await directory.by_api_url(URL)
    assert found is not None
    assert found.app_id == "QXBwOjI="


async def test_an_unknown_shop_is_found_as_soon_as_it_has_installed(
    database: Database, make_installation: MakeInstallation
) -> None:
    directory = InstallationDirectory(database)
    assert await directory.by_api_url(URL) is None
    installation = await make_installation(api_url=URL)
    found = await directory.by_api_url(URL)
    assert found is not None
    assert found.id == installation


async def test_requests_that_miss_together_read_once(database: Database, make_installation: MakeInstallation) -> None:
    await make_installation(api_url=URL)
    directory = InstallationDirectory(database)
    seen = statements(database)
    found = await asyncio.gather(*(directory.by_api_url(URL) for _ in range(50)))
    assert len(seen) == 1
    assert len({one.id for one in found if one}) == 1


async def test_a_database_that_does_not_answer_is_no_refusal() -> None:
    directory = InstallationDirectory(Database("postgresql://nobody:x@127.0.0.1:1/nothing"))
    with pytest.raises(Unavailable):
        await directory.by_api_url(URL)
