"""A shop that is installed without a hand-shake, and what it answers when it is compared with what we know."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from saleor_crm_app.jobs.progress import Counts
from saleor_crm_app.kernel.db import Database, insert_rows
from saleor_crm_app.kernel.ids import InstallationId, new_id
from saleor_crm_app.outbound.reconcile import AlreadyReading, Reconciler
from saleor_crm_app.outbound.reconcile_routes import Words
from saleor_crm_app.reactions import content_of, seen_from
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.installations import InstallationRow
from saleor_crm_app.saleor.secrets import Vault
from tests.journeys.conftest import SECRET
from tests.reliability.signer import Signer
from tests.reliability.signer import shop as signing_shop
from tests.reliability.traffic import Traffic

API_URL = "http://127.0.0.1:9/graphql/"
"""Nobody answers there: worker processes that ask at their usual times learn nothing."""
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


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


class AnsweringShop:
    """What the shop's API says to who compares: everything as it is at the end, page by page."""

    def __init__(self, sent: Traffic) -> None:
        self._orders = sorted(sent.truth.values(), key=_last_change)
        self._customers = sorted(sent.customers.values(), key=_last_change)

    async def execute(self, name: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        match name:
            case "OrdersChanged":
                return {"orders": _page(self._orders, variables or {})}
            case "CustomersChanged":
                return {"customers": _page(self._customers, variables or {})}
            case "FailedDeliveries":
                return {"app": {"webhooks": []}}
        raise LookupError(name)


async def reconcile(database: Database, shop: InstallationId, sent: Traffic) -> Counts:
    """Compare the shop as it is at the end with what we know of it, once, and put the differences into the inbox."""

    async def caller(_installation: InstallationId) -> Caller:
        return AnsweringShop(sent)

    (found,) = [one for one in await all_installations(database) if one.id == shop]
    reconciler = Reconciler(database, caller, Words(content_of=content_of, seen_from=seen_from))
    async with asyncio.timeout(30):
        while True:
            await _end_turns(database, shop)
            with suppress(AlreadyReading):
                return sum((progress.counts for progress in await reconciler.reconcile(found)), Counts())


async def _end_turns(database: Database, shop: InstallationId) -> None:
    """Take the turn from a worker that asks in vain, or was killed while it did."""
    async with database.shop(shop) as session:
        await session.execute(sa.text("UPDATE shop_turn SET lease_until = 'epoch'"))


def _last_change(node: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(node["updatedAt"])


def _page(nodes: Sequence[Mapping[str, Any]], variables: Mapping[str, Any]) -> dict[str, Any]:
    since = datetime.fromisoformat(variables["since"])
    listed = [node for node in nodes if _last_change(node) >= since]
    start = int(variables["after"] or 0)
    end = start + int(variables["first"])
    return {
        "totalCount": len(listed),
        "pageInfo": {"hasNextPage": end < len(listed), "endCursor": str(end)},
        "edges": [{"node": node} for node in listed[start:end]],
    }
