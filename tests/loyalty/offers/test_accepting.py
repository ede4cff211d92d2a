"""What is shown as something to take can be taken, what is not cannot, and nothing is given but what was shown."""

from datetime import timedelta
from typing import Any

import pytest

from saleor_crm_app.crm import customers
from saleor_crm_app.kernel.ids import RewardId
from saleor_crm_app.loyalty import offers, rewards
from saleor_crm_app.loyalty.coupons import Coupon
from saleor_crm_app.loyalty.offers import Offer, Response
from saleor_crm_app.loyalty.program import ProgramSettings
from saleor_crm_app.loyalty.program.settings import RedemptionSettings
from tests.loyalty.ledger_acts import Books
from tests.loyalty.offers.stall import AMOUNT, campaign, reward
from tests.loyalty.offers.visits import Visits
from tests.loyalty.test_merging import Persons
from tests.shop import ANNA, EMMA

PERCENT = {"kind": "PERCENTAGE", "percent": 10}


async def published(visits: Visits, *shown: dict[str, Any], **terms: Any) -> list[Offer]:  # noqa: ANN401 # any term's
    return await campaign(visits.database, visits.shop, *shown, at=visits.clock, **terms)


async def rewarded(visits: Visits, name: str, **terms: Any) -> RewardId:  # noqa: ANN401 # any term's
    return await reward(visits.database, visits.shop, name, **terms)


def discount(bound: RewardId, **terms: object) -> dict[str, Any]:
    return {"kind": "DISCOUNT", "reward": bound, **terms}


async def end(visits: Visits, coupon: Coupon) -> None:
    async with visits.database.shop(visits.shop) as session:
        await rewards.end_coupon(session, visits.shop, coupon.key, at=visits.clock)


async def test_an_offer_brings_its_rewards_coupon_and_says_what_it_cost(visits: Visits) -> None:
    [made] = await published(visits, discount(await rewarded(visits, "5 off")), budget=1200)
    coupon = await visits.accept(made.id)
    assert (coupon.customer, coupon.origin, coupon.state, coupon.points) == (ANNA, "OFFER", "HELD", 0)
    assert await visits.counted("SELECT committed FROM campaign") == 500
    assert await visits.counted("SELECT sum(cost) FROM offer_response WHERE response = 'ACCEPTED'") == 500
    assert await visits.counted("SELECT count(*) FROM offer_decision") == 1
    assert await visits.titles() == []
    assert await visits.refusal(made.id) == "OfferTaken"


async def test_a_reward_of_the_catalog_is_claimed_for_its_points(books: Books, visits: Visits) -> None:
    [made] = await published(visits, discount(await rewarded(visits, "5 off", points=60, is_claimable=True)))
    coupon = await visits.accept(made.id)
    assert (coupon.origin, coupon.points) == ("CLAIM", 60)
    assert (await books.balance()).available == 40
    assert await books.proved() == ()


async def test_an_offer_may_be_taken_as_often_as_its_limit_says_and_again_when_its_window_has_moved_on(
    visits: Visits,
) -> None:
    limits = [{"times": 2, "days": 7}]
    [made] = await published(visits, discount(await rewarded(visits, "5 off"), limits=limits))
    assert [await visits.refusal(made.id) for _ in range(3)] == [None, None, "OfferTaken"]
    visits.clock += timedelta(days=7)
    assert await visits.refusal(made.id) is None
    assert await visits.counted("SELECT count(*) FROM offer_response WHERE response = 'ACCEPTED'") == 3


async def test_what_only_tells_something_brings_nothing(visits: Visits) -> None:
    [made] = await published(visits, {"kind": "EARLY_ACCESS", "words": {"title": "Come in first"}})
    assert await visits.titles() == ["Come in first"]
    assert await visits.refusal(made.id) == "NothingToAccept"


