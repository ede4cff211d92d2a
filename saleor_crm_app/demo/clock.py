"""The shop's time, which can be moved."""

from collections.abc import Callable
from datetime import datetime, timedelta

from saleor_crm_app.kernel import clock

_TICK = timedelta(microseconds=1)


class ShopClock:
    """A source of time plus what it was moved by; no instant is ever read twice.

    Events of one act must differ in `issuedAt`, since that is what gives their order.
    """

    def __init__(self, source: Callable[[], datetime] = clock.now) -> None:
        self._source = source
        self._moved = timedelta()
        self._last: datetime | None = None

    def now(self) -> datetime:
        instant = self._source() + self._moved
        if self._last is not None and instant <= self._last:
            instant = self._last + _TICK
        self._last = instant
        return instant

    def advance(self, by: timedelta) -> None:
        """Move time forward.

        Raises ValueError for a step back: a shop's time never does that.
        """
        if by < timedelta():
            raise ValueError("time only moves forward")
        self._moved += by
