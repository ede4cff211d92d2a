"""Rules as they are being written; what was published of them is in the sets and does not change with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId, ProgramId, new_id
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rules.document import Rule
from saleor_crm_app.loyalty.rules.errors import RuleNotFound, StaleVersion
from saleor_crm_app.loyalty.rules.locks import lock_rules
from saleor_crm_app.loyalty.rules.rule_set import PublishedRule, RuleSet, implied
from saleor_crm_app.loyalty.rules.versions import coming, rule_set_at

IMPLIED_AUTHOR: Final = ""


class RuleState(StrEnum):
    """Where a rule stands at an instant."""

    DRAFT = "DRAFT"
    SCHEDULED = "SCHEDULED"
    LIVE = "LIVE"
    RETIRED = "RETIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDraft:
    """A rule as it was last written. `author` is a key of the shop's staff, empty for an implied base rule."""

    id: UUID
    program: ProgramId
    version: int
    rule: Rule
    author: str
    updated_at: datetime | None
    retired_at: datetime | None

    @property
    def published(self) -> PublishedRule:
        """As it would stand in a set."""
        fields = {name: getattr(self.rule, name) for name in self.rule.__struct_fields__}
        return PublishedRule(id=str(self.id), version=self.version, **fields)


_DECODER: Final = msgspec.json.Decoder(Rule)
_COLUMNS: Final = "id, program_id, version, CAST(document AS text) AS document, author, updated_at, retired_at"
_OF_PROGRAM = sa.text(
    f"SELECT {_COLUMNS} FROM earning_rule WHERE installation_id = :installation AND program_id = :program ORDER BY id"  # noqa: S608 # columns of ours
)
_ONE = sa.text(f"SELECT {_COLUMNS} FROM earning_rule WHERE installation_id = :installation AND id = :rule")  # noqa: S608 # columns of ours
_WRITE = sa.text(
    """
    INSERT INTO earning_rule (installation_id, id, program_id, version, document, author, updated_at, retired_at)
    VALUES (:installation, :id, :program, :version, CAST(:document AS jsonb), :author, :updated, :retired)
    ON CONFLICT (installation_id, id) DO UPDATE SET
        version = excluded.version, document = excluded.document, author = excluded.author,
        updated_at = excluded.updated_at, retired_at = excluded.retired_at
    """
).bindparams(*(sa.bindparam(name, type_=sa.DateTime(timezone=True)) for name in ("updated", "retired")))


async def rules_of(session: AsyncSession, installation: InstallationId, program: Program) -> list[RuleDraft]:
    """A program's rules, the base rule first even where nobody touched it yet, then by age; one statement."""
    rows = await session.execute(_OF_PROGRAM, {"installation": installation, "program": program.id})
    found = [_draft(row) for row in rows]
    written = {draft.id for draft in found}
    base = [draft for draft in _implied(program) if draft.id not in written]
    return sorted([*base, *found], key=lambda draft: (draft.id != program.id, draft.id))


async def find_rule(
    session: AsyncSession,
    installation: InstallationId,
    id: UUID,  # noqa: A002 # the row's word
    programs: Sequence[Program],
) -> tuple[RuleDraft, Program]:
    """One rule and its program.

    Raises RuleNotFound.
    """
    row = (await session.execute(_ONE, {"installation": installation, "rule": id})).one_or_none()
    drafts = [_draft(row)] if row is not None else [draft for one in programs for draft in _implied(one)]
    for draft in drafts:
        for program in programs:
            if draft.id == id and program.id == draft.program:
                return draft, program
    raise RuleNotFound


async def create_rule(
    session: AsyncSession, installation: InstallationId, program: Program, rule: Rule, *, author: str, at: datetime
) -> RuleDraft:
    """Write a new rule down; it earns nothing until it is published."""
    draft = RuleDraft(
        id=new_id(), program=program.id, version=1, rule=rule, author=author, updated_at=at, retired_at=None
    )
    await _write(session, installation, draft)
    return draft


async def update_rule(
    session: AsyncSession,
    installation: InstallationId,
    draft: RuleDraft,
    *,
    rule: Rule,
    expected: int,
    author: str,
    at: datetime,
) -> RuleDraft:
    """Write a rule anew, as its next version; what was published of it goes on.

    Raises StaleVersion when `expected` is not the version that is there.
    """
    await lock_rules(session, installation, draft.program)
    row = (await session.execute(_ONE, {"installation": installation, "rule": draft.id})).one_or_none()
    now = draft if row is None else _draft(row)
    if now.version != expected:
        raise StaleVersion("version", expected=expected, found=now.version)
    changed = RuleDraft(
        id=now.id,
        program=now.program,
        version=now.version + 1,
        rule=rule,
        author=author,
        updated_at=at,
        retired_at=None,
    )
    await _write(session, installation, changed)
    return changed


async def discard_rule(
    session: AsyncSession, installation: InstallationId, draft: RuleDraft, *, author: str, at: datetime
) -> RuleDraft:
    """Retire a rule that never was published."""
    discarded = RuleDraft(
        id=draft.id,
        program=draft.program,
        version=draft.version,
        rule=draft.rule,
        author=author,
        updated_at=at,
        retired_at=at,
    )
    await _write(session, installation, discarded)
    return discarded


def state_of(draft: RuleDraft, sets: Sequence[RuleSet], *, at: datetime) -> tuple[RuleState, PublishedRule | None]:
    """Where a rule stands, and as what it was published: as it holds now, else as it will first."""
    id = str(draft.id)  # noqa: A001 # the document's word
    held = rule_set_at(sets, at).by_id.get(id)
    if held is not None:
        return RuleState.LIVE, held
    planned = [one.by_id[id] for one in coming(sets, at) if id in one.by_id]
    if planned:
        return RuleState.SCHEDULED, planned[0]
    was_published = any(id in one.by_id for one in sets)
    return (RuleState.RETIRED if was_published or draft.retired_at is not None else RuleState.DRAFT), None


def _implied(program: Program) -> list[RuleDraft]:
    drafts = []
    for rule in implied(program).rules:
        fields = {name: getattr(rule, name) for name in Rule.__struct_fields__}
        drafts.append(
            RuleDraft(
                id=UUID(rule.id),
                program=program.id,
                version=rule.version,
                rule=Rule(**fields),
                author=IMPLIED_AUTHOR,
                updated_at=None,
                retired_at=None,
            )
        )
    return drafts


async def _write(session: AsyncSession, installation: InstallationId, draft: RuleDraft) -> None:
    await session.execute(
        _WRITE,
        {
            "installation": installation,
            "id": draft.id,
            "program": draft.program,
            "version": draft.version,
            "document": msgspec.json.encode(draft.rule).decode(),
            "author": draft.author,
            "updated": draft.updated_at,
            "retired": draft.retired_at,
        },
    )


def _draft(row: sa.Row[tuple[object, ...]]) -> RuleDraft:
    return RuleDraft(
        id=row.id,
        program=ProgramId(row.program_id),
        version=row.version,
        rule=_DECODER.decode(row.document),
        author=row.author,
        updated_at=row.updated_at,
        retired_at=row.retired_at,
    )
