"""The work behind the web process: whether somebody does it, and what waits or lies dead."""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from saleor_crm_app.cli.checks.findings import Finding, failed, ok, warning
from saleor_crm_app.jobs.backlog import Backlog, backlog
from saleor_crm_app.kernel.db import Database

SLOW_FIX: Final = "Look at the load of the database: the figures of inbox and outbox took too long to read."
MOST_WAITING_SECONDS: Final = 60
MOST_DUE_SECONDS: Final = 300


async def is_done(database: Database) -> Sequence[Finding]:
    """Whether job processes live, keep up, and bury nothing."""
    try:
        found = await backlog(database)
    except (SQLAlchemyError, OSError):
        return []  # said by the checks of the database
    return [_alive(found), _inbox(found), _outbox(found), *_dead(found)]


def _alive(found: Backlog) -> Finding:
    if found.processes:
        return ok("jobs.alive", f"{found.processes} job process(es) gave a sign of life")
    fix = "Start `saleor-crm work` and let the machine's service manager keep it running."
    return failed("jobs.alive", "No job process lives: deliveries are kept, and nobody applies them", fix=fix)


def _inbox(found: Backlog) -> Finding:
    waiting = sum(shop.waiting for shop in found.shops)
    oldest = max((shop.oldest_seconds for shop in found.shops), default=0.0)
    says = f"{waiting} deliveries wait, the oldest for {oldest:.0f} seconds" if waiting else "No delivery waits"
    if oldest <= MOST_WAITING_SECONDS:
        return ok("jobs.inbox", says)
    fix = "Start more `saleor-crm work`; if that does not help, their log says after `batch_postponed` why."
    return failed("jobs.inbox", says, fix=fix)


def _outbox(found: Backlog) -> Finding:
    owed = sum(number for (_, status), number in found.jobs.items() if status in {"todo", "doing"})
    says = f"{owed} jobs are owed, the oldest is late by {found.oldest_due_seconds:.0f} seconds"
    if found.oldest_due_seconds <= MOST_DUE_SECONDS:
        return ok("jobs.outbox", says)
    fix = "Start more `saleor-crm work`; their log says after `job_failed` which calls fail."
    return warning("jobs.outbox", says, fix=fix)


def _dead(found: Backlog) -> Iterator[Finding]:
    buried = sum(shop.buried for shop in found.shops)
    if buried:
        fix = "Read the reasons in the staff API's `deadLetters`, mend the cause, and send them to `deadLetterReplay`."
        yield warning("jobs.dead-letters", f"{buried} deliveries were buried", fix=fix)
    else:
        yield ok("jobs.dead-letters", "No delivery was buried")
    given_up = {task: number for (task, status), number in found.jobs.items() if status == "failed"}
    if given_up:
        what = ", ".join(f"{number} {task}" for task, number in sorted(given_up.items()))
        fix = "Mend what `job_failed` names in the log of `saleor-crm work`; `saleor-crm reconcile` reads again."
        yield warning("jobs.given-up", f"Jobs were given up after two days of trying: {what}", fix=fix)
