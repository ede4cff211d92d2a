"""Verdicts on the books, kept so that staff and the monitoring can read the last one without proving anything."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import InstallationId, new_id
from saleor_crm_app.loyalty.points.proof.finding import Finding, Verdict
from saleor_crm_app.loyalty.points.proof.seal_models import VerificationRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """One proof of a shop's books: when, over what, and what was found."""

    id: UUID
    started_at: datetime
    finished_at: datetime
    accounts: int
    entries: int
    points: int
    seals: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastProof:
    """When the books of a shop were proved last, and how many laws were found broken then."""

    installation: InstallationId
    finished_at: datetime
    broken: int


_LAST = sa.text("SELECT * FROM verification WHERE installation_id = :installation ORDER BY id DESC LIMIT 1")
_EVERYBODYS = sa.text(
    "SELECT DISTINCT ON (installation_id) installation_id, finished_at, broken FROM verification"
    " ORDER BY installation_id, id DESC"
)


async def record_verification(
    session: AsyncSession, installation: InstallationId, verdict: Verdict, *, began: datetime, ended: datetime
) -> None:
    """Keep a verdict. Times are real ones."""
    row = {
        "installation_id": installation,
        "id": new_id(),
        "started_at": began,
        "finished_at": ended,
        "accounts": verdict.accounts,
        "entries": verdict.entries,
        "points": verdict.points,
        "seals": verdict.seals,
        "broken": len(verdict.findings),
        "findings": msgspec.json.encode([asdict(finding) for finding in verdict.findings]).decode(),
    }
    await insert_rows(session, VerificationRow.__table__, [row])


async def last_verification(session: AsyncSession, installation: InstallationId) -> Verification | None:
    """The newest verdict on a shop's books."""
    row: sa.Row[Any] | None = (await session.execute(_LAST, {"installation": installation})).one_or_none()
    if row is None:
        return None
    findings = msgspec.json.decode(row.findings) if isinstance(row.findings, str) else row.findings
    return Verification(
        id=row.id,
        started_at=row.started_at,
        finished_at=row.finished_at,
        accounts=row.accounts,
        entries=row.entries,
        points=row.points,
        seals=row.seals,
        findings=tuple(Finding(**finding) for finding in findings),
    )


async def last_proofs(session: AsyncSession) -> Sequence[LastProof]:
    """The newest verdict of every shop; for a session across shops."""
    return [
        LastProof(installation=InstallationId(row.installation_id), finished_at=row.finished_at, broken=row.broken)
        for row in await session.execute(_EVERYBODYS)
    ]
