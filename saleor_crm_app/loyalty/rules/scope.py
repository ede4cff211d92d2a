"""Where a rule holds: its conditions, made once into predicates of an occasion and a line."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Final, assert_never
from uuid import UUID
from zoneinfo import ZoneInfo

from saleor_crm_app.crm.orders import LineFact
from saleor_crm_app.kernel.ids import key_of
from saleor_crm_app.loyalty.rules import conditions as c
from saleor_crm_app.loyalty.rules.document import Exclusions

_DAYS: Final = tuple(c.Day)


@dataclass(kw_only=True)
class Occasion:
    """What happened, as conditions ask for it. `left` is merchandise in minor units times `parts`."""

    at: datetime
    zone: ZoneInfo
    tier: str | None = None
    nth: int | None = None
    segments: frozenset[UUID] = frozenset()
    channel: str | None = None
    currency: str | None = None
    left: int = 0
    parts: int = 1

    @cached_property
    def day(self) -> date:
        """The program's local day on which it happened."""
        return self.at.astimezone(self.zone).date()


Predicate = Callable[[Occasion, LineFact | None], bool]
"""Whether a condition is true of a line; where there is none, whatever is asked of lines is false."""

Excluded = Callable[[LineFact], bool]


def predicate_of(condition: c.Condition) -> Predicate:
    """A condition as a function."""
    match condition:
        case c.All():
            every = [predicate_of(one) for one in condition.of]
            return lambda occasion, line: all(one(occasion, line) for one in every)
        case c.AnyOf():
            some = [predicate_of(one) for one in condition.of]
            return lambda occasion, line: any(one(occasion, line) for one in some)
        case c.Not():
            inner = predicate_of(condition.of)
            return lambda occasion, line: not inner(occasion, line)
        case c.Product() | c.Category() | c.Collection() | c.ProductType():
            return _of_line(condition)
        case c.Channel() | c.Tier() | c.Currency() | c.Segment():
            return _among(condition)
        case _:
            return _of_order(condition)


def segment_key(text: str) -> UUID:
    """The key of a segment by its global id.

    Raises ValueError for what is none, and for another spelling of one.
    """
    found = key_of(text, kind="CustomerSegment")
    key = UUID(found)
    if str(key) != found:
        raise ValueError("not the spelling of an id")
    return key


def segments_named(condition: c.Segment) -> frozenset[UUID]:
    """The keys of the segments it names; what is no id, as drafts of before could hold, names none."""
    return frozenset(key for text in condition.among if (key := segment_key_or_none(text)) is not None)


def segment_key_or_none(text: str) -> UUID | None:
    """The key of a segment by its global id; None for what is none."""
    try:
        return segment_key(text)
    except ValueError:
        return None


def asks_of_lines(condition: c.Condition) -> bool:
    """Whether its answer may differ from line to line."""
    if isinstance(condition, c.All | c.AnyOf):
        return any(asks_of_lines(one) for one in condition.of)
    if isinstance(condition, c.Not):
        return asks_of_lines(condition.of)
    return isinstance(condition, c.OfLine)


def _of_line(condition: c.OfLine) -> Predicate:
    among = frozenset(condition.among)
    match condition:
        case c.Product():
            return lambda _, line: line is not None and line.product in among
        case c.Category():
            return lambda _, line: line is not None and line.category in among
        case c.Collection():
            return lambda _, line: line is not None and not among.isdisjoint(line.collections)
        case c.ProductType():
            return lambda _, line: line is not None and line.product_type in among
        case _ as never:
            assert_never(never)


def _among(condition: c.Channel | c.Tier | c.Currency | c.Segment) -> Predicate:
    among = frozenset(condition.among)
    match condition:
        case c.Channel():
            return lambda occasion, _: occasion.channel in among
        case c.Tier():
            return lambda occasion, _: occasion.tier in among
        case c.Currency():
            return lambda occasion, _: occasion.currency in among
        case c.Segment():
            segments = segments_named(condition)
            return lambda occasion, _: not occasion.segments.isdisjoint(segments)
        case _ as never:
            assert_never(never)


def _of_order(condition: c.NthOrder | c.MinAmount | c.Dates | c.Weekday | c.Consent) -> Predicate:
    match condition:
        case c.NthOrder():
            return lambda occasion, _: _is_nth(condition, occasion.nth)
        case c.MinAmount():
            minor = condition.minor
            return lambda occasion, _: occasion.left >= minor * occasion.parts
        case c.Dates():
            first, last = condition.since or date.min, condition.until or date.max
            return lambda occasion, _: first <= occasion.day <= last
        case c.Weekday():
            days = frozenset(_DAYS.index(day) for day in condition.among)
            return lambda occasion, _: occasion.day.weekday() in days
        case c.Consent():
            return lambda _occasion, _line: False  # never published
        case _ as never:
            assert_never(never)


def _is_nth(condition: c.NthOrder, nth: int | None) -> bool:
    if nth is None:
        return False
    if condition.every is not None:
        return nth % condition.every == 0
    return nth in condition.among


def excluded_by(exclude: Exclusions) -> Excluded | None:
    """Tells whether the program excludes a line; None where it excludes nothing."""
    if not exclude:
        return None
    products, categories = frozenset(exclude.products), frozenset(exclude.categories)
    collections, types = frozenset(exclude.collections), frozenset(exclude.product_types)

    def excluded(line: LineFact) -> bool:
        return (
            line.product in products
            or line.category in categories
            or line.product_type in types
            or not collections.isdisjoint(line.collections)
            or (exclude.sale_items and is_on_sale(line))
        )

    return excluded


def is_on_sale(line: LineFact) -> bool:
    """Whether anything was taken off its price; where the shop did not tell, it is taken as not."""
    return line.undiscounted is not None and line.gross < line.undiscounted
