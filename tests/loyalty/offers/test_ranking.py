"""In which order offers come: by priority and by what they are believed to bring, learnt from answers and by chance."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ProgramId
from saleor_crm_app.loyalty.offers import Policy, Question, Response
from saleor_crm_app.loyalty.offers.choosing import key_for
from saleor_crm_app.loyalty.offers.decisions import EXPLORING_PERCENT, DecisionKey, is_held_out, read_key
from saleor_crm_app.loyalty.offers.errors import DecisionUnknown
from tests.loyalty.ledger_acts import Books
from tests.loyalty.offers.stall import campaign, reward
from tests.loyalty.offers.visits import Visits
from tests.shop import ANNA, NOON

SHOP = InstallationId(UUID(int=1))
PROGRAM = ProgramId(UUID(int=2))
CUSTOMERS = [CustomerId(str(number)) for number in range(10_000)]


def key_of(
    customer: CustomerId | None, *, day: int = 1, placement: str | None = None, revision: int = 1
) -> DecisionKey:
    when = date(2026, 3, 1) + timedelta(days=day)
    return DecisionKey.of(SHOP, PROGRAM, customer, placement=placement, day=when, revision=revision)


async def two_offers(visits: Visits, **of_second: Any) -> None:  # noqa: ANN401 # any term
    """The first is worth more, and comes first as long as nothing is known of either."""
    nothing: dict[str, Any] = {}
    for name, worth, terms in (("First", 1100, nothing), ("Second", 1000, of_second)):
        bound = await reward(visits.database, visits.shop, name)
        shown = {"kind": "DISCOUNT", "reward": bound, "worth": worth}
        await campaign(visits.database, visits.shop, shown, name=name, **terms)


async def test_what_is_worth_more_comes_first_unless_a_campaign_has_priority(visits: Visits) -> None:
    await two_offers(visits)
    assert await visits.titles() == ["First", "Second"]
    await two_offers(visits, priority=1)
    assert await visits.titles() == ["Second", "First", "First", "Second"]


async def test_what_was_accepted_more_often_comes_first_from_the_next_day_on(visits: Visits) -> None:
    await two_offers(visits)
    [second] = [one.offer for one in (await visits.decide()).offers if one.offer.terms.worth == 1000]
    for customer in CUSTOMERS[:4]:
        await visits.respond(Response.SEEN, second, customer=customer)
        await visits.accept(second.id, customer)
    assert await visits.titles() == ["First", "Second"]
    await visits.night()
    assert await visits.titles() == ["Second", "First"]


async def test_what_nobody_accepts_is_shown_no_more(visits: Visits) -> None:
    await two_offers(visits)
    await visits.change("UPDATE offer SET shown = 60")
    assert await visits.titles() == ["First", "Second"]
    await visits.change("UPDATE offer SET shown = 61")
    await visits.change("UPDATE offer_policy SET revision = revision + 1")
    decision = await visits.decide()
    assert (decision.offers, set(decision.passed_over.values())) == ((), {"NOT_RELEVANT"})


@pytest.mark.parametrize("kind", ["EXPIRING_POINTS", "EARLY_ACCESS", "REWARD_REMINDER"])
async def test_what_only_tells_something_is_told_however_often_it_was_seen(
    books: Books, visits: Visits, kind: str
) -> None:
    """Nobody can accept it, so that it is no wonder that nobody did."""
    await reward(visits.database, visits.shop, "Dear", points=110, is_claimable=True)
    [made] = await campaign(visits.database, visits.shop, {"kind": kind, "words": {"title": "Told"}})
    visits.clock = NOON + timedelta(days=330)
    assert (await books.balance(at=visits.clock)).available == 100
    assert await visits.titles() == ["Told"]
    await visits.change(
        "INSERT INTO offer_response (installation_id, shard_key, customer_id, offer_id, response, day, kind,"
        " decision_id, at) SELECT installation_id, number, 'c' || number, id, 'SEEN', DATE '2026-03-02', :kind, 'd',"
        " made_at FROM offer, generate_series(1, 200) AS number WHERE id = :offer",
        offer=made.id,
        kind=kind,
    )
    await visits.night()
    assert await visits.counted("SELECT shown FROM offer") == 200
    assert await visits.titles() == ["Told"]


async def test_not_for_me_twice_hides_a_kind_for_ninety_days(visits: Visits) -> None:
    await two_offers(visits)
    shown = [one.offer for one in (await visits.decide()).offers]
    assert await visits.respond(Response.NOT_FOR_ME, shown[0]) == [True]
    assert await visits.respond(Response.NOT_FOR_ME, shown[0]) == [False]
    assert await visits.titles() == ["First", "Second"]
    await visits.respond(Response.NOT_FOR_ME, shown[1])
    assert await visits.titles() == []
    assert await visits.titles(CUSTOMERS[0]) == ["First", "Second"]
    visits.clock += timedelta(days=89)
    assert await visits.titles() == []
    visits.clock += timedelta(days=1)
    assert await visits.titles() == ["First", "Second"]


def test_five_of_a_hundred_decisions_explore_whoever_asks() -> None:
    """Ten thousand by chance of one in twenty: within three standard deviations, which are 65."""
    found = sum(key_of(customer).is_exploring for customer in CUSTOMERS)
    assert EXPLORING_PERCENT == 5
    assert abs(found - 500) <= 65


def test_a_decision_is_named_by_all_that_makes_it() -> None:
    same = key_of(ANNA, placement="home")
    others = [
        key_of(CustomerId("8"), placement="home"),
        key_of(ANNA, placement="cart"),
        key_of(ANNA),
        key_of(ANNA, placement="home", day=2),
        key_of(ANNA, placement="home", revision=2),
        key_of(None, placement="home"),
    ]
    assert same == key_of(ANNA, placement="home")
    assert len({one.digest for one in (same, *others)}) == 7
    draws = [key.chance(UUID(int=5)).random() for key in (same, key_of(ANNA, placement="home"), *others)]
    assert (draws[0] == draws[1], len(set(draws))) == (True, 7)


def test_a_decision_may_be_answered_on_its_day_and_the_next_by_whom_it_is_about() -> None:
    key = key_of(ANNA, placement="home")
    text = key.text("stake")
    for days in (0, 1):
        today = key.day + timedelta(days=days)
        assert read_key(text, SHOP, PROGRAM, ANNA, today=today) == (key, "stake")
    wrong = [
        (SHOP, PROGRAM, ANNA, key.day + timedelta(days=2)),
        (SHOP, PROGRAM, ANNA, key.day - timedelta(days=1)),
        (SHOP, PROGRAM, CustomerId("8"), key.day),
        (SHOP, ProgramId(UUID(int=3)), ANNA, key.day),
        (InstallationId(UUID(int=3)), PROGRAM, ANNA, key.day),
    ]
    for shop, program, customer, today in wrong:
        with pytest.raises(DecisionUnknown):
            read_key(text, shop, program, customer, today=today)


@settings(max_examples=300)
@given(st.text(max_size=80) | st.lists(st.text(max_size=20), min_size=3, max_size=6).map(".".join))
def test_whatever_else_is_handed_back_is_no_decision(text: str) -> None:
    with pytest.raises(DecisionUnknown):
        read_key(text, SHOP, PROGRAM, ANNA, today=date(2026, 3, 2))


async def test_exploring_lets_the_new_have_its_turn_and_answers_alike_all_day(visits: Visits) -> None:
    """By what is known the first is better by a tenth; by chance the second comes first in four to five of ten."""
    await two_offers(visits)
    asked = await visits.asked()
    firsts = []
    for revised in await exploring(visits, asked):
        found = [[one.offer.terms.worth for one in (await visits.decided(revised, asked)).offers] for _ in range(2)]
        assert found[0] == found[1]
        firsts += found[0][:1] if len(found[0]) == 2 else []
    assert len(firsts) >= 40
    assert 0.2 <= firsts.count(1000) / len(firsts) <= 0.75


async def test_exploring_hides_nothing_that_is_worth_showing(visits: Visits) -> None:
    """Chance orders; what one in twenty is believed to accept is not left out by a bad draw."""
    await two_offers(visits)
    asked = await visits.asked()
    numbers = [len((await visits.decided(revised, asked)).offers) for revised in await exploring(visits, asked)]
    assert numbers == [2] * 100


async def exploring(visits: Visits, asked: Question) -> list[Policy]:
    """A hundred revisions by which this question explores."""
    policy = await visits.policy(asked)
    revised = (replace(policy, revision=number) for number in range(10_000))
    return [one for one in revised if key_for(visits.shop, one, asked).is_exploring][:100]


@pytest.mark.parametrize("percent", [0, 1, 10, 50])
def test_so_many_percent_are_held_out_and_always_the_same(percent: int) -> None:
    """Each campaign of five has its share of ten thousand within three standard deviations."""
    deviation = 3 * (10_000 * percent / 100 * (1 - percent / 100)) ** 0.5
    for campaign_number in range(5):
        held = [is_held_out(UUID(int=campaign_number), one, percent) for one in CUSTOMERS]
        assert held == [is_held_out(UUID(int=campaign_number), one, percent) for one in CUSTOMERS]
        assert abs(sum(held) - 100 * percent) <= deviation


def test_who_is_held_out_of_one_campaign_is_as_likely_as_all_to_be_held_out_of_another() -> None:
    """Chi-square of two by two with one degree of freedom, for each of 45 pairs of ten campaigns: under 15.1 for all
    but one in ten thousand pairs that do not depend on each other."""
    held = [{one for one in CUSTOMERS if is_held_out(UUID(int=number), one, 20)} for number in range(10)]
    for first in range(10):
        for second in range(first):
            assert chi_square(held[first], held[second]) < 15.1


def test_a_larger_holdout_holds_the_same_ones_and_more() -> None:
    held = [{one for one in CUSTOMERS if is_held_out(UUID(int=1), one, percent)} for percent in (5, 10, 50)]
    assert held[0] < held[1] < held[2]


def chi_square(first: set[CustomerId], second: set[CustomerId]) -> float:
    total, both = len(CUSTOMERS), len(first & second)
    only_first, only_second = len(first) - both, len(second) - both
    neither = total - both - only_first - only_second
    outside = (total - len(first)) * (total - len(second))
    return total * (both * neither - only_first * only_second) ** 2 / (len(first) * len(second) * outside)
