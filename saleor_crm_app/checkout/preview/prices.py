"""Prices remembered for half a minute: a cart is asked about at each change of it, a product on each page it is on."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from typing import Final, Generic, TypeVar

from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.callers import Caller

SECONDS: Final = 30.0
MOST: Final = 10_000

Priced = TypeVar("Priced")
Ask = Callable[[Caller, Collection[str], str], Awaitable[dict[str, Priced]]]
"""Asks a shop for the prices of things, by their global ids, in a channel. What is left out is not remembered."""
_Key = tuple[InstallationId, str, str]


class PriceShelf(Generic[Priced]):
    """One process' memory; what is oldest goes first."""

    def __init__(self, ask: Ask[Priced], *, clock: Callable[[], float] = time.monotonic, most: int = MOST) -> None:
        self._ask = ask
        self._clock = clock
        self._most = most
        self._known: OrderedDict[_Key, tuple[float, Priced]] = OrderedDict()

    async def prices(
        self, caller: Caller, shop: InstallationId, channel: str, ids: Collection[str]
    ) -> dict[str, Priced]:
        """Those of these things that one can buy in the channel, asked for in the shop where they are not known.

        Raises what asking raises.
        """
        found = self.known(shop, channel, ids)
        asked = [one for one in dict.fromkeys(ids) if one not in found]
        if asked:
            found |= self._keep(shop, channel, await self._ask(caller, asked, channel))
        return found

    def known(self, shop: InstallationId, channel: str, ids: Collection[str]) -> dict[str, Priced]:
        """Those of them that need not be asked for."""
        fresh = self._clock() - SECONDS
        found: dict[str, Priced] = {}
        for one in ids:
            kept = self._known.get((shop, channel, one))
            if kept is not None and kept[0] > fresh:
                found[one] = kept[1]
        return found

    def _keep(self, shop: InstallationId, channel: str, read: dict[str, Priced]) -> dict[str, Priced]:
        at = self._clock()
        for one, price in read.items():
            self._known[shop, channel, one] = (at, price)
            self._known.move_to_end((shop, channel, one))
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return read
