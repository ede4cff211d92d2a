"""The secret key is changed while the app works: every call to the shop goes through, before, during and after."""

import asyncio

from pydantic import SecretStr

from saleor_crm_app.config import Settings
from saleor_crm_app.demo import SimulatedShop
from saleor_crm_app.installation.rotation import rotate
from saleor_crm_app.saleor.apps import app_identity
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.secrets import Vault
from saleor_crm_app.worker import make_worker
from tests.conftest import Addresses
from tests.journeys.conftest import SECRET, RunningApp

NEW = "the secret key of the next year"


async def test_the_key_changes_under_load(app: RunningApp, shop: SimulatedShop, addresses: Addresses) -> None:
    installed = await shop.apps.install(app.manifest_url)
    both = Settings(secret_key=SecretStr(NEW), secret_key_fallbacks=(SecretStr(SECRET),), allow_private_hosts=True)
    worker = make_worker(both, addresses.app)
    known = await app.installation()

    async def call() -> str:
        return (await app_identity(await worker.clients.of(known))).app_id

    async def change() -> tuple[int, int]:
        await asyncio.sleep(0.02)
        return await rotate(app.database, [NEW, SECRET])

    try:
        changed, *answers = await asyncio.gather(change(), *(call() for _ in range(50)))
        answers += [await call() for _ in range(5)]
    finally:
        await worker.close()
    assert changed == (1, 1)
    assert answers == [installed.id] * 55
    (stored,) = await all_installations(app.database)
    assert Vault([NEW]).open(stored.token, installation=known, column="token") == installed.token
