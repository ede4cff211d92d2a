"""Brings members to the tier that purchases and time have made theirs: whole sets, a fixed number of statements."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import AccountId, CustomerId, InstallationId, ProgramId
from saleor_crm_app.loyalty.points import Qualified, owners_of_program, qualifying_of
from saleor_crm_app.loyalty.tiers.counts import Counts
from saleor_crm_app.loyalty.tiers.members import Kept, Moved, Owner, due_customers, lock_standings, write_moves
from saleor_crm_app.loyalty.tiers.registry import LiveLadder, ladders_of
from saleor_crm_app.loyalty.tiers.standing import counted_since, follow


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A member who was looked at: where they stood and stand, and what there is to write."""

    kept: Kept | None
    live: LiveLadder
    moved: Moved

    @property
    def is_news(self) -> bool:
        return self.kept is None or bool(self.moved.new) or self.kept.look_at != self.moved.look_at

    @property
    def has_other_tier(self) -> bool:
        if self.kept is None:
            return bool(self.moved.new)
        return self.moved.standing.tier != self.kept.standing.tier

    @property
    def stands_above_bottom(self) -> bool:
        ladder = self.live.ladder
        return ladder.plan.threshold(ladder.rung(self.moved.standing.tier)) > 0


async def requalify(
    session: AsyncSession,
    installation: InstallationId,
    customers: Collection[CustomerId],
    *,
    at: datetime,
    programs: Collection[ProgramId] | None = None,
    only_due: bool = False,
) -> set[CustomerId]:
    """Follow these customers to `at`, in all programs that have tiers or in those named; says whose tier changed.

    One statement where no program has tiers, else at most five. With `only_due` those are left alone for whom time
    has changed nothing: then two where nobody is due. A second call with the same facts does nothing.
    """
    ladders = _running(await ladders_of(session, installation, programs))
    seen = await _look(session, installation, customers, ladders, at=at, only_due=only_due)
    return {one.moved.owner[0] for one in seen if one.has_other_tier}


async def requalify_due(
    session: AsyncSession, installation: InstallationId, *, at: datetime, most: int
) -> tuple[set[CustomerId], bool]:
    """Follow up to `most` of those for whom time may have changed something; says whose tier did, and if more wait."""
    ladders = _running(await ladders_of(session, installation))
    if not ladders:
        return set(), False
    due = await due_customers(session, installation, ladders, at=at, most=most)
    changed = await requalify(session, installation, due, at=at, programs=ladders, only_due=True)
    return changed, len(due) >= most


async def requalify_page(
    session: AsyncSession,
    installation: InstallationId,
    program: ProgramId,
    *,
    at: datetime,
    most: int,
    before: AccountId | None = None,
) -> tuple[set[CustomerId], AccountId | None]:
    """Follow a page of a program's members, whoever they are; says whom to tell the shop of, and where to go on.

    Told of is also who stays above the bottom: the tier may have another name now.
    """
    ladders = _running(await ladders_of(session, installation, [program]))
    page = await owners_of_program(session, installation, program, most=most, before=before)
    seen = await _look(session, installation, {customer for _, customer in page}, ladders, at=at, only_due=False)
    told = {one.moved.owner[0] for one in seen if one.has_other_tier or one.stands_above_bottom}
    return told, page[-1][0] if len(page) == most else None


async def _look(
    session: AsyncSession,
    installation: InstallationId,
    customers: Collection[CustomerId],
    ladders: Mapping[ProgramId, LiveLadder],
    *,
    at: datetime,
    only_due: bool,
) -> list[_Seen]:
    """At most four statements; none where there are no ladders."""
    if not ladders or not customers:
        return []
    kept = await lock_standings(session, installation, customers, ladders, due=at if only_due else None)
    owners = set(kept) if only_due else {(customer, program) for customer in customers for program in ladders}
    since = {owner: _since(kept.get(owner), ladders[owner[1]]) for owner in owners}
    qualified = await qualifying_of(session, installation, since)
    seen = [_seen(owner, kept.get(owner), ladders[owner[1]], each, at=at) for owner, each in qualified.items()]
    await write_moves(session, installation, [one.moved for one in seen if one.is_news], at=at)
    return seen


def _running(ladders: Mapping[ProgramId, LiveLadder]) -> dict[ProgramId, LiveLadder]:
    """Nobody climbs or falls while a program is paused."""
    return {program: one for program, one in ladders.items() if not one.is_paused}


def _since(kept: Kept | None, live: LiveLadder) -> datetime:
    return counted_since(None if kept is None else kept.standing, live.ladder, live.zone)


def _seen(owner: Owner, kept: Kept | None, live: LiveLadder, qualified: Qualified, *, at: datetime) -> _Seen:
    found = follow(
        None if kept is None else kept.standing,
        live.ladder,
        Counts.of(qualified.amounts, live.ladder.plan.basis),
        zone=live.zone,
        joined=qualified.joined_at,
        at=at,
    )
    moved = Moved(
        owner=owner,
        standing=found.standing,
        new=found.steps,
        steps=(0 if kept is None else kept.steps) + len(found.steps),
        look_at=found.look_at,
    )
    return _Seen(kept=kept, live=live, moved=moved)
