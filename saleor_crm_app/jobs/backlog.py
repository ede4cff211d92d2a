"""How much work waits: figures of inbox and outbox over all shops, for metrics and for checks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId

HEARTBEAT_SECONDS: Final = 30
"""A job process says every ten seconds that it lives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopBacklog:
    """One shop's inbox: deliveries that wait, since when the oldest does in seconds, and those that were buried."""

    installation: InstallationId
    waiting: int
    oldest_seconds: float
    buried: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits everywhere.

    `jobs` counts the outbox by task and status; `oldest_due_seconds` is for how long the oldest job should have
    run already; `processes` is how many job processes live.
    """

    shops: tuple[ShopBacklog, ...]
    jobs: Mapping[tuple[str, str], int]
    oldest_due_seconds: float
    processes: int


_LIMIT = sa.text("SET LOCAL statement_timeout = '2s'")
_INBOX = sa.text(
    """
    SELECT installation.id, coalesce(waiting, 0) AS waiting, coalesce(oldest, 0) AS oldest,
           (SELECT count(*) FROM inbox WHERE installation_id = installation.id AND state = 'BURIED') AS buried
    FROM installation LEFT JOIN (
        SELECT installation_id, count(*) AS waiting,
               CAST(extract(epoch FROM clock_timestamp() - min(received_at)) AS double precision) AS oldest
        FROM inbox WHERE state = 'NEW' GROUP BY installation_id
    ) AS inbox ON inbox.installation_id = installation.id
    ORDER BY installation.id
    """
)
_JOBS = sa.text(
    "SELECT task_name, CAST(status AS text), count(*) AS number FROM procrastinate_jobs GROUP BY 1, 2 ORDER BY 1, 2"
)
_OLDEST_DUE = sa.text(
    """
    SELECT CAST(coalesce(max(extract(epoch FROM clock_timestamp() - coalesce(job.scheduled_at, event.at))), 0)
        AS double precision)
    FROM procrastinate_jobs AS job
    LEFT JOIN procrastinate_events AS event ON event.job_id = job.id AND event.type = 'deferred'
    WHERE job.status = 'todo' AND coalesce(job.scheduled_at, event.at) <= clock_timestamp()
    """
)
_PROCESSES = sa.text(
    "SELECT count(*) FROM procrastinate_workers"
    " WHERE last_heartbeat > clock_timestamp() - make_interval(secs => :seconds)"
)


async def backlog(database: Database) -> Backlog:
    """Read all figures; raises what the database raises when it takes longer than two seconds."""
    async with database.intake() as session:
        await session.execute(_LIMIT)
        shops = tuple(_shop(row) for row in await session.execute(_INBOX))
    async with database.queue() as session:
        await session.execute(_LIMIT)
        jobs = {(row.task_name, row.status): row.number for row in await session.execute(_JOBS)}
        oldest_due = (await session.execute(_OLDEST_DUE)).scalar_one()
        processes = (await session.execute(_PROCESSES, {"seconds": HEARTBEAT_SECONDS})).scalar_one()
    return Backlog(shops=shops, jobs=jobs, oldest_due_seconds=max(oldest_due, 0.0), processes=processes)


def _shop(row: sa.Row[Any]) -> ShopBacklog:
    return ShopBacklog(
        installation=InstallationId(row.id),
        waiting=row.waiting,
        oldest_seconds=max(row.oldest, 0.0),
        buried=row.buried,
    )
