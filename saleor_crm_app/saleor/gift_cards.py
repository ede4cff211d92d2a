"""Gateway for gift cards: one of an exact amount for one customer, found again by what we wrote on it, closed for good.

Only a card that is bound to a customer cannot be spent by somebody else who learns its code.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from saleor_crm_app.kernel.ids import CustomerId, OrderId, global_id, key_of, order_id
from saleor_crm_app.kernel.money import MinorUnits, Money, minor_units
from saleor_crm_app.saleor import bodies
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.client import ShopGraphQLError, ShopUnavailable
from saleor_crm_app.saleor.shop_refusals import (
    CardsNotBindable,
    CustomerUnknown,
    GiftCardGone,
    ShopRefused,
    first_error,
)

BINDABLE_SINCE: Final = (3, 23, 19)
TAG: Final = "saleor-crm"
"""The key of the card's public metadata that our tags are under, since Saleor filters by public metadata only."""

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class GiftCardUse:
    """What one order took off a card; 0 where the card was on the checkout but empty by then."""

    order: OrderId
    amount: MinorUnits


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftCard:
    """A card as it reads now, in minor units of `currency`."""

    id: str
    code: str
    created_at: datetime
    is_active: bool
    currency: str
    initial: MinorUnits
    balance: MinorUnits
    uses: tuple[GiftCardUse, ...]

    @property
    def used(self) -> MinorUnits:
        """What orders took off it, all together; a balance that staff changed does not count."""
        return MinorUnits(sum(use.amount for use in self.uses))


def can_bind_cards(saleor_version: str) -> bool:
    """Whether a shop that calls itself so can bind a card to a customer."""
    match = _VERSION.match(saleor_version)
    return match is not None and tuple(int(part) for part in match.groups()) >= BINDABLE_SINCE


async def ensure_assigned_card(caller: Caller, customer: CustomerId, amount: Money, *, tag: str) -> GiftCard:
    """The card of this tag, made where there is none: so no crash and no lost answer makes a second one.

    Two who ask for one tag at the same moment may make two; `find_cards` gives both. Raises what
    `create_assigned_card` raises.
    """
    found = await find_cards(caller, tag)
    return found[0] if found else await create_assigned_card(caller, customer, amount, tag=tag)


async def create_assigned_card(caller: Caller, customer: CustomerId, amount: Money, *, tag: str) -> GiftCard:
    """Issue an active card that only this customer can use.

    Raises CustomerUnknown, CardsNotBindable on a Saleor older than 3.23.19, ShopRefused, and what `Caller.execute`
    raises.
    """
    content = {
        "balance": {"amount": str(amount.amount), "currency": amount.currency},
        "isActive": True,
        "assignedTo": global_id("User", customer),
        "metadata": [{"key": TAG, "value": tag}],
    }
    try:
        data = await caller.execute("GiftCardCreate", {"input": content})
    except ShopGraphQLError as error:
        if any("assignedTo" in message for message in error.messages):
            raise CardsNotBindable from error
        raise
    if refused := first_error(data, "giftCardCreate"):
        raise CustomerUnknown(refused) if refused.field == "assignedTo" else ShopRefused(refused)
    return _card(data["giftCardCreate"]["giftCard"])


async def find_cards(caller: Caller, tag: str) -> tuple[GiftCard, ...]:
    """All cards of a tag, the oldest first. Raises what `Caller.execute` raises."""
    data = await caller.execute("GiftCardsTagged", {"key": TAG, "value": tag})
    try:
        edges = msgspec.convert(data, _Answer).gift_cards.edges
    except msgspec.ValidationError as error:
        raise ShopUnavailable(f"The shop answered with something that is no list of gift cards: {error}") from error
    return tuple(sorted((_card(edge.node) for edge in edges), key=lambda card: card.created_at))


async def read_card(caller: Caller, card: str) -> GiftCard | None:
    """The card of a global id as it reads now, None when there is none. Raises what `Caller.execute` raises."""
    if not _is_card(card):
        return None
    data = await caller.execute("GiftCard", {"id": card})
    return None if data.get("giftCard") is None else _card(data["giftCard"])


async def deactivate_card(caller: Caller, card: str) -> GiftCard:
    """Close a card and give what it reads then; an order that is being made at this moment may still have drawn on it.

    A checkout with the card on it cannot be completed until the card is taken off. Raises GiftCardGone,
    ShopUnavailable when the card is not closed after all, ShopRefused, and what `Caller.execute` raises.
    """
    if not _is_card(card):
        raise GiftCardGone
    data = await caller.execute("GiftCardDeactivate", {"id": card})
    if error := first_error(data, "giftCardDeactivate"):
        raise GiftCardGone(error) if error.code == "NOT_FOUND" else ShopRefused(error)
    closed = _card(data["giftCardDeactivate"]["giftCard"])
    if closed.is_active:
        raise ShopUnavailable("The shop says that the gift card is still active")
    return closed


class _Balance(bodies.Body):
    current_balance: bodies.Amount
    old_current_balance: bodies.Amount | None


class _Use(bodies.Body):
    order_id: str | None
    balance: _Balance | None


class _Money(bodies.Body):
    amount: Decimal
    currency: str


class _GiftCard(bodies.Body):
    id: str
    code: str
    created: bodies.Instant
    is_active: bool
    initial_balance: _Money
    current_balance: bodies.Amount
    events: list[_Use]


class _Edge(msgspec.Struct):
    node: dict[str, Any]


class _Connection(msgspec.Struct):
    edges: list[_Edge]


class _Answer(msgspec.Struct, rename="camel"):
    gift_cards: _Connection


def _is_card(text: str) -> bool:
    try:
        key_of(text, kind="GiftCard")
    except ValueError:
        return False
    return True


def _card(raw: Any) -> GiftCard:  # noqa: ANN401 # JSON
    try:
        body = msgspec.convert(raw, _GiftCard)
        currency = body.initial_balance.currency
        return GiftCard(
            id=body.id,
            code=body.code,
            created_at=body.created,
            is_active=body.is_active,
            currency=currency,
            initial=minor_units(body.initial_balance.amount, currency),
            balance=minor_units(body.current_balance.amount, currency),
            uses=tuple(_uses(body.events, currency)),
        )
    except (msgspec.ValidationError, ValueError, ArithmeticError) as error:
        raise ShopUnavailable(f"The shop answered with something that is no gift card: {error}") from error


def _uses(events: Sequence[_Use], currency: str) -> list[GiftCardUse]:
    return [
        GiftCardUse(order_id(event.order_id), _taken(event.balance, currency))
        for event in events
        if event.order_id is not None and event.balance is not None
    ]


def _taken(balance: _Balance, currency: str) -> MinorUnits:
    before = balance.old_current_balance or balance.current_balance
    return minor_units(before.amount - balance.current_balance.amount, currency)
