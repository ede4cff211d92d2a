"""What a cart would earn: as an order that is made and paid now."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.checkout.preview.baskets import Basket
from saleor_crm_app.checkout.preview.buyers import Buyer
from saleor_crm_app.checkout.preview.reasons import Said, Why
from saleor_crm_app.checkout.preview.wish import Wish
from saleor_crm_app.crm.orders import OrderFact, OrderSnapshot
from saleor_crm_app.kernel.ids import OrderId, shard_key
from saleor_crm_app.loyalty import points, tiers
from saleor_crm_app.loyalty.points import Due
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rewards import Cart
from saleor_crm_app.loyalty.rules import PublishedRule

_NO_ORDER = OrderId(UUID(int=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Earns:
    """Points in all; those of the lines, by their places, and of shipping sum up to them, and so do the rules'.

    `percent` is what the buyer's tier makes of points by amount and unit. `why` says why there are none, or why the
    buyer will not have them just so.
    """

    points: int
    lines: tuple[int, ...]
    shipping: int
    rules: Sequence[tuple[PublishedRule, int]]
    percent: int = 100
    why: Said | None = None


async def earned_by(
    session: AsyncSession, wish: Wish, program: Program, buyer: Buyer, *, basket: Basket, after: Cart
) -> Earns:
    """What is earned by a cart of which `after` is left, once coupon and points are taken off."""
    shop = wish.shop.id
    fact = _fact(wish, buyer, basket=basket, after=after)
    then = partial(tiers.tiers_of_orders, session, shop, at=wish.at)
    due = await points.foretell(session, shop, fact, program=program, tiers_then=then)
    if due.withheld or program.settings.dry_run:
        is_staff = due.withheld == "STAFF" and not program.settings.dry_run
        nothing = Said(Why.STAFF if is_staff else Why.TRIED_OUT)
        return Earns(points=0, lines=(0,) * len(basket.goods), shipping=0, rules=(), why=nothing)
    return _earns(due, basket, why=_why(program, buyer))


async def earned_by_each(
    session: AsyncSession, wish: Wish, program: Program, buyer: Buyer, baskets: Sequence[Basket]
) -> list[int]:
    """Points alone, by each of these carts if nothing but it were bought; as many statements as for one."""
    if not baskets or program.settings.dry_run:
        return [0 for _ in baskets]
    shop, then = wish.shop.id, partial(tiers.tiers_of_orders, session, wish.shop.id, at=wish.at)
    facts = [_fact(wish, buyer, basket=basket, after=basket.cart) for basket in baskets]
    dues = await points.foretell_each(session, shop, facts, program=program, tiers_then=then)
    return [due.points for due in dues]


def _earns(due: Due, basket: Basket, *, why: Said | None) -> Earns:
    by_line = dict(due.earned.lines)
    lines = tuple(by_line.pop(str(place), 0) for place in range(len(basket.goods)))
    return Earns(
        points=due.points,
        lines=lines,
        shipping=sum(by_line.values()),
        rules=[(due.rules.by_id[rule], given) for rule, given in due.earned.rules],
        percent=due.earned.explanation.tier_percent,
        why=why,
    )


def _why(program: Program, buyer: Buyer) -> Said | None:
    if buyer.customer is None:
        return Said(Why.GUEST_EARNS)
    if not buyer.is_member:
        return Said(Why.NOT_JOINED)
    return Said(Why.EARNED_LATER) if program.paused_at is not None else None


def _fact(wish: Wish, buyer: Buyer, *, basket: Basket, after: Cart) -> OrderFact:
    snapshot = OrderSnapshot(
        id=_NO_ORDER,
        number="",
        status="UNFULFILLED",
        created_at=wish.at,
        updated_at=wish.at,
        display_gross=basket.display_gross,
        customer=buyer.customer,
        is_staff=buyer.is_staff,
        channel=wish.channel,
        currency=basket.currency,
        subtotal=after.subtotal,
        shipping=after.shipping or 0,
        charged=after.left,
        refund_pending=0,
        gift_card_charged=0,
        lines=tuple(
            goods.fact(place, line.total)
            for place, (goods, line) in enumerate(zip(basket.goods, after.lines, strict=True))
        ),
        fulfillments=(),
        refunds=(),
    )
    return OrderFact(
        snapshot=snapshot,
        issued_at=wish.at,
        polled=False,
        display_gross=basket.display_gross,
        attached_at=None,
        customer=buyer.customer,
        shard=shard_key(wish.shop.id, buyer.customer or _NO_ORDER),
        content=b"",
    )
