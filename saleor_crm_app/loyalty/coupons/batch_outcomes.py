"""What follows from the orders that used a batch's codes, whichever order their news comes in; pure."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from saleor_crm_app.kernel.ids import CouponId, CustomerId, OrderId
from saleor_crm_app.loyalty.coupons.outcomes import Outcome, Use

BEGUN_IN_TIME: Final = timedelta(minutes=5)
"""Saleor looks at a code before it makes the order; and its clock is not ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeUse:
    """An order that used a code of a batch, and what it came to so far."""

    code: CouponId
    use: Use
    outcome: Outcome
    over_since: datetime | None = None
    """When the code was good no more."""


def judge_codes(
    uses: Collection[CodeUse], *, most: int | None, once_per_customer: bool = False
) -> dict[tuple[CouponId, OrderId], Outcome]:
    """The same for the same uses: earlier orders come first. `most` orders may use each code; None: any number.

    With `once_per_customer` each customer may use one code of the batch once; guests cannot be told apart. So what a
    use comes to depends on those of the same code and on those of the same customer, and on nothing else.
    """
    found: dict[tuple[CouponId, OrderId], Outcome] = {}
    by_code: Counter[CouponId] = Counter()
    by_customer: Counter[CustomerId] = Counter()
    for one in sorted(uses, key=lambda each: (each.use.ordered_at, each.use.order)):
        use = one.use
        key = one.code, use.order
        if use.is_void:
            found[key] = Outcome.VOID
            continue
        is_over = one.over_since is not None and use.ordered_at > one.over_since + BEGUN_IN_TIME
        is_used_up = most is not None and by_code[one.code] >= most
        had_it = once_per_customer and use.customer is not None and by_customer[use.customer] > 0
        found[key] = Outcome.USED_AFTER_END if is_over else Outcome.USED_AGAIN if is_used_up or had_it else Outcome.USED
        by_code[one.code] += 1
        if use.customer is not None:
            by_customer[use.customer] += 1
    return found
