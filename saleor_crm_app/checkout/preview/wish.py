"""What a preview is asked for, and what of it can be refused before anything is read."""

from dataclasses import dataclass
from datetime import datetime

from saleor_crm_app.checkout.preview.errors import MOST_LINES, MOST_UNITS, BadQuantity, CartNotNamed, TooManyLines
from saleor_crm_app.kernel.ids import CustomerId
from saleor_crm_app.saleor.installations import Installation


@dataclass(frozen=True, slots=True, kw_only=True)
class WishedLine:
    """So many units of a variant, by its global id."""

    variant: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A cart, by its checkout or by its lines, and what its buyer thinks of: points to spend, a code that was typed.

    `customer` is None for a guest, whose client calls from `address` as far as that is known.
    """

    shop: Installation
    customer: CustomerId | None
    address: str | None
    channel: str
    at: datetime
    checkout: str | None = None
    lines: tuple[WishedLine, ...] | None = None
    points: int | None = None
    code: str | None = None


def demand_sense(wish: Wish) -> None:
    """Raises CartNotNamed, TooManyLines or BadQuantity."""
    if (wish.checkout is None) == (wish.lines is None):
        raise CartNotNamed
    if wish.lines is None:
        return
    if not 1 <= len(wish.lines) <= MOST_LINES:
        raise TooManyLines
    for place, line in enumerate(wish.lines):
        if not 1 <= line.quantity <= MOST_UNITS:
            raise BadQuantity(place)
