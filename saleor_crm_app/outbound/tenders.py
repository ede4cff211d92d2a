"""Handles what is owed to the shop about tenders: each job in one call, tried again when the shop is away."""

from saleor_crm_app.checkout import FillPool, FindTender, Pool, Settler, SettleTender
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.outbound.reads import Callers
from saleor_crm_app.saleor.codes import CodeBook


class Tenders:
    """The handlers of one job process."""

    def __init__(self, database: Database, callers: Callers, codes: CodeBook) -> None:
        self._database = database
        self._callers = callers
        self._codes = codes
        self._settler = Settler(database, callers, codes)

    async def settle(self, job: SettleTender) -> None:
        """Bring a tender to its end, if it has one by now."""
        await self._settler.settle(job)

    async def find(self, job: FindTender) -> None:
        """Find out whose code an order bears."""
        await self._settler.find(job)

    async def fill(self, job: FillPool) -> None:
        """Make codes ahead."""
        pool = Pool(self._database, job.installation, self._codes)
        await pool.fill(await self._callers(job.installation), job)
