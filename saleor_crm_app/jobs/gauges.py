"""The backlog as gauges for Prometheus; that the database is away is a figure too."""

import asyncio
from typing import Final

from prometheus_client.metrics_core import Metric
from sqlalchemy.exc import SQLAlchemyError

from saleor_crm_app.jobs.backlog import Backlog, backlog
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.metrics import gauge
from saleor_crm_app.kernel.telemetry import logger

_SECONDS: Final = 2.0

log = logger(__name__)


async def gauges(database: Database) -> list[Metric]:
    """Read the backlog; without an answer in time only `database_up` is told, as 0."""
    try:
        async with asyncio.timeout(_SECONDS):
            found = await backlog(database)
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        log.warning("backlog_not_read", error=type(error).__name__)
        return [_up(0)]
    return [_up(1), *_of_inbox(found), *_of_outbox(found)]


def _up(figure: int) -> Metric:
    return gauge("database_up", "Whether the database answered just now.", [], [([], figure)])


def _of_inbox(found: Backlog) -> list[Metric]:
    label = ["installation"]
    shops = [([str(shop.installation)], shop) for shop in found.shops]
    return [
        gauge("inbox_waiting", "Deliveries not applied yet.", label, [(of, shop.waiting) for of, shop in shops]),
        gauge(
            "inbox_oldest_seconds",
            "For how long the oldest delivery waits.",
            label,
            [(of, shop.oldest_seconds) for of, shop in shops],
        ),
        gauge("inbox_buried", "Dead letters.", label, [(of, shop.buried) for of, shop in shops]),
    ]


def _of_outbox(found: Backlog) -> list[Metric]:
    return [
        gauge(
            "outbox_jobs",
            "Jobs by task and status; those that succeeded are gone.",
            ["task", "status"],
            [(key, number) for key, number in found.jobs.items()],
        ),
        gauge(
            "outbox_oldest_due_seconds",
            "For how long the oldest job should have run already.",
            [],
            [([], found.oldest_due_seconds)],
        ),
        gauge("job_processes", "Job processes that gave a sign of life lately.", [], [([], found.processes)]),
    ]
