"""What staff do with one member's tier: set it, or protect it until a date."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.points import qualifying_of
from saleor_crm_app.loyalty.tiers.counts import Counts
from saleor_crm_app.loyalty.tiers.errors import NoLadder, NoSuchTier, ProtectedPast
from saleor_crm_app.loyalty.tiers.jobs import mirrors
from saleor_crm_app.loyalty.tiers.ladder import TierCode
from saleor_crm_app.loyalty.tiers.members import Moved, Owner, lock_standings, write_moves
from saleor_crm_app.loyalty.tiers.registry import LiveLadder, ladders_of
from saleor_crm_app.loyalty.tiers.standing import Reason, Standing, counted_since, follow
from saleor_crm_app.loyalty.tiers.windows import kept_until

LONGEST_PROTECTION: Final = timedelta(days=3653)

Change = Callable[[Standing, LiveLadder], Standing]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where a member stood before and stands now."""

    before: Standing
    after: Standing


async def set_tier(
    session: AsyncSession, installation: InstallationId, owner: Owner, *, tier: TierCode | None, at: datetime
) -> Placed:
    """Put a member on a rung; they climb again with what counts afterwards, and are measured when the term is over.

    None is below the first tier. Raises NoLadder and NoSuchTier.
    """

    def change(held: Standing, live: LiveLadder) -> Standing:
        if not live.ladder.knows(tier):
            raise NoSuchTier(str(tier))
        is_measured = live.ladder.plan.threshold(live.ladder.rung(tier)) > 0
        return replace(
            held,
            tier=tier,
            since=held.since if tier == held.tier else at,
            reason=Reason.STAFF,
            until=kept_until(live.ladder.plan, at, live.zone) if is_measured else None,
            notice_at=None,
            ground=None,
        )

    return await _place(session, installation, owner, change, at=at)


async def protect(
    session: AsyncSession, installation: InstallationId, owner: Owner, *, until: datetime | None, at: datetime
) -> Placed:
    """Let a member keep the tier until a date whatever is bought, or end that with None; a notice is taken back.

    Raises NoLadder and ProtectedPast.
    """
    if until is not None and not at < until <= at + LONGEST_PROTECTION:
        raise ProtectedPast

    def change(held: Standing, _: LiveLadder) -> Standing:
        return replace(held, reason=Reason.PROTECTED, notice_at=None, protected_until=until)

    return await _place(session, installation, owner, change, at=at)


async def _place(
    session: AsyncSession, installation: InstallationId, owner: Owner, change: Change, *, at: datetime
) -> Placed:
    """Follow the member to `at`, change what staff want changed there, and let time go on from that."""
    customer, program = owner
    live = (await ladders_of(session, installation, [program])).get(program)
    if live is None:
        raise NoLadder
    kept = (await lock_standings(session, installation, [customer], [program])).get(owner)
    held = None if kept is None else kept.standing
    since = counted_since(held, live.ladder, live.zone)
    qualified = (await qualifying_of(session, installation, {owner: since})).get(owner)
    if qualified is None:
        raise NoLadder
    counts = Counts.of(qualified.amounts, live.ladder.plan.basis)
    way = follow(held, live.ladder, counts, zone=live.zone, joined=qualified.joined_at, at=at)
    holds_from = max(at, way.standing.holds_from)
    changed = replace(change(way.standing, live), holds_from=holds_from, version=live.ladder.version, climb=None)
    after = follow(changed, live.ladder, counts, zone=live.zone, joined=qualified.joined_at, at=at)
    steps = (*way.steps, changed, *after.steps)
    moved = Moved(
        owner=owner,
        standing=after.standing,
        new=steps,
        steps=(0 if kept is None else kept.steps) + len(steps),
        look_at=after.look_at,
    )
    await write_moves(session, installation, [moved], at=at)
    if held is None or held.tier != after.standing.tier:
        await outbox.enqueue(session, *mirrors(installation, {customer}))
    return Placed(before=way.standing, after=after.standing)
