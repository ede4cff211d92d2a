"""What a what-if run has counted so far; pure, and kept as JSON so that the run can go on later."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from saleor_crm_app.kernel.ids import CustomerId
from saleor_crm_app.loyalty.points import Due

EXAMPLES: Final = 10
"""So many winners, and as many losers, are named."""


class Example(msgspec.Struct, frozen=True, array_like=True):
    """One customer's points by the rules of the days, and by those tried."""

    customer: CustomerId
    now: int
    then: int

    @property
    def change(self) -> int:
        return self.then - self.now


class Month(msgspec.Struct, array_like=True):
    """Points of one local month's orders."""

    now: int = 0
    then: int = 0


class Tally(msgspec.Struct, kw_only=True):
    """Orders and customers seen, points by the rules as they were (`now`) and as they are tried (`then`)."""

    orders: int = 0
    customers: int = 0
    now: int = 0
    then: int = 0
    winners: int = 0
    losers: int = 0
    won_most: list[Example] = []
    lost_most: list[Example] = []
    by_rule: dict[str, int] = {}
    by_month: dict[str, Month] = {}

    def add(self, customer: CustomerId, now: Iterable[Due], then: Iterable[Due], *, since: datetime | None) -> None:
        """Count one customer's orders, those made from `since` on; the two go order by order."""
        was = would = 0
        for before, after in zip(now, then, strict=True):
            created = before.fact.snapshot.created_at
            if since is not None and created < since:
                continue
            self.orders += 1
            was += before.points
            would += after.points
            month = self.by_month.setdefault(created.astimezone(before.program.zone).strftime("%Y-%m"), Month())
            month.now += before.points
            month.then += after.points
            if not after.withheld:
                for rule, points in after.earned.rules:
                    self.by_rule[rule] = self.by_rule.get(rule, 0) + points
        self.customers += 1
        self.now += was
        self.then += would
        self._name(Example(customer, was, would))

    def _name(self, one: Example) -> None:
        if one.change > 0:
            self.winners += 1
            self.won_most = sorted([*self.won_most, one], key=lambda each: (-each.change, each.customer))[:EXAMPLES]
        elif one.change < 0:
            self.losers += 1
            self.lost_most = sorted([*self.lost_most, one], key=lambda each: (each.change, each.customer))[:EXAMPLES]
