"""What an order that is not there yet would earn: reckoned as if it were posted, with nothing locked or written."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.orders import OrderFact, orders_of_customers
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import rules
from saleor_crm_app.loyalty.points.earning.admission import admitted
from saleor_crm_app.loyalty.points.earning.targets import Due, Targets, TiersThen, Wanted, look_back, no_tiers
from saleor_crm_app.loyalty.points.postings import postings_of
from saleor_crm_app.loyalty.program import Program, programs_of_channels

_NOBODY: Final = CustomerId("")


async def foretell(
    session: AsyncSession,
    installation: InstallationId,
    fact: OrderFact,
    *,
    program: Program,
    tiers_then: TiersThen = no_tiers,
) -> Due:
    """What the order would deserve, were it made as `fact` says; a guest's earns as a new member's first one.

    Whether its customer has joined, and whether the program runs, is not asked. One statement and those of
    `tiers_then`; up to five more where rules count a customer's orders or limit them together, one where a rule has
    a budget.
    """
    [due] = await foretell_each(session, installation, [fact], program=program, tiers_then=tiers_then)
    return due


async def foretell_each(
    session: AsyncSession,
    installation: InstallationId,
    facts: Sequence[OrderFact],
    *,
    program: Program,
    tiers_then: TiersThen = no_tiers,
) -> list[Due]:
    """The same for several ways in which one customer's next order could be: at least one, of one id and moment.

    As many statements for all as for one.
    """
    customer = facts[0].customer
    ours = [Wanted(fact=fact, program=program, owner=(customer or _NOBODY, program.id)) for fact in facts]
    sets = await rules.rule_sets_of(session, installation, [program])
    earlier = await _earlier(session, installation, ours[0]) if customer and look_back(ours, sets) else []
    ours = [_after(one, earlier) for one in ours]
    postings = await postings_of(session, installation, [one.fact.id for one in earlier]) if earlier else {}
    tiers = {} if customer is None else await tiers_then([one.fact for one in (*earlier, ours[0])])
    targets = Targets(earlier, sets, postings, tiers)
    limits = targets.budgets(*ours)
    given = await rules.budgets_given(session, installation, limits)
    return targets.reckon_next(ours, {rule: limit - given.get(rule, 0) for rule, limit in limits.items()})


def _after(ours: Wanted, earlier: Sequence[Wanted]) -> Wanted:
    """It is the customer's next one, also where the shop's clock is ahead of ours."""
    latest = max((one.fact.snapshot.created_at for one in earlier), default=None)
    snapshot = ours.fact.snapshot
    if latest is None or latest < snapshot.created_at:
        return ours
    moved = msgspec.structs.replace(snapshot, created_at=latest + timedelta.resolution)
    return replace(ours, fact=replace(ours.fact, snapshot=moved))


async def _earlier(session: AsyncSession, installation: InstallationId, ours: Wanted) -> Sequence[Wanted]:
    """What the customer's orders in the same program have earned counts for what the next one may."""
    customer, program = ours.owner
    facts = await orders_of_customers(session, installation, [customer])
    held = await programs_of_channels(session, {fact.snapshot.channel for fact in facts}) if facts else {}
    theirs = [
        Wanted(fact=fact, program=ours.program, owner=ours.owner)
        for fact in facts
        if (found := held.get(fact.snapshot.channel)) is not None and found.id == program
    ]
    return await admitted(session, installation, theirs)
