"""Keeps the ladders of programs: every version stays, the newest is live."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import InstallationId, ProgramId
from saleor_crm_app.kernel.one_at_a_time import one_at_a_time
from saleor_crm_app.loyalty.tiers.errors import StaleLadder
from saleor_crm_app.loyalty.tiers.jobs import RequalifyProgram
from saleor_crm_app.loyalty.tiers.ladder import (
    Basis,
    Ladder,
    Plan,
    Tier,
    TierCode,
    Window,
    WindowKind,
    checked,
    successors_of,
)
from saleor_crm_app.loyalty.tiers.models import TierLadderRow, TierRow

LADDER_COLUMNS: Final = """
    ladder.program_id, ladder.version, ladder.live_from, ladder.basis, ladder.window_kind, ladder.window_months,
    ladder.keep_months, ladder.notice_days, ladder.grace_days, CAST(ladder.successors AS text) AS successors,
    program.zone, program.currency, program.paused_at,
    (SELECT CAST(jsonb_agg(to_jsonb(tier) ORDER BY tier.position) AS text) FROM tier
     WHERE tier.installation_id = ladder.installation_id AND tier.program_id = ladder.program_id
       AND tier.version = ladder.version) AS tiers
"""
LIVE_LADDERS: Final = """
    tier_ladder AS ladder
    JOIN program ON program.installation_id = ladder.installation_id AND program.id = ladder.program_id
"""
IS_LIVE: Final = """
    ladder.installation_id = :installation
    AND ladder.version = (SELECT max(version) FROM tier_ladder AS other
                          WHERE other.installation_id = :installation AND other.program_id = ladder.program_id)
    AND (CAST(:programs AS uuid[]) IS NULL OR ladder.program_id = ANY(CAST(:programs AS uuid[])))
"""
"""Read with `ladder_from`; `programs` null means all of the shop's."""

_LIVE = sa.text(f"SELECT {LADDER_COLUMNS} FROM {LIVE_LADDERS} WHERE {IS_LIVE}")  # noqa: S608 # constants above


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLadder:
    """A program's live ladder, with what of the program is needed to follow members on it."""

    program: ProgramId
    ladder: Ladder
    zone: ZoneInfo
    currency: str
    is_paused: bool


async def ladders_of(
    session: AsyncSession, installation: InstallationId, programs: Collection[ProgramId] | None = None
) -> dict[ProgramId, LiveLadder]:
    """The live ladders of these programs, or of all, for those that have tiers; one statement."""
    wanted = {"installation": installation, "programs": None if programs is None else list(programs)}
    return {row.program_id: ladder_from(row) for row in await session.execute(_LIVE, wanted)}


async def save_ladder(
    session: AsyncSession,
    installation: InstallationId,
    program: ProgramId,
    *,
    plan: Plan,
    expected: int,
    author: str,
    at: datetime,
) -> Ladder:
    """Make the plan live from `at` on, as the next version; `expected` is the one it was made from, 0 for the first.

    All members are measured soon. Nobody loses a tier by it before the term for which it was promised. Raises
    BadLadder and StaleLadder.
    """
    checked(plan)
    await one_at_a_time(session, f"tier_ladder:{program}")
    held = (await ladders_of(session, installation, [program])).get(program)
    before = None if held is None else held.ladder
    version = 0 if before is None else before.version
    if version != expected:
        raise StaleLadder(expected=expected, version=version)
    ladder = Ladder(
        version=version + 1,
        live_from=at if before is None else max(at, before.live_from),
        plan=plan,
        successors=successors_of(before, plan),
    )
    await _write(session, installation, program, ladder=ladder, author=author)
    await outbox.enqueue(session, RequalifyProgram(installation=installation, program=program))
    return ladder


async def _write(
    session: AsyncSession, installation: InstallationId, program: ProgramId, *, ladder: Ladder, author: str
) -> None:
    plan = ladder.plan
    key = {"installation_id": installation, "program_id": program, "version": ladder.version}
    version = key | {
        "live_from": ladder.live_from,
        "basis": plan.basis.value,
        "window_kind": plan.window.kind.value,
        "window_months": plan.window.months,
        "keep_months": plan.keep_months,
        "notice_days": plan.notice_days,
        "grace_days": plan.grace_days,
        "successors": msgspec.json.encode(ladder.successors).decode(),
        "author_id": author,
    }
    rungs = [key | {"position": position} | _columns(tier) for position, tier in enumerate(plan.tiers)]
    await insert_rows(session, TierLadderRow.__table__, [version])
    await insert_rows(session, TierRow.__table__, rungs)


def _columns(tier: Tier) -> dict[str, Any]:
    documents = {"names": dict(tier.names), "rewards": list(tier.rewards)}
    return asdict(tier) | {name: msgspec.json.encode(value).decode() for name, value in documents.items()}


def ladder_from(row: sa.Row[tuple[object, ...]]) -> LiveLadder:
    plan = Plan(
        basis=Basis(row.basis),
        window=Window(WindowKind(row.window_kind), row.window_months),
        keep_months=row.keep_months,
        notice_days=row.notice_days,
        grace_days=row.grace_days,
        tiers=tuple(msgspec.convert(tier, Tier) for tier in msgspec.json.decode(row.tiers)),
    )
    successors: dict[TierCode, TierCode | None] = msgspec.json.decode(row.successors)
    return LiveLadder(
        program=ProgramId(row.program_id),
        ladder=Ladder(version=row.version, live_from=row.live_from, plan=plan, successors=successors),
        zone=ZoneInfo(row.zone),
        currency=row.currency,
        is_paused=row.paused_at is not None,
    )
