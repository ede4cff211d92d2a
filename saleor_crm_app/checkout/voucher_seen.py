"""What a voucher for points is called in the shop, and how an order tells of one: by its id, or by that name alone."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Self

from saleor_crm_app.crm.orders import OrderSnapshot
from saleor_crm_app.kernel.money import Money, minor_units

_NAME: Final = re.compile(r"Points (?P<amount>\d+(?:\.\d+)?) (?P<currency>[A-Z]{3}) \((?P<channel>.+)\)")


def voucher_name(channel: str, worth: Money) -> str:
    """The name of the voucher that is worth this much in a channel."""
    return f"Points {worth.amount} {worth.currency} ({channel})"


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherSeen:
    """The voucher of an order; `worth` is told where its name is one of ours and its channel the order's.

    Saleor keeps neither code nor id with an order that lost its code to another at the same moment, and forgets the id
    when the voucher is deleted. The discount stays, and so does its name.
    """

    id: str | None
    channel: str
    worth: Money | None

    @classmethod
    def on(cls, snapshot: OrderSnapshot) -> Self:
        """Read it from an order."""
        worths = (_worth_named(name, snapshot.channel) for name in sorted(snapshot.voucher_names))
        worth = next((one for one in worths if one is not None), None)
        return cls(id=snapshot.voucher, channel=snapshot.channel, worth=worth)

    @property
    def is_named_only(self) -> bool:
        """It can be told to be ours, but only by its name."""
        return self.id is None and self.worth is not None


def _worth_named(name: str, channel: str) -> Money | None:
    found = _NAME.fullmatch(name)
    if found is None or found["channel"] != channel:
        return None
    try:
        return Money(minor_units(Decimal(found["amount"]), found["currency"]), found["currency"])
    except ValueError:
        return None
