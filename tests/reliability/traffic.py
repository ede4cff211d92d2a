"""Seeded traffic: bodies as Saleor sends them, shuffled and repeated, and the truth that they come to.

The same plan always gives the same deliveries. All events of one change carry the same content under one
`updatedAt`; what the truth tells of an order is what its latest event told.
"""

from dataclasses import dataclass
from typing import Any

from tests.reliability.shop import EUR_NET, JPY, KWD, USD, Delivery, Plan, Shop
from tests.reliability.shop_changes import change

__all__ = ["EUR_NET", "JPY", "KWD", "USD", "Delivery", "Plan", "Traffic", "make"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """`deliveries` as they arrive; `truth` the final orders by id as the shop reads them, `customers` likewise.

    `takebacks` is how many different events told of money or goods going back.
    """

    deliveries: list[Delivery]
    truth: dict[str, dict[str, Any]]
    customers: dict[str, dict[str, Any]]
    takebacks: int


def make(plan: Plan) -> Traffic:
    """Let the shop live until it has told enough, then repeat and shuffle what it told."""
    shop = Shop(plan)
    while not shop.is_done:
        change(shop)
    again = shop.random.choices(shop.told, k=round(plan.duplicates * len(shop.told))) if shop.told else []
    deliveries = [*shop.told, *again]
    shop.random.shuffle(deliveries)
    return Traffic(deliveries=deliveries, truth=shop.truth, customers=shop.customers, takebacks=shop.taken_back)
