"""Up and down the tiers in a shop that runs: bought until gold, refunded, told, and one step down after grace."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from saleor_crm_app.demo import SimulatedShop
from saleor_crm_app.demo.deliveries import Delivery
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.order import Order
from saleor_crm_app.demo.orders import Item
from saleor_crm_app.demo.people import User
from saleor_crm_app.kernel.ids import CustomerId, order_id
from saleor_crm_app.loyalty import points, tiers
from saleor_crm_app.loyalty.program import programs
from saleor_crm_app.loyalty.tiers import Standing
from saleor_crm_app.outbound.tier_mirror import TIER_KEY
from saleor_crm_app.saleor.business_time import business_time
from tests.journeys.conftest import RunningApp
from tests.loyalty.tiers.ladders import PLAN

FORTNIGHT = timedelta(days=16)


class Town:
    """A shop with the app, one customer in it, and time that passes in both."""

    def __init__(self, app: RunningApp, shop: SimulatedShop, customer: User) -> None:
        self.app = app
        self.shop = shop
        self.customer = customer

    async def settle(self) -> None:
        """Until nobody has anything to tell the other."""
        for _ in range(3):
            await self.shop.deliveries.settled()
            await self.app.settle()

    async def buys(self, price: int) -> Order:
        variant = self.shop.shelves.sell(f"Thing of {price}", price)
        order = self.shop.orders.place([Item(variant=variant)], self.customer)
        self.shop.payments.charge(order)
        self.shop.parcels.fulfill(order)
        await self.settle()
        return order

    async def pass_time(self, by: timedelta) -> None:
        self.shop.clock.advance(by)
        await self.app.pass_time(by)
        await self.app.worker.tiers.follow_time()
        await self.settle()

    async def opens_tiers(self) -> None:
        installation = await self.app.installation()
        async with self.app.database.shop(installation) as session:
            [held] = await programs(session)
            at = await business_time(session, installation)
            await tiers.save_ladder(session, installation, held.program.id, plan=PLAN, expected=0, author="1", at=at)
        await self.settle()

    async def steps(self) -> list[tuple[str, str | None]]:
        return [(step.reason.value, step.tier) for step in await self._steps()]

    async def _steps(self) -> list[Standing]:
        installation = await self.app.installation()
        async with self.app.database.shop(installation, read_only=True) as session:
            [held] = await programs(session)
            return await tiers.steps_of(session, installation, (CustomerId(str(self.customer.pk)), held.program.id))

    async def earned(self, order: Order) -> int:
        """Points that an order has now."""
        installation, key = await self.app.installation(), order_id(order.id)
        async with self.app.database.shop(installation, read_only=True) as session:
            at = await business_time(session, installation)
            return (await points.orders_points(session, installation, [key], at=at))[key].target

    def writes(self) -> list[Delivery]:
        """The shop's own reports of what was written to the customer."""
        return [one for one in self.shop.deliveries.log if one.event.type is EventType.CUSTOMER_UPDATED]

    def mirrored(self) -> str | None:
        """The tier that the shop reads."""
        content = self.customer.private_metadata.get(TIER_KEY)
        if content is None:
            return None
        [tier] = msgspec.json.decode(content)
        return str(tier["name"])


@pytest.fixture
async def town(app: RunningApp, shop: SimulatedShop) -> Town:
    await shop.apps.install(app.manifest_url)
    anna = shop.customers.register("anna@example.com")
    shop.customers.confirm(anna)
    town = Town(app, shop, anna)
    await town.buys(1)
    await town.opens_tiers()
    return town


async def test_up_to_gold_and_one_step_down_after_notice_and_grace(town: Town) -> None:
    # up as the points become available, by way of silver
    await town.buys(120)
    assert (await town.steps(), town.mirrored()) == ([], None)
    await town.pass_time(FORTNIGHT)
    assert (await town.steps(), town.mirrored()) == ([("PROMOTED", "silver")], "Silver")
    large = await town.buys(500)
    await town.pass_time(FORTNIGHT)
    assert (await town.steps(), town.mirrored()) == ([("PROMOTED", "silver"), ("PROMOTED", "gold")], "Gold")
    # gold earns half as much again
    assert [await town.earned(one) for one in (large, await town.buys(100))] == [625, 150]
    # the large order comes back: told at once, nothing lost yet
    town.shop.refunds.refund(large, Decimal(500))
    await town.settle()
    await town.pass_time(timedelta(days=60))
    assert ((await town.steps())[2:], town.mirrored()) == ([("NOTICED", "gold")], "Gold")
    # grace is over: one step, not two
    await town.pass_time(timedelta(days=1))
    assert ((await town.steps())[3:], town.mirrored()) == ([("DEMOTED", "silver")], "Silver")


async def test_one_change_of_tier_is_one_write_and_its_echo_changes_nothing(town: Town) -> None:
    # given
    await town.buys(120)
    assert town.writes() == []
    # when
    await town.pass_time(FORTNIGHT)
    # then: the shop reports our write back to us
    [echo] = town.writes()
    body = msgspec.json.decode(echo.body)
    assert body["issuingPrincipal"] == {"__typename": "App", "id": (await own_app(town))}
    [tier] = msgspec.json.decode(town.customer.private_metadata[TIER_KEY])
    assert (tier["currency"], tier["code"], tier["name"]) == ("USD", "silver", "Silver")
    # and again, with what else happens: no other write
    await town.pass_time(timedelta(days=1))
    await town.buys(5)
    assert len(town.writes()) == 1


async def test_a_customer_who_is_gone_is_not_written_to(town: Town) -> None:
    await town.buys(120)
    town.shop.customers.delete_by_staff(town.customer)
    await town.settle()
    await town.pass_time(FORTNIGHT)
    assert (await town.steps(), town.mirrored()) == ([("PROMOTED", "silver")], None)


async def own_app(town: Town) -> str:
    directory = town.app.worker.clients
    client = await directory.of(await town.app.installation())
    return str((await client.execute("AppIdentity"))["app"]["id"])
