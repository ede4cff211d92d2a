"""Target-state accrual: posts what orders deserve now minus what was posted for them already."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.orders import OrderFact
from saleor_crm_app.kernel.ids import AccountId, InstallationId, OrderId
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.earning import Target, target_of
from saleor_crm_app.loyalty.points.journal import Journal, OpenAccount, OrderPosting, Redemption
from saleor_crm_app.loyalty.points.ledger import Owner, open_accounts, write
from saleor_crm_app.loyalty.points.moves import Moves, Posted, lapsed_of, moves_of
from saleor_crm_app.loyalty.points.order_posting import Due, post_order
from saleor_crm_app.loyalty.points.postings import postings_of
from saleor_crm_app.loyalty.points.redeemed import Spent, redemptions_of
from saleor_crm_app.loyalty.points.restoring import restore, returned_target
from saleor_crm_app.loyalty.points.shelf import Shelf, fetch, fill
from saleor_crm_app.loyalty.program import GUEST_ORDER_CREDITED_DAYS, Amounts, Inactivity, Program, programs_for


async def accrue(
    session: AsyncSession, installation: InstallationId, facts: Sequence[OrderFact], *, at: datetime
) -> None:
    """Bring the points of these orders to what they deserve; a second call with the same facts does nothing.

    Points that were spent on them come back by the share that was given back. Guests' orders wait for their customer,
    those of a paused program until it goes on. No customer's posting reads another's rows.
    """
    dues = await _dues(session, installation, facts)
    if not dues:
        return
    orders = [due.fact.id for due in dues]
    spent = await redemptions_of(session, installation, orders)
    owners = {due.owner for due in dues} | {one.owner for each in spent.values() for one in each}
    accounts = await open_accounts(session, installation, owners, at=at)
    books = _Books(
        at=at,
        shelves={account.id: Shelf(account) for account in accounts.values()},
        postings=await postings_of(session, installation, orders),
    )
    for due in dues:
        books.add(due, accounts[due.owner], spent.get(due.fact.id, ()))
    await books.read(session, installation)
    journal = Journal(installation, at)
    for due in dues:
        books.post(journal, due, accounts[due.owner], [one.redemption for one in spent.get(due.fact.id, ())])
    await write(session, journal)


@dataclass(slots=True)
class _Books:
    """What is kept of a batch's orders and accounts, as far as it is needed."""

    at: datetime
    shelves: dict[AccountId, Shelf]
    postings: dict[OrderId, OrderPosting]
    whole: set[AccountId] = field(default_factory=set)
    asked: list[Posted] = field(default_factory=list)
    short: list[OrderPosting] = field(default_factory=list)
    moves: Mapping[UUID, Moves] = field(default_factory=dict)

    def add(self, due: Due, account: OpenAccount, spent: Iterable[Spent]) -> None:
        """Note what has to be read to post one order."""
        posting = self.postings.get(due.fact.id)
        if posting is None:
            if isinstance(due.program.settings.expiry, Inactivity):
                self.whole.add(account.id)
        else:
            self.shelves[account.id].lots[posting.lot.id] = posting.lot
            delta = due.target.points - posting.granted
            lapsed = posting.lot.free > 0 and posting.lot.terms.lapsed_at(self.at)
            if delta < 0 and (lapsed or -delta > posting.lot.free):
                self.whole.add(account.id)
                self.short.append(posting)
            elif delta > 0 and posting.taken_back:
                self.asked.append(Posted(subject=due.fact.id, account=account, keys=posting.keys))
        for one in spent:
            if returned_target(due, one.redemption) != one.redemption.returned:
                shelf = self.shelves[one.redemption.account]
                self.whole.add(shelf.account.id)
                self.asked.append(Posted(subject=one.redemption.id, account=shelf.account, keys=one.redemption.keys))

    async def read(self, session: AsyncSession, installation: InstallationId) -> None:
        """At most four statements, and none where every order gives or takes from its own lot alone."""
        await fill(session, installation, self.shelves, self.whole)
        homes = {posting.lot.id: shelf for shelf in self.shelves.values() for posting in self.short
                 if posting.lot.id in shelf.lots}  # fmt: skip
        lapsed = await lapsed_of(session, installation, [(shelf.account, lot) for lot, shelf in homes.items()])
        for lot, points in lapsed.items():
            homes[lot].lapsed[lot] = points
        self.moves = await moves_of(session, installation, self.asked)
        moved = [(self.shelves[one.account.id], self.moves.get(one.subject, {})) for one in self.asked]
        await fetch(session, installation, moved)

    def post(self, journal: Journal, due: Due, account: OpenAccount, spent: Iterable[Redemption]) -> None:
        """Post one order, and what comes back of the points spent on it."""
        order = due.fact.id
        shelf, posting = self.shelves[account.id], self.postings.get(order)
        posting = post_order(journal, shelf, posting, due=due, moves=self.moves.get(order, {}))
        if posting is not None:
            self.postings[order] = posting
        for one in spent:
            restore(journal, self.shelves[one.account], one, due=due, moves=self.moves.get(one.id, {}))


async def _dues(session: AsyncSession, installation: InstallationId, facts: Sequence[OrderFact]) -> list[Due]:
    programs = await programs_for(
        session,
        installation,
        {fact.snapshot.channel: fact.snapshot.currency for fact in facts if fact.customer is not None},
    )
    dues = []
    for fact in facts:
        if fact.customer is None:
            continue
        program = programs[fact.snapshot.channel]
        if program.paused_at is None and not program.settings.dry_run:
            owner: Owner = (fact.customer, program.id)
            dues.append(Due(fact=fact, program=program, target=_target(fact, program), owner=owner))
    return dues


def _target(fact: OrderFact, program: Program) -> Target:
    target = target_of(fact.snapshot, display_gross=_counts_gross(fact, program), rate=program.earn)
    late = fact.attached_at is not None and (
        fact.attached_at - fact.snapshot.created_at > timedelta(days=GUEST_ORDER_CREDITED_DAYS)
    )
    if late or (fact.snapshot.is_staff and not program.earn_staff_orders):
        return replace(target, points=Points(0), lines=())
    return target


def _counts_gross(fact: OrderFact, program: Program) -> bool:
    amounts = program.settings.amounts
    return fact.display_gross if amounts is Amounts.AS_SHOWN else amounts is Amounts.GROSS
