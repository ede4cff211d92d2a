"""Events of the shop's own, as programs with an API key tell them: each id counts once, each gets its own answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm import customers, facts
from saleor_crm_app.crm.customers import Birthday, CustomerStanding, Occasion
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import points
from saleor_crm_app.reactions.actions import reward

BIRTHDAY_TOLD: Final = "customer.birthday"
OLDEST: Final = timedelta(days=30)
_NEWEST: Final = timedelta(minutes=5)
"""Clocks differ."""

_KEPT_AS: Final = "customer.birthday_told"
"""That a birthday was told is not yet the birthday."""


class CustomerUnknown(Refusal):
    """The shop has no such customer, or deleted them, or has not told us of them yet."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "customer"

    def __init__(self) -> None:
        super().__init__(
            "No customer of the shop with this id is known here; try again when the shop has told of them."
        )


class WrongTime(Refusal):
    """An event of the future, or of long ago."""

    code = LoyaltyErrorCode.INVALID
    field = "occurredAt"

    def __init__(self) -> None:
        super().__init__(f"Tell events within {OLDEST.days} days after they happened, and not before.")


class NameReserved(Refusal):
    """Names under `customer.` have a meaning of their own."""

    code = LoyaltyErrorCode.INVALID
    field = "type"

    def __init__(self) -> None:
        super().__init__(
            f"Types that begin with `{points.memberships.RESERVED}` are reserved; of these only {BIRTHDAY_TOLD} can be"
            " told."
        )


class NoSuchDay(Refusal):
    """A month and a day that no year has together."""

    code = LoyaltyErrorCode.INVALID
    field = "day"

    def __init__(self) -> None:
        super().__init__("Give a month from 1 to 12 and a day that it has.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event. `born` is the month and day of a birthday; `occurred_at` None means now."""

    id: str
    name: str
    customer: CustomerId
    occurred_at: datetime | None = None
    channel: str | None = None
    born: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one event: `points` were granted for it at once, all programs together."""

    status: Literal["ACCEPTED", "KNOWN", "REFUSED"]
    points: int = 0
    refusal: Refusal | None = None


async def take_events(
    session: AsyncSession, installation: InstallationId, told: Sequence[Told], *, at: datetime
) -> list[Answer]:
    """Take these events in, and answer each; one that is refused keeps no other back."""
    known = await customers.standings_of(session, installation, {one.customer for one in told})
    before = await customers.known_keys(session, installation, {_key(one) for one in told})
    answers: list[Answer] = []
    fresh: dict[str, Told] = {}
    for one in told:
        refusal = _refusal(one, known, at=at)
        if refusal is not None:
            answers.append(Answer(status="REFUSED", refusal=refusal))
        elif _key(one) in before or _key(one) in fresh:
            answers.append(Answer(status="KNOWN"))
        else:
            fresh[_key(one)] = one
            answers.append(Answer(status="ACCEPTED"))
    granted = await _take(session, installation, fresh, at=at)
    return [
        Answer(status="ACCEPTED", points=granted.get(_key(one), 0)) if answer.status == "ACCEPTED" else answer
        for one, answer in zip(told, answers, strict=True)
    ]


async def _take(
    session: AsyncSession, installation: InstallationId, fresh: Mapping[str, Told], *, at: datetime
) -> dict[str, int]:
    """Keep these and grant what rules give for them; points by key."""
    born = [
        Birthday(customer=one.customer, month=one.born[0], day=one.born[1], known_since=at)
        for one in fresh.values()
        if one.born is not None
    ]
    await customers.tell_birthdays(session, installation, born)
    await facts.roll_up(session, installation, {one.customer for one in born}, at=at)
    occasions = [
        Occasion(
            customer=one.customer,
            key=key,
            name=one.name if one.born is None else _KEPT_AS,
            occurred_at=one.occurred_at or at,
            channel=one.channel,
        )
        for key, one in fresh.items()
    ]
    granted: dict[str, int] = {}
    for gift in await reward(session, installation, occasions, at=at):
        granted[gift.occasion] = granted.get(gift.occasion, 0) + gift.points
    return granted


def _key(told: Told) -> str:
    return f"event:{told.id}"


def _refusal(told: Told, known: Mapping[CustomerId, CustomerStanding], *, at: datetime) -> Refusal | None:
    moment = told.occurred_at or at
    if not at - OLDEST <= moment <= at + _NEWEST:
        return WrongTime()
    if told.name == BIRTHDAY_TOLD:
        if told.born is None or not customers.is_day(*told.born):
            return NoSuchDay()
    elif told.name.startswith(points.memberships.RESERVED):
        return NameReserved()
    return None if told.customer in known else CustomerUnknown()
