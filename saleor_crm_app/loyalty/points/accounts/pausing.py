"""Lets a paused program go on: every end moves by the pause's whole length, and orders count again."""

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.ids import InstallationId, ProgramId
from saleor_crm_app.loyalty.points.earning.again import AccrueAgain
from saleor_crm_app.loyalty.program import Pause, Program, pause_program


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """A program before and after it went on; `days` the pause lasted, `lots` have a later end now."""

    before: Program
    after: Program
    days: int
    lots: int


_LOCK = sa.text(
    """
    SELECT count(*) FROM (
        SELECT id FROM account WHERE installation_id = :installation AND program_id = :program
        ORDER BY shard_key, customer_id, program_id FOR UPDATE) AS locked
    """
)
# the day that an end closes, so many days later, as `end_after` reckons it: empty lots too, points may come back into
# them
_MOVE = sa.text(
    """
    WITH moved AS (
        UPDATE lot SET terms = lot.terms + 1, expires_at = CAST(
            CAST((lot.expires_at - INTERVAL '1 microsecond') AT TIME ZONE :zone AS date) + CAST(:days AS int) + 1
            AS timestamp) AT TIME ZONE :zone
        FROM account
        WHERE lot.installation_id = :installation AND lot.expires_at > :since AND lot.activates_at < :until
          AND account.installation_id = lot.installation_id AND account.shard_key = lot.shard_key
          AND account.id = lot.account_id AND account.program_id = :program
        RETURNING lot.shard_key, lot.id, lot.terms, lot.activates_at, lot.expires_at
    ), noted AS (
        INSERT INTO lot_term (installation_id, shard_key, lot_id, n, activates_at, expires_at, recorded_at)
        SELECT :installation, shard_key, id, terms, activates_at, expires_at, :until FROM moved
    )
    SELECT count(*) FROM moved
    """
)
_REMEMBER = sa.text(
    """
    UPDATE program
    SET pauses = pauses || jsonb_build_array(jsonb_build_array(CAST(:since AS text), CAST(:until AS text)))
    WHERE installation_id = :installation AND id = :program
    """
)
_TIMES = (
    sa.bindparam("since", type_=sa.DateTime(timezone=True)),
    sa.bindparam("until", type_=sa.DateTime(timezone=True)),
)


async def resume(session: AsyncSession, installation: InstallationId, program: ProgramId, *, at: datetime) -> Resumed:
    """Have a paused program go on; what its orders did meanwhile is posted soon, by a job.

    What had not lapsed when the pause began lapses as many local days later. Waits for whoever moves points of the
    program, and they for this: six statements, whatever the number of lots. Raises ProgramNotFound and PauseUnchanged.
    """
    before, after = await pause_program(session, installation, program, at=None)
    if before.paused_at is None:  # refused above
        raise AssertionError
    pause = Pause(before.paused_at, max(at, before.paused_at))
    days = pause.days(before.zone)
    name = {"installation": installation, "program": program}
    times = {"since": pause.since, "until": pause.until}
    lots = 0
    if days:
        await session.execute(_LOCK, name)
        move = _MOVE.bindparams(*_TIMES)
        moved = await session.execute(move, name | times | {"days": days, "zone": before.zone.key})
        lots = int(moved.scalar_one())
        written = {key: moment.isoformat() for key, moment in times.items()}
        await session.execute(_REMEMBER, name | written)
        after = replace(after, pauses=(*before.pauses, pause))
    await outbox.enqueue(session, AccrueAgain(installation=installation, program=program, since=pause.since))
    return Resumed(before=before, after=after, days=days, lots=lots)
