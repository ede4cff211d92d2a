"""Many answers at once over two pools of connections: never more than fits, one for each limit and one for each key."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from itertools import cycle, product
from typing import Any

import pytest
from msgspec.structs import replace

from saleor_crm_app.issuing import OfferDesk, Reply
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.ids import CustomerId
from saleor_crm_app.loyalty import offers
from saleor_crm_app.loyalty.coupons import Coupon
from saleor_crm_app.loyalty.offers import Offer, Response
from tests.conftest import Addresses
from tests.loyalty.ledger_acts import Books
from tests.loyalty.offers.stall import campaign, reward
from tests.loyalty.offers.visits import CHANNEL, Visits
from tests.shop import ANNA, NOON, FulfillmentFact, line, order

CUSTOMERS = [CustomerId(str(1000 + number)) for number in range(64)]
Pools = tuple[Database, Database]


@pytest.fixture
async def pools(addresses: Addresses, database: Database) -> AsyncIterator[Pools]:
    """Two, as two processes have them."""
    other = Database(addresses.app)
    yield database, other
    await other.close()


async def outcome(act: Awaitable[Coupon]) -> str:
    try:
        return (await act).state
    except Refusal as refusal:
        return type(refusal).__name__


async def offered(visits: Visits, terms: dict[str, Any], **of_campaign: Any) -> Offer:  # noqa: ANN401 # any term's
    bound = await reward(visits.database, visits.shop, "5 off", **terms)
    shown = {"kind": "DISCOUNT", "reward": bound, "limits": of_campaign.pop("limits", [{"times": 1}])}
    [made] = await campaign(visits.database, visits.shop, shown, **of_campaign)
    return made


async def all_accept(visits: Visits, offer: Offer, pools: Pools) -> Counter[str]:
    """Sixty-four customers at one moment."""
    tries = (visits.accept(offer.id, one, database=pool) for one, pool in zip(CUSTOMERS, cycle(pools), strict=False))
    return Counter(await asyncio.gather(*(outcome(one) for one in tries)))


async def test_a_campaigns_budget_is_never_exceeded(visits: Visits, pools: Pools) -> None:
    offer = await offered(visits, {}, budget=10_300)
    assert await all_accept(visits, offer, pools) == {"HELD": 20, "CampaignBudgetUsedUp": 44}
    assert await visits.counted("SELECT committed FROM campaign") == 10_000
    assert await visits.counted("SELECT committed FROM reward") == 10_000
    assert await visits.counted("SELECT count(*) FROM coupon") == 20
    assert await visits.counted("SELECT sum(cost) FROM offer_response WHERE response = 'ACCEPTED'") == 10_000


@pytest.mark.parametrize(
    ("terms", "refusals"),
    [({"stock": 30}, {"OutOfStock", "OfferNotFound"}), ({"budget": 15_400}, {"BudgetUsedUp", "OfferNotFound"})],
)
async def test_of_what_a_reward_has_exactly_so_many_are_given(
    visits: Visits, pools: Pools, terms: dict[str, Any], refusals: set[str]
) -> None:
    offer = await offered(visits, terms)
    found = await all_accept(visits, offer, pools)
    assert found.pop("HELD") == 30
    assert found.keys() <= refusals
    assert sum(found.values()) == 34
    assert await visits.counted("SELECT count(*) FROM offer_response") == 30
    assert await visits.counted("SELECT committed FROM campaign") == 15_000


async def test_who_pays_with_points_pays_once_and_only_for_what_there_is(
    books: Books, visits: Visits, pools: Pools
) -> None:
    like = await books.bought(100, customer=CUSTOMERS[0])
    rest = [
        order(
            line(str(number), 10_000, fulfilled=1),
            charged=10_000,
            status="FULFILLED",
            customer=customer,
            created_at=like.created_at,
            updated_at=like.updated_at,
            fulfillments=(FulfillmentFact(status="FULFILLED", created_at=like.created_at),),
        )
        for number, customer in enumerate(CUSTOMERS[1:])
    ]
    await books.happen(*rest, at=NOON)
    offer = await offered(visits, {"points": 100, "is_claimable": True, "stock": 10})
    found = await all_accept(visits, offer, pools)
    assert found.pop("HELD") == 10
    assert sum(found.values()) == 54
    assert await visits.counted("SELECT -sum(points) FROM entry WHERE kind = 'REDEEM'") == 1000
    assert await books.proved() == ()


@pytest.mark.parametrize(("times", "kind"), [(1, "OfferTaken"), (3, "OfferTaken")])
async def test_of_sixteen_acceptances_of_one_customer_as_many_are_given_as_the_limit_says(
    visits: Visits, pools: Pools, times: int, kind: str
) -> None:
    offer = await offered(visits, {}, limits=[{"times": times}])
    tries = (visits.accept(offer.id, database=pool) for pool, _ in zip(cycle(pools), range(16), strict=False))
    assert Counter(await asyncio.gather(*(outcome(one) for one in tries))) == {"HELD": times, kind: 16 - times}
    assert await visits.counted("SELECT count(*) FROM coupon") == times
    assert await visits.counted("SELECT count(*) FROM offer_response WHERE response = 'ACCEPTED'") == times


async def test_two_offers_of_one_reward_do_not_give_more_of_it_than_its_limit(visits: Visits, pools: Pools) -> None:
    bound = await reward(visits.database, visits.shop, "5 off", is_claimable=True, limits=[{"times": 1}], points=0)
    both = await campaign(visits.database, visits.shop, *({"kind": "DISCOUNT", "reward": bound} for _ in range(2)))
    tries = (visits.accept(one.id, database=pool) for one, pool in zip(both * 4, cycle(pools), strict=False))
    found = Counter(await asyncio.gather(*(outcome(one) for one in tries)))
    assert found.pop("HELD") == 1
    assert sum(found.values()) == 7
    assert await visits.counted("SELECT count(*) FROM coupon") == 1


async def reply(visits: Visits, offer: Offer) -> Reply:
    """As a storefront hands back what it was told."""
    answer = await visits.answer(offer.id, await visits.asked())
    text = answer.decision.text(answer.stake)
    return Reply(shop=visits.shop, customer=ANNA, channel=CHANNEL, offer=offer.id, decision=text, at=visits.clock)


async def test_one_key_at_once_gets_one_coupon_and_all_get_the_same(visits: Visits, pools: Pools) -> None:
    offer = await offered(visits, {}, limits=[{"times": 5}])
    desks = cycle([OfferDesk(pool) for pool in pools])
    told = await reply(visits, offer)
    given = await asyncio.gather(*(desk.accept(told, "the same") for desk, _ in zip(desks, range(8), strict=False)))
    assert len({one.id for one in given}) == 1
    assert await visits.counted("SELECT count(*) FROM coupon") == 1
    assert await visits.counted("SELECT committed FROM campaign") == 500


async def test_twenty_are_seen_a_day_however_many_are_told_at_once(visits: Visits, pools: Pools) -> None:
    many = await campaign(visits.database, visits.shop, *({"kind": "WIN_BACK"} for _ in range(40)))
    desks = cycle([OfferDesk(pool) for pool in pools])
    told = [await reply(visits, one) for one in many]
    await asyncio.gather(*(desk.respond(one, Response.SEEN) for desk, one in zip(desks, told, strict=False)))
    assert await visits.counted("SELECT count(*) FROM offer_response WHERE response = 'SEEN'") == 20


async def test_a_campaign_that_ends_meanwhile_gives_nothing_after_its_end(visits: Visits, pools: Pools) -> None:
    """Whoever was served before it, was; the books and the answers agree in the end."""
    offer = await offered(visits, {}, budget=100_000)

    async def end_it() -> str:
        await asyncio.sleep(0.05)
        await visits.change("UPDATE campaign SET state = 'ENDED', ended_at = now()")
        return "ended"

    tries = [visits.accept(offer.id, one, database=pool) for one, pool in zip(CUSTOMERS, cycle(pools), strict=False)]
    found = Counter(await asyncio.gather(*(outcome(one) for one in tries), end_it()))
    given = found["HELD"]
    assert await visits.counted("SELECT committed FROM campaign") == 500 * given
    assert await visits.counted("SELECT count(*) FROM coupon") == given
    assert await visits.counted("SELECT count(*) FROM offer_response") == given


async def test_nights_and_changes_of_staff_do_not_disturb_those_who_take(visits: Visits, pools: Pools) -> None:
    """Two campaigns that bring each other's rewards, while budgets are settled and offers are changed beside it."""
    names = ["5 off", "6 off"]
    bound = [await reward(visits.database, visits.shop, name) for name in names]
    made = [
        await campaign(
            visits.database, visits.shop, *({"kind": "DISCOUNT", "reward": one} for one in order), budget=16_000
        )
        for order in (bound, bound[::-1])
    ]
    crossed = [made[0][0], made[1][0]]

    async def staff() -> str:
        for times in range(1, 4):
            changed = replace(crossed[0].terms, worth=1000 + times)
            async with pools[1].shop(visits.shop) as session:
                await offers.registry.update_offer(
                    session, visits.shop, crossed[0].id, changed, expected_version=times, rules=()
                )
            await visits.night()
        return "changed"

    tries = [
        outcome(visits.accept(one.id, customer, database=pool))
        for (customer, one), pool in zip(product(CUSTOMERS[:40], crossed), cycle(pools), strict=False)
    ]
    found = Counter(await asyncio.gather(*tries, staff()))
    assert found.pop("changed") == 1
    assert found.keys() <= {"HELD", "CampaignBudgetUsedUp", "OfferChanged"}
    assert await visits.counted("SELECT sum(committed) FROM campaign") == 500 * found["HELD"]
    assert await visits.counted("SELECT max(committed) FROM campaign") <= 16_000
    assert await visits.counted("SELECT sum(committed) FROM reward") == 500 * found["HELD"]
    assert await visits.counted("SELECT count(*) FROM offer_response") == found["HELD"]
