"""Times at which a program stood still; nothing lapses meanwhile, so every end moves by a pause's whole length."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from saleor_crm_app.kernel.clock import end_of_local_day

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause that is over, from `since` until `until`."""

    since: datetime
    until: datetime

    @classmethod
    def of(cls, stored: Sequence[str]) -> Self:
        """Read one as it is kept beside its program."""
        since, until = stored
        return cls(datetime.fromisoformat(since), datetime.fromisoformat(until))

    def days(self, zone: ZoneInfo) -> int:
        """Its length in local days; what had not lapsed by its first has not lapsed on its last."""
        return (self.until.astimezone(zone).date() - self.since.astimezone(zone).date()).days


def end_after(end: datetime, pauses: Iterable[Pause], *, starts: datetime, zone: ZoneInfo) -> datetime:
    """An end, moved by each pause that began before it and went on after its term had started."""
    for pause in pauses:
        if starts < pause.until and end > pause.since:
            end = end_of_local_day((end - _MOMENT).astimezone(zone).date() + timedelta(days=pause.days(zone)), zone)
    return end
