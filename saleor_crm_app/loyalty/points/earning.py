"""What an order deserves: a pure function of the order as it reads now, exactly, in whole numbers."""

from dataclasses import dataclass
from math import lcm
from typing import Final

from saleor_crm_app.crm.orders import LineFact, NamedUnits, OrderSnapshot
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.program import Rate

_WORTHLESS_STATUSES: Final = frozenset({"DRAFT", "CANCELED", "EXPIRED"})
_NAMING_FULFILLMENTS: Final = frozenset({"RETURNED", "REFUNDED", "REFUNDED_AND_RETURNED", "REPLACED"})
_NAMING_REFUNDS: Final = frozenset({"SUCCESS", "PENDING"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an order should have earned, and the numbers that say why.

    `merchandise`, `paid` and `value` are minor units; `named` and `named_value` are minor units times `parts`, since
    a share of a line need not be whole.
    """

    points: Points
    merchandise: int
    named: int
    paid: int
    value: int
    named_value: int
    parts: int
    lines: tuple[tuple[str, int], ...]


def target_of(order: OrderSnapshot, *, display_gross: bool, rate: Rate) -> Target:
    """Points the order deserves now.

    base = (merchandise - named merchandise) * min(1, paid / (value - named value)), 0 when nothing is left;
    points = floor(rate * base), split over the lines by largest remainder. Exact: every amount is counted in
    parts of a minor unit, as many as the lines of which some units were named need.
    """
    named = _named_units(order)
    parts = lcm(*(line.quantity for line in order.lines if named.get(line.id)))
    merchandise = 0
    left: dict[str, int] = {}
    named_value = order.shipping * parts if _shipping_named(order) else 0
    for line in order.lines:
        total = _merchandise(line, display_gross=display_gross)
        back = named.get(line.id, 0)
        merchandise += total
        left[line.id] = total * (line.quantity - back) * parts // (line.quantity or 1)
        named_value += line.gross * back * parts // (line.quantity or 1)
    paid = max(0, order.charged + order.refund_pending - order.gift_card_charged)
    value = order.subtotal + order.shipping
    unnamed = sum(left.values())
    owed = value * parts - named_value
    if order.status in _WORTHLESS_STATUSES or owed <= 0:
        left = {}
    # base of a line = left / parts * min(1, paid * parts / owed), all over one denominator
    factor, divisor = (paid, owed) if paid * parts < owed else (1, parts)
    shares = {line: part * factor * rate.points for line, part in left.items()}
    points, lines = _largest_remainder(shares, divisor * rate.minor)
    return Target(
        points=Points(points),
        merchandise=merchandise,
        named=merchandise * parts - unnamed,
        paid=paid,
        value=value,
        named_value=named_value,
        parts=parts,
        lines=lines,
    )


def _merchandise(line: LineFact, *, display_gross: bool) -> int:
    if line.gift or line.kind == "GIFT_CARD":
        return 0
    return line.gross if display_gross else line.net


def _named_units(order: OrderSnapshot) -> dict[str, int]:
    """How many units of each line are returned or refunded by name.

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
        return {}
    return {
        line.id: min(line.quantity, max(returned.get(line.id, 0), refunded.get(line.id, 0))) for line in order.lines
    }


def _count(units: dict[str, int], named: tuple[NamedUnits, ...]) -> None:
    for line in named:
        units[line.line] = units.get(line.line, 0) + line.quantity


def _shipping_named(order: OrderSnapshot) -> bool:
    return any(refund.shipping_included and refund.status in _NAMING_REFUNDS for refund in order.refunds) or any(
        fulfillment.shipping_refunded for fulfillment in order.fulfillments
    )


def _largest_remainder(shares: dict[str, int], denominator: int) -> tuple[int, tuple[tuple[str, int], ...]]:
    """Whole points in all, and by line: everybody's floor, then one each to the largest fractions."""
    points = sum(shares.values()) // denominator
    floors = {line: share // denominator for line, share in shares.items()}
    short = points - sum(floors.values())
    if short:
        by_remainder = sorted(shares, key=lambda line: shares[line] % denominator, reverse=True)
        for line in by_remainder[:short]:
            floors[line] += 1
    return points, tuple((line, share) for line, share in floors.items() if share)
