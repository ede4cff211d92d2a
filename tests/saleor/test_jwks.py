"""A shop's keys are fetched when needed, seldom, once for all who wait, and never forgotten for a failure."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.saleor.installations import Installation
from saleor_crm_app.saleor.jose import Unauthorized
from saleor_crm_app.saleor.jwks import KeyRing
from saleor_crm_app.saleor.keys import usable_jwks
from tests.conftest import MakeInstallation
from tests.reliability.signer import Signer
from tests.saleor.loopback import Answer, Loopback, Request, loopback

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
PATIENT = CallPolicy(allow_private=True, total_seconds=20)


@pytest.fixture
async def shop(signer: Signer) -> AsyncIterator[Loopback]:
    """A shop that answers with its keys."""
    async with loopback(lambda _: Answer.of(signer.jwks)) as shop:
        yield shop


class Ring:
    """A key ring as one process has it, for one shop."""

    def __init__(self, database: Database, api_url: str, policy: CallPolicy = PATIENT) -> None:
        self._directory = InstallationDirectory(database)
        self._api_url = api_url
        self.keys = KeyRing(database, self._directory, policy, breather=0.0)

    async def installation(self) -> Installation:
        found = await self._directory.by_api_url(self._api_url)
        assert found is not None
        return found

    async def has(self, name: str) -> bool:
        await self.keys.key(await self.installation(), name)
        return True


@pytest.fixture
async def ring(database: Database, shop: Loopback, make_installation: MakeInstallation) -> Ring:
    await make_installation(api_url=shop.api_url, jwks_tried_at=LONG_AGO)
    return Ring(database, shop.api_url)


async def stored(database: Database, ring: Ring) -> tuple[object, bool]:
    """The key set in the table, and whether a fetch was tried since long ago."""
    installation = await ring.installation()
    async with database.shop(installation.id) as session:
        row = (await session.execute(sa.text("SELECT jwks, jwks_tried_at FROM installation"))).one()
    return row.jwks, row.jwks_tried_at > LONG_AGO


async def warm_up(database: Database, ring: Ring) -> None:
    """Let a minute pass."""
    installation = await ring.installation()
    async with database.shop(installation.id) as session:
        await session.execute(sa.text("UPDATE installation SET jwks_tried_at = jwks_tried_at - interval '60 seconds'"))


async def test_an_unknown_key_is_fetched_from_the_shops_origin_and_kept(
    database: Database, shop: Loopback, ring: Ring, signer: Signer
) -> None:
    # when
    assert await ring.has(signer.kid)
    assert await ring.has(signer.kid)
    # then
    assert [(one.method, one.path) for one in shop.requests] == [("GET", "/.well-known/jwks.json")]
    assert await stored(database, ring) == (usable_jwks(signer.jwks), True)


async def test_a_key_that_the_shop_lacks_right_now_is_refused_for_good(shop: Loopback, ring: Ring) -> None:
    with pytest.raises(Unauthorized):
        await ring.has("nobodys-key")
    assert shop.connections == 1


async def test_while_the_shop_may_not_be_asked_the_answer_is_later_and_not_no(
    database: Database, shop: Loopback, ring: Ring
) -> None:
    # given
    with pytest.raises(Unauthorized):
        await ring.has("nobodys-key")
    # when, within the same minute
    for name in ("nobodys-key", "another-key"):
        with pytest.raises(Unavailable):
            await ring.has(name)
    assert shop.connections == 1
    # then, a minute later
    await warm_up(database, ring)
    with pytest.raises(Unauthorized):
        await ring.has("nobodys-key")
    assert shop.connections == 2


async def test_a_change_of_keys_is_noticed_and_the_old_key_goes(
    database: Database, shop: Loopback, ring: Ring, signer: Signer, other_signer: Signer
) -> None:
    # given
    await ring.has(signer.kid)
    shop.answer = lambda _: Answer.of(other_signer.jwks)
    # when, at first within the minute
    with pytest.raises(Unavailable):
        await ring.has(other_signer.kid)
    await warm_up(database, ring)
    # then
    assert await ring.has(other_signer.kid)
    assert set(ring.keys.held(await ring.installation())) == {other_signer.kid}


async def test_what_another_process_fetched_is_read_before_the_shop_is_asked(
    database: Database, shop: Loopback, ring: Ring, signer: Signer
) -> None:
    # given: this process remembers the shop without keys
    assert ring.keys.held(await ring.installation()) == {}
    other_process = Ring(database, shop.api_url)
    assert await other_process.has(signer.kid)
    # when
    assert await ring.has(signer.kid)
    # then
    assert shop.connections == 1


async def test_many_waiting_in_many_processes_ask_once(
    database: Database, shop: Loopback, ring: Ring, signer: Signer
) -> None:
    rings = [ring, *(Ring(database, shop.api_url) for _ in range(3))]
    answers = await asyncio.gather(*(one.has(signer.kid) for one in rings for _ in range(20)), return_exceptions=True)
    # those whose process lost the race may have to come again, but none is refused for good
    assert shop.connections == 1
    assert answers.count(True) >= 20
    assert {type(one) for one in answers} <= {bool, Unavailable}
    assert [await one.has(signer.kid) for one in rings] == [True] * 4


async def test_strangers_names_by_the_hundred_cost_one_call(shop: Loopback, ring: Ring) -> None:
    refusals = await asyncio.gather(*(ring.has(f"stranger-{number}") for number in range(200)), return_exceptions=True)
    assert shop.connections == 1
    assert sorted({type(one).__name__ for one in refusals}) == ["Unauthorized", "Unavailable"]
    # only the one whose own question the shop answered is refused for good
    assert [type(one) for one in refusals].count(Unauthorized) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html>maintenance</html>", 200, (("Content-Type", "text/html"),)),
        Answer(b"{}", 500),
        Answer(b"not found", 404),
        Answer.of({"keys": []}),
        Answer.of({"keys": None}),
        Answer.of([]),
        Answer(b'{"keys": [', 200),
        Answer(b"[" * 50_000, 200),
        Answer(b"\xff", 200),
        Answer(json.dumps({"keys": [], "pad": "x" * 64_000}).encode(), 200),
        Answer(b"", 302, (("Location", "/elsewhere"),)),
        b"",
    ],
)
async def test_a_failed_fetch_means_later_and_the_old_keys_stay(
    database: Database, shop: Loopback, ring: Ring, signer: Signer, answer: Answer | bytes
) -> None:
    # given
    await ring.has(signer.kid)
    await warm_up(database, ring)
    shop.answer = lambda _: answer
    # when
    with pytest.raises(Unavailable):
        await ring.has("new-key")
    # then
    assert await ring.has(signer.kid)
    assert await stored(database, ring) == (usable_jwks(signer.jwks), True)
    # and the failure counts for the minute
    connections = shop.connections
    with pytest.raises(Unavailable):
        await ring.has("new-key")
    assert shop.connections == connections


async def test_a_shop_that_is_slow_to_answer_is_not_waited_for(
    database: Database, shop: Loopback, ring: Ring, signer: Signer
) -> None:
    # given
    async def never(_: Request) -> Answer:
        await asyncio.Event().wait()
        return Answer()

    await ring.has(signer.kid)
    await warm_up(database, ring)
    shop.answer = never
    hurried = Ring(database, shop.api_url, CallPolicy(allow_private=True, total_seconds=0.2))
    # then
    with pytest.raises(Unavailable):
        await hurried.has("new-key")
    assert await hurried.has(signer.kid)


async def test_a_caller_who_leaves_does_not_end_the_search_of_the_others(
    shop: Loopback, ring: Ring, signer: Signer
) -> None:
    # given
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def when_told(_: Request) -> Answer:
        asked.set()
        await may_answer.wait()
        return Answer.of(signer.jwks)

    shop.answer = when_told
    first, second = (asyncio.create_task(ring.has(signer.kid)) for _ in range(2))
    async with asyncio.timeout(30):
        await asked.wait()
    # when
    first.cancel()
    may_answer.set()
    with pytest.raises(asyncio.CancelledError):
        await first
    # then
    assert await second
    assert shop.connections == 1


async def test_the_recorded_keys_are_taken(recordings: Path, shop: Loopback, ring: Ring) -> None:
    shop.answer = lambda _: Answer((recordings / "jwks.json").read_bytes())
    assert await ring.has("JAWiQldPrE9MPWWJGvuVgdd34cC3WdBSwzkWpcZehKc")
