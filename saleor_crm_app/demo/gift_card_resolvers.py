"""How gift cards are read, issued and closed by an app."""

from typing import Any, NamedTuple

from saleor_crm_app.demo.access import Access, PermissionDenied, Resolver
from saleor_crm_app.demo.edits import EditError, Input, attempt, day_of, decimal_of, doer, named
from saleor_crm_app.demo.gift_card import GiftCard, GiftCardEvent
from saleor_crm_app.demo.gift_cards import GiftCards
from saleor_crm_app.demo.global_ids import key_or_error
from saleor_crm_app.demo.lists import Connection, page_of
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.promo_codes import PromoCodes


class GiftCardPayload(NamedTuple):
    gift_card: GiftCard | None
    errors: list[EditError]


def _gift_card(_source: object, access: Access, *, id: str) -> GiftCard | None:
    return access.state.gift_cards.get(int(key_or_error(id, "GiftCard")))


def _gift_cards(
    _source: object,
    access: Access,
    *,
    first: int | None = None,
    after: str | None = None,
    filter: Input | None = None,
    **_others: object,
) -> Connection[GiftCard]:
    """Sorted by code, as Saleor does when not told otherwise; the filter reads public metadata."""
    wanted = (filter or {}).get("metadata") or []
    found = [card for card in access.state.gift_cards.values() if all(_has(card, one) for one in wanted)]
    return page_of(found, lambda card: (card.code,), name="giftCards", first=first, after=after, descending=False)


def _has(card: GiftCard, wanted: dict[str, Any]) -> bool:
    key, value = wanted["key"], wanted.get("value")
    return key in card.metadata and value in (None, card.metadata[key])


def _code(card: GiftCard, access: Access) -> str:
    """To an app that may manage cards, and to the customer whose card it is."""
    is_own = access.user is not None and card.assigned_to is access.user
    if not is_own and not access.has_one_of(Permission.MANAGE_GIFT_CARD):
        raise PermissionDenied(Permission.MANAGE_GIFT_CARD, "OWNER")
    return card.code


def _events(card: GiftCard, _access: Access, *, filter: Input | None = None) -> list[GiftCardEvent]:
    kind = (filter or {}).get("type")
    return [event for event in card.history if kind is None or event.type == kind]


def _create(_source: object, access: Access, *, input: Input) -> GiftCardPayload:
    def act() -> GiftCard:
        owner, balance = input.get("assignedTo"), input["balance"]
        return _cards(access).create(
            decimal_of(balance["amount"]),
            balance["currency"],
            assigned_to=named(access.state.users, owner, kind="User", field="assignedTo") if owner else None,
            expires_on=day_of(input.get("expiryDate")),
            is_active=input["isActive"],
            metadata={item["key"]: item["value"] for item in input.get("metadata") or ()},
            by=doer(access),
        )

    return GiftCardPayload(*attempt(act))


def _deactivate(_source: object, access: Access, *, id: str) -> GiftCardPayload:
    def act() -> GiftCard:
        card = named(access.state.gift_cards, id, kind="GiftCard", field="giftCardId")
        _cards(access).deactivate(card, by=doer(access))
        return card

    return GiftCardPayload(*attempt(act))


def _cards(access: Access) -> GiftCards:
    return GiftCards(access.state, PromoCodes(access.state))


GIFT_CARD_RESOLVERS: dict[tuple[str, str], Resolver] = {
    ("GiftCard", "code"): _code,
    ("GiftCard", "events"): _events,
    ("Mutation", "giftCardCreate"): _create,
    ("Mutation", "giftCardDeactivate"): _deactivate,
    ("Query", "giftCard"): _gift_card,
    ("Query", "giftCards"): _gift_cards,
}
