"""How many deliveries one process holds at once; more are sent away, to come again when there is room."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from saleor_crm_app.kernel.errors import Unavailable

MOST_DELIVERIES: Final = 4096
MOST_BYTES: Final = 64_000_000


class Load:
    """The deliveries being read, proved and stored. One per web process, since memory is the process'."""

    def __init__(self, *, most_deliveries: int = MOST_DELIVERIES, most_bytes: int = MOST_BYTES) -> None:
        self._most_deliveries = most_deliveries
        self._most_bytes = most_bytes
        self._deliveries = 0
        self._bytes = 0

    @contextmanager
    def delivery(self) -> Iterator["Share"]:
        """One delivery's share, given back when the delivery is answered.

        Raises Unavailable when there are too many already.
        """
        if self._deliveries >= self._most_deliveries:
            raise Unavailable("Too many deliveries are being stored; send this one again later")
        self._deliveries += 1
        share = Share(self)
        try:
            yield share
        finally:
            self._deliveries -= 1
            self._bytes -= share.bytes

    def grow(self, length: int) -> None:
        """Make room for so many bytes; raises Unavailable when there is none."""
        if self._bytes + length > self._most_bytes:
            raise Unavailable("Too much is being stored; send this delivery again later")
        self._bytes += length


class Share:
    """What one delivery holds; it counts what has arrived, not what its sender has promised."""

    def __init__(self, load: Load) -> None:
        self.bytes = 0
        self._load = load

    def grow(self, length: int) -> None:
        """Take another piece in; raises Unavailable when it does not fit."""
        self._load.grow(length)
        self.bytes += length
