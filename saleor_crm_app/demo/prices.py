"""Amounts as Saleor keeps them: exact decimals, rounded to the currency."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from saleor_crm_app.kernel.money import exponent_of

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Money:
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class TaxedMoney:
    net: Money
    gross: Money
    currency: str


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the currency's decimals."""
    return amount.quantize(Decimal(1).scaleb(-exponent_of(currency)), rounding=ROUND_HALF_UP)


def taxed(gross: Decimal, tax_rate: Decimal, currency: str) -> TaxedMoney:
    """Split a gross amount into net and tax; `tax_rate` 0.23 is 23 percent."""
    net = rounded(gross / (1 + tax_rate), currency)
    return TaxedMoney(Money(net, currency), Money(rounded(gross, currency), currency), currency)


def sum_of(prices: list[TaxedMoney], currency: str) -> TaxedMoney:
    return TaxedMoney(
        Money(sum((price.net.amount for price in prices), NOTHING), currency),
        Money(sum((price.gross.amount for price in prices), NOTHING), currency),
        currency,
    )
