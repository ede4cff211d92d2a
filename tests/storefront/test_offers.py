"""What storefronts learn of offers: for whom, why, what is lacking; what customers answer; by few statements."""

from typing import Any

import pytest
from msgspec import structs

from saleor_crm_app.crm import goods
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, global_id
from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.coupons import CouponOrigin
from tests.door import Door, Shop, counted
from tests.loyalty.offers.stall import campaign, program_of, reward
from tests.shop import EMMA, LATER, NOON, FulfillmentFact, line, order

OFFERS = """
query ($placement: String, $cart: LoyaltyCartInput, $language: String, $first: Int, $after: String) {
  personalOffers(channel: "default-channel", placement: $placement, cart: $cart, languageCode: $language,
                 first: $first, after: $after) {
    totalCount
    edges { cursor node {
      id decisionId kind title canAccept validUntil reward { name } products { id channel }
      reasons { code text } missing { code quantity amount { amount currency } text }
    } }
    pageInfo { hasNextPage }
  }
}
"""
MINE = '{ loyaltyMe(channel: "default-channel") { offers { edges { node { title decisionId } } } } }'
ACCEPT = """
mutation ($offer: ID!, $decision: ID!, $key: String!) {
  personalOfferAccept(input: {channel: "default-channel", offerId: $offer, decisionId: $decision, idempotencyKey: $key})
  { coupon { state pointsSpent reward { name } } errors { field code message } }
}
"""
DISMISS = """
mutation ($offer: ID!, $decision: ID!) {
  personalOfferDismiss(input: {channel: "default-channel", offerId: $offer, decisionId: $decision}) { errors { code } }
}
"""
TELL = """
mutation ($offer: ID!, $decision: ID!, $feedback: OfferFeedback!) {
  personalOfferFeedback(
    input: {channel: "default-channel", offerId: $offer, decisionId: $decision, feedback: $feedback}
  ) { errors { code } }
}
"""


@pytest.fixture
async def anna(shop: Shop) -> Shop:
    """The shop in which Anna has 100 points."""
    paid = order(
        charged=10000, status="FULFILLED", fulfillments=(FulfillmentFact(status="FULFILLED", created_at=NOON),)
    )
    await shop.says(paid)
    return shop


def guest(shop: Shop) -> dict[str, str]:
    return {"Saleor-Api-Url": shop.api_url}


async def shown(door: Door, shop: Shop, *, customer: CustomerId | None = None, **asked: object) -> list[dict[str, Any]]:
    """The offers that somebody is shown; by default Anna."""
    token = shop.token() if customer is None else shop.token(customer)
    found = await door.data(OFFERS, asked, token=token)
    return [edge["node"] for edge in found["personalOffers"]["edges"]]


async def test_an_offer_tells_what_it_is_why_and_until_when_in_the_customers_language(door: Door, anna: Shop) -> None:
    bound = await reward(anna.database, anna.id, "5 EUR off", min_spent=2000)
    [made] = await campaign(
        anna.database,
        anna.id,
        {"kind": "DISCOUNT", "reward": bound, "translations": {"RU": {"title": "Скидка"}}},
        ends_on="2026-04-02",
    )
    [node] = await shown(door, anna, language="RU", cart={"amount": 12.6})
    decision = node.pop("decisionId")
    assert decision.startswith("20260331.")
    assert node == {
        "id": global_id("PersonalOffer", made.id),
        "kind": "DISCOUNT",
        "title": "Скидка",
        "canAccept": True,
        "validUntil": "2026-04-03T00:00:00+00:00",
        "reward": {"name": "5 EUR off"},
        "products": [],
        "reasons": [
            {"code": "FREE", "text": "Баллы не нужны."},
            {"code": "FROM_AMOUNT", "text": "Действует для заказов от 20,00 EUR."},
            {"code": "FOR_EVERYBODY", "text": "Для всех покупателей."},
            {"code": "ENDS_SOON", "text": "Только до 02.04.2026."},
        ],
        "missing": [
            {"code": "SPEND", "quantity": None, "amount": {"amount": 7.4, "currency": "EUR"}, "text": "Ещё 7,40 EUR"}
        ],
    }


async def test_the_same_question_has_the_same_answer_and_writes_nothing(
    door: Door, anna: Shop, database: Database
) -> None:
    bound = await reward(anna.database, anna.id, "Gift")
    await campaign(anna.database, anna.id, {"kind": "DISCOUNT", "reward": bound}, {"kind": "EXPIRING_POINTS"})
    first = await shown(door, anna)
    with counted(database) as sent:
        assert await shown(door, anna) == first
    assert [one for one in sent if not one.lstrip().startswith(("SELECT", "WITH"))] == []


