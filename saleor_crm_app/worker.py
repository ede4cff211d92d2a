"""The job process: works the inbox off and runs what is owed outside, until told to stop."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.config import Settings
from saleor_crm_app.crm.customers import ReadCustomer
from saleor_crm_app.crm.orders import ReadOrder
from saleor_crm_app.installation.lifecycle import follow
from saleor_crm_app.jobs.consumer import Consumer
from saleor_crm_app.jobs.inbox import ClaimedItem
from saleor_crm_app.jobs.runner import Runner
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
    return Worker(url, Vault(chosen.secret_keys), CallPolicy(allow_private=chosen.allow_private_hosts))


class Worker:
    """Everything the job process is made of."""

    def __init__(self, url: str, vault: Vault, policy: CallPolicy) -> None:
        self.database = Database(url, pool_size=5)
        self.consumer = Consumer(self.database, apply)
        self._clients = ShopClients(InstallationDirectory(self.database), vault, policy)
        reader = Reader(self.database, self._clients.of)
        self.runner = Runner(url, {ReadOrder: reader.read_order, ReadCustomer: reader.read_customer})

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what was begun is finished or left for another worker."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.close)
            async with asyncio.TaskGroup() as group:
                group.create_task(self.consumer.run(stop))
                group.create_task(self.runner.run(stop))
                log.info("working")
        log.info("stopped")

    async def close(self) -> None:
        await self._clients.close()
        await self.database.close()
