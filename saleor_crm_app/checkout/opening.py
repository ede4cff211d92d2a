"""The first step of paying with points: hold and tender in one transaction, or those that are there already."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.checkout.errors import TakenOffAgain, WorthNothing
from saleor_crm_app.checkout.models import TenderKind, TenderState
from saleor_crm_app.checkout.tenders import Tender, insert_tender, open_tender_of, tender_of
from saleor_crm_app.checkout.ways import first_way
from saleor_crm_app.kernel.idempotency import once
from saleor_crm_app.kernel.ids import CustomerId, HoldId, ShardKey
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.kernel.one_at_a_time import one_at_a_time
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.saleor.checkouts import CheckoutState
from saleor_crm_app.saleor.installations import Installation


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A customer's wish to pay with so many points at a checkout."""

    shop: Installation
    customer: CustomerId
    checkout: str
    points: int
    key: str
    at: datetime


class InTheWay(Exception):
    """Something else pays for points at this checkout; it is to be taken off first."""

    def __init__(self, tender: Tender) -> None:
        self.tender = tender
        super().__init__("Other points are on this checkout")


class _Opened(msgspec.Struct, frozen=True):
    """What the first step answers: the hold it made."""

    shard: int
    hold: UUID


async def open_tender(
    session: AsyncSession, wish: Request, program: Program, state: CheckoutState
) -> tuple[Tender, datetime]:
    """What is to pay and until when it is held: made now, or by the same request before, or for as many points before.

    Raises InTheWay, TakenOffAgain, the refusals of `points.hold` and of its limits; nothing changed then.
    """

    async def act() -> _Opened:
        # two wishes for one checkout at once would both see none there
        await one_at_a_time(session, f"{wish.shop.id} {wish.checkout}")
        tender = await open_tender_of(session, wish.checkout)
        if tender is None:
            tender = await _held(session, wish, program, state)
        elif not await _is_wanted(session, wish, tender):
            await _demand_room(session, wish, program, state, present=tender)
            raise InTheWay(tender)
        return _Opened(shard=tender.shard, hold=tender.hold)

    opened = await once(
        session,
        wish.shop.id,
        owner=f"customer:{wish.customer}",
        key=wish.key,
        input=["pointsApplyToCheckout", wish.checkout, wish.points],
        answer=_Opened,
        act=act,
    )
    key = (ShardKey(opened.shard), HoldId(opened.hold))
    tender = await tender_of(session, key)
    [hold] = await points.holds_by_key(session, wish.shop.id, [key])
    if tender is None or not tender.is_open:
        raise TakenOffAgain
    return tender, hold.expires_at


async def _is_wanted(session: AsyncSession, wish: Request, present: Tender) -> bool:
    """Whether it is what this request would make, and not about to be taken off since its time is over."""
    if (present.customer, present.points) != (wish.customer, wish.points):
        return False
    [hold] = await points.holds_by_key(session, wish.shop.id, [present.key])
    return hold.expires_at > wish.at


async def _demand_room(
    session: AsyncSession, wish: Request, program: Program, state: CheckoutState, *, present: Tender
) -> None:
    """Refuse before anything is taken off what would be refused afterwards."""
    ours = state.discount if present.kind is TenderKind.VOUCHER else 0
    points.demand_within_limits(program, wish.points, total=state.subtotal + state.shipping + ours)
    if present.customer != wish.customer:
        return
    member = await points.account_of(session, wish.shop.id, wish.customer, program.id)
    if member is None:
        return
    balance = await points.balance_of(session, wish.shop.id, member, at=wish.at)
    free = balance.available + present.points
    if free < wish.points:
        raise points.errors.NotEnoughPoints(available=free, short_by=wish.points - free)


async def _held(session: AsyncSession, wish: Request, program: Program, state: CheckoutState) -> Tender:
    """Check the limits against what the checkout costs before gift cards, hold, and note what is to pay."""
    kind = first_way(program, wish.shop.saleor_version)
    points.demand_within_limits(program, wish.points, total=state.subtotal + state.shipping)
    worth = program.worth(Points(wish.points))
    if not worth.minor:
        raise WorthNothing
    hold = await points.hold(
        session,
        wish.shop.id,
        (wish.customer, program.id),
        program=program,
        points=Points(wish.points),
        subject=f"checkout:{wish.checkout}",
        until=wish.at + timedelta(minutes=program.settings.redemption.hold_minutes),
        at=wish.at,
    )
    tender = Tender(
        hold=hold.id,
        shard=hold.shard,
        customer=wish.customer,
        program=program.id,
        points=wish.points,
        checkout=wish.checkout,
        channel=state.channel,
        worth=worth,
        kind=kind,
        state=TenderState.OPENING,
        saleor_id=None,
        voucher_id=None,
        sealed=None,
    )
    await insert_tender(session, wish.shop.id, tender, at=wish.at)
    return tender
