"""What buying one of a product earns, and how quiet it is where that cannot be told."""

from saleor_crm_app.checkout.preview.rates import GUESTS_PREVIEWS_A_MINUTE
from saleor_crm_app.crm import customers
from saleor_crm_app.crm.customers import CustomerSeen
from saleor_crm_app.demo.orders import DEFAULT_CHANNEL
from saleor_crm_app.demo.troubles import Trouble
from saleor_crm_app.kernel.ids import CustomerId, global_id
from saleor_crm_app.loyalty import tiers
from saleor_crm_app.loyalty.program import program_of_channel
from tests.door import counted
from tests.loyalty.tiers.ladders import PLAN
from tests.shop import NOON
from tests.storefront.market import BEN, Market, market_of

PRODUCTS = """
query Products($them: [_Any!]!, $channel: String) {
  _entities(representations: $them) { ... on Product { id channel loyaltyPoints(channel: $channel) } }
}
"""
SAM = CustomerId("9")
UNKNOWN = global_id("Product", 999)


async def told(
    market: Market,
    *products: str,
    customer: CustomerId | None = None,
    channel: str | None = DEFAULT_CHANNEL,
    own: str | None = None,
) -> list[int | None]:
    """Points by the places of the products; `own` is the channel that their representations carry."""
    them = [{"__typename": "Product", "id": product} | ({"channel": own} if own else {}) for product in products]
    token = None if customer is None else market.shop.token(customer)
    headers = {"Saleor-Api-Url": market.shop.api_url} if customer is None else {}
    data = await market.door.data(PRODUCTS, {"them": them, "channel": channel}, token=token, headers=headers)
    assert [one["id"] for one in data["_entities"]] == list(products)
    return [one["loyaltyPoints"] for one in data["_entities"]]


async def climb(market: Market) -> None:
    """Anna has bought enough for the highest of three tiers."""
    async with market.database.shop(market.shop.id) as session:
        program = await program_of_channel(session, DEFAULT_CHANNEL)
        assert program is not None
        await tiers.save_ladder(session, market.shop.id, program.id, plan=PLAN, expected=0, author="1", at=NOON)


async def test_members_earn_in_their_tier_and_guests_as_new_members(market: Market) -> None:
    await climb(market)
    lamp, vase = market.till.lamp.product.id, market.till.vase.product.id
    assert await told(market, lamp, vase, customer=market.anna) == [90, 60]
    assert await told(market, lamp, vase, customer=BEN) == [60, 40]
    assert await told(market, lamp, vase) == [60, 40]


async def test_it_is_what_the_preview_tells(market: Market) -> None:
    await climb(market)
    for customer in (market.anna, BEN, None):
        earns = (await market.asked(customer))["earns"]["points"]
        assert await told(market, market.till.lamp.product.id, customer=customer) == [earns]


async def test_the_cheapest_variant_counts_with_its_sale(market: Market) -> None:
    lamp = market.till.lamp
    await told(market, lamp.product.id)
    dear = market.till.shop.shelves.add_variant(lamp.product, 80)
    dear.sale_prices[DEFAULT_CHANNEL] = lamp.price / 2
    assert await told(market, lamp.product.id) == [60]  # for half a minute
    async with market_of(market.shop, market.till) as later:
        assert await told(later, lamp.product.id) == [30]


async def test_the_channel_is_the_arguments_else_the_products_own(market: Market) -> None:
    lamp = market.till.lamp.product.id
    assert await told(market, lamp, channel=None, own=DEFAULT_CHANNEL) == [60]
    assert await told(market, lamp, channel=DEFAULT_CHANNEL, own="elsewhere") == [60]
    assert await told(market, lamp, channel=None) == [None]


async def test_what_is_not_sold_or_not_known_is_null_beside_what_is(market: Market) -> None:
    hidden = market.till.shop.shelves.sell("Hidden", 10)
    hidden.product.hidden_in.add(DEFAULT_CHANNEL)
    wanted = (UNKNOWN, market.till.lamp.product.id, hidden.product.id, "nonsense", market.till.lamp.id)
    assert await told(market, *wanted) == [None, 60, None, None, None]
    assert await told(market, *wanted, channel="elsewhere") == [None] * 5
    assert market.till.shop.troubles.calls == ["ProductPrices"]  # nothing is asked of a channel without a program


async def test_callers_of_no_shop_are_told_nothing(market: Market) -> None:
    them = [{"__typename": "Product", "id": market.till.lamp.product.id}]
    for headers in ({}, {"Saleor-Api-Url": "https://nobody.example/graphql/"}):
        found = await market.door.data(PRODUCTS, {"them": them, "channel": DEFAULT_CHANNEL}, headers=headers)
        assert found["_entities"] == [{"id": them[0]["id"], "channel": None, "loyaltyPoints": None}]


async def test_a_shop_that_is_away_or_slow_leaves_null(market: Market) -> None:
    lamp = market.till.lamp.product.id
    market.till.shop.troubles.lasting = Trouble.UNAVAILABLE
    assert await told(market, lamp, customer=market.anna) == [None]
    market.till.shop.troubles.lasting = None
    async with market_of(market.shop, market.till, delay=60) as slow:
        assert await told(slow, lamp, customer=market.anna) == [None]
    assert await told(market, lamp, customer=market.anna) == [60]
    market.till.shop.troubles.lasting = Trouble.UNAVAILABLE
    assert await told(market, lamp, UNKNOWN, customer=market.anna) == [60, None]  # what is remembered is told


async def test_a_hundred_take_one_call_and_as_many_statements_as_one(market: Market) -> None:
    await climb(market)
    many = [market.till.shop.shelves.sell(f"Good {number}", number + 1).product.id for number in range(99)]
    found = []
    for products in ([market.till.lamp.product.id], many, many[:50]):
        with counted(market.database) as statements:
            points = await told(market, *products, customer=market.anna)
        found.append(len([one for one in statements if "FROM installation" not in one]))
    assert points == [int((number + 1) * 1.5) for number in range(50)]
    assert market.till.shop.troubles.calls == ["ProductPrices"] * 2
    # the program, the customer, the rules, five for the tier; one to count that the shop is asked
    assert found == [9, 9, 8]


async def test_more_than_a_minutes_worth_of_asking_the_shop_is_not_done(market: Market) -> None:
    lamp, vase = market.till.lamp.product.id, market.till.vase.product.id
    await told(market, lamp)
    await market.change(
        "UPDATE act_rate SET acts = :acts, begun_at = now() + interval '1 hour'", acts=GUESTS_PREVIEWS_A_MINUTE
    )
    assert await told(market, lamp, vase) == [60, None]
    assert market.till.shop.troubles.calls == ["ProductPrices"]


async def test_who_earns_nothing_is_told_so(market: Market) -> None:
    lamp = market.till.lamp.product.id
    seller = CustomerSeen(
        id=SAM, is_active=True, is_confirmed=True, is_staff=True, language="EN", joined_at=NOON, updated_at=NOON
    )
    async with market.database.shop(market.shop.id) as session:
        await customers.record(session, market.shop.id, [seller])
    assert await told(market, lamp, customer=SAM) == [0]
    await market.change("""UPDATE program SET settings = settings || '{"dry_run": true}'""")
    assert await told(market, lamp, customer=market.anna) == [0]
