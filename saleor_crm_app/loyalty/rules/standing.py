"""How an order stands: what is left of it, what was paid for that, exactly and in whole numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from math import lcm
from typing import Final

from saleor_crm_app.crm.orders import LineFact, NamedUnits, OrderSnapshot

_WORTHLESS_STATUSES: Final = frozenset({"DRAFT", "CANCELED", "EXPIRED"})
_NAMING_FULFILLMENTS: Final = frozenset({"RETURNED", "REFUNDED", "REFUNDED_AND_RETURNED", "REPLACED"})
_NAMING_REFUNDS: Final = frozenset({"SUCCESS", "PENDING"})


@dataclass(slots=True, kw_only=True)
class Standing:
    """An order as it reads now.

    `merchandise`, `paid` and `value` are minor units; `left`, `named` and `named_value` are minor units times
    `parts`, since a share of a line need not be whole. `left` is empty when the order is worth nothing; gift lines
    and gift cards are there with 0.
    """

    merchandise: int
    paid: int
    value: int
    parts: int
    named: int
    named_value: int
    left: dict[str, int]
    units_back: dict[str, int]

    @property
    def owed(self) -> int:
        """What is left is to be paid with so much; minor units times `parts`."""
        return self.value * self.parts - self.named_value

    @property
    def share(self) -> tuple[int, int]:
        """An amount in parts, times the first, through the second, is what was paid of it in minor units."""
        owed = self.owed
        return (self.paid, owed) if self.paid * self.parts < owed else (1, self.parts)


def standing_of(
    order: OrderSnapshot, *, display_gross: bool, excluded: Callable[[LineFact], bool] | None = None
) -> Standing:
    """Count every amount in parts of a minor unit, as many as the lines of which some units were named need."""
    named = _named_units(order)
    parts = lcm(*[line.quantity for line in order.lines if named.get(line.id)]) if named else 1
    merchandise = 0
    left: dict[str, int] = {}
    named_value = order.shipping * parts if is_shipping_named(order) else 0
    for line in order.lines:
        total = 0 if excluded is not None and excluded(line) else _merchandise(line, display_gross=display_gross)
        back = named.get(line.id, 0)
        merchandise += total
        left[line.id] = total * (line.quantity - back) * parts // (line.quantity or 1)
        named_value += line.gross * back * parts // (line.quantity or 1)
    value = order.subtotal + order.shipping
    unnamed = sum(left.values())
    if order.status in _WORTHLESS_STATUSES or value * parts <= named_value:
        left = {}
    return Standing(
        merchandise=merchandise,
        paid=max(0, order.charged + order.refund_pending - order.gift_card_charged),
        value=value,
        parts=parts,
        named=merchandise * parts - unnamed,
        named_value=named_value,
        left=left,
        units_back=named,
    )


def is_gift(line: LineFact) -> bool:
    """Whether it never earns: given away, or money by another name."""
    return line.gift or line.kind == "GIFT_CARD"


def is_shipping_named(order: OrderSnapshot) -> bool:
    """Whether the shipping price was given back by name."""
    for refund in order.refunds:
        if refund.shipping_included and refund.status in _NAMING_REFUNDS:
            return True
    return any(fulfillment.shipping_refunded for fulfillment in order.fulfillments)


def _merchandise(line: LineFact, *, display_gross: bool) -> int:
    if is_gift(line):
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
