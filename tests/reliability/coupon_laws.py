"""What holds of coupons once everything is settled: in our books, and between them and the simulated shop."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa

from saleor_crm_app.crm import orders
from saleor_crm_app.kernel.ids import CouponId, OrderId
from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.loyalty import coupons
from saleor_crm_app.loyalty.coupons import TROUBLES, Coupon, CouponMedium, CouponState, Outcome, Terms
from saleor_crm_app.loyalty.coupons.coupons import as_coupon
from saleor_crm_app.loyalty.coupons.models import CouponRow
from saleor_crm_app.loyalty.coupons.uses import KeptUse, uses_of
from saleor_crm_app.loyalty.rewards.settling import _owners, incident_key
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.codes import CodeBook
from saleor_crm_app.saleor.gift_cards import TAG
from tests.journeys.members import proved
from tests.journeys.running import SECRET
from tests.journeys.simulated_town import SimulatedTown

_VOID = {"CANCELED", "EXPIRED"}

HELD_PIECES = """
    SELECT count(*) FROM coupon
    WHERE reward_id = :reward AND batch_id IS NULL AND ended_at IS NULL
      AND NOT (medium = 'GIFT_CARD' AND replaces IS NOT NULL)
"""
"""Coupons that hold a piece of stock: not those that ended, nor cards that only put back what an order took."""
_STOCK = f"""
    SELECT id, stock_left, committed, ({HELD_PIECES.replace(":reward", "reward.id")}) AS held,
           (SELECT coalesce(sum(cost), 0) FROM coupon WHERE reward_id = reward.id AND batch_id IS NULL) AS cost
    FROM reward
"""
_SPENT = """
    SELECT redemption.id, redemption.points, redemption.returned,
           (SELECT sum(returned) FROM coupon WHERE redemption_id = redemption.id) AS came_back,
           (SELECT max(points) FROM coupon WHERE redemption_id = redemption.id) AS paid
    FROM redemption
