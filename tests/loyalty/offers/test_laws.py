"""Laws of offers, whatever is published: what is shown can be taken, and the same question has the same answer."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import islice, permutations, product

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import offers, points, rewards
from saleor_crm_app.loyalty.offers import Answer, Fit, OfferId, Policy, PolicyShelf, Question, wording
from saleor_crm_app.loyalty.offers.choosing import choose, key_for, shortlist
from saleor_crm_app.loyalty.offers.dossier import dossier_of
from saleor_crm_app.loyalty.offers.fitting import NOTHING
from saleor_crm_app.loyalty.offers.reading import Sources, view_of
from saleor_crm_app.loyalty.offers.terms_shelf import TermsShelf
from saleor_crm_app.loyalty.program import program_of_channel
from saleor_crm_app.loyalty.rewards import Chance, Reward
from tests.loyalty.ledger_acts import Books
from tests.loyalty.offers.bazaars import Bazaar, bazaars, document
from tests.loyalty.offers.visits import CHANNEL
from tests.loyalty.tiers.shop_with_tiers import save
from tests.shop import ANNA, NOON

BEN, CARL, DORA, EMMA = (CustomerId(str(number)) for number in range(8, 12))
MEMBERS = [ANNA, BEN, CARL, DORA, EMMA]
"""Anna has 100 points, Ben 300 and a tier, Carl 50, Dora none; Emma's 300 are looked at by staff."""


@dataclass(frozen=True)
class Stand:
    """Where offers are answered: by whom, under what is published, and what those that are shown bring."""

    session: AsyncSession
    shop: InstallationId
    policy: Policy
    asked: Question
    stakes: Mapping[OfferId, str] = field(default_factory=dict)


quick = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@pytest.fixture
async def crowd(books: Books) -> Books:
    await save(books.database, books.shop, at=NOON)
    for customer, euros in ((BEN, 300), (CARL, 50), (EMMA, 300)):
        await books.bought(euros, customer=customer)
    async with books.database.shop(books.shop) as session:
        await session.execute(sa.text("UPDATE account SET status = 'HELD' WHERE customer_id = '11'"))
    return books


@settings(quick, max_examples=60)
@given(bazaars(customers=len(MEMBERS)))
async def test_what_is_shown_as_something_to_take_can_be_taken_at_once(crowd: Books, bazaar: Bazaar) -> None:
    """Also by a process that knew what was published before others took some of it; what is hidden brings nothing."""
    async with undone(crowd) as session:
        asked = await opened(session, crowd.shop, bazaar)
        shelf = PolicyShelf()
        policy = await shelf.policy(session, crowd.shop, asked.program.id)
        for place in bazaar.taken_before:
            if place < len(policy.offers):
                await accepted(Stand(session, crowd.shop, policy, replace(asked, customer=BEN)), place, keep=True)
                await accepted(Stand(session, crowd.shop, policy, asked), place, keep=True)
        policy = await shelf.policy(session, crowd.shop, asked.program.id)
        member = await points.account_of(session, crowd.shop, asked.customer or ANNA, asked.program.id)
        decision = await offers.decide(session, crowd.shop, policy, asked, member=member)
        stakes = {one.offer.id: one.fit.stake for one in decision.offers}
        stand = Stand(session, crowd.shop, policy, asked, stakes)
        found = {one.offer.id: await accepted(stand, place) for place, one in enumerate(policy.offers)}
        brought = {one.offer.id for one in decision.offers if one.fit.brings is not None}
        assert {one: found[one] for one in brought} == dict.fromkeys(brought, "given")
        hidden = {one for one, why in decision.passed_over.items() if why != "SAME_AS_ANOTHER"}
        assert [one for one in hidden if found[one] == "given"] == []


