"""A shop with coupons lives at random: shoppers, staff, time and bad luck; then all is settled."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.demo.deliveries import Chaos
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.order import OrderStatus
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.troubles import Trouble
from saleor_crm_app.kernel.db import retrying
from saleor_crm_app.kernel.errors import CrmError, Refusal
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, RewardId
from saleor_crm_app.loyalty import coupons, points, rewards
from saleor_crm_app.loyalty.coupons import Coupon, CouponOrigin
from saleor_crm_app.loyalty.coupons.coupons import as_coupon
from saleor_crm_app.loyalty.coupons.models import CouponRow
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.outbound.reconcile import Reconciler
from saleor_crm_app.outbound.reconcile_routes import Words
from saleor_crm_app.reactions import content_of, seen_from
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.codes import CodeBook
from saleor_crm_app.saleor.installation_store import all_installations
from tests.journeys.claims import FIVE_OFF
from tests.journeys.members import Member, the_program
from tests.journeys.running import SECRET
from tests.journeys.simulated_town import SimulatedTown
from tests.journeys.town import Cart, Person, Placed, Refused
from tests.reliability.coupon_jobs import Queue
from tests.reliability.coupon_laws import HELD_PIECES

STEPS: Final = (timedelta(minutes=20), timedelta(hours=3), timedelta(days=1), timedelta(days=6), timedelta(days=12))
APART: Final = timedelta(minutes=20)  # races further apart are never taken for each other

Act = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Now:
    """A transaction, and what it is about."""

    session: AsyncSession
    shop: InstallationId
    program: Program
    at: datetime


@dataclass
class CouponLife:
    """One life; the same seed lives it again, but for what happens truly at once."""

    town: SimulatedTown
    seed: int
    people: list[Person] = field(default_factory=list)
    gone: set[CustomerId] = field(default_factory=set)
    merged: set[CustomerId] = field(default_factory=set)
    offers: list[RewardId] = field(default_factory=list)
    stock: dict[UUID, int] = field(default_factory=dict)
    placed: list[Placed] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)  # noqa: S311 # it must repeat by its seed and guards nothing
        self.queue = Queue(self.town.app, self.chance)
        self.shop = self.town.shop
        self._reconciler = Reconciler(
            self.town.app.database, self.town.app.worker.clients.of, Words(content_of=content_of, seen_from=seen_from)
        )
        self._acts: list[tuple[int, Act]] = [
            (8, self.claim), (2, self.grant), (2, self.revoke), (9, self.buy), (4, self.race), (4, self.cancel),
            (2, self.expire_orders), (3, self.adopt), (5, self.pass_time), (2, self.change), (1, self.retire),
            (1, self.delete_customer), (1, self.merge), (2, self.away), (3, self.come_back), (3, self.lose),
            (1, self.spoil_deliveries), (5, self.listen), (7, self.work), (3, self.work_at_once),
            (3, self.work_and_die), (4, self.end_due), (2, self.nightly), (1, self.delete_code),
            (1, self.delete_voucher), (3, self.wait),
        ]  # fmt: skip

    async def live(self, steps: int) -> None:
        await self.begin()
        acts = self.chance.choices([act for _, act in self._acts], [weight for weight, _ in self._acts], k=steps)
        for act in acts:
            self.log.append(act.__name__)
            await act()

    def story(self) -> str:
        return f"in life {self.seed}: {', '.join(self.log)}"

    async def begin(self) -> None:
        """Three with points, and a few rewards."""
        for name in ("anna", "bert", "cora"):
            person = await self.town.customer(f"{name}{self.seed}")
            self.people.append(person)
            await Member(self.town, person, client=None).get(self.chance.choice([250, 1000]))  # type: ignore[arg-type] # nothing is asked over HTTP
        thing = await self.town.thing(40)
        for effect in (
            {"kind": "FIXED_AMOUNT", "amount": 500},
            {"kind": "GIFT_CARD", "amount": 1000},
            {"kind": "PRODUCT_DISCOUNT", "percent": 50, "scope": {"products": [thing.product]}},
        ):
            await self._offer(effect=effect)
        await self.queue.drain()

    async def _offer(self, **changes: Any) -> None:  # noqa: ANN401 # any term's
        chosen: dict[str, Any] = {
            "points": self.chance.choice([0, 100, 100]),
            "coupon_days": self.chance.choice([5, 10]),
            "stock": self.chance.choice([None, 3, 8]),
            "points_back_on_expiry": self.chance.random() < 0.7,
            "deliver_within_hours": self.chance.choice([1, 48]),
        }
        terms = rewards.read_terms({**FIVE_OFF, **chosen, **changes})

        async def act(now: Now) -> None:
            made = await rewards.create_reward(now.session, now.shop, now.program, terms, at=now.at)
            self.offers.append(made.id)
            if made.stock_left is not None:
                self.stock[made.id] = made.stock_left

        await self._unless_refused(act)

    # Members and staff

    async def claim(self) -> None:
        who, reward = self._somebody().customer, self.chance.choice(self.offers)
        assert who is not None

        async def act(now: Now) -> None:
            await rewards.claim(
                now.session, now.shop, who, program=now.program, reward=reward, channel=self.town.channel, at=now.at
            )

        await self._unless_refused(act)

    async def grant(self) -> None:
        who, reward = self._somebody().customer, self.chance.choice(self.offers)
        assert who is not None

        async def act(now: Now) -> None:
            origin = CouponOrigin.GOODWILL
            await rewards.grant(
                now.session, now.shop, who, program=now.program, reward=reward, origin=origin, at=now.at
            )

        await self._unless_refused(act)

    async def revoke(self) -> None:
        if found := await self._coupons():
            key = self.chance.choice(found).key

            async def act(now: Now) -> None:
                await rewards.revoke_coupon(now.session, now.shop, key, at=now.at)

            await self._unless_refused(act)

    async def change(self) -> None:
        """Other terms: a worth that takes another voucher, a price, stock counted anew; or back to what was."""
        reward = self.chance.choice(self.offers)

        async def act(now: Now) -> None:
            held = (await rewards.rewards_by_id(now.session, [reward]))[reward]
            effect: dict[str, Any] = msgspec.to_builtins(held.terms.effect)
            key = "percent" if held.terms.effect.percent is not None else "amount"
            effect[key] = self.chance.choice([30, 50] if key == "percent" else [500, 700, 1000])
            changes = {
                "effect": effect,
                "stock": self.chance.choice([held.terms.stock, 2, 9]),
                "points": self.chance.choice([0, 100, 150]),
            }
            terms = rewards.read_terms(msgspec.to_builtins(held.terms) | changes)
            _, made = await rewards.update_reward(
                now.session, now.shop, reward, terms, program=now.program, expected_version=held.version, at=now.at
            )
            if made.stock_left is not None and terms.stock != held.terms.stock:
                out = (await now.session.execute(sa.text(HELD_PIECES), {"reward": reward})).scalar_one()
                self.stock[reward] = made.stock_left + out

        await self._unless_refused(act)

    async def retire(self) -> None:
        reward = self.chance.choice(self.offers)

        async def act(now: Now) -> None:
            await rewards.retire_reward(now.session, now.shop, reward, at=now.at)

        if self.chance.random() < 0.5:
            await self._unless_refused(act)

    async def merge(self) -> None:
        """Two accounts were one person's."""
        left = [one.customer for one in self._here() if one.customer not in self.merged]
        if len(left) < 3:
            return
        source, target = self.chance.sample([one for one in left if one is not None], 2)

        async def act(now: Now) -> None:
            found = [await points.account_of(now.session, now.shop, one, now.program.id) for one in (source, target)]
            if found[0] is not None and found[1] is not None:
                await points.memberships.merge(
                    now.session, now.shop, found[0].account, into=found[1].account, at=now.at
                )
                self.merged.add(source)

        await self._unless_refused(act)

    async def _unless_refused(self, act: Callable[[Now], Awaitable[None]]) -> None:
        """One transaction of ours, tried again as the app does."""

        async def at_once() -> None:
            shop = await self.town.app.installation()
            async with self.town.app.database.shop(shop) as session:
                program = await the_program(session, shop, self.town)
                await act(Now(session, shop, program, await business_time(session, shop)))

        try:
            await retrying(at_once)
        except Refusal as refusal:
            self.log.append(f"({type(refusal).__name__})")

    # Shoppers

    async def buy(self) -> None:
        if coupon := await self._coupon():
            cart = await self._fill(await self._buyer(coupon), coupon)
            if cart is not None:
                await self._complete([cart])

    async def race(self) -> None:
        """Several in one moment."""
        coupon = await self._coupon()
        if coupon is None:
            return
        await self.town.pass_time(APART)
        buyers = [await self._buyer(coupon) for _ in range(self.chance.choice([2, 3]))]
        carts = [cart for buyer in buyers if (cart := await self._fill(buyer, coupon)) is not None]
        if carts:
            await self._complete(carts)
        await self.town.pass_time(APART)

    async def _fill(self, buyer: Person, coupon: Coupon) -> Cart | None:
        cart = await self.town.fill(buyer, await self.town.thing(self.chance.choice([40, 40, 3])))
        try:
            await self.town.put(cart, await self._code(coupon))
        except Refused:
            return None
        if self.chance.random() < 0.7:
            await self.town.pay(cart)
        return cart

    async def _complete(self, carts: list[Cart]) -> None:
        made = await self.town.complete_at_once(carts)
        self.placed += [one for one in made if isinstance(one, Placed)]

    async def cancel(self) -> None:
        if self.placed:
            try:
                await self.town.cancel(self.chance.choice(self.placed))
            except ShopRefusal:
                self.log.append("cannot be canceled")

    async def expire_orders(self) -> None:
        await self.town.pass_time(timedelta(hours=1))
        self.shop.orders.expire_due()

    async def adopt(self) -> None:
        """The shop gives a guest's order to an account, in silence."""
        guests = [one for one in self.shop.state.orders.values() if one.user is None and "guest" in one.user_email]
        done = [one for one in guests if one.status is not OrderStatus.UNCONFIRMED]
        if done and (owner := self._user(self._somebody())) is not None:
            order = self.chance.choice(done)
            if self.shop.state.user_by_email(order.user_email) is None:
                self.shop.customers.change_email(owner, order.user_email)

    async def delete_customer(self) -> None:
        here = self._here()
        if len(here) > 2 and (user := self._user(who := self.chance.choice(here))) is not None:
            self.shop.customers.delete_by_staff(user)
            assert who.customer is not None
            self.gone.add(who.customer)

    # Time and bad luck

    async def pass_time(self) -> None:
        await self.town.pass_time(self.chance.choice(STEPS))

    async def away(self) -> None:
        self.shop.troubles.lasting = self.chance.choice([Trouble.UNAVAILABLE, Trouble.LOST])

    async def come_back(self) -> None:
        self.shop.troubles.lasting = None

    async def lose(self) -> None:
        """One of the next answers is lost."""
        self.shop.troubles.coming.extend([*[None] * self.chance.randrange(4), Trouble.LOST])

    async def spoil_deliveries(self) -> None:
        self.shop.deliveries.chaos = Chaos(
            duplicate=0.2, drop=self.chance.choice([0.0, 0.4, 1.0]), shuffle=True, seed=self.chance.randrange(1000)
        )

    async def listen(self) -> None:
        await self.shop.deliveries.settled()
        await self.town.app.take_in()

    async def work(self) -> None:
        await self.queue.work(most=self.chance.randrange(1, 8))

    async def work_at_once(self) -> None:
        await self.queue.work(most=6, at_once=3, twice=self.chance.random() < 0.5)

    async def work_and_die(self) -> None:
        await self.queue.work(most=3, dies_after=self.chance.randrange(4))

    async def end_due(self) -> None:
        await self.town.app.worker.time.end_coupons()

    async def nightly(self) -> None:
        await self.town.app.worker.time.check_vouchers()
        await self.read(full=True)

    async def read(self, *, full: bool) -> None:
        [shop] = await all_installations(self.town.app.database)
        try:
            await self._reconciler.reconcile(shop, full=full, patience=0)
        except CrmError as error:
            self.log.append(f"not read: {type(error).__name__}")

    async def delete_code(self) -> None:
        """Staff of the shop delete one by hand, used or not."""
        held = [code for voucher in self.shop.state.vouchers.values() for code in voucher.voucher_codes]
        if held:
            self.shop.vouchers.delete_codes([self.chance.choice(held).pk])

    async def delete_voucher(self) -> None:
        if found := list(self.shop.state.vouchers.values()):
            self.shop.vouchers.delete(self.chance.choice(found))

    async def wait(self) -> None:
        """Real time goes by: turns run out, and what was asked for long ago is asked for again."""
        async with self.town.app.database.shop(await self.town.app.installation()) as session:
            await session.execute(sa.text("UPDATE coupon SET busy_until = NULL, asked_at = NULL"))
            await session.execute(sa.text("UPDATE reward_voucher SET busy_until = NULL"))

    async def settle(self) -> None:
        """Nothing is wrong any more, and all has been seen to."""
        self.shop.troubles.coming.clear()
        self.shop.troubles.lasting = None
        self.shop.deliveries.chaos = Chaos()
        for _ in range(4):
            await self.wait()
            await self.listen()
            await self.read(full=True)
            await self.listen()
            await self.queue.drain()
            await self.end_due()
            await self.town.app.worker.time.check_vouchers()
            await self.town.app.worker.merges.sweep_all()
            await self.queue.drain()

    # Who and what

    def _here(self) -> list[Person]:
        return [one for one in self.people if one.customer not in self.gone]

    def _somebody(self) -> Person:
        return self.chance.choice(self._here())

    def _user(self, person: Person) -> User | None:
        return self.shop.state.users.get(int(person.customer or 0))

    async def _buyer(self, coupon: Coupon) -> Person:
        owner = next((one for one in self._here() if one.customer == coupon.customer), None)
        kind = self.chance.random()
        if kind < 0.8:
            return owner if owner is not None and kind < 0.6 else self._somebody()
        return self.town.guest(f"guest{self.seed}.{len(self.placed)}.{self.chance.randrange(10**6)}")

    async def _coupons(self) -> list[Coupon]:
        async with self.town.app.database.shop(await self.town.app.installation(), read_only=True) as session:
            rows = await session.scalars(sa.select(CouponRow).order_by(CouponRow.id))
            return [one for row in rows if (one := as_coupon(row)).reward in self.offers]

    async def _coupon(self) -> Coupon | None:
        """Mostly one that can be used."""
        found = [one for one in await self._coupons() if one.sealed is not None]
        good = [one for one in found if one.state is coupons.CouponState.ISSUED]
        some = good if good and self.chance.random() < 0.8 else found
        return self.chance.choice(some) if some else None

    async def _code(self, coupon: Coupon) -> str:
        assert coupon.sealed is not None
        return CodeBook([SECRET]).open(coupon.sealed, installation=await self.town.app.installation())
