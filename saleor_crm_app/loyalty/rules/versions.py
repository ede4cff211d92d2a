"""The versions of programs' rules: read all at once, and which of them holds at an instant."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId, ProgramId
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rules.rule_set import RuleSet, RuleSetDocument, implied

_DECODER: Final = msgspec.json.Decoder(RuleSetDocument)
_SETS = sa.text(
    """
    SELECT program_id, version, based_on, CAST(rules AS text) AS rules, live_from, author, published_at, note
    FROM rule_set WHERE installation_id = :installation AND program_id = ANY(:programs) ORDER BY program_id, version
    """
).bindparams(sa.bindparam("programs", type_=ARRAY(sa.Uuid)))


async def rule_sets_of(
    session: AsyncSession, installation: InstallationId, programs: Collection[Program]
) -> dict[ProgramId, tuple[RuleSet, ...]]:
    """Every version of these programs' rules by number, the implied first one among them; one statement."""
    sets = {program.id: [implied(program)] for program in programs}
    currencies = {program.id: program.currency for program in programs}
    rows = await session.execute(_SETS, {"installation": installation, "programs": list(sets)})
    for row in rows:
        stored = _stored(
            row.program_id, currencies[row.program_id], row.version, row.based_on, row.rules, row.live_from,
            row.author, row.published_at, row.note,
        )  # fmt: skip
        sets[row.program_id].append(stored)
    return {program: tuple(found) for program, found in sets.items()}


def rule_set_at(sets: Sequence[RuleSet], instant: datetime) -> RuleSet:
    """The version that holds at an instant; of two live from the same moment on, the later published."""
    return max(
        (one for one in sets if one.live_from is None or one.live_from <= instant),
        key=lambda one: (one.live_from is not None, one.live_from or instant, one.version),
    )


def coming(sets: Sequence[RuleSet], instant: datetime) -> list[RuleSet]:
    """The versions that will hold after an instant, in the order in which they will."""
    moments = {one.live_from for one in sets if one.live_from is not None and one.live_from > instant}
    return [rule_set_at(sets, moment) for moment in sorted(moments)]


def newest_version(sets: Sequence[RuleSet]) -> int:
    """The highest number given out."""
    return max(one.version for one in sets)


@lru_cache(maxsize=256)
def _stored(  # noqa: PLR0913, PLR0917 # a row; positional since it is the cache's key
    program: ProgramId,
    currency: str,
    version: int,
    based_on: int,
    rules: str,
    live_from: datetime,
    author: str,
    published_at: datetime,
    note: str,
) -> RuleSet:
    """Kept, since a version never changes and what is made of it serves every batch."""
    return RuleSet(
        program=program,
        currency=currency,
        version=version,
        based_on=based_on,
        document=_DECODER.decode(rules),
        live_from=live_from,
        author=author,
        published_at=published_at,
        note=note,
    )
