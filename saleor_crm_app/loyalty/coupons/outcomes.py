"""What follows from the orders that used a coupon, whichever order their news comes in; pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from saleor_crm_app.kernel.ids import CustomerId, OrderId


class Outcome(StrEnum):
    """What a use of a coupon comes to.

    USED is as it should be. USED_BY_GUEST may be its owner without signing in; USED_BY_OTHER is not. USED_AGAIN came
    after another order had used it up, USED_AFTER_END after it was over: of its owner the points are taken for it.
    VOID orders were cancelled or have expired; where none is left, the owner gets a new coupon and it is REPLACED.
    """

    USED = "USED"
    USED_BY_GUEST = "USED_BY_GUEST"
    USED_BY_OTHER = "USED_BY_OTHER"
    USED_AGAIN = "USED_AGAIN"
    USED_AFTER_END = "USED_AFTER_END"
    VOID = "VOID"
    REPLACED = "REPLACED"


TROUBLES: Final = frozenset({Outcome.USED_BY_GUEST, Outcome.USED_BY_OTHER, Outcome.USED_AGAIN, Outcome.USED_AFTER_END})
"""These open an incident for staff, with the money that was lost."""
CHARGED: Final = frozenset({Outcome.USED_AGAIN, Outcome.USED_AFTER_END})
"""For these its owner pays with points once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """An order that was placed with it; `amount` is what it took off, minor units."""

    order: OrderId
    customer: CustomerId | None
    ordered_at: datetime
    amount: int
    is_void: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a coupon may be used: by `owners`, or by anybody where there are none; `most` orders, None: any number.

    `is_over` once it is expired, taken back or has failed; then `was_replaced` says that another took its place.
    """

    owners: frozenset[CustomerId]
    most: int | None = 1
    is_over: bool = False
    was_replaced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What each order comes to, and whether the owner is to get a new coupon."""

    outcomes: dict[OrderId, Outcome]
    replace: bool


def judge(terms: Terms, uses: Collection[Use]) -> Verdict:
    """The same for the same uses, in whatever order they became known: earlier orders come first."""
    live = sorted((use for use in uses if not use.is_void), key=lambda use: (use.ordered_at, use.order))
    void = sorted((use for use in uses if use.is_void), key=lambda use: (use.ordered_at, use.order))
    replace = not terms.is_over and terms.most == 1 and bool(terms.owners) and bool(void) and not live
    was_replaced = terms.was_replaced or replace
    outcomes = {use.order: Outcome.REPLACED if was_replaced else Outcome.VOID for use in void[:1]}
    outcomes |= {use.order: Outcome.VOID for use in void[1:]}
    for place, use in enumerate(live):
        outcomes[use.order] = _outcome(terms, use, place)
    return Verdict(outcomes=outcomes, replace=replace)


def _outcome(terms: Terms, use: Use, place: int) -> Outcome:
    if terms.is_over:
        return Outcome.USED_AGAIN if terms.was_replaced else Outcome.USED_AFTER_END
    if terms.most is not None and place >= terms.most:
        return Outcome.USED_AGAIN
    if not terms.owners or use.customer in terms.owners:
        return Outcome.USED
    return Outcome.USED_BY_GUEST if use.customer is None else Outcome.USED_BY_OTHER


def first_live(uses: Sequence[Use]) -> Use | None:
    """The order that has used it up, if one did."""
    live = [use for use in uses if not use.is_void]
    return min(live, key=lambda use: (use.ordered_at, use.order), default=None)
