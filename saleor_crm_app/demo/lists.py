"""Pages of a list as Saleor cuts them: after a cursor that holds the sort key of the last item, not its number."""

import json
from base64 import b64decode, b64encode
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Generic, TypeVar

from graphql import GraphQLError

Item = TypeVar("Item")
Key = Callable[[Item], tuple[str, ...]]
"""What a list is sorted by, as texts that sort like what they stand for; the last one is the item's own."""

LARGEST_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Whether more follow, and from where."""

    has_next_page: bool
    end_cursor: str | None


@dataclass(frozen=True, slots=True)
class Edge(Generic[Item]):
    """An item in a list."""

    node: Item


@dataclass(frozen=True, slots=True)
class Connection(Generic[Item]):
    """A page."""

    edges: list[Edge[Item]]
    page_info: PageInfo
    total_count: int


def page_of(
    items: Iterable[Item], key: Key[Item], *, name: str, first: int | None, after: str | None, descending: bool
) -> Connection[Item]:
    """Sort and cut; whoever moved behind the cursor meanwhile comes again, whoever moved before it does not.

    Raises GraphQLError for a page without a size, one that is too large, and for a cursor that is none.
    """
    size = _size(first, name)
    found = sorted(items, key=key, reverse=descending)
    rest: Sequence[Item] = found
    if after is not None:
        place = _place(after)
        rest = [item for item in found if (key(item) < place if descending else key(item) > place)]
    page = rest[:size]
    end = _cursor(key(page[-1])) if page else None
    return Connection([Edge(item) for item in page], PageInfo(len(rest) > size, end), len(found))


def page_backwards(
    items: Sequence[Item], key: Key[Item], *, name: str, first: int | None, after: str | None
) -> Connection[Item]:
    """The same of a list that is kept sorted, its last items first, without looking at those on other pages.

    Raises likewise.
    """
    size = _size(first, name)
    stop = len(items) if after is None else bisect_left(items, _place(after), key=key)
    page = items[max(0, stop - size) : stop][::-1]
    end = _cursor(key(page[-1])) if page else None
    return Connection([Edge(item) for item in page], PageInfo(stop > size, end), len(items))


def moment(instant: datetime) -> str:
    """An instant as a text that sorts like it."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def _size(first: int | None, name: str) -> int:
    if not first:
        raise GraphQLError(f"You must provide a `first` or `last` value to properly paginate the `{name}` connection.")
    if first > LARGEST_PAGE:
        raise GraphQLError(
            f"Requesting {first} records on the `{name}` connection exceeds the `first` limit of"
            f" {LARGEST_PAGE} records."
        )
    return first


def _cursor(key: tuple[str, ...]) -> str:
    return b64encode(json.dumps(key).encode()).decode()


def _place(cursor: str) -> tuple[str, ...]:
    try:
        return tuple(str(part) for part in json.loads(b64decode(cursor, validate=True)))
    except (ValueError, TypeError) as error:
        raise GraphQLError("Received cursor is invalid.") from error