@settings(quick, max_examples=25)
@given(bazaars(customers=len(MEMBERS)))
async def test_choosing_is_a_pure_function_of_what_is_published_and_known(crowd: Books, bazaar: Bazaar) -> None:
    """In whatever order the offers are published, the same are shown in the same order for the same reasons."""
    async with undone(crowd) as session:
        asked = await opened(session, crowd.shop, bazaar)
        policy = await PolicyShelf().policy(session, crowd.shop, asked.program.id)
        member = await points.account_of(session, crowd.shop, asked.customer or ANNA, asked.program.id)
        dossier = await dossier_of(session, crowd.shop, asked, member=member)
        standing, sources = dossier.standing, Sources(member, dossier, TermsShelf())
        found = []
        for ordered in (*islice(permutations(policy.offers), 12), policy.offers[::-1]):
            same = replace(policy, offers=ordered)
            possible, out = shortlist(same, asked, standing)
            view = await view_of(session, crowd.shop, possible, asked, sources)
            key = key_for(crowd.shop, same, asked)
            found.append(choose(possible, asked, standing, view, key=key, out=out))
        assert all(one == found[0] for one in found)
        for one, language in product(found[0].offers, ("EN", "RU", None)):
            reward = found_reward(one.fit)
            texts = [wording.words_of(one.offer, one.fit, reward, asked.program, language).title]
            texts += [wording.reason_words(said, asked.program, language) for said in one.fit.reasons]
            texts += [wording.gap_words(lacking, asked.program, language) for lacking in one.fit.missing]
            assert [text for text in texts if not text or set(text) & set("{}")] == []


@asynccontextmanager
async def undone(books: Books) -> AsyncIterator[AsyncSession]:
    """A transaction of which nothing stays, so that examples know nothing of each other."""
    async with books.database.shop(books.shop) as session:
        savepoint = await session.begin_nested()
        yield session
        await savepoint.rollback()


def found_reward(found: Fit) -> Reward | None:
    return found.would_bring if found.brings is None else found.brings.reward


async def opened(session: AsyncSession, shop: InstallationId, bazaar: Bazaar) -> Question:
    """Publish all of it, and pause the program where that is so; the question that is asked of it."""
    program = await program_of_channel(session, CHANNEL)
    assert program is not None
    made = []
    for kind, terms in bazaar.rewards:
        reward = await rewards.create_reward(session, shop, program, rewards.read_terms(terms), at=NOON)
        made.append((kind, str(reward.id)))
    for of_campaign, shown in bazaar.campaigns:
        read_terms = offers.read_campaign_terms({"name": "C", "goal": "G", "holdout_percent": 0} | of_campaign)
        campaign = await offers.campaigns.create_campaign(session, shop, program.id, read_terms, at=NOON)
        for one in shown:
            read = offers.read_offer_terms(document(one, made))
            await offers.registry.create_offer(session, shop, campaign.id, read, rules=(), at=NOON)
        await offers.campaigns.publish_campaign(session, shop, campaign.id)
    if bazaar.is_paused:
        program = replace(program, paused_at=NOON)
    return Question(program=program, customer=MEMBERS[bazaar.customer], channel=CHANNEL, placement=None, at=NOON)


async def accepted(stand: Stand, place: int, *, keep: bool = False) -> str:
    """What becomes of accepting an offer by its place: `given`, or the refusal; undone unless it is to be kept."""
    offer = stand.policy.offers[place].offer.id
    answer = Answer(
        customer=stand.asked.customer or ANNA,
        offer=offer,
        decision=key_for(stand.shop, stand.policy, stand.asked),
        stake=await stake_of(stand, place),
    )
    try:
        async with stand.session.begin_nested() as savepoint:
            await offers.accept(stand.session, stand.shop, answer, stand.asked)
            if not keep:
                await savepoint.rollback()
    except Refusal as refusal:
        return type(refusal).__name__
    return "given"


async def stake_of(stand: Stand, place: int) -> str:
    """What an offer brings where it is shown; what it would, where it is not but names a reward."""
    published = stand.policy.offers[place]
    if published.offer.id in stand.stakes or published.reward is None:
        return stand.stakes.get(published.offer.id, NOTHING)
    reward = (await rewards.rewards_by_id(stand.session, [published.reward]))[published.reward]
    return Fit(reasons=(), brings=Chance(reward=reward, affordable=True, reasons=(), missing=())).stake
