"""What a program owes its members at this moment: points outstanding, by state, and what they are worth."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.money import Money, Points
from saleor_crm_app.loyalty.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Liability:
    """Points of all members of a program at an instant.

    `outstanding` are those that may still be redeemed: available, pending and held ones; `worth` is theirs. `lapsed`
    are past their end and not yet written off, `deficit` is owed by members. Outstanding and lapsed ones less the
    deficit are the sum of all entries.
    """

    available: Points
    pending: Points
    held: Points
    lapsed: Points
    deficit: Points
    outstanding: Points
    worth: Money


_LIABILITY = sa.text(
    """
    SELECT lots.*, owed.deficit FROM program
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(remaining - held) FILTER (WHERE activates_at <= :at
                        AND (expires_at IS NULL OR expires_at > least(:at, program.paused_at))), 0) AS available,
               coalesce(sum(remaining - held) FILTER (WHERE activates_at IS NULL OR activates_at > :at), 0) AS pending,
               coalesce(sum(held), 0) AS held,
               coalesce(sum(remaining - held) FILTER (WHERE activates_at <= :at
                        AND expires_at <= least(:at, program.paused_at)), 0) AS lapsed
        FROM lot JOIN account
          ON account.installation_id = :installation AND account.shard_key = lot.shard_key
         AND account.id = lot.account_id AND account.program_id = program.id
        WHERE lot.installation_id = :installation AND lot.remaining > 0
    ) AS lots
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(account.deficit), 0) AS deficit FROM account
        WHERE account.installation_id = :installation AND account.program_id = program.id
    ) AS owed
    WHERE program.installation_id = :installation AND program.id = :program
    """
).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)))


async def liability_of(
    session: AsyncSession, installation: InstallationId, program: Program, *, at: datetime
) -> Liability:
    """What a program owes at an instant, computed from its open lots; one statement."""
    wanted = {"installation": installation, "program": program.id, "at": at}
    row = (await session.execute(_LIABILITY, wanted)).one()
    outstanding = Points(int(row.available + row.pending + row.held))
    return Liability(
        available=Points(int(row.available)),
        pending=Points(int(row.pending)),
        held=Points(int(row.held)),
        lapsed=Points(int(row.lapsed)),
        deficit=Points(int(row.deficit)),
        outstanding=outstanding,
        worth=program.worth(outstanding),
    )