async def test_who_has_seen_enough_today_may_still_take_what_they_were_shown(visits: Visits) -> None:
    [made] = await published(visits, discount(await rewarded(visits, "5 off")))
    asked = await visits.asked()
    told = await visits.answer(made.id, asked)
    await twenty_seen(visits)
    assert await visits.titles(placement="home") == []
    async with visits.database.shop(visits.shop) as session:
        assert (await offers.accept(session, visits.shop, told, asked)).customer == ANNA


@pytest.mark.parametrize("days", [{"ends_on": "2026-02-28"}, {"starts_on": "2026-03-02"}])
async def test_who_has_seen_enough_today_cannot_take_what_is_over_or_has_not_begun(
    visits: Visits, days: dict[str, str]
) -> None:
    [made] = await published(visits, discount(await rewarded(visits, "5 off")), **days)
    assert await visits.refusal(made.id) == "OfferNotFound"
    await twenty_seen(visits)
    assert await visits.refusal(made.id) == "OfferNotFound"


async def twenty_seen(visits: Visits) -> None:
    """Anna saw twenty offers today that have been retired since."""
    seen = await published(visits, *({"kind": "WIN_BACK"} for _ in range(20)))
    assert await visits.respond(Response.SEEN, *seen) == [True] * 20
    async with visits.database.shop(visits.shop) as session:
        await offers.campaigns.end_campaign(session, visits.shop, seen[0].campaign, at=visits.clock)


async def test_a_reminder_brings_nothing_that_its_campaign_cannot_pay(visits: Visits) -> None:
    await rewarded(visits, "5 off", points=60, is_claimable=True)
    [made] = await published(visits, {"kind": "REWARD_REMINDER"}, budget=499)
    brought = [one.fit.brings for one in (await visits.decide()).offers if one.fit.brings is not None]
    assert brought == []
    assert await visits.refusal(made.id) in {"CampaignBudgetUsedUp", "NothingToAccept", "OfferNotFound"}
    assert await visits.counted("SELECT count(*) FROM coupon") == 0


async def test_what_costs_nothing_is_not_shown_by_a_campaign_that_is_used_up(visits: Visits) -> None:
    dear, free = await rewarded(visits, "5 off"), await rewarded(visits, "10 %", effect=PERCENT)
    [first, second] = await published(visits, discount(dear, worth=2000), discount(free), budget=500)
    assert await visits.titles() == ["5 off", "10 %"]
    assert await visits.refusal(first.id) is None
    assert await visits.titles() == []
    assert await visits.refusal(second.id) == "CampaignBudgetUsedUp"


async def test_the_dearer_offer_of_a_campaign_is_gone_when_cheaper_ones_have_used_its_budget(visits: Visits) -> None:
    cheap = await rewarded(visits, "5 off")
    dear = await rewarded(visits, "30 off", effect={"kind": "FIXED_AMOUNT", "amount": 3000})
    limits = [{"times": 3}]
    [first, second] = await published(visits, discount(cheap, worth=2000, limits=limits), discount(dear), budget=4000)
    assert await visits.titles() == ["5 off", "30 off"]
    assert [await visits.refusal(first.id) for _ in range(3)] == [None] * 3
    assert await visits.titles() == []
    assert await visits.refusal(second.id) == "CampaignBudgetUsedUp"


async def test_a_coupon_that_costs_more_than_its_campaign_has_is_neither_shown_nor_given(visits: Visits) -> None:
    [made] = await published(visits, discount(await rewarded(visits, "5 off")), budget=499)
    assert await visits.titles() == []
    assert await visits.refusal(made.id) == "CampaignBudgetUsedUp"


async def test_what_is_said_to_take_points_takes_them_and_what_takes_none_says_so(books: Books, visits: Visits) -> None:
    [made] = await published(visits, discount(await rewarded(visits, "5 off", points=60)))
    [shown] = (await visits.decide()).offers
    said = {one.why for one in shown.fit.reasons}
    await visits.accept(made.id)
    taken = 100 - (await books.balance()).available
    assert ("COSTS_POINTS" in said, "FREE" in said, taken) in [(True, False, 60), (False, True, 0)]


