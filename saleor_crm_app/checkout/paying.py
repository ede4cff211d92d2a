"""Puts points on a live checkout in three steps: commit the hold, call the shop unlocked, commit the outcome."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from saleor_crm_app.checkout.errors import CheckoutNotFound, NoProgramHere, ShopAway, SpentAlready, TakenOffAgain
from saleor_crm_app.checkout.models import TenderState
from saleor_crm_app.checkout.opening import InTheWay, Request, open_tender
from saleor_crm_app.checkout.pool import Pool
from saleor_crm_app.checkout.settling import Settler
from saleor_crm_app.checkout.tenders import Tender, change_tender, open_tender_of, tender_of
from saleor_crm_app.checkout.turns import TenderBusy, alone_with
from saleor_crm_app.checkout.ways import Callers, CardsDenied, Paid, is_on, pay
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Refusal, Unavailable
from saleor_crm_app.kernel.ids import CustomerId, HoldId, InstallationId, global_id, key_of
from saleor_crm_app.kernel.limits import demand_rate
from saleor_crm_app.kernel.money import Money, Points
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.loyalty.program import Program, program_of_channel
from saleor_crm_app.loyalty.program import Tender as Choice
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.checkouts import CheckoutState, read_checkout
from saleor_crm_app.saleor.client import PermissionDenied, ShopGraphQLError
from saleor_crm_app.saleor.codes import CodeBook

MOST_A_MINUTE: Final = 10
"""So often one customer may ask to pay with points."""
_MINUTE: Final = timedelta(minutes=1)
_TRIES: Final = 2

log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """Points on a checkout: what they are worth there, the code that stands for them, and until when they wait."""

    hold: HoldId
    points: Points
    worth: Money
    code: str
    expires_at: datetime


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
        Raises the refusals of this floor and of `points.hold`, and RateLimited; none leaves anything behind but
        ShopAway: then the same key goes on where it stopped, or the points come back when the hold runs out.
        """
        await self._demand_rate(wish.shop.id, wish.customer)
        try:
            return await self._apply(replace(wish, checkout=_written(wish.checkout)), channel)
        except (Unavailable, PermissionDenied, ShopGraphQLError) as error:
            log.warning("points_not_applied", installation=str(wish.shop.id), error=type(error).__name__)
            raise ShopAway from error

    async def remove(self, wish: Request) -> bool:
        """Take points off a checkout; says whether there were any.

        Raises CheckoutNotFound for somebody else's, SpentAlready, ShopAway.
        """
        checkout = _written(wish.checkout)
        async with self._database.shop(wish.shop.id, read_only=True) as session:
            tender = await open_tender_of(session, checkout)
        if tender is None:
            return False
        if tender.customer != wish.customer:
            raise CheckoutNotFound
        try:
            released = await self._settler.withdraw(wish.shop.id, tender)
        except (Unavailable, PermissionDenied, ShopGraphQLError) as error:
            log.warning("points_not_taken_off", installation=str(wish.shop.id), error=type(error).__name__)
            raise ShopAway from error
        if not released:
            raise SpentAlready
        return True

    async def _demand_rate(self, shop: InstallationId, customer: CustomerId) -> None:
        owner = f"customer:{customer}"
        async with self._database.shop(shop) as session:
            await demand_rate(session, shop, owner=owner, act="pointsApply", most=MOST_A_MINUTE, per=_MINUTE, at=now())

    async def _apply(self, wish: Request, channel: str) -> Applied:
        caller = await self._callers(wish.shop.id)
        state = await _read(caller, wish)
        if state.channel != channel:
            raise CheckoutNotFound
        async with self._database.shop(wish.shop.id, read_only=True) as session:
            program = await program_of_channel(session, state.channel)
        if program is None:
            raise NoProgramHere
        tender, until = await self._open(caller, wish, program, state)
        async with alone_with(self._database, wish.shop.id, tender.key) as mine:
            if not mine.is_open:
                raise TakenOffAgain
            code = self._code_on(wish.shop.id, mine, state) or await self._pay(caller, wish.shop.id, mine, program)
        return Applied(hold=mine.hold, points=Points(mine.points), worth=mine.worth, code=code, expires_at=until)

    async def _open(
        self, caller: Caller, wish: Request, program: Program, state: CheckoutState
    ) -> tuple[Tender, datetime]:
        """The first step; what pays at the checkout already for other points makes room before."""
        for room_made in range(_TRIES + 1):
            try:
                async with self._database.shop(wish.shop.id) as session:
                    return await open_tender(session, wish, program, state)
            except InTheWay as other:
                if room_made == _TRIES:  # nothing is taken off that nothing would take the place of
                    raise TenderBusy from None
                if not await self._settler.withdraw(wish.shop.id, other.tender):
                    raise SpentAlready from None
            state = await _read(caller, wish)
        raise TenderBusy

    def _code_on(self, shop: InstallationId, mine: Tender, state: CheckoutState) -> str | None:
        """The code of a tender that was put on the checkout before and still is there."""
        if mine.state is not TenderState.LIVE or mine.sealed is None:
            return None
        code = self._codes.open(mine.sealed, installation=shop)
        return code if is_on(mine, state, code=code) else None

    async def _pay(self, caller: Caller, shop: InstallationId, mine: Tender, program: Program) -> str:
        """The second step and the third; a refusal undoes the first."""
        pool = Pool(self._database, shop, self._codes)
        may_switch = program.settings.redemption.tender is Choice.AUTO
        try:
            paid = await pay(caller, pool, mine, may_switch=may_switch)
        except CardsDenied:
            await self._settler.release(shop, mine)
            raise
        except Refusal:
            await self._settler.end(shop, mine)
            raise
        await self._note(shop, mine, paid)
        return paid.code

    async def _note(self, shop: InstallationId, mine: Tender, paid: Paid) -> None:
        """The third step: the checkout has it. An order may have been quicker."""
        async with self._database.shop(shop) as session:
            seen = await tender_of(session, mine.key, for_update=True)
            if seen is None or not seen.is_open:
                return
            if seen.busy_until != mine.busy_until:
                raise TenderBusy
            await change_tender(
                session,
                mine,
                kind=paid.kind.value,
                state=TenderState.LIVE.value,
                saleor_id=paid.saleor_id,
                voucher_id=paid.voucher_id,
                code_mac=self._codes.mac(paid.code, installation=shop),
                code_sealed=self._codes.seal(paid.code, installation=shop),
            )


async def _read(caller: Caller, wish: Request) -> CheckoutState:
    """The customer's own checkout. Raises CheckoutNotFound for any other."""
    state = await read_checkout(caller, wish.checkout)
    if state is None or state.customer != wish.customer:
        raise CheckoutNotFound
    return state


def _written(checkout: str) -> str:
    """The one way to write a checkout's id: the shop takes others too, and what is on it must not be missed.

    Raises CheckoutNotFound for the id of anything else.
    """
    try:
        return global_id("Checkout", UUID(key_of(checkout, kind="Checkout")))
    except ValueError:
        raise CheckoutNotFound from None
