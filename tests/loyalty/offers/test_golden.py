"""Fifty customers with their histories, and word for word what each is offered and why, in English and Russian."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, key_of
from saleor_crm_app.loyalty import offers, points
from saleor_crm_app.loyalty.offers import Answer, Candidate, Decision, Policy, Question, Response, wording
from saleor_crm_app.loyalty.offers.choosing import key_for
from saleor_crm_app.loyalty.offers.policy import read_policy
from saleor_crm_app.loyalty.offers.revisions import revision_of
from tests.loyalty.offers.golden_cases import GOLDEN, Case
from tests.loyalty.offers.golden_shop import GoldenShop, bought, open_shop

TEXTS = Path(__file__).parent / "golden"
LANGUAGES = {"English": "EN", "Russian": "RU"}
CASES = [case for cases in GOLDEN.values() for case in cases]
CUSTOMERS = {case.name: CustomerId(str(1000 + number)) for number, case in enumerate(CASES) if case.guest is None}


async def test_each_golden_customer_reads_what_a_merchant_would_expect(
    database: Database, installation: InstallationId
) -> None:
    sold = [bought(CUSTOMERS[case.name], *one) for case in CASES for one in case.orders]
    shop = await open_shop(database, installation, sold)
    policy = await settled(shop)
    for case in CASES:
        await answer_as_told(shop, policy, case)
    for file, cases in GOLDEN.items():
        found = "\n".join([await told(shop, policy, case) for case in cases])
        expected = (TEXTS / f"{file}.txt").read_text(encoding="utf-8")
        assert found.splitlines() == expected.splitlines()


async def settled(shop: GoldenShop) -> Policy:
    """What is published, under the first revision by which none of these customers is used for exploring."""
    async with shop.database.shop(shop.shop) as session:
        policy = await read_policy(session, shop.program.id, await revision_of(session, shop.shop, shop.program.id))
    questions = [question(shop, case) for case in CASES]
    revision = next(
        number
        for number in range(policy.revision, policy.revision + 10_000)
        if not any(key_for(shop.shop, replace(policy, revision=number), one).is_exploring for one in questions)
    )
    return replace(policy, revision=revision)


def question(shop: GoldenShop, case: Case) -> Question:
    program = replace(shop.program, paused_at=case.at) if case.is_paused else shop.program
    return Question(
        program=program,
        customer=CUSTOMERS.get(case.name),
        channel=case.channel,
        placement=case.where,
        at=case.at,
        cart=case.cart,
        must=case.guest or offers.Lack.SIGN_IN,
    )


async def decide(shop: GoldenShop, policy: Policy, asked: Question) -> Decision:
    async with shop.database.shop(shop.shop) as session:
        now = await read_policy(session, shop.program.id, await revision_of(session, shop.shop, shop.program.id))
        member = None
        if asked.customer is not None:
            member = await points.account_of(session, shop.shop, asked.customer, shop.program.id)
        return await offers.decide(session, shop.shop, replace(now, revision=policy.revision), asked, member=member)


async def answer_as_told(shop: GoldenShop, policy: Policy, case: Case) -> None:
    customer = CUSTOMERS.get(case.name)
    if case.is_held:
        async with shop.database.shop(shop.shop) as session:
            await session.execute(
                sa.text("UPDATE account SET status = 'HELD' WHERE customer_id = :customer"), {"customer": customer}
            )
    for name, response, days in case.answers:
        asked = replace(question(shop, case), at=case.at - timedelta(days=days))
        shown = (await decide(shop, policy, asked)).find(shop.offers[name].id)
        assert shown is not None
        assert customer is not None
        answer = Answer(
            customer=customer, offer=shown.offer.id, decision=key_for(shop.shop, policy, asked), stake=shown.fit.stake
        )
        async with shop.database.shop(shop.shop) as session:
            if response is Response.ACCEPTED:
                await offers.accept(session, shop.shop, answer, asked)
            else:
                await offers.respond(session, shop.shop, answer, asked, response, policy)


async def told(shop: GoldenShop, policy: Policy, case: Case) -> str:
    asked = question(shop, case)
    return read_by(case.name, await decide(shop, policy, asked), asked)


def read_by(name: str, decision: Decision, asked: Question) -> str:
    """What a customer reads, in both languages, under the case's name."""
    lines = [f"# {name}"]
    for language, code in LANGUAGES.items():
        read = [line for place, one in enumerate(decision.offers, 1) for line in lines_of(one, place, asked, code)]
        lines += [f"{language}:", *(read or ["  nothing"])]
    return "\n".join(lines) + "\n"


def lines_of(one: Candidate, place: int, asked: Question, code: str) -> list[str]:
    found, program = one.fit, asked.program
    reward = found.would_bring if found.brings is None else found.brings.reward
    title = wording.words_of(one.offer, found, reward, program, code).title
    ending = "" if found.until is None else f", until {found.until:%Y-%m-%d %H:%M} UTC"
    acceptable = "" if found.brings is None or reward is None else f", to take: {reward.terms.words_in(code).name}"
    lines = [f"  {place}. {title} [{one.published.kind}{acceptable}{ending}]"]
    lines.append("     " + " ".join(wording.reason_words(said, program, code) for said in found.reasons))
    if found.products:
        lines.append(f"     products: {', '.join(key_of(one, kind='Product') for one in found.products)}")
    lines += [f"     lacks: {wording.gap_words(lacking, program, code)}" for lacking in found.missing]
    return lines