async def test_guests_are_offered_what_is_for_everybody_and_have_to_sign_in_for_it(door: Door, anna: Shop) -> None:
    free = await reward(anna.database, anna.id, "Free")
    dear = await reward(anna.database, anna.id, "Dear", points=60, is_claimable=True)
    await campaign(
        anna.database,
        anna.id,
        {"kind": "DISCOUNT", "reward": free},
        {"kind": "DISCOUNT", "reward": dear},
        {"kind": "REWARD_REMINDER"},
        {"kind": "WIN_BACK"},
    )
    found = await door.data(OFFERS, headers=guest(anna))
    [edge] = found["personalOffers"]["edges"]
    node = edge["node"]
    assert (node["title"], node["canAccept"]) == ("Free", False)
    assert node["missing"] == [{"code": "SIGN_IN", "quantity": None, "amount": None, "text": "Sign in first"}]
    told = {"offer": node["id"], "decision": node["decisionId"], "key": "k"}
    refused = await door.data(ACCEPT, told, headers=guest(anna))
    assert refused["personalOfferAccept"] == {
        "coupon": None,
        "errors": [{"field": None, "code": "NOT_ELIGIBLE", "message": "Sign in to take offers or to answer them."}],
    }


async def test_an_offer_is_taken_once_and_is_gone_then(door: Door, anna: Shop) -> None:
    bound = await reward(anna.database, anna.id, "Gift")
    await campaign(anna.database, anna.id, {"kind": "DISCOUNT", "reward": bound})
    [node] = await shown(door, anna)
    told = {"offer": node["id"], "decision": node["decisionId"], "key": "first"}
    taken = {"coupon": {"state": "HELD", "pointsSpent": 0, "reward": {"name": "Gift"}}, "errors": []}
    assert (await door.data(ACCEPT, told, token=anna.token()))["personalOfferAccept"] == taken
    assert (await door.data(ACCEPT, told, token=anna.token()))["personalOfferAccept"] == taken
    assert await shown(door, anna) == []
    again = await door.data(ACCEPT, told | {"key": "second"}, token=anna.token())
    [error] = again["personalOfferAccept"]["errors"]
    assert error["code"] == "LIMIT_REACHED"


async def test_a_decision_about_somebody_else_cannot_be_answered(door: Door, anna: Shop) -> None:
    bound = await reward(anna.database, anna.id, "Gift")
    await campaign(anna.database, anna.id, {"kind": "DISCOUNT", "reward": bound})
    [node] = await shown(door, anna)
    for decision in (node["decisionId"], "20260331.1", "nonsense", node["decisionId"] + "x"):
        told = {"offer": node["id"], "decision": decision, "key": "k"}
        answer = await door.data(ACCEPT, told, token=anna.token(EMMA))
        assert [one["code"] for one in answer["personalOfferAccept"]["errors"]] == ["EXPIRED"]


async def test_what_was_dismissed_is_gone_and_not_for_me_means_less_of_its_kind(door: Door, anna: Shop) -> None:
    names = ["A", "B", "C", "D"]
    bound = [await reward(anna.database, anna.id, name) for name in names]
    offers = [{"kind": "DISCOUNT", "reward": one, "worth": 4000 - 1000 * place} for place, one in enumerate(bound)]
    await campaign(anna.database, anna.id, *offers, {"kind": "EXPIRING_POINTS", "words": {"title": "Points"}})
    nodes = await shown(door, anna)
    assert [one["title"] for one in nodes] == names
    told = {"offer": nodes[0]["id"], "decision": nodes[0]["decisionId"]}
    assert await door.data(DISMISS, told, token=anna.token()) == {"personalOfferDismiss": {"errors": []}}
    assert [one["title"] for one in await shown(door, anna)] == names[1:]
    for number, still in ((1, names[1:]), (2, [])):
        told = {"offer": nodes[number]["id"], "decision": nodes[number]["decisionId"], "feedback": "NOT_FOR_ME"}
        assert await door.data(TELL, told, token=anna.token()) == {"personalOfferFeedback": {"errors": []}}
        assert [one["title"] for one in await shown(door, anna)] == still


async def test_a_page_of_offers_goes_on_where_the_last_one_ended(door: Door, anna: Shop) -> None:
    bound = [await reward(anna.database, anna.id, name) for name in "ABC"]
    offers = [{"kind": "DISCOUNT", "reward": one, "worth": 3000 - 1000 * place} for place, one in enumerate(bound)]
    await campaign(anna.database, anna.id, *offers)
    found = (await door.data(OFFERS, {"first": 2}, token=anna.token()))["personalOffers"]
    assert (found["totalCount"], found["pageInfo"]) == (3, {"hasNextPage": True})
    rest = await shown(door, anna, after=found["edges"][-1]["cursor"])
    assert [one["title"] for one in rest] == ["C"]
    mine = await door.data(MINE, token=anna.token())
    assert [edge["node"]["title"] for edge in mine["loyaltyMe"]["offers"]["edges"]] == ["A", "B", "C"]


