"""What counts towards tiers, by the instants from which it counts; pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import accumulate

from saleor_crm_app.loyalty.points import Qualifying
from saleor_crm_app.loyalty.tiers.ladder import Basis


class Counts:
    """One member's amounts in time: sums over any stretch by two looks, however much was bought."""

    def __init__(self, amounts: Iterable[tuple[datetime, int]]) -> None:
        ordered = sorted(amounts)
        self._times = [at for at, _ in ordered]
        self._sums = [0, *accumulate(amount for _, amount in ordered)]

    @classmethod
    def of(cls, qualifying: Iterable[Qualifying], basis: Basis) -> "Counts":
        return cls((one.counted_at, _amount(one, basis)) for one in qualifying)

    def between(self, start: datetime, end: datetime) -> int:
        """What began to count after `start` and by `end`."""
        return self._sums[bisect_right(self._times, end)] - self._sums[bisect_right(self._times, start)]

    def instants(self, start: datetime, end: datetime) -> Sequence[datetime]:
        """When, after `start` and by `end`, something began to count; in order, each once."""
        found = self._times[bisect_right(self._times, start) : bisect_right(self._times, end)]
        return list(dict.fromkeys(found))

    def next_after(self, at: datetime) -> datetime | None:
        """When the next amount begins to count."""
        place = bisect_right(self._times, at)
        return self._times[place] if place < len(self._times) else None


def _amount(one: Qualifying, basis: Basis) -> int:
    match basis:
        case Basis.SPEND:
            return one.spend
        case Basis.ORDERS:
            return one.orders
        case Basis.EARNED_POINTS:
            return one.points
