"""Who asks for offers and answers them: what guests never learn, forged decisions, the erased, and what it costs."""

from typing import Any

import pytest
import sqlalchemy as sa

from saleor_crm_app.crm import segments
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.loyalty.program import Enrollment, ProgramSettings
from saleor_crm_app.reactions import react
from saleor_crm_app.reactions.segments import follow_customers
from saleor_crm_app.saleor.events import CustomerGone
from tests.door import Door, Shop, counted
from tests.loyalty.ledger_acts import Books
from tests.loyalty.offers.golden_shop import LADDER
from tests.loyalty.offers.stall import campaign, reward
from tests.loyalty.tiers.shop_with_tiers import save
from tests.shop import ANNA, EMMA, LATER, NOON, FulfillmentFact, line, order
from tests.storefront.test_offers import ACCEPT, DISMISS, OFFERS, TELL, anna, guest, shown

__all__ = ["anna"]

EVERYTHING = """
query { personalOffers(channel: "default-channel", first: 100) { totalCount edges { cursor node {
  id decisionId kind title description picture link terms canAccept code validUntil
  reward { id name affordable stockLeft reasons { code text } missing { code quantity text } }
  products { id } reasons { code text } missing { code quantity amount { amount } at text }
} } } }
"""
READ_BY_GUESTS, READ_BY_MEMBERS, READ_AT_MOST = 3, 4, 6
"""Statements of one answer: to a guest, to a member with one offer, to a member with offers of every kind."""


def told(node: dict[str, Any], **other: str) -> dict[str, str]:
    return {"offer": node["id"], "decision": node["decisionId"]} | other


async def codes(door: Door, mutation: str, variables: dict[str, str], *, token: str) -> list[str]:
    [(_, payload)] = (await door.data(mutation, variables, token=token)).items()
    return [error["code"] for error in payload["errors"]]


