"""Words about entries: a code that customers may read, and beside it the staff's own text, which can be erased."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.audit import Actor
from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import AccountId, EntryId, InstallationId, ShardKey
from saleor_crm_app.loyalty.points.models import EntryNoteRow


class ReasonCode(StrEnum):
    """Why staff moved points; the entry's explanation keeps it, as `code`."""

    GOODWILL = "GOODWILL"
    CORRECTION = "CORRECTION"
    COMPLAINT = "COMPLAINT"
    CONTEST = "CONTEST"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryNote:
    """What staff wrote beside an entry; text and name are None once erased."""

    code: ReasonCode
    reason: str | None
    actor: Actor | None
    cost_center: str | None = None


async def write_note(
    session: AsyncSession, installation: InstallationId, place: tuple[ShardKey, EntryId], note: EntryNote
) -> None:
    """Put words beside an entry that this transaction writes."""
    shard, entry = place
    row = {
        "installation_id": installation,
        "shard_key": shard,
        "entry_id": entry,
        "reason_code": note.code.value,
        "reason": note.reason,
        "actor": None if note.actor is None else note.actor.id,
        "actor_name": None if note.actor is None else note.actor.name,
        "cost_center": note.cost_center,
    }
    await insert_rows(session, EntryNoteRow.__table__, [row])


_NOTES = sa.text(
    """
    SELECT note.entry_id, note.reason_code, note.reason, note.actor, note.actor_name, note.cost_center
    FROM unnest(CAST(:shards AS bigint[]), CAST(:entries AS uuid[])) AS wanted (shard, id)
    JOIN entry_note AS note
      ON note.installation_id = :installation AND note.shard_key = wanted.shard AND note.entry_id = wanted.id
    """
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))


async def notes_of(
    session: AsyncSession, installation: InstallationId, entries: Collection[tuple[ShardKey, EntryId]]
) -> dict[EntryId, EntryNote]:
    """The words beside these entries, where there are any; one statement."""
    wanted = {
        "installation": installation,
        "shards": [shard for shard, _ in entries],
        "entries": [entry for _, entry in entries],
    }
    return {row.entry_id: _note(row) for row in await session.execute(_NOTES, wanted)}


_ERASE = sa.text(
    """
    UPDATE entry_note SET reason = NULL, actor_name = NULL FROM entry
    WHERE entry_note.installation_id = :installation AND entry_note.shard_key = :shard
      AND entry.installation_id = :installation AND entry.shard_key = :shard
      AND entry.account_id = ANY(CAST(:accounts AS uuid[])) AND entry_note.entry_id = entry.id
    """
)


async def erase_notes(
    session: AsyncSession, installation: InstallationId, shard: ShardKey, accounts: Collection[AccountId]
) -> None:
    """Forget what was written about one person; codes and cost centers stay."""
    await session.execute(_ERASE, {"installation": installation, "shard": shard, "accounts": list(accounts)})


def _note(row: sa.Row[tuple[object, ...]]) -> EntryNote:
    return EntryNote(
        code=ReasonCode(row.reason_code),
        reason=row.reason,
        actor=None if row.actor is None else Actor(id=row.actor, name=row.actor_name),
        cost_center=row.cost_center,
    )
