"""When points of an order may be spent and when they lapse, on the program's local days."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from saleor_crm_app.crm.orders import OrderSnapshot
from saleor_crm_app.kernel.clock import days_later
from saleor_crm_app.loyalty.program import Program

_AFTER_RETURNS: Final = frozenset({"PARTIALLY_RETURNED", "RETURNED"})


@dataclass(frozen=True, slots=True)
class Terms:
    """A lot's dates; both or none."""

    activates_at: datetime | None
    expires_at: datetime | None

    def runs_at(self, instant: datetime) -> bool:
        """Whether the points could be spent at an instant already."""
        return self.activates_at is not None and self.activates_at <= instant


UNDATED: Final = Terms(None, None)


def terms_of(order: OrderSnapshot, program: Program) -> Terms:
    """Dates from the order's last fulfillment, once nothing of it is left to fulfill.

    Saleor calls a fulfilled order of which something came back (PARTIALLY_)RETURNED; its clock goes on.
    """
    if not _is_fulfilled(order):
        return UNDATED
    sent = [one.created_at for one in order.fulfillments if one.status == "FULFILLED"]
    if not sent:
        return UNDATED
    activates = days_later(max(sent), program.confirm_after_days, program.zone)
    return Terms(activates, days_later(activates, program.expire_after_days, program.zone))


def _is_fulfilled(order: OrderSnapshot) -> bool:
    if order.status == "FULFILLED":
        return True
    return order.status in _AFTER_RETURNS and all(line.fulfilled >= line.quantity for line in order.lines)
