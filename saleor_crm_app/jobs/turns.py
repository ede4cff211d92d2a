"""Turns: one process at a time reads a shop, and all together hardly try one that is away; by the database's clock."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId

LEASE: Final = timedelta(seconds=60)
"""A turn that was not renewed for so long belongs to a process that is gone."""


class TurnLost(Exception):
    """Another process has the turn by now; what this one was about to save is rolled back."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to read a shop; `fence` proves later that it was not lost."""

    installation: InstallationId
    fence: int


_TAKE = sa.text(
    """
    INSERT INTO shop_turn AS turn (installation_id, fence, lease_until)
    VALUES (:installation, 1, clock_timestamp() + :lease)
    ON CONFLICT (installation_id) DO UPDATE
        SET fence = turn.fence + 1, lease_until = clock_timestamp() + :lease
        WHERE turn.lease_until < clock_timestamp()
    RETURNING fence
    """
).bindparams(sa.bindparam("lease", LEASE, type_=sa.Interval))

_KEEP = sa.text(
    """
    UPDATE shop_turn SET lease_until = clock_timestamp() + :lease
    WHERE installation_id = :installation AND fence = :fence
    RETURNING fence
    """
).bindparams(sa.bindparam("lease", LEASE, type_=sa.Interval))

_END = sa.text("UPDATE shop_turn SET lease_until = 'epoch' WHERE installation_id = :installation AND fence = :fence")


async def take_turn(session: AsyncSession, installation: InstallationId) -> Turn | None:
    """Take the turn for a while; None while another process has it."""
    fence = (await session.execute(_TAKE, {"installation": installation})).scalar_one_or_none()
    return None if fence is None else Turn(installation, fence)


async def keep_turn(session: AsyncSession, turn: Turn) -> None:
    """Have it for a while longer, as part of what is being saved.

    Raises TurnLost; the transaction must not commit then.
    """
    kept = await session.execute(_KEEP, {"installation": turn.installation, "fence": turn.fence})
    if kept.scalar_one_or_none() is None:
        raise TurnLost


async def end_turn(session: AsyncSession, turn: Turn) -> None:
    """Let others read the shop; one that was lost already is left alone."""
    await session.execute(_END, {"installation": turn.installation, "fence": turn.fence})


_PROBE = sa.text(
    """
    INSERT INTO shop_turn AS turn (installation_id, probe_at) VALUES (:installation, clock_timestamp() + :wait)
    ON CONFLICT (installation_id) DO UPDATE SET probe_at = excluded.probe_at
        WHERE turn.probe_at <= clock_timestamp()
    RETURNING probe_at
    """
).bindparams(sa.bindparam("wait", type_=sa.Interval))

_UNTIL_PROBE = sa.text(
    "SELECT extract(epoch FROM probe_at - clock_timestamp()) FROM shop_turn WHERE installation_id = :installation"
)


async def claim_probe(session: AsyncSession, installation: InstallationId, *, every: timedelta) -> float:
    """Ask to call a shop that is away: of all processes, one may in `every`.

    Gives 0 to that one, and to the others the seconds until the next chance.
    """
    claimed = await session.execute(_PROBE, {"installation": installation, "wait": every})
    if claimed.scalar_one_or_none() is not None:
        return 0.0
    left = (await session.execute(_UNTIL_PROBE, {"installation": installation})).scalar_one()
    return max(float(left), 0.001)