async def test_an_offer_whose_coupon_failed_may_be_taken_again(visits: Visits) -> None:
    bound = await rewarded(visits, "5 off", deliver_within_hours=1)
    [made] = await published(visits, discount(bound), budget=500)
    coupon = await visits.accept(made.id)
    assert await visits.titles() == []
    visits.clock += timedelta(hours=2)
    await end(visits, coupon)
    assert await visits.counted("SELECT count(*) FROM coupon WHERE state = 'FAILED'") == 1
    await visits.night()
    assert await visits.counted("SELECT committed FROM campaign") == 0
    assert await visits.titles() == ["5 off"]
    assert await visits.refusal(made.id) is None


async def test_what_expired_unused_is_there_again_for_others_once(visits: Visits) -> None:
    bound = await rewarded(visits, "5 off", coupon_days=1)
    [made] = await published(visits, discount(bound), budget=500)
    coupon = await visits.accept(made.id)
    await visits.change("UPDATE coupon SET state = 'EXPIRED', ended_at = :at", at=visits.clock)
    assert coupon.cost == 500
    for _ in range(2):
        await visits.night()
        assert await visits.counted("SELECT committed FROM campaign") == 0
    assert await visits.counted("SELECT sum(cost) FROM offer_response") == 0


async def test_an_order_that_is_heard_of_after_the_end_is_charged_to_its_campaign(visits: Visits) -> None:
    """And for what it was given, which of percents nobody knows before."""
    bound = await rewarded(visits, "10 % off", effect={"kind": "PERCENTAGE", "percent": 10}, cost=300, coupon_days=1)
    [made] = await published(visits, discount(bound), budget=500)
    await visits.accept(made.id)
    assert await visits.counted("SELECT committed FROM campaign") == 300
    for state, cost, spent in (("ISSUED", 300, 300), ("EXPIRED", 300, 0), ("USED", 470, 470), ("USED", 620, 620)):
        await visits.change("UPDATE coupon SET state = :state, cost = :cost", state=state, cost=cost)
        for _ in range(2):
            await visits.night()
            assert await visits.counted("SELECT committed FROM campaign") == spent
    assert await visits.counted("SELECT sum(cost) FROM offer_response") == 620


async def test_an_answer_that_was_on_its_way_while_its_customer_was_deleted_is_gone_by_morning(visits: Visits) -> None:
    [made] = await published(visits, {"kind": "EARLY_ACCESS", "words": {"title": "Soon"}})
    await visits.respond(Response.SEEN, made)
    await visits.respond(Response.SEEN, made, customer=EMMA)
    async with visits.database.shop(visits.shop) as session:
        await customers.forget(session, visits.shop, [(ANNA, visits.clock)])
    await visits.night()
    for table in ("offer_response", "offer_decision"):
        assert await visits.counted(f"SELECT count(*) FROM {table}") == 1  # the two above


async def test_figures_say_what_became_of_an_offer(visits: Visits) -> None:
    [made] = await published(visits, discount(await rewarded(visits, "5 off"), limits=[{"times": 2}]))
    for response in Response:
        if response is not Response.ACCEPTED:
            await visits.respond(response, made, customer=EMMA)
    await visits.respond(Response.SEEN, made)
    for _ in range(2):
        await visits.accept(made.id)
    async with visits.database.shop(visits.shop) as session:
        [found] = (await offers.figures.offer_figures(session, visits.shop, [made.id])).values()
    assert (found.seen, found.clicked, found.not_for_me, found.dismissed) == (2, 1, 1, 1)
    assert (found.accepted, found.cost) == (2, 1000)
    await visits.night()
    assert await visits.counted("SELECT 10 * shown + accepted FROM offer") == 22


