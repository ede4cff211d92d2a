"""Money as the storefront API writes it; a type of our own, since Saleor's `Money` differs by version."""

import strawberry

from saleor_crm_app.kernel.money import Money


@strawberry.type(description="An amount of money.")
class LoyaltyMoney:
    amount: float = strawberry.field(description="The amount in major units, such as 7.4 for 7 euros and 40 cents.")
    currency: str = strawberry.field(description="The currency by its ISO 4217 code.")

    @classmethod
    def of(cls, money: Money) -> "LoyaltyMoney":
        return cls(amount=float(money.amount), currency=money.currency)
