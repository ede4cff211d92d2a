"""What people do in a shop that runs our app: the same words for a simulated shop and for a real Saleor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from saleor_crm_app.kernel.ids import CustomerId
from tests.journeys.running import RunningApp


class Refused(Exception):
    """The shop says no to a shopper; `code` is Saleor's."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(f"{code}: {message}")


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who buys; without `customer` they have no account. `email` is the one they came with."""

    email: str
    customer: CustomerId | None = None


@dataclass(frozen=True, kw_only=True)
class Thing:
    """Something that is sold; ids are Saleor's global ids."""

    product: str
    variant: str
    price: Decimal


@dataclass(frozen=True, kw_only=True)
class Cart:
    """A checkout, ready but for codes and payment; `goods` and `shipping` are what they cost without a code."""

    id: str
    buyer: Person
    goods: Decimal
    shipping: Decimal

    @property
    def full(self) -> Decimal:
        return self.goods + self.shipping


@dataclass(frozen=True, kw_only=True)
class Placed:
    """An order; `total` is what was to be paid in money, `full` what it would have been without a code."""

    id: str
    total: Decimal
    full: Decimal
    buyer: Person
    created: datetime

    @property
    def saved(self) -> Decimal:
        """What codes and cards took off."""
        return self.full - self.total


class Town(Protocol):
    """A shop that has installed our app, and the people in it.

    Nothing reaches the app before `listen` or `hear`. What moves by `pass_time` is the app's business time, and the
    shop's where that can be moved.
    """

    app: RunningApp

    @property
    def channel(self) -> str:
        """The slug of the one where everything is bought."""

    @property
    def currency(self) -> str: ...

    async def customer(self, name: str) -> Person:
        """Somebody with a confirmed account, whom the app knows."""

    def guest(self, name: str) -> Person:
        """Somebody without one."""

    async def token(self, person: Person) -> str:
        """What a customer shows at our storefront door."""

    async def thing(self, price: int) -> Thing:
        """Something of about this price, the same one for the same price; exactly of it where the shop lets us sell."""

    async def fill(self, buyer: Person, *things: Thing, pieces: int = 1) -> Cart:
        """A checkout with these in it, so many of each, and a delivery method that costs something."""

    async def put(self, cart: Cart, code: str) -> None:
        """The shopper enters a code. Raises Refused."""

    async def total(self, cart: Cart) -> Decimal:
        """What is left to pay in money."""

    async def pay(self, cart: Cart) -> None:
        """Pay what is left."""

    async def complete(self, cart: Cart) -> Placed:
        """Make the order. Raises Refused."""

    async def complete_at_once(self, carts: Sequence[Cart]) -> list[Placed | Refused]:
        """Make the orders in one moment."""

    async def cancel(self, order: Placed) -> None:
        """Staff cancels."""

    async def expire(self, order: Placed) -> None:
        """Wait until the shop gives up an unpaid order; skips the test where it never does."""

    async def adopt(self, order: Placed, owner: Person) -> None:
        """The shop gives a guest's order to the account of `owner`, in silence."""

    async def delete_code(self, code: str) -> None:
        """Staff deletes a voucher's code by hand, used or not."""

    async def has_code(self, code: str) -> bool:
        """Whether the shop knows it as a voucher's."""

    async def count_codes(self, voucher: str) -> int:
        """How many codes a voucher has, by its global id."""

    async def listen(self, *, fully: bool = False) -> None:
        """Let the app hear what happened, and do nothing about it yet; `fully` by its nightly comparison."""

    async def hear(self, *, fully: bool = False) -> None:
        """Let the app hear what happened, and do all it owes."""

    async def pass_time(self, by: timedelta) -> None:
        """Let business time go by."""


async def buy(town: Town, buyer: Person, code: str, *things: Thing) -> Placed:
    """An order with a code, paid; of one thing for about 100 where nothing else is said."""
    cart = await town.fill(buyer, *(things or (await town.thing(100),)))
    await town.put(cart, code)
    await town.pay(cart)
    return await town.complete(cart)
