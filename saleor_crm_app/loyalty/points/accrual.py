"""Target-state accrual: posts what an order deserves now minus what was posted for it already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.orders import OrderFact
from saleor_crm_app.kernel.ids import AccountId, InstallationId, LotId, OrderId, new_id
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.earning import Target, target_of
from saleor_crm_app.loyalty.points.journal import Journal, OpenAccount, OrderPosting, Posted
from saleor_crm_app.loyalty.points.ledger import Owner, open_accounts, write
from saleor_crm_app.loyalty.points.lots import Draw, Lot, give, take_back
from saleor_crm_app.loyalty.points.models import EntryKind, EntrySource
from saleor_crm_app.loyalty.points.postings import open_lots, postings_of
from saleor_crm_app.loyalty.points.terms import terms_of
from saleor_crm_app.loyalty.program import GUEST_ORDER_CREDITED_DAYS, Program, programs_for


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """One order, what it deserves, and where that is kept."""

    fact: OrderFact
    program: Program
    target: Target
    owner: Owner


async def accrue(
    session: AsyncSession, installation: InstallationId, facts: Sequence[OrderFact], *, at: datetime
) -> None:
    """Bring the points of these orders to what they deserve; a second call with the same facts does nothing.

    Guests' orders wait for their customer. No customer's posting reads another's rows.
    """
    programs = await programs_for(
        session,
        installation,
        {fact.snapshot.channel: fact.snapshot.currency for fact in facts if fact.customer is not None},
    )
    dues = [
        _Due(
            fact=fact,
            program=programs[fact.snapshot.channel],
            target=_target(fact, programs[fact.snapshot.channel]),
            owner=(fact.customer, programs[fact.snapshot.channel].id),
        )
        for fact in facts
        if fact.customer is not None
    ]
    if not dues:
        return
    accounts = await open_accounts(session, installation, {due.owner for due in dues}, at=at)
    postings = await postings_of(session, installation, [due.fact.id for due in dues])
    lots = await _lots(session, installation, dues, accounts, postings)
    journal = Journal(installation, at)
    for due in dues:
        account = accounts[due.owner]
        _post(journal, account, lots[account.id], postings, due)
    await write(session, journal)


async def _lots(
    session: AsyncSession,
    installation: InstallationId,
    dues: Sequence[_Due],
    accounts: Mapping[Owner, OpenAccount],
    postings: Mapping[OrderId, OrderPosting],
) -> dict[AccountId, dict[LotId, Lot]]:
    """The batch's lots by account; all open ones of an account whose order cannot give back from its own."""
    lots: dict[AccountId, dict[LotId, Lot]] = {account.id: {} for account in accounts.values()}
    short: dict[AccountId, OpenAccount] = {}
    for due in dues:
        posting = postings.get(due.fact.id)
        if posting is None:
            continue
        account = accounts[due.owner]
        lots[account.id][posting.lot.id] = posting.lot
        if posting.posted - due.target.points > posting.lot.remaining:
            short[account.id] = account
    for owner, lot in await open_lots(session, installation, short.values()):
        lots[owner].setdefault(lot.id, lot)
    return lots


def _post(
    journal: Journal,
    account: OpenAccount,
    lots: dict[LotId, Lot],
    postings: dict[OrderId, OrderPosting],
    due: _Due,
) -> None:
    order = due.fact.id
    posting = postings.get(order)
    if posting is None:
        if not due.target.points:
            return
        lot = Lot(LotId(new_id()), granted=0, remaining=0, order=order, fresh=True)
        posting = postings[order] = OrderPosting(order, lot)
        lots[lot.id] = lot
    delta = due.target.points - posting.posted
    if delta:
        draws = _draw(account, lots, posting.lot, delta, at=journal.recorded_at)
        journal.post(account, _posted(due, posting, draws))
        posting.add(delta)
        journal.orders[order] = (account, posting)
        for draw in draws:
            if draw.lot is not None:
                journal.touch_lot(account, lots[draw.lot])
        journal.touch_lot(account, posting.lot)
    _date(journal, account, posting.lot, due)


def _draw(account: OpenAccount, lots: Mapping[LotId, Lot], own: Lot, delta: int, *, at: datetime) -> list[Draw]:
    if delta > 0:
        return give(own, delta, deficit=account.deficit)
    return take_back(own, [lot for lot in lots.values() if lot is not own], -delta, at=at)


def _date(journal: Journal, account: OpenAccount, lot: Lot, due: _Due) -> None:
    """Follow the order's fulfillment, but never make points wait again that could be spent already."""
    terms = terms_of(due.fact.snapshot, due.program)
    if terms != lot.terms and not lot.terms.runs_at(due.fact.snapshot.updated_at):
        lot.terms = terms
        journal.date_lot(account, lot)


def _target(fact: OrderFact, program: Program) -> Target:
    target = target_of(fact.snapshot, display_gross=fact.display_gross, rate=program.earn)
    late = fact.attached_at is not None and (
        fact.attached_at - fact.snapshot.created_at > timedelta(days=GUEST_ORDER_CREDITED_DAYS)
    )
    if late or (fact.snapshot.is_staff and not program.earn_staff_orders):
        return replace(target, points=Points(0), lines=())
    return target


def _posted(due: _Due, posting: OrderPosting, draws: Sequence[Draw]) -> Posted:
    first = posting.postings == 0
    snapshot = due.fact.snapshot
    return Posted(
        kind=EntryKind.EARN if sum(draw.points for draw in draws) > 0 else EntryKind.CLAWBACK,
        source=EntrySource.ORDER,
        key=f"order:{due.fact.id}:{posting.postings}",
        order=due.fact.id,
        program_version=due.program.version,
        explanation=_explanation(due, posting),
        occurred_at=snapshot.created_at if first else snapshot.updated_at,
        draws=draws,
    )


def _explanation(due: _Due, posting: OrderPosting) -> dict[str, Any]:
    """The numbers that give the target again; amounts in minor units, named ones in parts of them."""
    target = due.target
    return {
        "currency": due.program.currency,
        "rate": [due.program.earn.points, due.program.earn.minor],
        "merchandise": target.merchandise,
        "named": target.named,
        "paid": target.paid,
        "value": target.value,
        "named_value": target.named_value,
        "parts": target.parts,
        "status": due.fact.snapshot.status,
        "lines": [[line, points] for line, points in target.lines],
        "target": target.points,
        "posted": posting.posted,
    }
