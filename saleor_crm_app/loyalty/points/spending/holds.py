"""Holds: points set aside for an open checkout, then captured by its order or released again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid5

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import AccountId, HoldId, InstallationId, OrderId, RedemptionId, new_id
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.errors import HoldExists
from saleor_crm_app.loyalty.points.journal import Journal, Posted, Redemption
from saleor_crm_app.loyalty.points.ledger import Owner, lock_accounts, open_accounts, write
from saleor_crm_app.loyalty.points.lots import Draw, by_expiry
from saleor_crm_app.loyalty.points.models import AccountStatus, EntryKind, EntrySource, HoldState
from saleor_crm_app.loyalty.points.shelf import Shelf, fill
from saleor_crm_app.loyalty.points.spending.hold_rows import (
    Hold,
    HoldKey,
    holds_by_key,
    insert_hold,
    open_hold_of,
    settle_holds,
)
from saleor_crm_app.loyalty.points.spending.redeemed import redeemed_already
from saleor_crm_app.loyalty.points.spending.spending import demand_points, demand_redeemable, spend
from saleor_crm_app.loyalty.points.spending.spent import post_spent
from saleor_crm_app.loyalty.program import DeficitPolicy, Program, programs


async def hold(
    session: AsyncSession,
    installation: InstallationId,
    owner: Owner,
    *,
    program: Program,
    points: Points,
    subject: str,
    until: datetime,
    at: datetime,
) -> Hold:
    """Set points aside, nearest expiry first; until the hold ends they neither lapse nor can be spent elsewhere.

    Raises ProgramPaused, AccountHeld, AccountClosed, PointsOwed, NotEnoughPoints or HoldExists; nothing changed then.
    """
    account = (await open_accounts(session, installation, [owner], at=at))[owner]
    demand_redeemable(account, program)
    if await open_hold_of(session, installation, account.shard, subject) is not None:
        raise HoldExists
    shelf, journal = Shelf(account), Journal(installation, at)
    await fill(session, installation, {account.id: shelf}, [account.id])
    demand_points(shelf, points, journal=journal)
    made = Hold(
        id=HoldId(new_id()),
        shard=account.shard,
        account=account.id,
        points=points,
        subject=subject,
        opened_at=at,
        expires_at=until,
    )
    left = int(points)
    for lot in by_expiry((lot for lot in shelf.lots.values() if lot.terms.available_at(at)), at):
        aside = min(lot.free, left)
        if aside:
            lot.held += aside
            left -= aside
            made.lots[lot.id] = aside
            journal.touch_lot(account, lot)
    await write(session, journal)
    await insert_hold(session, installation, made)
    return made


async def release(
    session: AsyncSession, installation: InstallationId, keys: Collection[HoldKey], *, at: datetime
) -> list[Hold]:
    """Give the points of open holds free again; says which were open. What is owed is made up out of them."""
    shelves, holds = await _lock(session, installation, keys)
    journal = Journal(installation, at)
    released = [hold for hold in holds if hold.state is HoldState.OPEN]
    for one in released:
        one.state = HoldState.RELEASED
        shelf = shelves[one.account]
        for lot, points in one.lots.items():
            shelf.lots[lot].held -= points
            journal.touch_lot(shelf.account, shelf.lots[lot])
        _settle_deficit(journal, shelf, one, freed=one.points)
    await write(session, journal)
    await settle_holds(session, installation, released, at=at)
    return released


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """An order was placed with what pays for a hold; `points` are those it really used, where not all."""

    hold: HoldKey
    order: OrderId
    ordered_at: datetime
    points: int | None = None


async def capture(
    session: AsyncSession, installation: InstallationId, captures: Sequence[Capture], *, at: datetime
) -> list[Redemption]:
    """Spend the points of holds on orders; those captured already for the same order change nothing.

    An order that comes after its hold was released, or a second order on one hold, takes points that are there, since
    the shop has given the discount already; the rest is owed, or the shop bears it where nobody may owe.
    """
    shelves, holds = await _lock(session, installation, [one.hold for one in captures])
    found = {hold.key: hold for hold in holds}
    known = {held.program.id: held.program for held in await programs(session)}
    done = await redeemed_already(session, installation, [(one.hold[0], redemption_of(one)) for one in captures])
    journal = Journal(installation, at)
    captured: list[Hold] = []
    spent: list[Redemption] = []
    for one in sorted(captures, key=lambda each: (each.ordered_at, each.order)):
        held = found.get(one.hold)
        if held is None or redemption_of(one) in done:
            continue
        shelf = shelves[held.account]
        if shelf.account.status is AccountStatus.ERASED:  # its points left with its owner
            continue
        used = held.points if one.points is None else min(one.points, held.points)
        if held.state is HoldState.OPEN:
            held.state = HoldState.CAPTURED
            captured.append(held)
            draws = _taken_from(held, shelf, used, journal=journal)
        else:
            policy = known[shelf.account.program].settings.deficit
            draws = spend(journal, shelf, used, may_owe=policy is DeficitPolicy.ALLOW_DEFICIT)
            used = -sum(draw.points for draw in draws)
        redemption = Redemption(
            id=redemption_of(one),
            account=held.account,
            order=one.order,
            points=used,
            redeemed_at=one.ordered_at,
        )
        post_spent(journal, shelf, redemption, draws=draws, program=known[shelf.account.program])
        if held in captured:
            _settle_deficit(journal, shelf, held, freed=held.points - used)
        spent.append(redemption)
    await write(session, journal)
    await settle_holds(session, installation, captured, at=at)
    return spent


def redemption_of(one: Capture) -> RedemptionId:
    """One for each order on a hold, the same whenever it is asked."""
    return RedemptionId(uuid5(one.hold[1], str(one.order)))


async def _lock(
    session: AsyncSession, installation: InstallationId, keys: Collection[HoldKey]
) -> tuple[dict[AccountId, Shelf], list[Hold]]:
    """Lock the accounts of these holds, then read the holds and all lots anew."""
    seen = await holds_by_key(session, installation, keys)
    accounts = await lock_accounts(session, installation, {(hold.shard, hold.account) for hold in seen})
    shelves = {account.id: Shelf(account) for account in accounts.values()}
    await fill(session, installation, shelves, list(shelves))
    return shelves, await holds_by_key(session, installation, keys, with_lots=True)


def _taken_from(held: Hold, shelf: Shelf, used: int, *, journal: Journal) -> list[Draw]:
    """What was held is free again, and as much of it as was used goes at once, nearest expiry first."""
    draws, left = [], used
    for lot in by_expiry((shelf.lots[key] for key in held.lots), journal.recorded_at):
        lot.held -= held.lots[lot.id]
        points = min(held.lots[lot.id], left)
        if points:
            lot.remaining -= points
            left -= points
            draws.append(Draw(lot.id, Points(-points)))
        journal.touch_lot(shelf.account, lot)
    return draws


def _settle_deficit(journal: Journal, shelf: Shelf, released: Hold, *, freed: int) -> None:
    """Points that became free make up for what is owed, nearest expiry first; none come in or go out by it."""
    account = shelf.account
    left = owed = min(account.deficit, freed)
    draws = []
    for lot in by_expiry((shelf.lots[key] for key in released.lots), journal.recorded_at):
        points = min(lot.free, released.lots[lot.id], left)
        if points:
            lot.remaining -= points
            left -= points
            draws.append(Draw(lot.id, Points(-points)))
    if owed - left:
        journal.post(
            account,
            Posted(
                kind=EntryKind.ADJUST,
                source=EntrySource.SETTLEMENT,
                key=f"settle:{released.id}",
                order=None,
                program_version=0,
                explanation={"owed": account.deficit},
                occurred_at=journal.recorded_at,
                draws=[*draws, Draw(None, Points(owed - left))],
                subject=released.id,
            ),
        )
        shelf.touch(journal, draws)
