"""The town of a demo: the first shop with its year of history, the page, and room for a second shop."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from saleor_crm_app.cli.demo_app import PAGE_OFFSET, SECOND_SHOP_OFFSET, SHOP_OFFSET, Place
from saleor_crm_app.cli.demo_operator import Operator
from saleor_crm_app.demo import SaleorVersion, SimulatedShop, serving
from saleor_crm_app.demo.campaigns import open_campaign
from saleor_crm_app.demo.clock import ShopClock
from saleor_crm_app.demo.orders import DEFAULT_CHANNEL, Item
from saleor_crm_app.demo.rewards import open_rewards
from saleor_crm_app.demo.seed import History, clock_of_the_past, furnish
from saleor_crm_app.demo.web import FIRST, SECOND, Counter, Street, serving_page
from saleor_crm_app.jobs.progress import Progress

ORDERS_OF_THREE: Final = 25
"""How many orders three customers make in a year: 2,500 of 300."""

RETRIES_FASTER: Final = 10.0
"""Saleor waits 10 seconds before it sends a webhook again; here one does not want to."""

Report = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to build; the same `seed` gives the same town."""

    version: SaleorVersion
    customers: int
    seed: int
    has_tiers: bool = True

    @property
    def orders(self) -> int:
        return self.customers * ORDERS_OF_THREE // 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """What stands: the shops, and where the page is."""

    street: Street
    page_url: str


@asynccontextmanager
async def town(place: Place, operator: Operator, plan: Plan, report: Report) -> AsyncIterator[Town]:
    """Build it beside an app that is ready, and keep it standing while the block lasts."""
    async with AsyncExitStack() as stack:
        counter = await _first(place, operator, plan, report, stack)
        page_url = f"http://127.0.0.1:{place.port(PAGE_OFFSET)}"

        async def build(rest: AsyncExitStack) -> Counter:
            second = await _second(place, operator, plan, rest)
            await operator.admit(second.shop.api_url, page_url)
            return second

        await operator.admit(counter.shop.api_url, page_url)
        street = Street(counter, operator, build)
        stack.push_async_callback(street.aclose)
        await stack.enter_async_context(serving_page(street, port=place.port(PAGE_OFFSET)))
        yield Town(street=street, page_url=page_url)


async def _first(place: Place, operator: Operator, plan: Plan, report: Report, stack: AsyncExitStack) -> Counter:
    """A shop with a past, that installs the app only now; so the app reads what was before, as it would anywhere."""
    shop = _shop(plan, "Simulated shop", clock_of_the_past())
    showroom = furnish(shop)
    history = History(shop, showroom, customers=plan.customers, orders=plan.orders, seed=plan.seed)
    for done in history.play():
        report("The shop's year passes", done, plan.orders)
    await stack.enter_async_context(serving(shop, port=place.port(SHOP_OFFSET)))
    ours = await shop.apps.install(place.manifest_url)
    await operator.backfill(shop.api_url, _reading(report))
    await open_rewards(place.app_url, shop, ours, showroom)
    await open_campaign(place.app_url, shop, ours)
    if plan.has_tiers:
        await operator.open_tiers(shop.api_url, channel=DEFAULT_CHANNEL)
    return Counter(key=FIRST, shop=shop, showroom=showroom)


async def _second(place: Place, operator: Operator, plan: Plan, stack: AsyncExitStack) -> Counter:
    """A shop that opens today: same people, same ids, one order of Anna's, other keys."""
    shop = _shop(plan, "Second shop", ShopClock())
    showroom = furnish(shop)
    await stack.enter_async_context(serving(shop, port=place.port(SECOND_SHOP_OFFSET)))
    ours = await shop.apps.install(place.manifest_url)
    shop.payments.charge(shop.orders.place([Item(variant=showroom.goods[0].variant)], showroom.people["anna"]))
    await shop.deliveries.settled()
    await operator.caught_up()
    await open_rewards(place.app_url, shop, ours, showroom)
    await open_campaign(place.app_url, shop, ours)
    return Counter(key=SECOND, shop=shop, showroom=showroom)


def _reading(report: Report) -> Callable[[Progress], None]:
    def told(progress: Progress) -> None:
        seen = progress.counts.seen
        report(f"The app reads its {progress.subject.partition('.')[0]}", seen, max(progress.expected or 0, seen))

    return told


def _shop(plan: Plan, name: str, clock: ShopClock) -> SimulatedShop:
    return SimulatedShop(version=plan.version, clock=clock, name=name, seed=plan.seed, speedup=RETRIES_FASTER)
