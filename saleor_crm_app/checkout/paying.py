"""Puts points on a live checkout in three steps: commit the hold, call the shop unlocked, commit the outcome."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.checkout.errors import (
    CheckoutNotFound,
    NoProgramHere,
    ShopAway,
    SpentAlready,
    TakenOffAgain,
    WorthNothing,
)
from saleor_crm_app.checkout.models import TenderKind, TenderState
from saleor_crm_app.checkout.pool import Pool
from saleor_crm_app.checkout.settling import Settler
from saleor_crm_app.checkout.tenders import Tender, change_tender, insert_tender, open_tender_of, tender_of
from saleor_crm_app.checkout.ways import Callers, Paid, first_way, pay
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Refusal, Unavailable
from saleor_crm_app.kernel.idempotency import once
from saleor_crm_app.kernel.ids import CustomerId, HoldId, InstallationId, ShardKey
from saleor_crm_app.kernel.money import Money, Points
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.program import Program, program_of_channel
from saleor_crm_app.loyalty.program import Tender as Choice
from saleor_crm_app.saleor.checkouts import CheckoutState, read_checkout
from saleor_crm_app.saleor.client import PermissionDenied, ShopGraphQLError
from saleor_crm_app.saleor.codes import CodeBook
from saleor_crm_app.saleor.installations import Installation

log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """Points on a checkout: what they are worth there, the code that stands for them, and until when they wait."""

    hold: HoldId
    points: Points
    worth: Money
    code: str
    expires_at: datetime


class _Opened(msgspec.Struct, frozen=True):
    """What the first step answers: the hold it made."""

    shard: int
    hold: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A customer's wish to pay with so many points at a checkout."""

    shop: Installation
    customer: CustomerId
    checkout: str
    points: int
    key: str
    at: datetime


class Cashier:
    """Applies points to checkouts and takes them off again."""

    def __init__(self, database: Database, callers: Callers, codes: CodeBook) -> None:
        self._database = database
        self._callers = callers
        self._codes = codes
        self._settler = Settler(database, callers, codes)

    async def apply(self, wish: Request, *, channel: str) -> Applied:
        """Hold the points, have the shop's checkout take their worth, and say with which code.

        The same key answers the same; another number of points for the same checkout replaces the first.
        Raises the refusals of this floor and of `points.hold`; nothing is left behind by a refusal.
        """
        try:
            return await self._apply(wish, channel)
        except (Unavailable, PermissionDenied, ShopGraphQLError) as error:
            log.warning("points_not_applied", installation=str(wish.shop.id), error=type(error).__name__)
            raise ShopAway from error

    async def remove(self, wish: Request) -> bool:
        """Take points off a checkout; says whether there were any.

        Raises CheckoutNotFound for somebody else's, SpentAlready, ShopAway.
        """
        async with self._database.shop(wish.shop.id, read_only=True) as session:
            tender = await open_tender_of(session, wish.checkout)
        if tender is None:
            return False
        if tender.customer != wish.customer:
            raise CheckoutNotFound
        try:
            released = await self._settler.withdraw(wish.shop.id, tender)
        except (Unavailable, PermissionDenied, ShopGraphQLError) as error:
            raise ShopAway from error
        if not released:
            raise SpentAlready
        return True

    async def _apply(self, wish: Request, channel: str) -> Applied:
        caller = await self._callers(wish.shop.id)
        state = await read_checkout(caller, wish.checkout)
        if state is None or state.customer != wish.customer or state.channel != channel:
            raise CheckoutNotFound
        async with self._database.shop(wish.shop.id, read_only=True) as session:
            program = await program_of_channel(session, state.channel)
            present = await open_tender_of(session, wish.checkout)
        if program is None:
            raise NoProgramHere
        if present is not None and present.points != wish.points:
            if not await self._settler.withdraw(wish.shop.id, present):
                raise SpentAlready
            state, present = await read_checkout(caller, wish.checkout) or state, None
        tender, until = await self._open(wish, program, state, present)
        if tender.state is TenderState.LIVE and tender.sealed is not None:
            return _applied(tender, self._codes.open(tender.sealed, installation=wish.shop.id), until)
        may_switch = program.settings.redemption.tender is Choice.AUTO
        pool = Pool(self._database, wish.shop.id, self._codes)
        try:
            paid = await pay(caller, pool, tender, state, may_switch=may_switch)
        except Refusal:
            await self._settler.withdraw(wish.shop.id, tender)
            raise
        await self._note(wish.shop.id, tender, paid)
        return _applied(tender, paid.code, until)

    async def _open(
        self, wish: Request, program: Program, state: CheckoutState, present: Tender | None
    ) -> tuple[Tender, datetime]:
        """The first step: hold and tender in one transaction, or those that the same request made before."""
        until = wish.at + timedelta(minutes=program.settings.redemption.hold_minutes)
        kind = first_way(program, wish.shop.saleor_version)

        async def act() -> _Opened:
            if present is not None:
                return _Opened(shard=present.shard, hold=present.hold)
            tender = await _held(session, wish, program, state, kind=kind, until=until)
            return _Opened(shard=tender.shard, hold=tender.hold)

        async with self._database.shop(wish.shop.id) as session:
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
            held = await points.holds_by_key(session, wish.shop.id, [key])
        if tender is None or not tender.is_open:
            raise TakenOffAgain
        return tender, held[0].expires_at

    async def _note(self, installation: InstallationId, tender: Tender, paid: Paid) -> None:
        """The third step: the checkout has it."""
        async with self._database.shop(installation) as session:
            now = await tender_of(session, tender.key, for_update=True)
            if now is not None and now.state is TenderState.OPENING:
                await change_tender(
                    session,
                    tender,
                    kind=paid.kind.value,
                    state=TenderState.LIVE.value,
                    saleor_id=paid.saleor_id,
                    voucher_id=paid.voucher_id,
                    code_mac=self._codes.mac(paid.code, installation=installation),
                    code_sealed=self._codes.seal(paid.code, installation=installation),
                )


async def _held(
    session: AsyncSession,
    wish: Request,
    program: Program,
    state: CheckoutState,
    *,
    kind: TenderKind,
    until: datetime,
) -> Tender:
    """Check the limits against what the checkout costs before gift cards, hold, and note what is to pay."""
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
        until=until,
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


def _applied(tender: Tender, code: str, until: datetime) -> Applied:
    return Applied(hold=tender.hold, points=Points(tender.points), worth=tender.worth, code=code, expires_at=until)