async def test_what_twenty_were_seen_of_stays_and_tomorrow_the_others_come(visits: Visits) -> None:
    shown = [{"kind": "EARLY_ACCESS", "words": {"title": str(number)}, "worth": 5000 - number} for number in range(25)]
    made = await published(visits, *shown)
    assert await visits.respond(Response.SEEN, *made[3:24]) == [True] * 20 + [False]
    assert await visits.respond(Response.SEEN, made[3]) == [False]
    assert await visits.titles() == [str(number) for number in range(3, 23)]
    visits.clock += timedelta(days=1)
    assert await visits.titles() == [str(number) for number in range(25)]


async def test_points_are_spent_on_what_was_shown_only(books: Books, visits: Visits) -> None:
    await rewarded(visits, "5 off", points=100, is_claimable=True)
    await rewarded(visits, "Everything off", points=900, is_claimable=True)
    [made] = await published(visits, {"kind": "REWARD_REMINDER"})
    asked = await visits.asked()
    assert await visits.titles() == ["Your points are enough for “5 off”"]
    told = await visits.answer(made.id, asked)
    await books.bought(900)
    assert await visits.titles() == ["Your points are enough for “Everything off”"]
    async with visits.database.shop(visits.shop) as session:
        with pytest.raises(offers.errors.OfferChanged):
            await offers.accept(session, visits.shop, told, asked)
    assert (await books.balance()).available == 1000


async def test_an_offer_that_staff_made_dearer_is_to_be_looked_at_again(books: Books, visits: Visits) -> None:
    terms: dict[str, Any] = {"effect": AMOUNT, "words": {"name": "5 off"}, "points": 60}
    [made] = await published(visits, discount(bound := await rewarded(visits, "5 off", **terms, is_claimable=True)))
    asked = await visits.asked()
    told = await visits.answer(made.id, asked)
    async with visits.database.shop(visits.shop) as session:
        dearer = rewards.read_terms(terms | {"points": 90})
        await rewards.update_reward(
            session, visits.shop, bound, dearer, program=asked.program, expected_version=1, at=visits.clock
        )
        with pytest.raises(offers.errors.OfferChanged):
            await offers.accept(session, visits.shop, told, asked)
    assert (await books.balance()).available == 100
    assert await visits.refusal(made.id) is None
    assert (await books.balance()).available == 10


async def test_nothing_is_taken_while_the_program_is_paused(books: Books, visits: Visits) -> None:
    [made] = await published(visits, discount(await rewarded(visits, "5 off")))
    await books.pause(visits.clock)
    assert await visits.titles() == []
    assert await visits.refusal(made.id) == "ProgramPaused"


async def test_who_is_looked_at_by_staff_is_offered_no_reward(visits: Visits) -> None:
    [made] = await published(visits, discount(await rewarded(visits, "5 off")))
    await visits.change("UPDATE account SET status = 'HELD'")
    assert await visits.titles() == []
    assert await visits.refusal(made.id) == "OfferNotFound"


@pytest.mark.parametrize(
    "terms",
    [
        {"stock": 0},
        {"starts_at": "2026-03-01T12:00:01Z"},
        {"ends_at": "2026-03-01T12:00:00Z"},
        {"channels": ["elsewhere"]},
        {"tiers": ["gold"]},
        {"budget": 499},
        {"points": 101, "is_claimable": True},
    ],
)
async def test_a_reward_that_cannot_be_had_is_neither_shown_nor_given(visits: Visits, terms: dict[str, Any]) -> None:
    [made] = await published(visits, discount(await rewarded(visits, "5 off", **terms)))
    assert await visits.titles() == []
    assert await visits.titles(None) == []
    assert await visits.refusal(made.id) == "OfferNotFound"
    assert await visits.counted("SELECT count(*) FROM coupon") == 0
    assert await visits.counted("SELECT count(*) FROM offer_response") == 0


async def test_a_retired_reward_is_gone_at_once_for_a_process_that_knew_it(visits: Visits) -> None:
    bound = await rewarded(visits, "5 off")
    [made] = await published(visits, discount(bound))
    assert await visits.titles() == ["5 off"]
    async with visits.database.shop(visits.shop) as session:
        await rewards.retire_reward(session, visits.shop, bound, at=visits.clock)
    assert await visits.titles() == []
    assert await visits.refusal(made.id) == "OfferNotFound"


