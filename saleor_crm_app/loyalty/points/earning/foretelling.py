"""What orders would earn, before they are there or by other rules: as if posted, with nothing locked or written."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.orders import OrderFact, orders_of_customers
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, OrderId
from saleor_crm_app.loyalty import rules
from saleor_crm_app.loyalty.points.earning.admission import admitted
from saleor_crm_app.loyalty.points.earning.targets import (
    Due,
    Targets,
    TiersThen,
    TierThen,
    Wanted,
    look_back,
    no_tiers,
    segments_of_orders,
)
from saleor_crm_app.loyalty.points.postings import postings_of
from saleor_crm_app.loyalty.program import Program, programs_of_channels
from saleor_crm_app.loyalty.rules import RuleSet

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
    `tiers_then`; up to five more where rules count a customer's orders or limit them together, one where they ask for
    segments, one where a rule has a budget.
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
    theirs = [] if customer is None else [*earlier, *ours]
    segments = await segments_of_orders(session, installation, theirs, sets)
    targets = Targets(earlier, sets, postings, tiers, segments=segments)
    limits = targets.budgets(*ours)
    given = await rules.budgets_given(session, installation, limits)
    return targets.reckon_next(ours, {rule: limit - given.get(rule, 0) for rule, limit in limits.items()})


async def tried_by(
    session: AsyncSession,
    installation: InstallationId,
    facts: Sequence[OrderFact],
    ways: Sequence[Sequence[RuleSet]],
    *,
    program: Program,
    tiers: Mapping[OrderId, TierThen],
) -> dict[CustomerId, list[list[Due]]]:
    """By customer what all their orders deserve, oldest first, by each of these ways: versions of a program's rules.

    As if nobody else used the budgets that rules have up. One statement where rules ask for segments, none otherwise.
    """
    by_customer: dict[CustomerId, list[Wanted]] = defaultdict(list)
    for fact in facts:
        if fact.customer is not None:
            by_customer[fact.customer].append(Wanted(fact=fact, program=program, owner=(fact.customer, program.id)))
    everybodys = [one for wanted in by_customer.values() for one in wanted]
    versions = {program.id: [one for way in ways for one in way]}
    segments = await segments_of_orders(session, installation, everybodys, versions)
    return {
        customer: [Targets(wanted, {program.id: way}, {}, tiers, segments=segments).reckon() for way in ways]
        for customer, wanted in by_customer.items()
    }


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
