"""Target-state accrual: posts what orders deserve now minus what was posted for them already."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.orders import OrderFact, orders_of_customers
from saleor_crm_app.kernel.ids import AccountId, InstallationId, OrderId
from saleor_crm_app.loyalty.points.earning.admission import admitted
from saleor_crm_app.loyalty.points.earning.order_posting import post_order
from saleor_crm_app.loyalty.points.earning.restoring import restore, returned_target
from saleor_crm_app.loyalty.points.earning.targets import (
    Due,
    Targets,
    TiersThen,
    Wanted,
    look_back,
    no_tiers,
    segments_of_orders,
)
from saleor_crm_app.loyalty.points.journal import Journal, OpenAccount, OrderPosting, Redemption
from saleor_crm_app.loyalty.points.ledger import open_accounts, write
from saleor_crm_app.loyalty.points.moves import Moves, Posted, lapsed_of, moves_of
from saleor_crm_app.loyalty.points.postings import postings_of
from saleor_crm_app.loyalty.points.shelf import Shelf, fetch, fill
from saleor_crm_app.loyalty.points.spending.redeemed import Spent, redemptions_of
from saleor_crm_app.loyalty.program import Inactivity, programs_for
from saleor_crm_app.loyalty.rules import rule_sets_of


async def accrue(
    session: AsyncSession,
    installation: InstallationId,
    facts: Sequence[OrderFact],
    *,
    at: datetime,
    tiers_then: TiersThen = no_tiers,
    by_version: int | None = None,
) -> None:
    """Bring the points of these orders to what they deserve; a second call with the same facts does nothing.

    Points that were spent on them come back by the share that was given back. Where rules count a customer's orders
    or limit them together, all orders of the customer follow. Guests' orders wait for their customer, those of a
    paused program until it goes on. No customer's posting reads another's rows but for the budgets rules have.
    `by_version` recalculates these orders by that version of their program's rules, for good.
    """
    wanted = await _wanted(session, installation, facts)
    if not wanted:
        return
    programs = {one.program.id: one.program for one in wanted}
    sets = await rule_sets_of(session, installation, programs.values())
    back = look_back(wanted, sets)
    if back:
        seen = {one.fact.id for one in wanted}
        history = await orders_of_customers(session, installation, back)
        wanted += await _wanted(session, installation, [fact for fact in history if fact.id not in seen])
    orders = [one.fact.id for one in wanted]
    spent = await redemptions_of(session, installation, orders)
    owners = {one.owner for one in wanted} | {one.owner for each in spent.values() for one in each}
    tiers = await tiers_then([one.fact for one in wanted])
    segments = await segments_of_orders(session, installation, wanted, sets)
    accounts = await open_accounts(session, installation, owners, at=at)
    books = _Books(
        at=at,
        shelves={account.id: Shelf(account) for account in accounts.values()},
        postings=await postings_of(session, installation, orders),
    )
    forced = {} if by_version is None else {fact.id: by_version for fact in facts}
    targets = Targets(wanted, sets, books.postings, tiers, segments=segments, forced=forced)
    dues = await targets.dues(session, installation)
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
    short: list[tuple[OpenAccount, OrderId]] = field(default_factory=list)
    moves: Mapping[UUID, Moves] = field(default_factory=dict)

    def add(self, due: Due, account: OpenAccount, spent: Iterable[Spent]) -> None:
        """Note what has to be read to post one order."""
        posting = self.postings.get(due.fact.id)
        if posting is None:
            if isinstance(due.program.settings.expiry, Inactivity):
                self.whole.add(account.id)
        else:
            self.shelves[account.id].lots[posting.lot.id] = posting.lot
            delta = posting.lacks(due.points)
            lapsed = posting.lot.free > 0 and posting.lot.terms.lapsed_at(self.at)
            if delta < 0 and (lapsed or -delta > posting.lot.free):
                self.whole.add(account.id)
                self.short.append((account, due.fact.id))
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
        lapsed = await lapsed_of(session, installation, self.short)
        for account, order in self.short:
            self.shelves[account.id].lapsed[order] = lapsed.get(order, 0)
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


async def _wanted(session: AsyncSession, installation: InstallationId, facts: Sequence[OrderFact]) -> list[Wanted]:
    """Those of these orders that may earn now; programs are made where an order is the first of its currency."""
    owned = [(fact, fact.customer) for fact in facts if fact.customer is not None]
    currencies = {fact.snapshot.channel: fact.snapshot.currency for fact, _ in owned}
    programs = await programs_for(session, installation, currencies) if owned else {}
    wanted = [
        Wanted(fact=fact, program=program, owner=(customer, program.id))
        for fact, customer in owned
        if (program := programs[fact.snapshot.channel]).paused_at is None and not program.settings.dry_run
    ]
    return await admitted(session, installation, wanted)
