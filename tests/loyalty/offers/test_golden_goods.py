"""Customers of a tea shop with their histories, and which goods each is offered, in which order and why."""

from dataclasses import dataclass
from pathlib import Path

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, global_id
from saleor_crm_app.loyalty.offers import NO_CART, Cart
from saleor_crm_app.loyalty.program import programs_for
from tests.crm.goods.buying import basket, on_shelf, sell, stock, strangers
from tests.loyalty.offers.stall import campaign
from tests.loyalty.offers.test_golden import read_by
from tests.loyalty.offers.visits import CHANNEL, Visits

TEXTS = Path(__file__).parent / "golden" / "goods.txt"
LAMPS = "category-lamps"


def ids(*names: str) -> list[str]:
    return [global_id("Product", name) for name in names]


STRANGERS = (
    *strangers(6, *ids("tea", "pot")),
    *strangers(5, *ids("tea", "cup")),
    *strangers(3, *ids("tea", "tray")),
    *strangers(40, *ids("vase")),
    *strangers(9, *ids("lamp")),
    *strangers(9, *ids("lantern")),
    *strangers(50, *ids("candle")),
)
OFFERS = (
    {"kind": "RECOMMENDED_PRODUCTS", "placements": ["home"]},
    {"kind": "CROSS_SELL", "placements": ["cart"], "worth": 600},
    {"kind": "UPSELL", "placements": ["cart"], "worth": 500},
    {"kind": "REPLENISHMENT", "placements": ["account", "cart"], "worth": 2000},
    {"kind": "RECOMMENDED_PRODUCTS", "placements": ["picked"], "products": ids("candle", "vase", "pot")},
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One customer: orders as (days ago, products)."""

    name: str
    where: str
    orders: tuple[tuple[int, tuple[str, ...]], ...] = ()
    cart: Cart = NO_CART
    channel: str = CHANNEL
    is_guest: bool = False


def member(name: str, where: str, *orders: tuple[int, tuple[str, ...]], **other: object) -> Case:
    return Case(name=name, where=where, orders=orders, **other)  # type: ignore[arg-type] # any part of a case


def holding(*products: str) -> Cart:
    return Cart(amount=1000 * len(products), products=tuple(ids(*products)))


TEN_DAYS = ((30, ("tea",)), (20, ("tea",)), (10, ("tea",)))
CASES = (
    Case(name="A guest is shown what most people buy and can be bought", where="home", is_guest=True),
    Case(name="A guest of a channel that sells nothing is shown nothing", where="home", channel="b2b", is_guest=True),
    member("Whoever has no orders is shown the same", "home"),
    member("Whoever has the vase is not shown it", "home", (3, ("vase",))),
    member("Whoever has tea is shown first what goes with it", "home", (3, ("tea",))),
    member("Whoever has all of it is shown nothing", "home", (3, ("tea", "pot", "cup", "tray", "vase", "lamp")),
           (2, ("lantern",))),
    member("With tea in the cart it is the cup and the pot, which many buy with it", "cart", cart=holding("tea")),
    member("Not the pot for who has one", "cart", (3, ("pot",)), cart=holding("tea")),
    member("With a lamp in the cart it is a better one", "cart", cart=holding("lamp")),
    member("With both in the cart it is both, the surer one first", "cart", cart=holding("lamp", "tea")),
    member("With nothing in the cart there is nothing to go with it", "cart"),
    member("Whoever buys tea every ten days is told on the tenth", "account", *TEN_DAYS),
    member("On the eighth day it is too early", "account", (28, ("tea",)), (18, ("tea",)), (8, ("tea",))),
    member("After twice the time they have found another tea", "account", (41, ("tea",)), (31, ("tea",)),
           (21, ("tea",))),
    member("Tea that is in the cart already need not be told of", "cart", *TEN_DAYS, cart=holding("tea")),
    member("What staff picked is shown as far as it can be bought", "picked"),
    member("And as far as it is new", "picked", (3, ("pot",))),
)  # fmt: skip
CUSTOMERS = {case.name: CustomerId(str(2000 + number)) for number, case in enumerate(CASES) if not case.is_guest}


async def test_each_customer_of_the_tea_shop_is_offered_the_right_goods(
    database: Database, installation: InstallationId
) -> None:
    bought = [
        basket(*ids(*products), days_ago=days, customer=CUSTOMERS[case.name])
        for case in CASES
        for days, products in case.orders
    ]
    await sell(database, installation, [*STRANGERS, *bought])
    await stock(
        database,
        installation,
        *ids("tea", "pot", "cup", "tray", "vase"),
        on_shelf(ids("lamp")[0], 1000, category=LAMPS),
        on_shelf(ids("lantern")[0], 1500, category=LAMPS),
        gone=ids("candle"),
    )
    async with database.shop(installation) as session:
        await programs_for(session, installation, {CHANNEL: "EUR"})
    await campaign(database, installation, *OFFERS)
    visits = Visits(database, installation)
    found = "\n".join([await told(visits, case) for case in CASES])
    assert found.splitlines() == TEXTS.read_text(encoding="utf-8").splitlines()


async def told(visits: Visits, case: Case) -> str:
    asked = await visits.asked(CUSTOMERS.get(case.name), placement=case.where, channel=case.channel, cart=case.cart)
    return read_by(case.name, await visits.decided(await visits.policy(asked), asked), asked)
