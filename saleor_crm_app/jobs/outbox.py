"""The outbox: jobs owed to the outside world, enqueued in the very transaction that owes them."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId

QUEUE = "outbound"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do outside, for one installation; subclasses add what they need, as ids and numbers."""

    installation: InstallationId

    @classmethod
    def task_name(cls) -> str:
        return cls.__name__

    def arguments(self) -> dict[str, Any]:
        """The job as JSON values."""
        arguments: dict[str, Any] = msgspec.to_builtins(self)
        return arguments


_DEFER = sa.text(
    """
    SELECT procrastinate_defer_jobs_v1(array_agg(
        ROW(:queue, task, 0, NULL, NULL, CAST(arguments AS jsonb), NULL)
            ::procrastinate_job_to_defer_v1))
    FROM unnest(CAST(:tasks AS text[]), CAST(:arguments AS text[])) AS owed (task, arguments)
    """
)


async def enqueue(session: AsyncSession, *jobs: Job) -> None:
    """Owe these jobs: they run after the session's transaction has committed, and never if it rolls back."""
    if not jobs:
        return
    await session.execute(_DEFER, _as_arrays(jobs))


def _as_arrays(jobs: Sequence[Job]) -> dict[str, object]:
    return {
        "queue": QUEUE,
        "tasks": [job.task_name() for job in jobs],
        "arguments": [msgspec.json.encode(job.arguments()).decode() for job in jobs],
    }
