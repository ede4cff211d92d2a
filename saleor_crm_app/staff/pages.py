"""Where a page lies in its list."""

from collections.abc import Sequence
from uuid import UUID

import strawberry

from saleor_crm_app.kernel.paging import BadPage, Page, key_at


@strawberry.type(description="Where a page lies in its list.")
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


def uuid_at(page: Page, *, kind: str) -> UUID | None:
    """Read the UUID that a page's cursor names, if it has one.

    Raises BadPage for a cursor of another list.
    """
    key = key_at(page, kind=kind)
    try:
        return None if key is None else UUID(key)
    except ValueError as error:
        raise BadPage("after", "That is no cursor of this list.") from error
