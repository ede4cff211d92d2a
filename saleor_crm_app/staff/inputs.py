"""What staff hand in: ids and pages, read before anything is done with them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeVar
from uuid import UUID

import strawberry

from saleor_crm_app.kernel.audit import LONGEST_REASON
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.ids import CustomerId, customer_id, key_of

FirstArgument = Annotated[
    int | None, strawberry.argument(description="So many from the start, or after `after`: 1 to 100, usually 20.")
]
AfterArgument = Annotated[str | None, strawberry.argument(description="The cursor of the item before the page.")]
LastArgument = Annotated[
    int | None, strawberry.argument(description="So many up to the end, or to `before`: 1 to 100, usually 20.")
]
BeforeArgument = Annotated[str | None, strawberry.argument(description="The cursor of the item after the page.")]

Value = TypeVar("Value")


class BadInputField(Refusal):
    """An input that cannot be what it should be."""

    code = LoyaltyErrorCode.INVALID

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


def given(argument: Value | None) -> Value | None:
    """An argument that may have been left out, which the schema says better than a default of null would."""
    return None if argument is strawberry.UNSET else argument


def instant(argument: datetime | None) -> datetime | None:
    """An instant that may have been left out; one without an offset is taken as UTC."""
    found = given(argument)
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


def uuid_of(text: str, kind: str, *, field: str) -> UUID:
    """Read a global id of ours.

    Raises BadInputField.
    """
    try:
        return UUID(key_of(text, kind=kind))
    except ValueError as error:
        raise BadInputField(field, f"That is not the id of a {kind}.") from error


def uuids_of(texts: Sequence[str], kind: str, *, field: str) -> list[UUID]:
    """Read several, each once.

    Raises BadInputField.
    """
    return list(dict.fromkeys(uuid_of(text, kind, field=field) for text in texts))


def words_of(text: str, *, field: str, most: int) -> str:
    """Read some words that must be given, without the white space around them.

    Raises BadInputField.
    """
    words = text.strip()
    if not 1 <= len(words) <= most or "\x00" in words:
        raise BadInputField(field, f"Write 1 to {most} characters.")
    return words


def reason_of(text: str | None) -> str | None:
    """Why staff do something, where they say so.

    Raises BadInputField.
    """
    found = given(text)
    return None if found is None else words_of(found, field="text", most=LONGEST_REASON)


def customer_of(text: str, *, field: str) -> CustomerId:
    """Read the global id of one of Saleor's users.

    Raises BadInputField.
    """
    try:
        return customer_id(text)
    except ValueError as error:
        raise BadInputField(field, "That is not the id of one of the shop's users.") from error
