"""Money as whole minor units, and points as whole numbers; nothing here is ever a float."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NewType

Points = NewType("Points", int)
MinorUnits = NewType("MinorUnits", int)

LARGEST = 10**15
"""Amounts beyond this many minor units are not believed."""

_EXPONENTS = (
    dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
    | dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)
    | {"CLF": 4, "UYW": 4}
)


def exponent_of(currency: str) -> int:
    """How many decimals a currency has, by ISO 4217."""
    return _EXPONENTS.get(currency, 2)


def minor_units(amount: Decimal, currency: str) -> MinorUnits:
    """Read a decimal amount exactly.

    Raises ValueError when it is negative, has more decimals than the currency, or is not believable.
    """
    scaled = amount.scaleb(_EXPONENTS.get(currency, 2)) if amount.is_finite() else None
    if scaled is None or scaled < 0:
        raise ValueError(f"{amount} {currency} is not an amount of money")
    if scaled > LARGEST:
        raise ValueError(f"{amount} {currency} is beyond what is believed")
    minor = int(scaled)
    if minor != scaled:
        raise ValueError(f"{amount} has more decimals than {currency}")
    return MinorUnits(minor)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of an ISO 4217 currency."""

    minor: MinorUnits
    currency: str

    @property
    def amount(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-exponent_of(self.currency))
