"""When points of an order may be spent and when they lapse, on the program's local days."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from saleor_crm_app.crm.orders import OrderSnapshot
from saleor_crm_app.kernel.clock import days_later, end_of_local_day
from saleor_crm_app.loyalty.program import FixedDate, Inactivity, Never, Period, Program, end_after

_AFTER_RETURNS: Final = frozenset({"PARTIALLY_RETURNED", "RETURNED"})


@dataclass(frozen=True, slots=True)
class Terms:
    """A lot's dates. Pending ones may have none; those that are to stay have no end."""

    activates_at: datetime | None
    expires_at: datetime | None

    def runs_at(self, instant: datetime) -> bool:
        """Whether the points could be spent at an instant already."""
        return self.activates_at is not None and self.activates_at <= instant

    def lapsed_at(self, instant: datetime) -> bool:
        """Whether the points are past their end at an instant."""
        return self.expires_at is not None and self.expires_at <= instant

    def available_at(self, instant: datetime) -> bool:
        """Whether the points can be spent at an instant."""
        return self.runs_at(instant) and not self.lapsed_at(instant)


UNDATED: Final = Terms(None, None)


def terms_of(order: OrderSnapshot, program: Program, *, last_active: datetime | None = None) -> Terms:
    """Dates from the order's last fulfillment, once nothing of it is left to fulfill.

    Saleor calls a fulfilled order of which something came back (PARTIALLY_)RETURNED; its clock goes on.
    """
    if not _is_fulfilled(order):
        return UNDATED
    sent = [one.created_at for one in order.fulfillments if one.status == "FULFILLED"]
    if not sent:
        return UNDATED
    activates = days_later(max(sent), program.confirm_after_days, program.zone)
    return Terms(activates, expiry_of(activates, program, last_active=last_active))


def expiry_of(activates: datetime, program: Program, *, last_active: datetime | None = None) -> datetime | None:
    """When points that become available at an instant lapse; None where they stay.

    `last_active` is the account's last order or redemption, which counts where only idle points lapse. While the
    program stood still no time passed for them.
    """
    end = _end_of(activates, program, last_active=last_active)
    starts = max(activates, last_active or activates) if isinstance(program.settings.expiry, Inactivity) else activates
    return None if end is None else end_after(end, program.pauses, starts=starts, zone=program.zone)


def _end_of(activates: datetime, program: Program, *, last_active: datetime | None) -> datetime | None:
    match program.settings.expiry:
        case Never():
            return None
        case Period(days):
            return days_later(activates, days, program.zone)
        case Inactivity(days):
            return days_later(max(activates, last_active or activates), days, program.zone)
        case FixedDate(month, day, at_least_days):
            return _fixed(
                activates.astimezone(program.zone).date() + timedelta(days=at_least_days), month, day, program
            )


def _fixed(earliest: date, month: int, day: int, program: Program) -> datetime:
    """End of the first such day of a year that is not before `earliest`; a day a month lacks is its last one."""
    years = (earliest.year, earliest.year + 1)
    days = (date(year, month, min(day, monthrange(year, month)[1])) for year in years)
    return end_of_local_day(next(each for each in days if each >= earliest), program.zone)


def _is_fulfilled(order: OrderSnapshot) -> bool:
    if order.status == "FULFILLED":
        return True
    return order.status in _AFTER_RETURNS and all(line.fulfilled >= line.quantity for line in order.lines)
