"""Where a page lies in its list; shared with Saleor's `PageInfo` when both schemas are composed."""

from collections.abc import Sequence
from typing import Annotated, TypeVar

import strawberry
from strawberry import federation

FirstArgument = Annotated[
    int | None, strawberry.argument(description="So many from the start, or after `after`: 1 to 100, usually 20.")
]
AfterArgument = Annotated[str | None, strawberry.argument(description="The cursor of the item before the page.")]
LastArgument = Annotated[
    int | None, strawberry.argument(description="So many up to the end, or to `before`: 1 to 100, usually 20.")
]
BeforeArgument = Annotated[str | None, strawberry.argument(description="The cursor of the item after the page.")]

Value = TypeVar("Value")


def given(argument: Value | None) -> Value | None:
    """An argument that may have been left out, which the schema says better than a default of null would."""
    return None if argument is strawberry.UNSET else argument


@federation.type(shareable=True, description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are items after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there are items before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first item of the page.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last item of the page.")

    @classmethod
    def of(cls, cursors: Sequence[str], *, has_next: bool, has_previous: bool) -> "PageInfo":
        return cls(
            has_next_page=has_next,
            has_previous_page=has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )
