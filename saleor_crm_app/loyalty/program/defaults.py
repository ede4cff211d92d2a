"""The numbers a program starts with; each is a setting of the program afterwards."""

from dataclasses import dataclass
from typing import Final

from saleor_crm_app.kernel.money import exponent_of

CONFIRM_AFTER_DAYS: Final = 14
EXPIRE_AFTER_DAYS: Final = 365
GUEST_ORDER_CREDITED_DAYS: Final = 365
"""A guest's order older than this when it gets its customer earns nothing."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many points for so many minor units."""

    points: int
    minor: int


def earn_rate(currency: str) -> Rate:
    """One point per major unit; where a currency has no minor units, one per 100."""
    return Rate(1, 10 ** (exponent_of(currency) or 2))


def burn_rate(currency: str) -> Rate:
    """100 points are worth what earned one of them: 1 %."""
    earned = earn_rate(currency)
    return Rate(100, earned.minor)