async def count(shop: Shop, table: str) -> int:
    async with shop.database.shop(shop.id, read_only=True) as session:
        return int((await session.execute(sa.text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def many_kinds(shop: Shop, *, of_each: int = 1) -> None:
    """Offers of every kind that needs no recommended products, and a reward that limits and tiers hold for."""
    bound = await reward(shop.database, shop.id, "Gift", limits=[{"times": 1}], tiers=["base", "silver"])
    card = await reward(shop.database, shop.id, "Card", effect={"kind": "FREE_SHIPPING"})
    thing = await reward(shop.database, shop.id, "Thing", effect={"kind": "CUSTOM"})
    await reward(shop.database, shop.id, "Dear", points=100, is_claimable=True, limits=[{"times": 5}])
    segment = await everybody(shop)
    kinds: list[dict[str, Any]] = [
        {"kind": "DISCOUNT", "reward": bound},
        {"kind": "FREE_SHIPPING", "reward": card},
        {"kind": "GIFT", "reward": thing},
        {"kind": "BONUS_POINTS", "rule": "base", "words": {"title": "Double"}},
        {"kind": "REWARD_REMINDER"},
        {"kind": "TIER_NUDGE", "near_percent": 1},
        {"kind": "EXPIRING_POINTS"},
        {"kind": "WIN_BACK"},
        {"kind": "EARLY_ACCESS", "words": {"title": "Early"}},
    ]
    shown = [kind for kind in kinds for _ in range(of_each)]
    audience = {"any_of": [segment]}
    await campaign(shop.database, shop.id, *shown, audience=audience, budget=100_000)


async def everybody(shop: Shop) -> Any:  # noqa: ANN401 # a segment's key
    """A segment of Anna."""
    async with shop.database.shop(shop.id) as session:
        condition = segments.read_condition({"type": "NUMBER", "fact": "ORDERS", "atLeast": 1})
        made = await segments.create_segment(session, shop.id, name="Bought", condition=condition, at=NOON)
        await session.execute(
            sa.text(
                "INSERT INTO segment_member (installation_id, segment_id, shard_key, customer_id, since)"
                " SELECT installation_id, :segment, shard_key, customer_id, opened_at FROM account"
            ),
            {"segment": made.id},
        )
        await follow_customers(session, shop.id, (), (), at=NOON)
    return made.id


async def test_a_guest_is_told_the_same_to_the_byte_whatever_members_do(door: Door, anna: Shop) -> None:
    """Members earn, climb, enter segments, see, open, dismiss, refuse and take; guests read nothing of it."""
    await save(anna.database, anna.id, LADDER, at=NOON)
    await many_kinds(anna)
    free = await reward(anna.database, anna.id, "Free")
    await campaign(anna.database, anna.id, {"kind": "DISCOUNT", "reward": free}, {"kind": "REWARD_REMINDER"})
    before = await door.ask(EVERYTHING, headers=guest(anna))
    assert before.json()["data"]["personalOffers"]["totalCount"] == 1
    nodes = await shown(door, anna, first=100)
    assert len(nodes) >= 6
    for feedback in ("SEEN", "CLICKED", "NOT_FOR_ME"):
        assert await codes(door, TELL, told(nodes[0], feedback=feedback), token=anna.token()) == []
    for key, node in enumerate(one for one in nodes if one["canAccept"]):
        assert await codes(door, ACCEPT, told(node, key=str(key)), token=anna.token()) == []
    assert await codes(door, DISMISS, told(nodes[-1]), token=anna.token()) == []
    await anna.says(order(line("more", 90_000), charged=90_000, customer=EMMA), at=LATER)
    assert (await door.ask(EVERYTHING, headers=guest(anna))).content == before.content
    assert b"Gift" not in before.content
    assert b"Dear" not in before.content


async def test_a_member_is_told_the_same_whatever_other_members_do(door: Door, anna: Shop) -> None:
    await save(anna.database, anna.id, LADDER, at=NOON)
    await many_kinds(anna)
    before = await door.ask(EVERYTHING, token=anna.token())
    sent = (FulfillmentFact(status="FULFILLED", created_at=NOON),)
    await anna.says(order(line("Emma's", 40_000), charged=40_000, customer=EMMA, status="FULFILLED", fulfillments=sent))
    emmas = await shown(door, anna, customer=EMMA, first=100)
    for key, node in enumerate(emmas):
        await codes(door, TELL, told(node, feedback="NOT_FOR_ME"), token=anna.token(EMMA))
        await codes(door, ACCEPT, told(node, key=str(key)), token=anna.token(EMMA))
        await codes(door, DISMISS, told(node), token=anna.token(EMMA))
    assert await count(anna, "offer_response") >= len(emmas)
    assert (await door.ask(EVERYTHING, token=anna.token())).content == before.content


async def test_a_forged_decision_is_none(door: Door, anna: Shop, other_shop: Shop) -> None:
    bound = await reward(anna.database, anna.id, "Gift")
    await campaign(anna.database, anna.id, {"kind": "DISCOUNT", "reward": bound})
    [node] = await shown(door, anna)
    [guests] = (await door.data(OFFERS, headers=guest(anna)))["personalOffers"]["edges"]
    whole = node["decisionId"]
    parts = whole.split(".")
    forged = {
        "a guest's": guests["node"]["decisionId"],
        "of two days ago": with_part(parts, 0, str(int(parts[0]) - 2)),
        "of tomorrow": with_part(parts, 0, "20260401"),
        "of the year one": with_part(parts, 0, "0001-01-01"),
        "of another revision": with_part(parts, 1, str(int(parts[1]) + 1)),
        "of a number that is written otherwise": with_part(parts, 1, f" {parts[1]}"),
        "of a number that is too long": with_part(parts, 1, "9" * 5000),
        "of another hash": with_part(parts, 2, parts[2][::-1]),
        "of another place": with_part(parts, 3, "home"),
        "of nothing": with_part(parts, 3, "\0"),
        "longer": f"{whole}.",
        "empty": "",
    }
    for name, text in forged.items():
        assert await codes(door, DISMISS, told(node) | {"decision": text}, token=anna.token()) == ["EXPIRED"], name
    assert await count(anna, "offer_response") == await count(anna, "offer_decision") == 0
    changed = node["decisionId"][:-1] + ("0" if node["decisionId"][-1] != "0" else "1")
    assert await codes(door, ACCEPT, told(node, decision=changed, key="k"), token=anna.token()) == ["STALE_VERSION"]
    assert await codes(door, ACCEPT, told(node, key="k"), token=other_shop.token()) == ["NOT_FOUND"]
    assert await count(anna, "coupon") == 0


def with_part(parts: list[str], place: int, text: str) -> str:
    return ".".join([*parts[:place], text, *parts[place + 1 :]])


async def test_a_key_of_another_wish_is_refused_and_the_same_wish_gets_the_same(door: Door, anna: Shop) -> None:
    bound = [await reward(anna.database, anna.id, name) for name in "AB"]
    await campaign(anna.database, anna.id, *({"kind": "DISCOUNT", "reward": one} for one in bound))
    first, second = await shown(door, anna)
    for _ in range(3):
        assert await codes(door, ACCEPT, told(first, key="k"), token=anna.token()) == []
    assert await codes(door, ACCEPT, told(second, key="k"), token=anna.token()) == ["IDEMPOTENCY_CONFLICT"]
    assert await count(anna, "coupon") == 1


async def test_who_was_erased_leaves_no_more_answers(door: Door, anna: Shop) -> None:
    bound = await reward(anna.database, anna.id, "Gift")
    await campaign(anna.database, anna.id, {"kind": "DISCOUNT", "reward": bound})
    [node] = await shown(door, anna)
    assert await codes(door, TELL, told(node, feedback="SEEN"), token=anna.token()) == []
    async with anna.database.shop(anna.id) as session:
        gone = CustomerGone(event="AccountDeleted", issued_at=LATER, customer=ANNA)
        await react(session, anna.id, [gone], at=LATER)
    for mutation, more in ((TELL, {"feedback": "SEEN"}), (DISMISS, {}), (ACCEPT, {"key": "k"})):
        assert await codes(door, mutation, told(node, **more), token=anna.token()) == ["NOT_FOUND"]
    assert await count(anna, "offer_response") == await count(anna, "offer_decision") == 0
    assert await count(anna, "coupon") == 0
    assert [one["title"] for one in await shown(door, anna) if one["canAccept"]] == []


async def test_who_has_not_joined_is_offered_what_guests_are_and_has_to_join(door: Door, anna: Shop) -> None:
    bound = await reward(anna.database, anna.id, "Gift")
    await campaign(anna.database, anna.id, {"kind": "DISCOUNT", "reward": bound}, {"kind": "REWARD_REMINDER"})
    [member] = await shown(door, anna)
    await Books(anna.database, anna.id).choose(ProgramSettings(enrollment=Enrollment.OPT_IN))
    [node] = await shown(door, anna)
    assert node["missing"] == [{"code": "JOIN", "quantity": None, "amount": None, "text": "Join the program first"}]
    for decision in (member, node):
        assert await codes(door, ACCEPT, told(decision, key="k"), token=anna.token()) == ["NOT_FOUND"]
        assert await codes(door, TELL, told(decision, feedback="SEEN"), token=anna.token()) == ["NOT_FOUND"]
    assert await count(anna, "offer_response") == 0


async def test_more_than_ten_acceptances_a_minute_are_too_many(door: Door, anna: Shop) -> None:
    bound = await reward(anna.database, anna.id, "Gift")
    await campaign(anna.database, anna.id, {"kind": "DISCOUNT", "reward": bound, "limits": []})
    [node] = await shown(door, anna)
    found = [await codes(door, ACCEPT, told(node, key=str(key)), token=anna.token()) for key in range(11)]
    assert found == [[]] * 10 + [["RATE_LIMITED"]]
    assert await count(anna, "coupon") == 10


@pytest.mark.parametrize("offer", ["", "x", global_id("LoyaltyReward", "1"), global_id("PersonalOffer", "1")])
async def test_an_offer_that_is_none_is_not_found(door: Door, anna: Shop, offer: str) -> None:
    variables = {"offer": offer, "decision": "x", "key": "k"}
    assert await codes(door, ACCEPT, variables, token=anna.token()) == ["NOT_FOUND"]


async def test_another_shops_offer_cannot_be_taken(door: Door, anna: Shop, other_shop: Shop) -> None:
    paid = order(
        charged=10_000, status="FULFILLED", fulfillments=(FulfillmentFact(status="FULFILLED", created_at=NOON),)
    )
    await other_shop.says(paid)
    bound = await reward(anna.database, anna.id, "Gift")
    await campaign(anna.database, anna.id, {"kind": "DISCOUNT", "reward": bound})
    theirs = await reward(anna.database, other_shop.id, "Theirs")
    await campaign(anna.database, other_shop.id, {"kind": "DISCOUNT", "reward": theirs})
    [ours] = await shown(door, anna)
    [node] = await shown(door, other_shop)
    assert (ours["title"], node["title"]) == ("Gift", "Theirs")
    crossed = {"offer": node["id"], "decision": ours["decisionId"], "key": "k"}
    assert await codes(door, ACCEPT, crossed, token=anna.token()) == ["NOT_FOUND"]
    assert await codes(door, ACCEPT, told(node, key="k"), token=anna.token()) == ["EXPIRED"]


async def test_what_an_answer_costs_in_statements(door: Door, anna: Shop, database: Database) -> None:
    """The same for two hundred offers as for one of each kind; the first after a change reads what is published."""
    await save(anna.database, anna.id, LADDER, at=NOON)
    bound = await reward(anna.database, anna.id, "Gift")
    await campaign(anna.database, anna.id, {"kind": "DISCOUNT", "reward": bound})
    found = {"guest": await cost(door, database, headers=guest(anna))}
    found["one offer"] = await cost(door, database, token=anna.token())
    await many_kinds(anna)
    found["all kinds"] = await cost(door, database, token=anna.token())
    await many_kinds(anna, of_each=22)
    found["200 of all kinds"] = await cost(door, database, token=anna.token())
    found["guest, 200"] = await cost(door, database, headers=guest(anna))
    assert found == {
        "guest": READ_BY_GUESTS,
        "one offer": READ_BY_MEMBERS,
        "all kinds": READ_AT_MOST,
        "200 of all kinds": READ_AT_MOST,
        "guest, 200": READ_BY_GUESTS,
    }


async def cost(door: Door, database: Database, **who: Any) -> int:  # noqa: ANN401 # a token or headers
    await door.data(EVERYTHING, **who)
    with counted(database) as sent:
        await door.data(EVERYTHING, **who)
    assert [one for one in sent if not one.lstrip().startswith(("SELECT", "WITH"))] == []
    return len(sent)
