"""The segments that every shop can have at once, written as staff would write them."""

from dataclasses import dataclass
from typing import Final

from saleor_crm_app.crm.facts import Cell
from saleor_crm_app.crm.segments import conditions as c


@dataclass(frozen=True, slots=True)
class Ready:
    """One of the ready set."""

    key: str
    name: str
    condition: c.Condition


def _cells(*cells: Cell) -> c.Rfm:
    return c.Rfm(among=cells)


READY: Final = (
    Ready("CHAMPIONS", "Champions", _cells(Cell.CHAMPION)),
    Ready("LOYAL", "Loyal", _cells(Cell.LOYAL, Cell.POTENTIAL_LOYAL)),
    Ready("PROMISING", "Promising", _cells(Cell.PROMISING)),
    Ready("AT_RISK", "At risk", _cells(Cell.AT_RISK, Cell.CANNOT_LOSE)),
    Ready("LOST", "Lost", _cells(Cell.LOST, Cell.HIBERNATING)),
    Ready("NEW", "New customers", c.Time(fact=c.Moment.FIRST_ORDER, within_days=30)),
    Ready(
        "ONE_TIMER",
        "Ordered once, long ago",
        c.All(
            of=(
                c.Number(fact=c.Numeric.ORDERS, at_least=1, at_most=1),
                c.Time(fact=c.Moment.LAST_ORDER, before_days=90),
            )
        ),
    ),
    Ready("VIP", "Highest tiers", c.Tier(among=("gold", "platinum", "vip"))),
    Ready("IDLE_POINTS", "Points lying idle", c.Idle(days=180)),
    Ready("EXPIRING_POINTS", "Points about to expire", c.Points(fact=c.Stock.EXPIRING, at_least=1)),
    Ready("BIRTHDAY_MONTH", "Birthday this month", c.BirthdayMonth()),
    Ready("LAPSING", "Later than usual", c.Overdue(percent=150)),
)
