"""The job process: works the inbox off and runs what is owed outside, until told to stop."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.config import Settings
from saleor_crm_app.crm.customers import ReadCustomer
from saleor_crm_app.crm.orders import ReadOrder
from saleor_crm_app.installation.lifecycle import follow
from saleor_crm_app.installation.removal import purge_overdue
from saleor_crm_app.installation.sync import WebhookSync
from saleor_crm_app.jobs.consumer import Consumer
from saleor_crm_app.jobs.inbox import ClaimedItem
from saleor_crm_app.jobs.runner import Runner, Schedule
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import BadInput
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.outbound.reads import Reader
from saleor_crm_app.reactions import react
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.clients import ShopClients
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.saleor.parsing import parse_event
from saleor_crm_app.saleor.secrets import Vault

log = logger(__name__)


async def apply(
    session: AsyncSession, installation: InstallationId, items: Sequence[ClaimedItem]
) -> Mapping[UUID, str]:
    """React to one shop's deliveries in the given transaction; says which can never be used, and why."""
    unusable: dict[UUID, str] = {}
    events = []
    for item in items:
        try:
            events.append(parse_event(item.body))
        except BadInput as error:
            unusable[item.id] = str(error)
    at = await business_time(session, installation)
    with structlog.contextvars.bound_contextvars(installation=str(installation)):
        await react(session, installation, events, at=at)
        await follow(session, installation, events)
    log.debug("applied", installation=str(installation), items=len(items), unusable=len(unusable))
    return unusable


def make_worker(chosen: Settings, url: str) -> "Worker":
    """A worker as the settings want it, on the database at `url`."""
    return Worker(chosen, url)


class Worker:
    """Everything the job process is made of."""

    def __init__(self, chosen: Settings, url: str) -> None:
        policy = CallPolicy(allow_private=chosen.allow_private_hosts)
        self.database = Database(url, pool_size=5)
        self.consumer = Consumer(self.database, apply)
        self.clients = ShopClients(InstallationDirectory(self.database), Vault(chosen.secret_keys), policy)
        self.sync = WebhookSync(database=self.database, clients=self.clients.of, base_url=chosen.app_api_base_url)
        self._keep = timedelta(days=chosen.keep_uninstalled_days)
        reader = Reader(self.database, self.clients.of)
        self.runner = Runner(
            url,
            {ReadOrder: reader.read_order, ReadCustomer: reader.read_customer},
            schedules=[
                Schedule(name="sync_webhooks", cron="23 * * * *", act=self.sync.sync_all),
                Schedule(name="purge_overdue", cron="41 2 * * *", act=self._purge_overdue),
            ],
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what was begun is finished or left for another worker."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.close)
            async with asyncio.TaskGroup() as group:
                group.create_task(self.consumer.run(stop))
                group.create_task(self.runner.run(stop))
                # an upgrade of the app may want other webhooks than the version before it
                group.create_task(self.sync.sync_all())
                log.info("working")
        log.info("stopped")

    async def _purge_overdue(self) -> None:
        await purge_overdue(self.database, keep=self._keep)

    async def close(self) -> None:
        await self.clients.close()
        await self.database.close()
