"""Keys of seals: made for each shop, published, encrypted again with the tokens; and what the monitoring is told."""

from base64 import urlsafe_b64decode

import httpx
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette

from saleor_crm_app.installation.proving import proof_gauges, prove_all
from saleor_crm_app.installation.public_keys import PATH, public_keys_route
from saleor_crm_app.installation.rotation import rotate
from saleor_crm_app.installation.sealing import renew_key, seal_shop, trusted_keys
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty import points
from saleor_crm_app.saleor.clients import TOKEN_COLUMN
from saleor_crm_app.saleor.installation_store import purge
from saleor_crm_app.saleor.secrets import CannotOpen, Vault
from tests.conftest import Addresses, MakeInstallation
from tests.loyalty.ledgers import VAULT, proved, seal, tamper
from tests.loyalty.test_accrual import happen
from tests.shop import order

OLD, NEW = "a secret key that only tests know", "the secret key of the next year"


async def published(database: Database) -> list[dict[str, object]]:
    transport = httpx.ASGITransport(Starlette(routes=[public_keys_route(database)]))
    async with httpx.AsyncClient(transport=transport, base_url="https://app.example") as client:
        answer = await client.get(PATH)
    assert answer.status_code == 200
    found: list[dict[str, object]] = answer.json()["keys"]
    return found


async def test_every_key_that_ever_signed_is_published_and_no_private_one(
    database: Database, make_installation: MakeInstallation
) -> None:
    # given
    shops = [await make_installation(), await make_installation()]
    used = []
    for shop in shops:
        await happen(database, shop, order(charged=10000))
        used.append(await seal(database, shop))
    async with database.shop(shops[0]) as session:
        fresh = await renew_key(session, shops[0], VAULT)
    # when
    keys = await published(database)
    # then
    assert [key["kid"] for key in keys] == [*(one.key_id for one in used if one is not None), fresh.key_id]
    assert [key["retired_at"] is None for key in keys] == [False, True, True]
    assert set(keys[0]) == {"kty", "crv", "use", "kid", "x", "made_at", "retired_at"}
    async with database.shop(shops[0]) as session:
        trusted = await trusted_keys(session, shops[0], VAULT)
    assert trusted[str(keys[0]["kid"])] == urlsafe_b64decode(f"{keys[0]['x']}=")


async def test_private_keys_are_encrypted_again_under_a_new_secret(
    database: Database, make_installation: MakeInstallation
) -> None:
    shop = await make_installation()
    async with database.shop(shop) as session:
        token = VAULT.seal("token", installation=shop, column=TOKEN_COLUMN)
        await session.execute(sa.text("UPDATE installation SET token = :token"), {"token": token})
    await happen(database, shop, order(charged=10000))
    await seal(database, shop)
    assert await rotate(database, [NEW, OLD]) == (2, 2)
    assert await rotate(database, [NEW]) == (0, 2)
    await happen(database, shop, order(charged=10000))
    assert await seal_shop(database, shop, Vault([NEW])) is not None
    await happen(database, shop, order(charged=10000))
    with pytest.raises(CannotOpen):
        await seal_shop(database, shop, VAULT)


async def test_the_monitoring_is_told_of_broken_books(
    database: Database, make_installation: MakeInstallation, addresses: Addresses
) -> None:
    good, bad = await make_installation(), await make_installation()
    for shop in (good, bad):
        await happen(database, shop, order(charged=10000))
        await seal(database, shop)
    assert await prove_all(database, VAULT) == 0
    tamper(addresses, "UPDATE account SET balance = 7 WHERE installation_id = %(shop)s", shop=bad)
    assert await prove_all(database, VAULT) == 1
    told = {
        (family.name, sample.labels["installation"]): sample.value
        for family in await proof_gauges(database)
        for sample in family.samples
    }
    assert told["saleor_crm_books_broken", str(good)] == 0
    assert told["saleor_crm_books_broken", str(bad)] == 1
    assert 0 <= told["saleor_crm_books_verified_seconds", str(bad)] < 60


async def test_a_purged_shop_takes_its_seals_and_keys_along(
    database: Database, installation: InstallationId, addresses: Addresses
) -> None:
    await happen(database, installation, order(charged=10000))
    await seal(database, installation)
    assert (await proved(database, installation)).seals == 1
    tamper(addresses, "UPDATE installation SET state = 'PAUSED'")
    async with database.shop(installation) as session:
        assert await purge(session)
    assert await published(database) == []
    async with database.intake() as session:
        assert await points.books.shops_to_seal(session) == []
