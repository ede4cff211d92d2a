"""What an order deserves: a pure function of the order as it reads now, in whole points and exact fractions."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from saleor_crm_app.crm.orders import LineFact, NamedUnits, OrderSnapshot
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.program import Rate

_WORTHLESS_STATUSES: Final = frozenset({"DRAFT", "CANCELED", "EXPIRED"})
_NAMING_FULFILLMENTS: Final = frozenset({"RETURNED", "REFUNDED", "REFUNDED_AND_RETURNED", "REPLACED"})
_NAMING_REFUNDS: Final = frozenset({"SUCCESS", "PENDING"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an order should have earned, and the numbers that say why; amounts in minor units."""

    points: Points
    merchandise: int
    named: Fraction
    paid: int
    value: int
    named_value: Fraction
    lines: tuple[tuple[str, int], ...]


def target_of(order: OrderSnapshot, *, display_gross: bool, rate: Rate) -> Target:
    """Points the order deserves now.

    base = (merchandise - named merchandise) * min(1, paid / (value - named value)), 0 when nothing is left;
    points = floor(rate * base), split over the lines by largest remainder.
    """
    merchandise = {line.id: _merchandise(line, display_gross=display_gross) for line in order.lines}
    shares = _named_shares(order)
    named = {line.id: merchandise[line.id] * shares[line.id] for line in order.lines}
    named_value = sum((line.gross * shares[line.id] for line in order.lines), Fraction(0))
    if _shipping_named(order):
        named_value += order.shipping
    paid = max(0, order.charged + order.refund_pending - order.gift_card_charged)
    value = order.subtotal + order.shipping
    part = _paid_part(paid, value - named_value)
    if order.status in _WORTHLESS_STATUSES:
        part = Fraction(0)
    exact = {line: (total - named[line]) * part * rate.points / rate.minor for line, total in merchandise.items()}
    points = int(sum(exact.values()))
    return Target(
        points=Points(points),
        merchandise=sum(merchandise.values()),
        named=sum(named.values(), Fraction(0)),
        paid=paid,
        value=value,
        named_value=named_value,
        lines=_largest_remainder(exact, points),
    )


def _merchandise(line: LineFact, *, display_gross: bool) -> int:
    if line.gift or line.kind == "GIFT_CARD":
        return 0
    return line.gross if display_gross else line.net


def _named_shares(order: OrderSnapshot) -> dict[str, Fraction]:
    """Which share of each line is returned or refunded by name.

    A return and the refund granted for it name the same units, so the larger count holds, not the sum.
    """
    returned: dict[str, int] = {}
    for fulfillment in order.fulfillments:
        if fulfillment.status in _NAMING_FULFILLMENTS:
            _count(returned, fulfillment.lines)
    refunded: dict[str, int] = {}
    for refund in order.refunds:
        if refund.status in _NAMING_REFUNDS:
            _count(refunded, refund.lines)
    if not returned and not refunded:
        return dict.fromkeys((line.id for line in order.lines), Fraction(0))
    return {
        line.id: Fraction(
            min(line.quantity, max(returned.get(line.id, 0), refunded.get(line.id, 0))), line.quantity or 1
        )
        for line in order.lines
    }


def _count(units: dict[str, int], named: tuple[NamedUnits, ...]) -> None:
    for line in named:
        units[line.line] = units.get(line.line, 0) + line.quantity


def _shipping_named(order: OrderSnapshot) -> bool:
    return any(refund.shipping_included and refund.status in _NAMING_REFUNDS for refund in order.refunds) or any(
        fulfillment.shipping_refunded for fulfillment in order.fulfillments
    )


def _paid_part(paid: int, owed: Fraction) -> Fraction:
    if owed <= 0:
        return Fraction(0)
    return min(Fraction(1), paid / owed)


def _largest_remainder(exact: dict[str, Fraction], points: int) -> tuple[tuple[str, int], ...]:
    """Split whole points over lines: everybody's floor, then one each to the largest fractions."""
    floors = {line: int(share) for line, share in exact.items()}
    by_remainder = sorted(exact, key=lambda line: exact[line] - floors[line], reverse=True)
    for line in by_remainder[: points - sum(floors.values())]:
        floors[line] += 1
    return tuple((line, share) for line, share in floors.items() if share)
