"""Who would change tiers if a plan were live: counted before it is saved, with examples."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import AccountId, CustomerId, InstallationId
from saleor_crm_app.loyalty.points import owners_of_program, qualifying_of
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.tiers.counts import Counts
from saleor_crm_app.loyalty.tiers.ladder import Ladder, Plan, TierCode, checked, successors_of
from saleor_crm_app.loyalty.tiers.members import Owner, standings_of
from saleor_crm_app.loyalty.tiers.registry import LiveLadder, ladders_of
from saleor_crm_app.loyalty.tiers.standing import Standing, counted_since, follow

MOST_EXAMPLES: Final = 10
_PAGE: Final = 2000

Way = tuple[TierCode | None, TierCode | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """So many members would go from one tier to another, these among them; None is below the first tier."""

    before: TierCode | None
    after: TierCode | None
    members: int
    examples: tuple[CustomerId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """All who would move, the most common way first, who would get a notice, and how many members there are."""

    moves: tuple[Move, ...]
    noticed: int
    members: int


class _Tally:
    """Counts while members are read a page at a time."""

    def __init__(self) -> None:
        self.ways: Counter[Way] = Counter()
        self.examples: dict[Way, list[CustomerId]] = {}
        self.noticed = 0
        self.members = 0

    def add(self, customer: CustomerId, before: Standing | None, after: Standing) -> None:
        self.members += 1
        was_noticed = before is not None and before.notice_at is not None
        self.noticed += after.notice_at is not None and not was_noticed
        way = (None if before is None else before.tier, after.tier)
        if way[0] == way[1]:
            return
        self.ways[way] += 1
        named = self.examples.setdefault(way, [])
        if len(named) < MOST_EXAMPLES:
            named.append(customer)

    def result(self) -> Moves:
        moves = tuple(
            Move(before=way[0], after=way[1], members=number, examples=tuple(self.examples[way]))
            for way, number in self.ways.most_common()
        )
        return Moves(moves=moves, noticed=self.noticed, members=self.members)


async def who_would_move(
    session: AsyncSession, installation: InstallationId, program: Program, *, plan: Plan, at: datetime
) -> Moves:
    """What saving the plan at `at` would do to each member at once; nothing is written.

    Three statements for each 2,000 members. Raises BadLadder.
    """
    checked(plan)
    live = (await ladders_of(session, installation, [program.id])).get(program.id)
    draft = LiveLadder(
        program=program.id,
        ladder=_draft(None if live is None else live.ladder, plan, at),
        zone=program.zone,
        currency=program.currency,
        is_paused=False,
    )
    tally = _Tally()
    before: AccountId | None = None
    while True:
        page = await owners_of_program(session, installation, program.id, most=_PAGE, before=before)
        owners = [(customer, program.id) for _, customer in page]
        await _tell(session, installation, owners, live=live, draft=draft, tally=tally, at=at)
        if len(page) < _PAGE:
            return tally.result()
        before = page[-1][0]


def _draft(live: Ladder | None, plan: Plan, at: datetime) -> Ladder:
    return Ladder(
        version=1 if live is None else live.version + 1,
        live_from=at if live is None else max(at, live.live_from),
        plan=plan,
        successors=successors_of(live, plan),
    )


async def _tell(
    session: AsyncSession,
    installation: InstallationId,
    owners: list[Owner],
    *,
    live: LiveLadder | None,
    draft: LiveLadder,
    tally: _Tally,
    at: datetime,
) -> None:
    """Follow a page of members on the ladder that is and on the one that might be."""
    stands = await standings_of(session, installation, owners)
    since = {}
    for owner in owners:
        instants = [counted_since(stands.get(owner), each.ladder, each.zone) for each in (live, draft) if each]
        since[owner] = min(instants)
    for owner, qualified in (await qualifying_of(session, installation, since)).items():
        held = stands.get(owner)
        if live is not None:
            counts = Counts.of(qualified.amounts, live.ladder.plan.basis)
            held = follow(held, live.ladder, counts, zone=live.zone, joined=qualified.joined_at, at=at).standing
        counts = Counts.of(qualified.amounts, draft.ladder.plan.basis)
        after = follow(held, draft.ladder, counts, zone=draft.zone, joined=qualified.joined_at, at=at).standing
        tally.add(owner[0], held, after)
