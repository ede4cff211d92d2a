"""Says in the words of `crm.orders` what Saleor said of orders."""

from collections.abc import Iterable, Iterator

from saleor_crm_app.crm.orders import (
    DiscountFact,
    FulfillmentFact,
    LineFact,
    NamedUnits,
    Observed,
    OrderSnapshot,
    RefundFact,
)
from saleor_crm_app.saleor.events import OrdersChanged
from saleor_crm_app.saleor.order_states import DiscountState, LineState, OrderState, UnitsOfLine


def observed_from(events: Iterable[OrdersChanged]) -> list[Observed]:
    """One observation per order of each event, in their order; equal states give one and the same snapshot."""
    snapshots: dict[int, OrderSnapshot] = {}
    observed = []
    for event in events:
        for order in event.orders:
            # by identity: the events of one change share what was read of it
            snapshot = snapshots.get(id(order))
            if snapshot is None:
                snapshot = snapshots[id(order)] = _snapshot(order)
            observed.append(Observed(snapshot=snapshot, issued_at=event.issued_at, polled=event.source == "poll"))
    return observed


def content_of(order: OrderState) -> bytes:
    """Digest of what would be kept of an order that reads like this."""
    return _snapshot(order).content()


def _snapshot(order: OrderState) -> OrderSnapshot:
    return OrderSnapshot(
        id=order.id,
        number=order.number,
        status=order.status,
        created_at=order.created,
        updated_at=order.updated_at,
        display_gross=order.display_gross,
        customer=order.user,
        is_staff=bool(order.is_staff),
        channel=order.channel,
        currency=order.currency,
        subtotal=order.subtotal,
        shipping=order.shipping,
        charged=order.total_charged,
        refund_pending=order.refund_pending,
        gift_card_charged=order.gift_card_charged,
        lines=tuple(_line(line) for line in order.lines),
        fulfillments=tuple(
            FulfillmentFact(
                status=one.status,
                created_at=one.created,
                shipping_refunded=one.shipping_refunded,
                lines=_units(one.lines),
            )
            for one in order.fulfillments
        ),
        refunds=tuple(
            RefundFact(status=one.status, shipping_included=one.shipping_included, lines=_units(one.lines))
            for one in order.granted_refunds
        ),
        refunded=order.total_refunded,
        checkout=order.checkout,
        voucher=order.voucher,
        voucher_codes=_voucher_codes(order),
        discounts=tuple(_discounts(order)),
        gift_cards=order.gift_cards,
    )


def _voucher_codes(order: OrderState) -> tuple[str, ...]:
    """A voucher on products is noted on their lines, any other on the order."""
    codes = (order.voucher_code, *(line.voucher_code for line in order.lines))
    return tuple(dict.fromkeys(code for code in codes if code))


def _discounts(order: OrderState) -> Iterator[DiscountFact]:
    lines: Iterable[DiscountState] = (one for line in order.lines for one in line.discounts)
    for one in (*order.discounts, *lines):
        yield DiscountFact(kind=one.kind, name=one.name, amount=one.amount)


def _line(line: LineState) -> LineFact:
    return LineFact(
        id=line.id,
        quantity=line.quantity,
        fulfilled=line.quantity_fulfilled,
        gross=line.gross,
        net=line.net,
        gift=line.is_gift,
        kind=line.kind,
        product=line.product,
        category=line.category,
        product_type=line.product_type,
        collections=line.collections or (),
        undiscounted=line.undiscounted,
    )


def _units(lines: Iterable[UnitsOfLine]) -> tuple[NamedUnits, ...]:
    return tuple(NamedUnits(line=one.line, quantity=one.quantity) for one in lines)