"""


@dataclass(frozen=True)
class Books:
    """All that our database says."""

    at: datetime
    coupons: Mapping[CouponId, Coupon]
    uses: Mapping[CouponId, Sequence[KeptUse]]
    owners: Mapping[CouponId, frozenset[Any]]
    facts: Mapping[UUID, Any]
    free: Mapping[str, str]
    stock: Sequence[Any]
    spent: Mapping[UUID, Any]
    open_incidents: set[UUID]
    unknown: int
    deficit: int


async def read_books(town: SimulatedTown) -> Books:
    shop = await town.app.installation()
    book = CodeBook([SECRET])
    async with town.app.database.shop(shop, read_only=True) as session:
        found = [as_coupon(row) for row in await session.scalars(sa.select(CouponRow))]
        uses = await uses_of(session, [one.key for one in found])
        by_coupon = {coupon: kept for (_, coupon), kept in uses.items()}
        ids = {OrderId(use.use.order) for kept in by_coupon.values() for use in kept}
        free = await session.execute(sa.text("SELECT voucher_id, sealed FROM voucher_code WHERE taken_by IS NULL"))
        incidents = list(await session.execute(sa.text("SELECT id, kind FROM incident WHERE closed_at IS NULL")))
        return Books(
            at=await business_time(session, shop),
            coupons={one.id: one for one in found},
            uses=by_coupon,
            owners={one.id: await _owners(session, shop, one) for one in found},
            facts={one.id: one for one in await orders.facts_by_id(session, shop, list(ids))},
            free={book.open(row.sealed, installation=shop): row.voucher_id for row in free},
            stock=list(await session.execute(sa.text(_STOCK))),
            spent={row.id: row for row in await session.execute(sa.text(_SPENT))},
            open_incidents={row.id for row in incidents if row.kind.startswith("COUPON_USED")},
            unknown=sum(row.kind == "COUPON_UNKNOWN_CODE" for row in incidents),
            deficit=(await session.execute(sa.text("SELECT coalesce(sum(deficit), 0) FROM account"))).scalar_one(),
        )


async def broken_laws(town: SimulatedTown, stock: Mapping[UUID, int]) -> list[str]:
    """In words, what does not hold; `stock` is what each reward had to give in all since it was counted anew."""
    books = await read_books(town)
    book, shop = CodeBook([SECRET]), await town.app.installation()
    codes = {
        one.id: book.open(one.sealed, installation=shop) for one in books.coupons.values() if one.sealed is not None
    }
    return [
        *(f"ledger: {finding}" for finding in await proved(town)),
        *_of_states(books),
        *_of_points(books),
        *_of_stock(books, stock),
        *_of_uses(books),
        *_of_codes(books, town, codes),
        *_of_cards(books, town),
    ]


def _of_states(books: Books) -> Iterator[str]:
    replaced: dict[CouponId, list[Coupon]] = {}
    for one in books.coupons.values():
        if one.replaces is not None:
            replaced.setdefault(one.replaces, []).append(one)
        if one.state is CouponState.HELD and one.deliver_by is not None and one.deliver_by <= books.at:
            yield f"{one.id} is held past its deadline"
        if one.is_open and (one.revoking or (one.expires_at is not None and one.expires_at <= books.at)):
            yield f"{one.id} is open though its time is over ({one.medium}, {one.state}, {one.revoking})"
    for key, others in replaced.items():
        former = books.coupons[key]
        if former.medium is CouponMedium.VOUCHER:
            if len(others) > 1:
                yield f"{key} was replaced {len(others)} times"
            if former.state is not CouponState.REVOKED:
                yield f"{key} was replaced and is {former.state}"


def _of_points(books: Books) -> Iterator[str]:
    again = {
        uuid5(coupon, f"again:{kept.use.order}"): kept.charged for coupon, uses in books.uses.items() for kept in uses
    }
    for key, spent in books.spent.items():
        left = spent.points - spent.returned
        if key in again:
            if left != again[key]:
                yield f"redemption {key} keeps {left} and the use says {again[key]}"
        elif spent.paid is not None and (spent.paid, spent.came_back) != (spent.points, spent.returned):
            yield f"redemption {key}: {spent.points}-{spent.returned}, coupons say {spent.paid}-{spent.came_back}"
    if any(charged and key not in books.spent for key, charged in again.items()):
        yield "a charge without a redemption"
    if books.deficit > sum(again.values()):
        yield f"{books.deficit} points are owed, and {sum(again.values())} were charged"


def _of_stock(books: Books, stock: Mapping[UUID, int]) -> Iterator[str]:
    for row in books.stock:
        if row.committed != row.cost:
            yield f"reward {row.id} has committed {row.committed}, its coupons cost {row.cost}"
        if row.id in stock and row.stock_left is not None and row.stock_left + row.held != stock[row.id]:
            yield f"reward {row.id} had {stock[row.id]}, {row.held} are out and {row.stock_left} left"


def _of_uses(books: Books) -> Iterator[str]:
    expected: set[UUID] = set()
    for key, uses in books.uses.items():
        coupon = books.coupons[key]
        for kept in uses:
            fact = books.facts[kept.use.order]
            if (kept.use.customer, kept.use.is_void) != (fact.customer, fact.snapshot.status in _VOID):
                yield f"the use of {key} by {fact.id} is not as the order: {kept.use}"
            if kept.outcome in TROUBLES:
                expected.add(incident_key(key, kept.use.order, kept.outcome))
        if uses:
            yield from _as_judged(books, coupon, uses)
    if expected != books.open_incidents:
        yield f"incidents: {len(expected - books.open_incidents)} lack, {len(books.open_incidents - expected)} too many"
    if books.unknown:
        yield f"{books.unknown} orders had codes of nobody"


def _as_judged(books: Books, coupon: Coupon, uses: Sequence[KeptUse]) -> Iterator[str]:
    is_over = not coupon.is_open and coupon.state is not CouponState.USED
    terms = Terms(
        owners=books.owners[coupon.id],
        most=1 if coupon.medium is CouponMedium.VOUCHER else None,
        is_over=is_over,
        was_replaced=any(one.replaces == coupon.id for one in books.coupons.values()),
    )
    verdict = coupons.judge(terms, [one.use for one in uses])
    expected = dict(verdict.outcomes)
    if coupon.medium is CouponMedium.GIFT_CARD:
        expected |= {one.use.order: Outcome.REPLACED for one in uses if one.use.is_void and one.use.amount > 0}
    found = {one.use.order: one.outcome for one in uses}
    if verdict.replace or found != expected:
        yield f"{coupon.id} ({coupon.state}) was judged {list(found.values())} for {list(expected.values())}"
    live = any(not one.use.is_void for one in uses)
    if coupon.is_open and live:
        yield f"{coupon.id} is {coupon.state} though an order used it"


def _of_codes(books: Books, town: SimulatedTown, codes: Mapping[CouponId, str]) -> Iterator[str]:
    state, channel = town.shop.state, town.shop.state.channels[town.channel]
    open_codes = {
        text
        for text, (voucher, code) in state.voucher_codes.items()
        if code.is_active and voucher.is_open(channel, town.shop.clock.now())
    }
    rightful = {
        codes[one.id]: one
        for one in books.coupons.values()
        if one.state is CouponState.ISSUED and one.medium is CouponMedium.VOUCHER and one.id in codes
    }
    if len(rightful) != len({one.id for one in rightful.values()}):
        yield "two coupons share a code"
    for text, coupon in rightful.items():
        if text not in open_codes:
            yield f"the code of {coupon.id} does not work"
    for text in open_codes - rightful.keys():
        if text not in books.free:
            owner = next((books.coupons[key] for key, code in codes.items() if code == text), None)
            yield f"a code works that is nobody's: {None if owner is None else (owner.id, owner.state)}"


def _of_cards(books: Books, town: SimulatedTown) -> Iterator[str]:
    for coupon in books.coupons.values():
        if coupon.medium is not CouponMedium.GIFT_CARD:
            continue
        cards = [one for one in town.shop.state.gift_cards.values() if one.metadata.get(TAG) == coupon.tag]
        live = [one for one in cards if one.is_active]
        if coupon.state is CouponState.ISSUED:
            worth = Money(MinorUnits(coupon.worth or 0), coupon.currency).amount
            if [one.balance for one in live] != [worth]:
                yield f"the card of {coupon.id} has {[one.balance for one in live]} for {worth}"
        elif coupon.state is not CouponState.USED and live:
            yield f"the card of {coupon.id} is open though it is {coupon.state}"
        if len(live) > 1:
            yield f"{coupon.id} has {len(live)} cards"
