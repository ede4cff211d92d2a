"""Prices of variants, remembered for half a minute: a cart is asked about at each change of it."""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Final

from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.variants import PricedVariant, priced_variants

SECONDS: Final = 30.0
MOST: Final = 10_000

_Key = tuple[InstallationId, str, str]


class PriceShelf:
    """One process' memory; what is oldest goes first. What cannot be bought is asked for again."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, most: int = MOST) -> None:
        self._clock = clock
        self._most = most
        self._known: OrderedDict[_Key, tuple[float, PricedVariant]] = OrderedDict()

    async def prices(
        self, caller: Caller, shop: InstallationId, channel: str, variants: Collection[str]
    ) -> dict[str, PricedVariant]:
        """Those of these variants that one can buy in the channel, asked for in the shop where they are not known.

        Raises what `priced_variants` raises.
        """
        fresh = self._clock() - SECONDS
        found: dict[str, PricedVariant] = {}
        for variant in variants:
            at, price = self._known.get((shop, channel, variant), (fresh, None))
            if price is not None and at > fresh:
                found[variant] = price
        asked = [variant for variant in dict.fromkeys(variants) if variant not in found]
        if asked:
            found |= self._keep(shop, channel, await priced_variants(caller, asked, channel))
        return found

    def _keep(self, shop: InstallationId, channel: str, read: dict[str, PricedVariant]) -> dict[str, PricedVariant]:
        at = self._clock()
        for variant, price in read.items():
            self._known[shop, channel, variant] = (at, price)
            self._known.move_to_end((shop, channel, variant))
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return read
