"""Reads orders and customers in the shop and puts what it says into the inbox: the one road into the books."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from saleor_crm_app.crm.customers import ReadCustomer
from saleor_crm_app.crm.orders import ReadOrder
from saleor_crm_app.jobs.inbox import NewItem, append
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.customers import read_customer
from saleor_crm_app.saleor.orders import read_order
from saleor_crm_app.saleor.parsing import (
    CUSTOMER_SNAPSHOT,
    ORDER_SNAPSHOT,
    customer_gone,
    snapshot_of_customer,
    snapshot_of_order,
)

Callers = Callable[[InstallationId], Awaitable[Caller]]
"""Gives who speaks to an installation's shop."""


class Reader:
    """Handles the jobs that ask the shop again; asking twice does no harm."""

    def __init__(self, database: Database, callers: Callers) -> None:
        self._database = database
        self._callers = callers

    async def read_order(self, job: ReadOrder) -> None:
        """An order that is not there any more teaches nothing."""
        asked = await self._shop_time(job.installation)
        order = await read_order(await self._callers(job.installation), job.order)
        if order is not None:
            body = snapshot_of_order(order, issued_at=asked)
            await self._keep(job.installation, ORDER_SNAPSHOT, body)

    async def read_customer(self, job: ReadCustomer) -> None:
        """A customer that is not there any more was deleted."""
        asked = await self._shop_time(job.installation)
        customer: dict[str, Any] | None = await read_customer(await self._callers(job.installation), job.customer)
        if customer is None:
            kind, body = customer_gone(job.customer, issued_at=asked)
            await self._keep(job.installation, kind, body)
        else:
            await self._keep(job.installation, CUSTOMER_SNAPSHOT, snapshot_of_customer(customer, issued_at=asked))

    async def _shop_time(self, installation: InstallationId) -> datetime:
        """What the time is in the shop, to be compared with what its deliveries say."""
        async with self._database.shop(installation, read_only=True) as session:
            return await business_time(session, installation)

    async def _keep(self, installation: InstallationId, kind: str, body: bytes) -> None:
        await append(self._database, [NewItem.of(installation, kind=kind, source="poll", body=body)])
