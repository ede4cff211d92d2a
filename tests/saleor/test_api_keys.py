"""API keys: good for their own shop, refused alike for every other reason, alive through a change of the secret key."""

from collections.abc import Callable

import psycopg
import pytest
import sqlalchemy as sa

from saleor_crm_app.installation.rotation import rotate
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import BadInput
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.api_keys import ApiKeyIdentity, ApiKeys
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.jose import Unauthorized
from saleor_crm_app.saleor.secrets import CannotOpen, Vault
from tests.conftest import Addresses, MakeInstallation

OLD, NEW = "the secret key of last year", "the secret key of this year"


async def test_a_key_names_its_shop_and_scopes(database: Database, installation: InstallationId) -> None:
    keys = ApiKeys(database, [OLD])
    text = await keys.create(installation, name="till", scopes=["staff:*"])
    identity = await keys.identify(text)
    assert identity == ApiKeyIdentity(
        installation=installation, key_id=text.split("_")[1], scopes=frozenset({"staff:*"})
    )


async def test_the_key_itself_is_nowhere_in_the_database(
    database: Database, installation: InstallationId, addresses: Addresses
) -> None:
    text = await ApiKeys(database, [OLD]).create(installation, name="till", scopes=["staff:*"])
    with psycopg.connect(addresses.owner) as connection:
        (kept,) = connection.execute("SELECT row_to_json(api_key)::text FROM api_key").fetchone() or ("",)
    assert text.split("_")[2] not in kept


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"),
        lambda text: text.replace("crm_", "crn_"),
        lambda text: text.replace(text.split("_")[1], "0" * 12),
        lambda _text: "",
        lambda _text: "crm_",
        lambda text: text * 3,
        lambda _text: "crm_é",
    ],
)
async def test_refuses_what_is_not_exactly_the_key(
    database: Database, installation: InstallationId, spoil: Callable[[str], str]
) -> None:
    keys = ApiKeys(database, [OLD])
    text = await keys.create(installation, name="till", scopes=["staff:*"])
    with pytest.raises(Unauthorized):
        await keys.identify(spoil(text))


async def test_a_revoked_key_is_refused(database: Database, installation: InstallationId) -> None:
    keys = ApiKeys(database, [OLD])
    text = await keys.create(installation, name="till", scopes=["staff:*"])
    assert await keys.revoke(installation, text.split("_")[1])
    assert not await keys.revoke(installation, text.split("_")[1])
    with pytest.raises(Unauthorized):
        await keys.identify(text)


async def test_another_shop_cannot_revoke_it(database: Database, make_installation: MakeInstallation) -> None:
    keys = ApiKeys(database, [OLD])
    text = await keys.create(await make_installation(), name="till", scopes=["staff:*"])
    assert not await keys.revoke(await make_installation(), text.split("_")[1])


async def test_refuses_a_scope_that_does_not_exist(database: Database, installation: InstallationId) -> None:
    with pytest.raises(BadInput):
        await ApiKeys(database, [OLD]).create(installation, name="till", scopes=["everything"])


async def test_a_key_in_use_moves_under_the_new_secret_key(database: Database, installation: InstallationId) -> None:
    text = await ApiKeys(database, [OLD]).create(installation, name="till", scopes=["staff:*"])
    await ApiKeys(database, [NEW, OLD]).identify(text)
    assert (await ApiKeys(database, [NEW]).identify(text)).installation == installation


async def test_rotation_seals_every_token_under_the_new_key(
    database: Database, make_installation: MakeInstallation
) -> None:
    old, new = Vault([OLD]), Vault([NEW])
    for _ in range(3):
        shop = await make_installation()
        async with database.shop(shop) as session:
            await session.execute(
                # sealed for its own row, which exists only now
                sa.text("UPDATE installation SET token = :token"),
                {"token": old.seal(f"token of {shop}", installation=shop, column="token")},
            )
    assert await rotate(database, [NEW, OLD]) == (3, 3)
    assert await rotate(database, [NEW, OLD]) == (0, 3)
    for one in await all_installations(database):
        assert new.open(one.token, installation=one.id, column="token") == f"token of {one.id}"
        with pytest.raises(CannotOpen):
            old.open(one.token, installation=one.id, column="token")
