"""Reacts to one installation's batch of events inside the caller's transaction, kind by kind, set-wise."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app import checkout, issuing
from saleor_crm_app.crm import customers, orders
from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, OrderId
from saleor_crm_app.loyalty import points, tiers
from saleor_crm_app.reactions.actions import reward, sign_ups
from saleor_crm_app.reactions.coupons import give_on_first_orders
from saleor_crm_app.reactions.customers import close_accounts, seen_from
from saleor_crm_app.reactions.facts import keep_facts
from saleor_crm_app.reactions.merges import customers_of, owed_sweeps
from saleor_crm_app.reactions.orders import observed_from
from saleor_crm_app.reactions.segments import follow_customers, made_ahead
from saleor_crm_app.reactions.tiers import follow_orders
from saleor_crm_app.saleor.events import (
    CustomerChanged,
    CustomerConfirmed,
    CustomerGone,
    Incomplete,
    OrdersChanged,
    ShopEvent,
)


@dataclass(slots=True)
class _Sorted:
    """A batch by kind, each kind in the order of the batch."""

    orders: list[OrdersChanged] = field(default_factory=list)
    customers: list[CustomerChanged] = field(default_factory=list)
    confirmed: list[CustomerConfirmed] = field(default_factory=list)
    gone: list[CustomerGone] = field(default_factory=list)
    unread_orders: set[OrderId] = field(default_factory=set)
    unread_customers: set[CustomerId] = field(default_factory=set)

    def add(self, event: ShopEvent) -> None:
        """Sort one event in; the app's own life and unknown types are not reacted to here."""
        match event:
            case OrdersChanged():
                self.orders.append(event)
            case CustomerChanged():
                self.customers.append(event)
            case CustomerConfirmed():
                self.confirmed.append(event)
            case CustomerGone():
                self.gone.append(event)
            case Incomplete():
                self.unread_orders.update(event.orders)
                self.unread_customers.update(event.customers)
            case _:
                pass

    @property
    def customers_told_of(self) -> set[CustomerId]:
        return {one.customer.id for one in self.customers} | {one.customer for one in self.confirmed}


async def react(
    session: AsyncSession, installation: InstallationId, events: Sequence[ShopEvent], *, at: datetime
) -> None:
    """Apply events in the order given, at the installation's business time `at`.

    What they owe to the outside goes into the outbox of the same transaction.
    """
    batch = _Sorted()
    for event in events:
        batch.add(event)
    await customers.record(session, installation, [seen_from(one.customer) for one in batch.customers])
    await customers.confirm(session, installation, [(one.customer, one.issued_at) for one in batch.confirmed])
    await customers.forget(session, installation, [(one.customer, one.issued_at) for one in batch.gone])
    learnt = await orders.record(session, installation, observed_from(batch.orders), at=at)
    tenders = await checkout.learn(session, installation, learnt.changed)
    uses = await issuing.learn(session, installation, learnt.changed)
    tiers_of_then = partial(tiers.tiers_of_orders, session, installation, at=at)
    await points.accrue(session, installation, learnt.changed, at=at, tiers_then=tiers_of_then)
    await follow_orders(session, installation, learnt.changed, at=at)
    await reward(session, installation, sign_ups(batch.confirmed, batch.customers), at=at)
    await give_on_first_orders(session, installation, learnt.changed, at=at)
    gone = {one.customer for one in batch.gone}
    await issuing.part(session, installation, gone, at=at)
    await close_accounts(session, installation, gone, at=at)
    touched = batch.customers_told_of | customers_of(learnt.changed)
    await keep_facts(session, installation, touched, gone, at=at)
    ahead = made_ahead(learnt.changed, at)
    await follow_customers(session, installation, touched, gone, at=at, not_before=ahead)
    await outbox.enqueue(
        session,
        *tenders,
        *uses,
        *await checkout.part(session, installation, gone),
        *await owed_sweeps(session, installation, customers_of(learnt.changed)),
        *(
            orders.ReadOrder(installation=installation, order=order)
            for order in sorted(batch.unread_orders | learnt.doubtful)
        ),
        *(
            customers.ReadCustomer(installation=installation, customer=customer)
            for customer in sorted(batch.unread_customers)
        ),
    )
