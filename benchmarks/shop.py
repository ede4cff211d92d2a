"""The shop whose deliveries are measured, installed without a hand-shake."""

import json
from datetime import UTC, datetime

from benchmarks.deliveries import API_URL, APP_ID
from saleor_crm_app.kernel.db import Database, insert_rows
from saleor_crm_app.kernel.ids import InstallationId, new_id
from saleor_crm_app.saleor.installations import InstallationRow
from saleor_crm_app.saleor.secrets import Vault
from tests.reliability.signer import Signer

SECRET = "only for measuring"  # noqa: S105 # guards nothing
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


async def install(database: Database, signer: Signer) -> InstallationId:
    """Make the shop that sends them; the token is never used."""
    shop = InstallationId(new_id())
    row = {
        "id": shop,
        "api_url": API_URL,
        "app_id": APP_ID,
        "token": Vault([SECRET]).seal("x" * 30, installation=shop, column="token"),
        "saleor_version": "3.23.28",
        "jwks": json.dumps(signer.jwks),
        "jwks_fetched_at": LONG_AGO,
        "jwks_tried_at": LONG_AGO,
        "installed_at": LONG_AGO,
        "registered_at": LONG_AGO,
    }
    async with database.shop(shop) as session:
        await insert_rows(session, InstallationRow.__table__, [row])
    return shop