@pytest.mark.parametrize(
    "asked", [{"placement": "Home page"}, {"cart": {"amount": 1.001}}, {"cart": {"productIds": ["x"]}}]
)
async def test_what_cannot_be_asked_is_refused(door: Door, anna: Shop, asked: dict[str, Any]) -> None:
    await campaign(anna.database, anna.id, {"kind": "WIN_BACK"})
    answer = (await door.ask(OFFERS, asked, token=anna.token())).json()
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "INVALID"


async def test_two_hundred_offers_take_no_more_statements_than_one(door: Door, anna: Shop, database: Database) -> None:
    bound = await reward(anna.database, anna.id, "Gift", limits=[{"times": 1}], at=LATER)
    kinds: list[dict[str, Any]] = [{"kind": "REWARD_REMINDER"}, {"kind": "TIER_NUDGE"}]
    await campaign(anna.database, anna.id, {"kind": "DISCOUNT", "reward": bound}, *kinds)
    await shown(door, anna)
    with counted(database) as few:
        await shown(door, anna)
    await campaign(anna.database, anna.id, *({"kind": "EXPIRING_POINTS"} for _ in range(197)))
    await shown(door, anna)
    with counted(database) as many:
        await shown(door, anna)
    assert len(many) == len(few) == 5


async def test_what_staff_change_of_a_reward_and_what_is_left_of_it_is_told_at_once(
    door: Door, anna: Shop, database: Database
) -> None:
    bound = await reward(database, anna.id, "Gift", stock=1)
    await campaign(database, anna.id, {"kind": "DISCOUNT", "reward": bound})
    assert [one["reward"]["name"] for one in await shown(door, anna)] == ["Gift"]
    async with database.shop(anna.id) as session:
        held = (await rewards.rewards_by_id(session, [bound]))[bound]
        terms = structs.replace(held.terms, words=structs.replace(held.terms.words, name="Present"))
        program = await program_of(database, anna.id)
        await rewards.update_reward(session, anna.id, bound, terms, program=program, expected_version=1, at=NOON)
    assert [one["reward"]["name"] for one in await shown(door, anna)] == ["Present"]
    async with database.shop(anna.id) as session:
        await rewards.grant(
            session, anna.id, EMMA, program=program, reward=bound, origin=CouponOrigin.GOODWILL, at=NOON
        )
    assert await shown(door, anna) == []


LAMP, VASE, MUG, CARD = (global_id("Product", number) for number in range(1, 5))


async def on_shelf(shop: Shop, *products: str, gone: str = VASE) -> None:
    """These can be bought, and one more cannot."""
    told = [
        goods.OnShelf(product=one, name=one, category=None, price=Money(MinorUnits(900), "EUR")) for one in products
    ]
    async with shop.database.shop(shop.id) as session:
        await goods.note_shelf(session, shop.id, "default-channel", [*products, gone], told, at=LATER)


async def test_what_staff_recommend_by_name_is_for_sale_and_new_to_the_customer(door: Door, shop: Shop) -> None:
    await shop.says(order(line("mug", 900, product=MUG), charged=900))
    await on_shelf(shop, LAMP, MUG)
    await campaign(shop.database, shop.id, {"kind": "RECOMMENDED_PRODUCTS", "products": [VASE, MUG, LAMP, CARD]})
    [node] = await shown(door, shop)
    assert (node["title"], node["products"]) == ("Picked for you", [{"id": LAMP, "channel": "default-channel"}])
    assert node["reasons"][0] == {"code": "CHOSEN", "text": "Picked by the shop."}
    in_cart = await shown(door, shop, cart={"productIds": [LAMP]})
    assert in_cart == []


async def test_what_many_buy_is_recommended_to_who_has_not_bought_it(door: Door, shop: Shop) -> None:
    await shop.says(order(line("mug", 900, product=MUG), charged=900))
    await shop.says(order(line("lamp", 900, product=LAMP), charged=900, customer=EMMA))
    await on_shelf(shop, LAMP, MUG)
    async with shop.database.shop(shop.id) as session:
        await goods.learn(session, shop.id, at=LATER)
    await campaign(shop.database, shop.id, {"kind": "RECOMMENDED_PRODUCTS"}, {"kind": "CROSS_SELL"})
    for customer, product in ((None, LAMP), (EMMA, MUG)):
        [node] = await shown(door, shop, customer=customer)
        assert [one["id"] for one in node["products"]] == [product]
        assert node["reasons"][0]["code"] == "POPULAR"
