"""One job process' work on the inbox, measured from inside: the real consumer over the real reactions.

Arguments: the database's address and how many deliveries wait. Writes its figures to standard output as JSON.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.jobs.consumer import Consumer
from saleor_crm_app.jobs.inbox import ClaimedItem
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.telemetry import configure_logging
from saleor_crm_app.worker import apply


class Counted:
    """Applies batches, and stops the consumer after the last delivery."""

    def __init__(self, number: int) -> None:
        self.stop = asyncio.Event()
        self.batches = 0
        self.statements = 0
        self._left = number

    async def apply(
        self, session: AsyncSession, installation: InstallationId, items: Sequence[ClaimedItem]
    ) -> Mapping[UUID, str]:
        unusable = await apply(session, installation, items)
        self.batches += 1
        self._left -= len(items)
        if self._left <= 0:
            self.stop.set()
        return unusable

    def saw(self, *_: object) -> None:
        self.statements += 1


async def _work(url: str, number: int) -> dict[str, float]:
    database = Database(url, pool_size=5)
    counted = Counted(number)
    sa.event.listen(database.engine.sync_engine, "before_cursor_execute", counted.saw)
    began, cpu_began = time.perf_counter(), time.process_time()
    try:
        await Consumer(database, counted.apply).run(counted.stop)
        return {
            "seconds": time.perf_counter() - began,
            "cpu_seconds": time.process_time() - cpu_began,
            "batches": counted.batches,
            "statements": counted.statements,
        }
    finally:
        await database.close()


def main(url: str, number: str) -> None:
    configure_logging("INFO")
    sys.stdout.write(json.dumps(asyncio.run(_work(url, int(number)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
