"""The golden customers: what they bought and answered, and where they look; what they read lies in golden/."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from saleor_crm_app.loyalty.offers import NO_CART, Cart, Lack, Response
from tests.loyalty.offers.golden_shop import TODAY
from tests.loyalty.offers.visits import CHANNEL

DISMISSED, NOT_FOR_ME, ACCEPTED = Response.DISMISSED, Response.NOT_FOR_ME, Response.ACCEPTED


@dataclass(frozen=True, kw_only=True)
class Case:
    """One customer: orders as (euros, days ago); answers as (offer, answer, days ago), one after another."""

    name: str
    where: str | None
    orders: tuple[tuple[int, int], ...] = ()
    answers: tuple[tuple[str, Response, int], ...] = ()
    guest: Lack | None = None
    at: datetime = TODAY
    channel: str = CHANNEL
    cart: Cart = NO_CART
    is_paused: bool = False
    is_held: bool = False


def member(name: str, where: str | None, *orders: tuple[int, int], **other: object) -> Case:
    return Case(name=name, where=where, orders=orders, **other)  # type: ignore[arg-type] # any part of a case


def guest(name: str, where: str | None, **other: object) -> Case:
    return Case(**({"name": name, "where": where, "guest": Lack.SIGN_IN} | other))  # type: ignore[arg-type] # likewise


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


GUESTS = (
    guest("A guest at home reads what is for everybody and has to sign in for it", "home"),
    guest("A customer who has not joined has to join", "home", guest=Lack.JOIN),
    guest("A guest whose cart is too small is told by how much", "cart", cart=Cart(amount=3000)),
    guest("A guest whose cart is just enough lacks nothing but the account", "cart", cart=Cart(amount=5000)),
    guest("A guest on the page of accounts reads nothing", "account"),
    guest("A guest gets no letter", "letter"),
    guest("A guest in the outlet is not offered what is for the main shop", "home", channel="outlet"),
    guest("A guest who is anywhere reads all of it", None),
    guest("A guest on 6 April comes too late for the mug and for double points", "home", at=utc("2026-04-06T10:00")),
    guest("A guest while the program is paused reads of nothing to earn or take", "home", is_paused=True),
)
POINTS = (
    member("79 of 100 points are too few to speak of", "account", (79, 30)),
    member("80 of 100 points are nearly enough", "account", (80, 30)),
    member("99 of 100 points lack one", "account", (99, 30)),
    member("100 points are enough for five off", "account", (100, 30)),
    member("Whoever has 399 points is reminded of what can be had, not of what is near", "account", (399, 30)),
    member("With 450 points it is dinner, which is the dearest", "account", (450, 30)),
    member("Points that are not confirmed yet count for nothing", "account", (150, 5)),
    member("Points that have lapsed count for nothing", "account", (150, 400)),
    member("150 points that lapse in two weeks are told of after what they can buy", "account", (150, 365)),
    member("19 points that lapse are not worth a word", "account", (19, 365)),
    member("21 points that lapse are", "account", (21, 365)),
    member("Of two lots that lapse the first is named", "account", (30, 370), (25, 360)),
    member("Points of one order lapse later than in 30 days", "account", (60, 340)),
    member("Whoever has spent 225 of 300 is near to silver", "account", (225, 30)),
    member("Whoever has spent 224 of 300 is not", "account", (224, 30)),
    member("Silver with 750 of 1000 is near to gold", "account", (750, 30)),
    member("Gold is near to nothing", "account", (1000, 30)),
    member("Whoever is looked at by staff is promised no reward", "account", (450, 30), is_held=True),
    member("A paused program speaks of no points", "account", (450, 30), is_paused=True),
    member("Whoever took dinner for 400 of 500 points is reminded of five off", "account", (500, 30),
           answers=(("reminder", ACCEPTED, 0),), at=utc("2026-03-31T10:30")),
)  # fmt: skip
AWAY = (
    member("One order 364 days ago is not yet long ago", "letter", (50, 364)),
    member("One order 365 days ago is", "letter", (50, 365)),
    member("Every ten days, and silent for 40, is missed", "letter", (50, 60), (50, 50), (50, 40)),
    member("Every ten days, and silent for 29, is not", "letter", (50, 49), (50, 39), (50, 29)),
    member("Every 100 days, and silent for 149, is not", "letter", (50, 349), (50, 249), (50, 149)),
    member("Every 100 days, and silent for 150, is missed", "letter", (50, 350), (50, 250), (50, 150)),
    member("Whoever never bought cannot be missed", "letter"),
    member("The first who comes back takes what there is", "note", (50, 400), answers=(("soon", ACCEPTED, 0),)),
    member("The second comes too late for the budget", "note", (50, 400)),
)
ANSWERS = (
    member("A member without points at home may take all that is free", "home"),
    member("Whoever dismissed the discount sees the rest", "home", answers=(("tenth", DISMISSED, 5),)),
    member("Whoever took the mug sees the rest", "home", answers=(("mug", ACCEPTED, 1),)),
    member("Whoever said once that gifts are not for them sees them later", "home",
           answers=(("mug", NOT_FOR_ME, 1),)),
    member("Whoever said it twice sees none", "home", answers=(("mug", NOT_FOR_ME, 2), ("mug", NOT_FOR_ME, 1))),
    member("Two orders make a regular, who may spend points in the cart", "cart", (60, 60), (60, 30),
           cart=Cart(amount=1500)),
    member("One order does not", "cart", (120, 30), cart=Cart(amount=1500)),
    member("Four orders make a champion, who is first in line at home", "home", (30, 60), (30, 50), (30, 40),
           (30, 30)),
    member("A champion is no regular any more", "cart", (30, 60), (30, 50), (30, 40), (30, 30)),
    member("A minute before April in Berlin there is nothing", "banner", at=utc("2026-03-31T21:59")),
    member("At midnight in Berlin it begins", "banner", at=utc("2026-03-31T22:00")),
    member("In the last minute of the day it still holds", "banner", at=utc("2026-04-01T21:59")),
    member("At the next midnight it is over", "banner", at=utc("2026-04-01T22:00")),
)  # fmt: skip

GOLDEN: Mapping[str, tuple[Case, ...]] = {"guests": GUESTS, "points": POINTS, "away": AWAY, "answers": ANSWERS}
"""By the name of the file in golden/ that has what they read."""
