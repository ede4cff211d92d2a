"""Which cell a customer's ranks put them into; pure."""

from typing import Final

from saleor_crm_app.crm.facts import Cell

FEW: Final = 100
"""Of fewer purchasers only thirds can be told apart."""


def bins_for(purchasers: int) -> int:
    """Into how many parts purchasers are ranked."""
    return 3 if purchasers < FEW else 5


def cell_of(recency: int, value: int) -> Cell:
    """The cell of ranks from 1 (worst) to 5; `value` is the mean of frequency and money, rounded."""
    return _MAP[recency - 1][value - 1]


_MAP: Final = (
    # value: 1, 2, 3, 4, 5; recency from the longest ago to the latest
    (Cell.LOST, Cell.LOST, Cell.AT_RISK, Cell.AT_RISK, Cell.CANNOT_LOSE),
    (Cell.LOST, Cell.HIBERNATING, Cell.AT_RISK, Cell.AT_RISK, Cell.CANNOT_LOSE),
    (Cell.ABOUT_TO_SLEEP, Cell.ABOUT_TO_SLEEP, Cell.NEEDS_ATTENTION, Cell.LOYAL, Cell.LOYAL),
    (Cell.PROMISING, Cell.PROMISING, Cell.POTENTIAL_LOYAL, Cell.LOYAL, Cell.CHAMPION),
    (Cell.NEW, Cell.PROMISING, Cell.POTENTIAL_LOYAL, Cell.CHAMPION, Cell.CHAMPION),
)
