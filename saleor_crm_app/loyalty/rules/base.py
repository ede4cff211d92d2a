"""What the base rule gives: points by amount on all merchandise, floored once, shared by largest remainder."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from saleor_crm_app.crm.orders import OrderSnapshot
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.program import Rate
from saleor_crm_app.loyalty.rules.standing import Standing, standing_of

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an order should have earned, and the numbers that say why.

    `merchandise`, `paid` and `value` are minor units; `named` and `named_value` are minor units times `parts`, since
    a share of a line need not be whole.
    """

    points: Points
    merchandise: int
    named: int
    paid: int
    value: int
    named_value: int
    parts: int
    lines: tuple[tuple[str, int], ...]


def target_of(order: OrderSnapshot, *, display_gross: bool, rate: Rate) -> Target:
    """Points the order deserves now.

    base = (merchandise - named merchandise) * min(1, paid / (value - named value)), 0 when nothing is left;
    points = floor(rate * base), split over the lines by largest remainder. Exact.
    """
    standing = standing_of(order, display_gross=display_gross)
    points, lines = by_rate(standing, points=rate.points, minor=rate.minor)
    return Target(
        points=Points(points),
        merchandise=standing.merchandise,
        named=standing.named,
        paid=standing.paid,
        value=standing.value,
        named_value=standing.named_value,
        parts=standing.parts,
        lines=lines,
    )


def by_rate(standing: Standing, *, points: int, minor: int) -> tuple[int, tuple[tuple[str, int], ...]]:
    """Points for each `minor` units that were paid of what is left: in all, and by line."""
    factor, divisor = standing.share
    shares = {line: part * factor * points for line, part in standing.left.items()}
    return largest_remainder(shares, divisor * minor)


def largest_remainder(shares: Mapping[Key, int], denominator: int) -> tuple[int, tuple[tuple[Key, int], ...]]:
    """Whole points in all, and by key: everybody's floor, then one each to the largest fractions."""
    points = sum(shares.values()) // denominator
    floors = {key: share // denominator for key, share in shares.items()}
    short = points - sum(floors.values())
    if short:
        by_remainder = sorted(shares, key=lambda key: shares[key] % denominator, reverse=True)
        for key in by_remainder[:short]:
            floors[key] += 1
    return points, tuple((key, share) for key, share in floors.items() if share)
