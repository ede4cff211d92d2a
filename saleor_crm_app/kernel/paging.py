"""Pages of Relay connections: what may be asked for, and cursors that say nothing to their bearer."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Final

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal

LARGEST_PAGE: Final = 100
USUAL_PAGE: Final = 20


class BadPage(Refusal):
    """A page that cannot be: too large, with a foreign cursor, or asked from both ends at once."""

    code = LoyaltyErrorCode.INVALID

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`size` items after a cursor's key, or with `backwards` the ones before it."""

    size: int
    backwards: bool
    cursor: str | None


def page_of(
    first: int | None = None, after: str | None = None, *, last: int | None = None, before: str | None = None
) -> Page:
    """Read Relay's four arguments; without any, the first 20.

    Raises BadPage.
    """
    backwards = last is not None or before is not None
    if backwards and (first is not None or after is not None):
        raise BadPage("first", "Ask with first and after, or with last and before, not with both.")
    name, size = ("last", last) if backwards else ("first", first)
    if size is None:
        size = USUAL_PAGE
    if not 1 <= size <= LARGEST_PAGE:
        raise BadPage(name, f"A page holds 1 to {LARGEST_PAGE} items.")
    return Page(size=size, backwards=backwards, cursor=before if backwards else after)


def cursor_of(kind: str, key: object) -> str:
    """Write the cursor of an item by its kind of list and its key there."""
    return urlsafe_b64encode(f"{kind}:{key}".encode()).decode()


def key_at(page: Page, *, kind: str) -> str | None:
    """Read the key that a page's cursor names, if it has one.

    Raises BadPage for a cursor of another list.
    """
    if page.cursor is None:
        return None
    try:
        found, _, key = urlsafe_b64decode(page.cursor.encode()).decode().partition(":")
    except (binascii.Error, ValueError):
        found, key = "", ""
    if found != kind or not key:
        raise BadPage("before" if page.backwards else "after", "That is no cursor of this list.")
    return key
