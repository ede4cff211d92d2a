"""Example carts: orders as staff write them down, and what they earn by a rule set."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from saleor_crm_app.crm.orders import LineFact, OrderSnapshot
from saleor_crm_app.kernel.ids import OrderId
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rules.conditions import Text
from saleor_crm_app.loyalty.rules.errors import CartInvalid, RuleInvalid
from saleor_crm_app.loyalty.rules.evaluation import Earned, OrderContext, evaluate
from saleor_crm_app.loyalty.rules.reading import read
from saleor_crm_app.loyalty.rules.rule_set import RuleSet
from saleor_crm_app.loyalty.rules.scope import segment_key

Amount = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000_000)]
Quantity = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True):
    pass


class CartLine(_Part, frozen=True):
    """A line; amounts are line totals in minor units after discounts, `undiscounted` before them."""

    gross: Amount
    net: Amount | None = None
    quantity: Quantity = 1
    undiscounted: Amount | None = None
    product: Text | None = None
    category: Text | None = None
    collections: tuple[Text, ...] = ()
    product_type: Text | None = None
    gift: bool = False
    gift_card: bool = False


class Cart(_Part, frozen=True):
    """An order in the program's currency. Without `paid` it is paid in full; `nth` counts the customer's orders.

    `segments` are those they are in, by global ids.
    """

    created_at: Instant
    channel: Text
    lines: Annotated[tuple[CartLine, ...], msgspec.Meta(min_length=1, max_length=100)]
    shipping: Amount = 0
    paid: Amount | None = None
    display_gross: bool = True
    tier: Text | None = None
    tier_percent: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 100
    nth: Quantity | None = None
    segments: Annotated[tuple[Text, ...], msgspec.Meta(max_length=100)] = ()


def read_cart(document: object) -> Cart:
    """Read an example cart strictly.

    Raises CartInvalid with the place of the first fault.
    """
    try:
        cart = read(document, Cart)
    except RuleInvalid as refusal:
        raise CartInvalid(refusal.path, refusal.reason) from refusal
    for number, text in enumerate(cart.segments):
        try:
            segment_key(text)
        except ValueError as error:
            raise CartInvalid(f"$.segments[{number}]", "that is not the global id of a CustomerSegment.") from error
    return cart


def earned_by(rules: RuleSet, cart: Cart, program: Program) -> Earned:
    """What the cart earns, were it an order; nobody has used a limit up."""
    context = OrderContext(
        display_gross=cart.display_gross,
        zone=program.zone,
        tier=cart.tier,
        tier_percent=cart.tier_percent,
        nth=cart.nth,
        segments=frozenset(map(segment_key, cart.segments)),
    )
    return evaluate(rules, _order(cart, program.currency), context)


def _order(cart: Cart, currency: str) -> OrderSnapshot:
    lines = tuple(_line(number, line) for number, line in enumerate(cart.lines, start=1))
    subtotal = sum(line.gross for line in lines)
    return OrderSnapshot(
        id=OrderId(UUID(int=0)),
        number="",
        status="UNFULFILLED",
        created_at=cart.created_at.astimezone(UTC),
        updated_at=cart.created_at.astimezone(UTC),
        display_gross=cart.display_gross,
        customer=None,
        is_staff=False,
        channel=cart.channel,
        currency=currency,
        subtotal=subtotal,
        shipping=cart.shipping,
        charged=subtotal + cart.shipping if cart.paid is None else cart.paid,
        refund_pending=0,
        gift_card_charged=0,
        lines=lines,
        fulfillments=(),
        refunds=(),
    )


def _line(number: int, line: CartLine) -> LineFact:
    return LineFact(
        id=str(number),
        quantity=line.quantity,
        fulfilled=0,
        gross=line.gross,
        net=line.gross if line.net is None else line.net,
        gift=line.gift,
        kind="GIFT_CARD" if line.gift_card else "NORMAL",
        product=line.product,
        category=line.category,
        product_type=line.product_type,
        collections=line.collections,
        undiscounted=line.undiscounted,
    )
