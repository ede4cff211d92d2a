"""Acts done once: whoever calls again with a key gets the first answer, and nobody gets another's."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
import sqlalchemy as sa

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import LoyaltyErrorCode
from saleor_crm_app.kernel.idempotency import BadIdempotencyKey, IdempotencyConflict, forget_answers, once
from saleor_crm_app.kernel.ids import InstallationId
from tests.conftest import Addresses, MakeInstallation


class Told(msgspec.Struct, frozen=True):
    """What a caller is told; the number says which effect told it."""

    number: int
    text: str


class Broken(Exception):
    """The act failed in the middle."""


@pytest.fixture
async def second_process(addresses: Addresses) -> AsyncIterator[Database]:
    """Another process' own connections."""
    database = Database(addresses.app, pool_size=20)
    yield database
    await database.close()


async def ask(
    database: Database,
    shop: InstallationId,
    *,
    owner: str = "customer:7",
    key: str = "k",
    wanted: object = ("redeem", 500),
    fails: bool = False,
) -> Told:
    """Add a row to the shop's programs, once, and tell how many there are then."""
    async with database.shop(shop) as session:

        async def act() -> Told:
            await session.execute(
                sa.text(
                    "INSERT INTO program_channel (installation_id, channel, program_id)"
                    " SELECT :shop, 'channel-' || count(*), :shop FROM program_channel"
                ),
                {"shop": shop},
            )
            if fails:
                raise Broken
            return Told(await effects(database, shop) + 1, 'zß "{}"')

        return await once(session, shop, owner=owner, key=key, input=wanted, answer=Told, act=act)


async def effects(database: Database, shop: InstallationId) -> int:
    async with database.shop(shop, read_only=True) as session:
        return int((await session.execute(sa.text("SELECT count(*) FROM program_channel"))).scalar_one())


async def test_a_hundred_callers_with_one_key_get_one_effect_and_one_answer(
    database: Database, second_process: Database, installation: InstallationId
) -> None:
    async def call(number: int) -> bytes:
        limited = (database, second_process)[number % 2]
        async with room:
            return msgspec.json.encode(await ask(limited, installation))

    room = asyncio.Semaphore(16)  # of the connections; the one who acts needs a second one here
    bodies = await asyncio.gather(*(call(number) for number in range(100)))
    assert set(bodies) == {msgspec.json.encode(Told(1, 'zß "{}"'))}
    assert await effects(database, installation) == 1


async def test_another_input_with_the_key_is_refused_and_nothing_changes(
    database: Database, installation: InstallationId
) -> None:
    first = await ask(database, installation)
    for other in (("redeem", 501), ("adjust", 500), ["redeem", "500"], None):
        with pytest.raises(IdempotencyConflict) as refusal:
            await ask(database, installation, wanted=other)
        assert (refusal.value.code, refusal.value.field) == (LoyaltyErrorCode.IDEMPOTENCY_CONFLICT, "idempotencyKey")
    assert await effects(database, installation) == 1
    assert await ask(database, installation) == first


async def test_the_key_of_another_caller_or_shop_never_answers(
    database: Database, installation: InstallationId, make_installation: MakeInstallation
) -> None:
    other_shop = await make_installation()
    assert (await ask(database, installation, owner="customer:7")).number == 1
    assert (await ask(database, installation, owner="customer:70")).number == 2
    assert (await ask(database, installation, owner="staff:7")).number == 3
    assert (await ask(database, other_shop, owner="customer:7")).number == 1
    assert (await ask(database, installation, owner="customer:7")).number == 1


async def test_owner_and_key_do_not_run_into_each_other(database: Database, installation: InstallationId) -> None:
    assert (await ask(database, installation, owner="customer:7", key="1:k")).number == 1
    assert (await ask(database, installation, owner="customer:7:1", key="k")).number == 2


async def test_an_act_that_failed_was_not_done_and_may_be_done_with_its_key(
    database: Database, installation: InstallationId
) -> None:
    with pytest.raises(Broken):
        await ask(database, installation, fails=True)
    assert await effects(database, installation) == 0
    assert (await ask(database, installation)).number == 1


async def test_an_answer_lost_on_its_way_is_given_again(database: Database, installation: InstallationId) -> None:
    first = await ask(database, installation)
    await database.close()
    assert await ask(database, installation) == first
    assert await effects(database, installation) == 1


@pytest.mark.parametrize("key", ["", "k" * 256, "a\x00b"])
async def test_a_key_must_be_one(database: Database, installation: InstallationId, key: str) -> None:
    with pytest.raises(BadIdempotencyKey):
        await ask(database, installation, key=key)
    assert await effects(database, installation) == 0


async def test_keys_of_255_characters_are_taken(database: Database, installation: InstallationId) -> None:
    assert await ask(database, installation, key="ä" * 255) == await ask(database, installation, key="ä" * 255)


async def test_answers_are_forgotten_after_thirty_days_and_not_before(
    database: Database, installation: InstallationId
) -> None:
    for days, key in ((29, "young"), (31, "old")):
        await ask(database, installation, key=key)
        async with database.shop(installation) as session:
            # the app has no right to change one, so the row is written anew
            row = "SELECT installation_id, owner, 'aged-' || key, input, answer, now() - make_interval(days => :days)"
            await session.execute(
                sa.text(f"INSERT INTO idempotency {row} FROM idempotency WHERE key = :key"),
                {"days": days, "key": key},
            )
    async with database.shop(installation) as session:
        await forget_answers(session, installation)
        left = (await session.scalars(sa.text("SELECT key FROM idempotency ORDER BY key"))).all()
    assert left == ["aged-young", "old", "young"]
