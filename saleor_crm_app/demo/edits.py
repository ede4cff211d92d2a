"""What mutations share: things named by global id in an input, and refusals as errors of a payload."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from graphql import GraphQLError

from saleor_crm_app.demo.access import Access
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.nodes import Node
from saleor_crm_app.kernel.ids import key_of

Made = TypeVar("Made")
Found = TypeVar("Found", bound=Node)
Input = Mapping[str, Any]
"""Of a mutation, by the names it has in GraphQL."""


class EditError(NamedTuple):
    """An expected refusal; each payload's type of error shows some of this."""

    field: str | None
    message: str
    code: str
    voucher_codes: list[str] | None

    @property
    def path(self) -> str | None:
        return self.field


def attempt(act: Callable[[], Made]) -> tuple[Made | None, list[EditError]]:
    """Do it, or say why not."""
    try:
        return act(), []
    except ShopRefusal as refusal:
        about = list(refusal.about) or None
        return None, [EditError(refusal.field, str(refusal), refusal.code, about)]


def named(nodes: Mapping[Any, Found], text: str, *, kind: str, field: str = "id") -> Found:
    """The thing of a global id.

    Raises ShopRefusal for the id of another kind of thing, and for one that is not there.
    """
    try:
        key = key_of(text, kind=kind)
    except ValueError as error:
        raise ShopRefusal(f"Invalid ID: {text}. Expected: {kind}.", code="GRAPHQL_ERROR", field=field) from error
    found = nodes.get(_primary_key(key))
    if found is None:  # channels are kept by their slug
        found = next((node for node in nodes.values() if node.id == text), None)
    if found is None:
        raise ShopRefusal(f"Couldn't resolve to a node: {text}", code="NOT_FOUND", field=field)
    return found


def all_named(nodes: Mapping[Any, Found], ids: Sequence[str], *, kind: str, field: str) -> list[Found]:
    """The things of some global ids, in their order.

    Raises ShopRefusal for the id of another kind of thing and where none of them is there; GraphQLError where only
    some are, since there Saleor fails.
    """
    try:
        keys = [key_of(text, kind=kind) for text in ids]
    except ValueError as error:
        raise ShopRefusal(f"Must receive {kind} id: {error}.", code="GRAPHQL_ERROR", field=field) from error
    found = {key: nodes[pk] for key in keys if (pk := _primary_key(key)) in nodes}
    if keys and not found:
        message = f"Could not resolve to a node with the global id list of '{[*ids]}'."
        raise ShopRefusal(message, code="GRAPHQL_ERROR", field=field)
    for key in keys:
        if key not in found:
            raise GraphQLError(f"There is no node of type {kind} with pk {key}")
    return [found[key] for key in keys]


def _primary_key(text: str) -> int | UUID | None:
    try:
        return int(text) if text.isdecimal() else UUID(text)
    except ValueError:
        return None


def doer(access: Access) -> object | None:
    """Who the events name."""
    return access.app or access.user


def decimal_of(value: object) -> Decimal:
    """A `PositiveDecimal`, number or text.

    Raises ShopRefusal for what is none.
    """
    try:
        amount = Decimal(str(value))
    except ArithmeticError as error:
        raise ShopRefusal(f"{value} is no decimal.", code="GRAPHQL_ERROR") from error
    if not amount.is_finite() or amount < 0:
        raise ShopRefusal(f"{value} is no positive decimal.", code="GRAPHQL_ERROR")
    return amount


def instant_of(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def day_of(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
