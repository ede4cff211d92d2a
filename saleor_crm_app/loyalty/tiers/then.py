"""The tier of an order's day, also where time has changed it since the member was looked at last; writes nothing."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.orders import OrderFact
from saleor_crm_app.kernel.ids import InstallationId, OrderId, ProgramId
from saleor_crm_app.loyalty.points import qualifying_of
from saleor_crm_app.loyalty.program import programs_of_channels
from saleor_crm_app.loyalty.tiers.counts import Counts
from saleor_crm_app.loyalty.tiers.history import Moment, TierThen, tier_at
from saleor_crm_app.loyalty.tiers.members import Kept, Owner, kept_of
from saleor_crm_app.loyalty.tiers.registry import LiveLadder, ladders_of
from saleor_crm_app.loyalty.tiers.standing import Standing, counted_since, follow


async def tiers_then(
    session: AsyncSession, installation: InstallationId, moments: Collection[Moment], *, at: datetime
) -> dict[Moment, TierThen]:
    """As `tier_at`, with what time has done by `at` but nobody has written down yet.

    So a tier reached at midnight holds for an order a minute later. Locks nothing, since whoever asks goes on to lock
    accounts. One statement where no program has tiers, three otherwise, and one more where somebody is due.
    """
    ladders = await ladders_of(session, installation) if moments else {}
    if not ladders:
        return {}
    then = await tier_at(session, installation, moments)
    owners = {(customer, program) for customer, program, _ in moments if program in ladders}
    kept = await kept_of(session, installation, owners)
    due = {owner for owner in owners if owner not in kept or _is_due(kept[owner], at)}
    steps = await _steps(session, installation, {owner: kept.get(owner) for owner in due}, ladders, at=at)
    for customer, program, instant in moments:
        live = ladders.get(program)
        taken = [step for step in steps.get((customer, program), ()) if step.holds_from <= instant]
        if live is None or not taken or instant < live.ladder.live_from:
            continue
        moment = (customer, program, instant)
        tier = live.ladder.plan.tier(live.ladder.rung(taken[-1].tier))
        if tier is not None:
            then[moment] = TierThen(tier.code, tier.multiplier_percent)
        else:
            then.pop(moment, None)
    return then


async def tiers_of_orders(
    session: AsyncSession, installation: InstallationId, facts: Collection[OrderFact], *, at: datetime
) -> dict[OrderId, TierThen]:
    """The tier of each order's customer when the order was made, for the rules it earns by.

    Locks nothing. Two statements where no program has tiers, at most five otherwise.
    """
    programs = await programs_of_channels(session, {fact.snapshot.channel for fact in facts})
    moments: dict[OrderId, Moment] = {
        fact.id: (customer, program.id, fact.snapshot.created_at)
        for fact in facts
        if (customer := fact.customer) is not None and (program := programs.get(fact.snapshot.channel)) is not None
    }
    found = await tiers_then(session, installation, list(moments.values()), at=at)
    return {order: found[moment] for order, moment in moments.items() if moment in found}


def _is_due(kept: Kept, at: datetime) -> bool:
    return kept.look_at is not None and kept.look_at <= at


async def _steps(
    session: AsyncSession,
    installation: InstallationId,
    due: dict[Owner, Kept | None],
    ladders: dict[ProgramId, LiveLadder],
    *,
    at: datetime,
) -> dict[Owner, tuple[Standing, ...]]:
    """What nobody has written down yet of these members."""
    stands = {owner: None if kept is None else kept.standing for owner, kept in due.items()}
    running = {owner: ladders[owner[1]] for owner in due if not ladders[owner[1]].is_paused}
    since = {owner: counted_since(stands[owner], live.ladder, live.zone) for owner, live in running.items()}
    found = {}
    for owner, qualified in (await qualifying_of(session, installation, since)).items():
        live = running[owner]
        counts = Counts.of(qualified.amounts, live.ladder.plan.basis)
        way = follow(stands[owner], live.ladder, counts, zone=live.zone, joined=qualified.joined_at, at=at)
        found[owner] = way.steps
    return found
