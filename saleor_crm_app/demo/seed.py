"""What the simulated shop starts with: goods, a few people with names, and a year of other people's orders."""

import heapq
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Final

from saleor_crm_app.demo.catalog import Variant
from saleor_crm_app.demo.clock import ShopClock
from saleor_crm_app.demo.order import Order
from saleor_crm_app.demo.orders import Item
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.kernel import clock

HISTORY: Final = timedelta(days=365)
SHIPPING: Final = Decimal(10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """Something on the shelf; `picture` names a drawing of the storefront page."""

    variant: Variant
    picture: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Showroom:
    """What every simulated shop has: goods, and the people one can be, by the key of each."""

    goods: tuple[Good, ...]
    people: dict[str, User]


_GOODS: Final = (
    ("Desk lamp", 60, "lamp"),
    ("Vase", 40, "vase"),
    ("Teapot", 35, "teapot"),
    ("Mug", 15, "mug"),
    ("Notebook", 12, "notebook"),
    ("Backpack", 85, "backpack"),
)
_PEOPLE: Final = (("anna", "Anna", "EN"), ("boris", "Boris", "RU"), ("clara", "Clara", "EN"))
_NAMED_ORDERS: Final = (
    # whose, days ago, goods by their place on the shelf
    ("anna", 200, (0, 3)),
    ("anna", 120, (2, 5)),
    ("anna", 45, (1, 4)),
    ("boris", 310, (5,)),
    ("boris", 240, (0, 1)),
    ("boris", 60, (3, 4)),
)
"""Old enough to be available, young enough not to expire within a fortnight. Clara is new here."""

_FIRST_NAMES: Final = tuple("Alma Bruno Chloe Dmitri Elena Farid Greta Hugo Ines Jonas Katya Lea Milan Nora".split())


def furnish(shop: SimulatedShop) -> Showroom:
    """Fill the shelves and let the people with names sign up; the same ids in every shop."""
    goods = tuple(Good(variant=shop.shelves.sell(name, price), picture=picture) for name, price, picture in _GOODS)
    people = {}
    for key, name, language in _PEOPLE:
        people[key] = shop.customers.register(f"{key}@example.com", first_name=name, language_code=language)
        shop.customers.confirm(people[key])
    return Showroom(goods=goods, people=people)


def clock_of_the_past() -> ShopClock:
    """A clock that shows the day a history begins, and must be moved to today by it."""
    return ShopClock(source=lambda: clock.now() - HISTORY)


class History:
    """A year of acts, done by the shop itself while its clock is moved from `clock_of_the_past` to today.

    The same `seed` gives the same acts. `orders` counts those of the people with names, too.
    """

    def __init__(self, shop: SimulatedShop, showroom: Showroom, *, customers: int, orders: int, seed: int) -> None:
        self._shop = shop
        self._showroom = showroom
        self._random = random.Random(seed)  # noqa: S311 - a repeatable story
        self._begins = shop.clock.now()
        self._to_go = HISTORY
        self._turns = itertools.count()
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self._regulars: list[User] = []
        self._plan(customers - len(showroom.people), orders)

    def play(self) -> Iterator[int]:
        """Do one act after the other; yields how many orders there are so far. Ends today."""
        while self._agenda:
            at, _, act = heapq.heappop(self._agenda)
            self._move_to(at)
            act()
            yield len(self._shop.state.orders)
        self._shop.clock.advance(self._to_go)
        self._shop.events.forget()

    def _plan(self, strangers: int, orders: int) -> None:
        for key, days_ago, places in _NAMED_ORDERS[:orders]:
            self._at(HISTORY - timedelta(days=days_ago), partial(self._named_order, key, places))
        for number in range(strangers):
            day = 0.0 if number < 20 else self._random.uniform(0.1, 270)
            self._at(timedelta(days=day), partial(self._sign_up, number))
        for _ in range(orders - len(_NAMED_ORDERS)):
            self._at(timedelta(days=self._random.uniform(1, 364)), self._order)

    def _at(self, since_begin: timedelta, act: Callable[[], None]) -> None:
        if since_begin < HISTORY:
            heapq.heappush(self._agenda, (self._begins + since_begin, next(self._turns), act))

    def _later(self, days: float, act: Callable[[], None]) -> None:
        self._at(self._shop.clock.now() - self._begins + timedelta(days=days), act)

    def _move_to(self, moment: datetime) -> None:
        step = min(moment - self._shop.clock.now(), self._to_go)
        if step > timedelta():
            self._shop.clock.advance(step)
            self._to_go -= step

    def _sign_up(self, number: int) -> None:
        name = self._random.choice(_FIRST_NAMES)
        user = self._shop.customers.register(f"{name.lower()}.{number}@example.com", first_name=name)
        self._shop.customers.confirm(user)
        self._regulars.append(user)

    def _named_order(self, key: str, places: tuple[int, ...]) -> None:
        items = [Item(variant=self._showroom.goods[place].variant) for place in places]
        order = self._place(items, self._showroom.people[key])
        self._later(2, lambda: self._send(order))

    def _order(self) -> None:
        goods = self._random.sample(self._showroom.goods, self._random.randint(1, 3))
        items = [Item(variant=good.variant, quantity=self._random.choice((1, 1, 1, 2))) for good in goods]
        is_guest = not self._regulars or self._random.random() < 0.06
        buyer = f"guest.{next(self._turns)}@example.com" if is_guest else self._regular()
        if self._random.random() < 0.03:
            self._shop.orders.place(items, buyer, shipping=SHIPPING)  # never paid
            return
        order = self._place(items, buyer)
        if self._random.random() < 0.03:
            self._later(0.5, lambda: self._call_off(order))
            return
        self._later(self._random.uniform(0.5, 5), lambda: self._send(order))
        self._regret(order, self._random.random())

    def _regular(self) -> User:
        """Some people buy far more often than others."""
        return self._regulars[int(len(self._regulars) * self._random.random() ** 2)]

    def _regret(self, order: Order, fate: float) -> None:
        """One order in eleven is paid back in part, in full, or comes back."""
        days = self._random.uniform(6, 30)
        if fate < 0.04:
            self._later(days, lambda: self._shop.refunds.refund(order, Decimal(10)))
        elif fate < 0.06:
            self._later(days, lambda: self._shop.refunds.refund(order))
        elif fate < 0.09:
            self._later(days, lambda: self._take_back(order))

    def _place(self, items: list[Item], buyer: User | str) -> Order:
        value = sum((item.variant.price * item.quantity for item in items), SHIPPING)
        return self._shop.orders.place(items, buyer, shipping=SHIPPING, paid=value)

    def _send(self, order: Order) -> None:
        self._shop.parcels.fulfill(order)

    def _call_off(self, order: Order) -> None:
        self._shop.orders.cancel(order)
        self._shop.refunds.refund(order)

    def _take_back(self, order: Order) -> None:
        line = order.lines[0]
        self._shop.parcels.take_back(order, {line: 1})
        self._shop.refunds.refund(order, line.unit_price)
