"""Runs the outbox and the schedules: the queue library's worker over psycopg, with handlers given by name."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import psycopg
from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as StoredJob

from saleor_crm_app.jobs.outbox import QUEUE, Job
from saleor_crm_app.kernel.db import CONNECT_SECONDS, JOBS_ROLE
from saleor_crm_app.kernel.telemetry import logger

Handler = Callable[[Any], Awaitable[None]]
"""Does one job of its type; it is called again when it raises, so doing a job twice must not hurt."""

POLL_SECONDS: Final = 1.0
REOPEN_SECONDS: Final = 1.0
CONCURRENCY: Final = 8
MOST_ATTEMPTS: Final = 60
LONGEST_WAIT_SECONDS: Final = 3600

log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Something to do again and again, by cron expression in UTC, once for all workers together."""

    name: str
    cron: str
    act: Callable[[], Awaitable[None]]


class _Patiently(BaseRetryStrategy):
    """Tries again after 2, 4, 8 ... seconds, at most an hour apart, for about two days."""

    def get_retry_decision(self, *, exception: BaseException, job: StoredJob) -> RetryDecision | None:
        log.warning("job_failed", task=job.task_name, attempts=job.attempts, error=type(exception).__name__)
        if job.attempts >= MOST_ATTEMPTS:
            return None
        return RetryDecision(retry_in={"seconds": min(2 ** min(job.attempts + 1, 12), LONGEST_WAIT_SECONDS)})


class Runner:
    """One worker of the outbox. It needs a connection of its own to PostgreSQL, not one shared by transaction."""

    def __init__(
        self,
        url: str,
        handlers: Mapping[type[Job], Handler],
        *,
        schedules: Sequence[Schedule] = (),
        patience: float = CONNECT_SECONDS,
    ) -> None:
        connector = PsycopgConnector(
            conninfo=url,
            min_size=1,
            max_size=4,
            timeout=patience,
            kwargs={"options": f"-c role={JOBS_ROLE}", "connect_timeout": int(CONNECT_SECONDS)},
        )
        self._app = App(connector=connector)
        self._periodic: list[tuple[Callable[[Any], object], object]] = []
        for kind, handler in handlers.items():
            self._app.task(name=kind.task_name(), queue=QUEUE, retry=_Patiently())(_decoding(kind, handler))
        for schedule in (*schedules, Schedule(name="retry_stalled", cron="* * * * *", act=self._retry_stalled)):
            task = self._app.task(name=schedule.name, queue=QUEUE, pass_context=False)(_timed(schedule))
            self._periodic.append((self._app.periodic(cron=schedule.cron), task))

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; running jobs get a few seconds to end, others wait for the next worker.

        The library's worker ends where the database does not answer for a while: then a new one is begun.
        """
        while self._periodic:
            begin, task = self._periodic.pop()
            begin(task)
        while not stop.is_set():
            try:
                await self._run_one(stop)
            except (ConnectorException, psycopg.Error, OSError) as error:
                log.warning("outbox_unreachable", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), REOPEN_SECONDS)

    async def _run_one(self, stop: asyncio.Event) -> None:
        """One worker of the library, until it is told to stop or ends by itself; raises what ended it."""
        async with self._app.open_async():
            worker = asyncio.create_task(
                self._app.run_worker_async(
                    queues=[QUEUE],
                    concurrency=CONCURRENCY,
                    fetch_job_polling_interval=POLL_SECONDS,
                    listen_notify=False,
                    install_signal_handlers=False,
                    delete_jobs="successful",
                    shutdown_graceful_timeout=5,
                )
            )
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait({worker, stopped}, return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            if worker.done():
                worker.result()
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)

    async def run_until_idle(self) -> None:
        """Do the jobs that are due now and return; schedules belong to `run`."""
        async with self._app.open_async():
            await self._app.run_worker_async(
                queues=[QUEUE], wait=False, listen_notify=False, install_signal_handlers=False, delete_jobs="successful"
            )

    async def _retry_stalled(self) -> None:
        """Jobs of workers that vanished go back to the queue."""
        for job in await self._app.job_manager.get_stalled_jobs():
            await self._app.job_manager.retry_job(job)


def _decoding(kind: type[Job], handler: Handler) -> Callable[..., Awaitable[None]]:
    async def run(**arguments: object) -> None:
        await handler(msgspec.convert(arguments, kind))

    return run


def _timed(schedule: Schedule) -> Callable[..., Awaitable[None]]:
    async def run(timestamp: int) -> None:
        log.debug("scheduled", name=schedule.name, due=timestamp)
        await schedule.act()

    return run
