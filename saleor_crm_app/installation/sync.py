"""Keeps our webhooks in each shop as this version of the app wants them: Saleor never reads a manifest again."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLSyntaxError, parse, print_ast, strip_ignored_characters

from saleor_crm_app.installation.manifest import wanted_webhooks
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import CrmError
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.saleor.app_webhooks import (
    OwnWebhook,
    create_webhook,
    delete_webhook,
    own_app,
    update_webhook,
)
from saleor_crm_app.saleor.client import SaleorClient
from saleor_crm_app.saleor.installation_store import (
    all_installations,
    claim_sync,
    save_version,
)
from saleor_crm_app.saleor.installations import Installation, InstallationState

Clients = Callable[[InstallationId], Awaitable[SaleorClient]]

log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing to do in the shop; `webhook` is its id there, None for one that is missing."""

    act: str
    name: str
    webhook: str | None
    content: dict[str, Any]


def changes(wanted: Iterable[dict[str, Any]], found: Iterable[OwnWebhook]) -> Iterator[Change]:
    """What must happen so that the shop has exactly the wanted webhooks; they are known by their names.

    Of two with one name the first is kept. Whatever else our app has there is ours too, from an older version.
    """
    spare = list(found)
    for content in wanted:
        same = [webhook for webhook in spare if webhook.name == content["name"]]
        if not same:
            yield Change(act="create", name=content["name"], webhook=None, content=content)
            continue
        spare.remove(same[0])
        if not _reads_as(same[0], content):
            yield Change(act="update", name=content["name"], webhook=same[0].id, content=content)
    for webhook in spare:
        yield Change(act="delete", name=webhook.name, webhook=webhook.id, content={})


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSync:
    """Compares and repairs, one shop after the other; several workers never do the same shop at once."""

    database: Database
    clients: Clients
    base_url: str | None

    async def sync_all(self) -> None:
        """Bring every active shop up to date; one that cannot be asked now is left for the next time."""
        if self.base_url is None:
            log.warning("webhooks_not_synced", reason="APP_API_BASE_URL is not set")
            return
        for shop in await all_installations(self.database):
            if shop.state is not InstallationState.ACTIVE or not await claim_sync(self.database, shop.id):
                continue
            try:
                await self.sync(shop)
            except CrmError as trouble:
                log.warning("webhooks_not_synced", installation=str(shop.id), reason=str(trouble))

    async def sync(self, shop: Installation) -> list[Change]:
        """Bring one shop up to date; says what was changed.

        Raises what the calls raise; what was done till then stays, and the rest is done the next time.
        """
        if self.base_url is None:
            return []
        client = await self.clients(shop.id)
        own = await own_app(client)
        if own.saleor_version != shop.saleor_version:
            await save_version(self.database, shop.id, own.saleor_version)
        done = list(changes(wanted_webhooks(self.base_url, own.saleor_version), own.webhooks))
        for change in done:
            await _carry_out(client, change)
            log.info("webhook_synced", installation=str(shop.id), act=change.act, webhook=change.name)
        return done


async def _carry_out(client: SaleorClient, change: Change) -> None:
    if change.webhook is None:
        await create_webhook(client, change.content)
    elif change.act == "delete":
        await delete_webhook(client, change.webhook)
    else:
        await update_webhook(client, change.webhook, change.content)


def _reads_as(found: OwnWebhook, content: dict[str, Any]) -> bool:
    return (
        found.is_active
        and found.target_url == content["targetUrl"]
        and found.events == frozenset(content["asyncEvents"])
        and _plain(found.query) == _plain(content["query"])
    )


def _plain(query: str) -> str:
    """A document without what does not count, such as spaces."""
    try:
        return strip_ignored_characters(print_ast(parse(query)))
    except GraphQLSyntaxError:
        return query
