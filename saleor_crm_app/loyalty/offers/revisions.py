"""Which revision of a program's offers is published, and what its campaigns have spent of their budgets by now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId, ProgramId

_BUMP = sa.text(
    """
    INSERT INTO offer_policy AS held (installation_id, program_id, revision) VALUES (:installation, :program, 1)
    ON CONFLICT (installation_id, program_id) DO UPDATE SET revision = held.revision + 1
    """
)


async def bump(session: AsyncSession, installation: InstallationId, program: ProgramId) -> None:
    """What customers can be shown has changed."""
    await session.execute(_BUMP, {"installation": installation, "program": program})


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What is published, by number, 0 where nothing ever was; `committed` in minor units, of campaigns with a budget.

    It names every decision that is made by it.
    """

    number: int
    committed: Mapping[UUID, int]


REVISION_COLUMNS: Final = """
    coalesce((SELECT held.revision FROM offer_policy AS held
              WHERE held.installation_id = :installation AND held.program_id = :program), 0) AS revision,
    (SELECT CAST(jsonb_object_agg(campaign.id, campaign.committed) AS text) FROM campaign
     WHERE campaign.installation_id = :installation AND campaign.program_id = :program
       AND campaign.state = 'LIVE' AND campaign.terms -> 'budget' IS NOT NULL) AS committed
"""
"""Read with `revision_from`."""

_REVISION = sa.text(f"SELECT {REVISION_COLUMNS}")
_COMMITTED: Final = msgspec.json.Decoder(dict[UUID, int])


async def revision_of(session: AsyncSession, installation: InstallationId, program: ProgramId) -> Revision:
    """The present one; one statement."""
    return revision_from((await session.execute(_REVISION, {"installation": installation, "program": program})).one())


def revision_from(row: sa.Row[tuple[object, ...]]) -> Revision:
    return Revision(number=row.revision, committed=_COMMITTED.decode(row.committed or "{}"))
