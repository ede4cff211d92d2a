"""A shop that is installed without a hand-shake, and what it would answer if it were asked for all its orders."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from saleor_crm_app.jobs.inbox import NewItem, append
from saleor_crm_app.kernel import clock
from saleor_crm_app.kernel.db import Database, insert_rows
from saleor_crm_app.kernel.ids import InstallationId, new_id
from saleor_crm_app.saleor.installations import InstallationRow
from saleor_crm_app.saleor.parsing import ORDER_SNAPSHOT, snapshot_of_order
from saleor_crm_app.saleor.secrets import Vault
from tests.journeys.conftest import SECRET
from tests.reliability.signer import Signer
from tests.reliability.signer import shop as signing_shop

API_URL = "https://busy.example/graphql/"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
TOGETHER = 100
"""Orders on one page of a poll."""


async def install(
    database: Database, *, api_url: str = API_URL, signer: Signer | None = None, **columns: object
) -> InstallationId:
    """Make a shop that has installed the app; keyword arguments replace columns."""
    shop = InstallationId(new_id())
    row = {
        "id": shop,
        "api_url": api_url,
        "app_id": "QXBwOjE=",
        "token": Vault([SECRET]).seal("x" * 30, installation=shop, column="token"),
        "saleor_version": "3.23.28",
        "jwks": json.dumps((signer or signing_shop()).jwks),
        "jwks_fetched_at": LONG_AGO,
        "jwks_tried_at": LONG_AGO,
        "installed_at": LONG_AGO,
        "registered_at": LONG_AGO,
    } | columns
    async with database.shop(shop) as session:
        await insert_rows(session, InstallationRow.__table__, [row])
    return shop


async def poll(database: Database, shop: InstallationId, orders: Iterable[Mapping[str, Any]]) -> None:
    """Put what the shop says of these orders now into the inbox, as whoever reads the shop does."""
    asked = clock.now()
    items = [
        NewItem.of(shop, kind=ORDER_SNAPSHOT, source="poll", body=snapshot_of_order(order, issued_at=asked))
        for order in orders
    ]
    for start in range(0, len(items), TOGETHER):
        await append(database, items[start : start + TOGETHER])
