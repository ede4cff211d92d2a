"""The simulated shop as a town: it tells the app by webhooks, and its time moves with the app's."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from saleor_crm_app.demo import SimulatedShop, serving
from saleor_crm_app.demo.checkout import Checkout
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.order import Order
from saleor_crm_app.demo.orders import DEFAULT_CHANNEL, Item
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.signing import SigningKey
from saleor_crm_app.kernel.ids import customer_id, decode_global_id
from tests.journeys.news import read_shop
from tests.journeys.running import RunningApp
from tests.journeys.town import Cart, Person, Placed, Refused, Thing

_SHIPPING = Decimal(5)
_EXPIRES_AFTER = timedelta(hours=1)


@dataclass
class SimulatedTown:
    """Acts are the shop's own, on its objects."""

    app: RunningApp
    shop: SimulatedShop
    channel: str = DEFAULT_CHANNEL
    currency: str = "USD"
    _things: dict[int, Thing] = field(default_factory=dict)

    async def customer(self, name: str) -> Person:
        user = self.shop.customers.register(f"{name}@example.com")
        self.shop.customers.confirm(user)
        await self.hear()
        return Person(email=user.email, customer=customer_id(user.id))

    def guest(self, name: str) -> Person:
        return Person(email=f"{name}@example.com")

    async def token(self, person: Person) -> str:
        return self.shop.tokens.access(self._user(person))

    async def thing(self, price: int) -> Thing:
        if price not in self._things:
            variant = self.shop.shelves.sell(f"Thing for {price}", price)
            self._things[price] = Thing(product=variant.product.id, variant=variant.id, price=variant.price)
        return self._things[price]

    async def fill(self, buyer: Person, *things: Thing, pieces: int = 1) -> Cart:
        variants = {variant.id: variant for variant in self.shop.state.variants}
        items = [Item(variant=variants[thing.variant], quantity=pieces) for thing in things]
        who = buyer.email if buyer.customer is None else self._user(buyer)
        checkout = self.shop.checkouts.create(items, who, shipping=_SHIPPING)
        return Cart(id=checkout.id, buyer=buyer, goods=checkout.value, shipping=_SHIPPING)

    async def put(self, cart: Cart, code: str) -> None:
        try:
            self.shop.checkouts.add_promo_code(self._checkout(cart), code)
        except ShopRefusal as refusal:
            raise _refused(refusal) from refusal

    async def total(self, cart: Cart) -> Decimal:
        return self._checkout(cart).total_after_cards(self.shop.clock.now()).gross.amount

    async def pay(self, cart: Cart) -> None:
        self.shop.checkouts.charge(self._checkout(cart))

    async def complete(self, cart: Cart) -> Placed:
        try:
            order = self.shop.checkouts.complete(self._checkout(cart))
        except ShopRefusal as refusal:
            raise _refused(refusal) from refusal
        return _placed(cart, order)

    async def complete_at_once(self, carts: Sequence[Cart]) -> list[Placed | Refused]:
        made = self.shop.checkouts.complete_at_once([self._checkout(cart) for cart in carts])
        return [
            _placed(cart, one) if isinstance(one, Order) else _refused(one)
            for cart, one in zip(carts, made, strict=True)
        ]

    async def cancel(self, order: Placed) -> None:
        self.shop.orders.cancel(self._order(order))

    async def expire(self, order: Placed) -> None:
        await self.pass_time(_EXPIRES_AFTER)
        assert self.shop.orders.expire_due() == [self._order(order)]

    async def adopt(self, order: Placed, owner: Person) -> None:
        self.shop.customers.change_email(self._user(owner), order.buyer.email)

    async def delete_code(self, code: str) -> None:
        _, found = self.shop.state.voucher_codes[code]
        assert self.shop.vouchers.delete_codes([found.pk]) == 1

    async def has_code(self, code: str) -> bool:
        return code in self.shop.state.voucher_codes

    async def count_codes(self, voucher: str) -> int:
        return len(self.shop.state.vouchers[int(decode_global_id(voucher)[1])].voucher_codes)

    async def listen(self, *, fully: bool = False) -> None:
        await self.shop.deliveries.settled()
        if fully:
            await read_shop(self.app, fully=True)
        await self.app.take_in()

    async def hear(self, *, fully: bool = False) -> None:
        for _ in range(2):  # what the app does in the shop may cause news
            await self.listen(fully=fully)
            await self.app.settle()

    async def pass_time(self, by: timedelta) -> None:
        self.shop.clock.advance(by)
        await self.app.pass_time(by)

    def _user(self, person: Person) -> User:
        assert person.customer is not None
        return self.shop.state.users[int(person.customer)]

    def _checkout(self, cart: Cart) -> Checkout:
        return self.shop.state.checkouts[UUID(decode_global_id(cart.id)[1])]

    def _order(self, order: Placed) -> Order:
        return self.shop.state.orders[UUID(decode_global_id(order.id)[1])]


def _placed(cart: Cart, order: Order) -> Placed:
    return Placed(id=order.id, total=order.total, full=cart.full, buyer=cart.buyer, created=order.created)


def _refused(refusal: ShopRefusal) -> Refused:
    return Refused(refusal.code, str(refusal))


@asynccontextmanager
async def simulated_town(app: RunningApp, key: SigningKey) -> AsyncIterator[SimulatedTown]:
    """A shop in memory that has installed the app and gives up unpaid orders after an hour."""
    shop = SimulatedShop(seed=1, key=key)
    shop.shelves.open_channel(DEFAULT_CHANNEL, "USD", expire_orders_after=_EXPIRES_AFTER)
    async with serving(shop):
        await shop.apps.install(app.manifest_url)
        yield SimulatedTown(app, shop)
        await shop.deliveries.settled()