async def test_two_offers_of_one_reward_are_one_offer_and_the_better_one(visits: Visits) -> None:
    bound = await rewarded(visits, "5 off")
    words = [{"title": "Plain"}, {"title": "Better"}]
    shown = [discount(bound, words=one, worth=1000 + number) for number, one in enumerate(words)]
    [plain, better] = await published(visits, *shown)
    decision = await visits.decide()
    assert [one.offer.id for one in decision.offers] == [better.id]
    assert decision.passed_over == {plain.id: "SAME_AS_ANOTHER"}
    await visits.accept(better.id)
    assert await visits.titles() == ["Plain"]


async def test_points_that_have_lapsed_meanwhile_pay_for_nothing(books: Books, visits: Visits) -> None:
    [made] = await published(visits, discount(await rewarded(visits, "5 off", points=100, is_claimable=True)))
    [(_, _, lapses)] = await books.lots()
    assert lapses is not None
    visits.clock = lapses - timedelta(seconds=1)
    assert await visits.titles() == ["5 off"]
    visits.clock = lapses
    assert await visits.titles() == []
    assert await visits.refusal(made.id) == "OfferNotFound"


async def test_an_ended_campaign_and_a_retired_offer_give_nothing_more(visits: Visits) -> None:
    [first] = await published(visits, discount(await rewarded(visits, "5 off")))
    [second] = await published(visits, discount(await rewarded(visits, "6 off")))
    async with visits.database.shop(visits.shop) as session:
        await offers.campaigns.end_campaign(session, visits.shop, first.campaign, at=visits.clock)
        await offers.registry.retire_offer(session, visits.shop, second.id, at=visits.clock)
    assert await visits.titles() == []
    assert [await visits.refusal(one.id) for one in (first, second)] == ["OfferNotFound"] * 2


async def test_who_is_held_out_cannot_take_it_either(visits: Visits) -> None:
    [made] = await published(visits, discount(await rewarded(visits, "5 off")), holdout_percent=50)
    found = {offers.decisions.is_held_out(made.campaign, ANNA, 50): await visits.refusal(made.id)}
    assert found in ({True: "OfferNotFound"}, {False: None})


async def test_a_merged_account_is_promised_nothing_for_points(visits: Visits) -> None:
    """Points of later orders may lie there for a while, until they are swept on."""
    books = Persons(visits.database, visits.shop)
    await books.bought(10, customer=EMMA)
    await books.merge()
    await books.bought(100)
    assert await books.available(ANNA, EMMA) == [100, 110]
    await published(visits, discount(await rewarded(visits, "5 off", points=100, is_claimable=True)))
    brought = [one.offer.id for one in (await visits.decide()).offers if one.fit.brings is not None]
    assert brought == []
    assert await visits.titles(EMMA) == ["5 off"]


async def test_points_that_an_open_checkout_has_set_aside_pay_for_nothing_else(books: Books, visits: Visits) -> None:
    await books.choose(ProgramSettings(redemption=RedemptionSettings(min_points=1)))
    [made] = await published(visits, discount(await rewarded(visits, "5 off", points=60, is_claimable=True)))
    held = await books.hold(50)
    assert await visits.titles() == []
    assert await visits.refusal(made.id) == "OfferNotFound"
    await books.release(held)
    assert await visits.titles() == ["5 off"]


async def test_who_owes_points_is_offered_nothing_for_points_but_what_is_free(books: Books, visits: Visits) -> None:
    await visits.change("UPDATE account SET deficit = 10")
    dear, free = await rewarded(visits, "Dear", points=60, is_claimable=True), await rewarded(visits, "Free")
    [first, _] = await published(visits, discount(dear), discount(free))
    assert await visits.titles() == ["Free"]
    assert await visits.refusal(first.id) == "OfferNotFound"
