"""More points for an audience: a rule that asks for its segment, and an offer that tells those in it alone."""

from datetime import timedelta
from uuid import UUID

import pytest

from saleor_crm_app.crm import segments
from saleor_crm_app.crm.segments import read_condition
from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.loyalty import offers, points, rules
from saleor_crm_app.reactions.facts import keep_facts
from saleor_crm_app.reactions.segments import follow_customers
from tests.loyalty.ledger_acts import Books
from tests.loyalty.offers.stall import campaign, program_of
from tests.loyalty.offers.visits import Visits
from tests.loyalty.rules.test_foretelling import BEN
from tests.shop import ANNA, NOON

REGULAR = read_condition({"type": "NUMBER", "fact": "ORDERS", "atLeast": 1})
DAY = timedelta(days=1)


async def regulars(visits: Visits) -> UUID:
    """A segment that Anna is in and Ben is not."""
    async with visits.database.shop(visits.shop) as session:
        made = await segments.create_segment(session, visits.shop, name="Regulars", condition=REGULAR, at=NOON)
        await keep_facts(session, visits.shop, [ANNA, BEN], (), at=NOON)
        await follow_customers(session, visits.shop, [ANNA, BEN], (), at=NOON)
    return made.id


async def doubled_for(visits: Visits, segment: UUID) -> str:
    """A rule by which their orders of March earn twice; gives its key."""
    asked = [
        {"type": "SEGMENT", "in": [global_id("CustomerSegment", segment)]},
        {"type": "DATES", "until": "2026-03-31"},
    ]
    document = {
        "name": "Twice",
        "when": {"type": "ORDER"},
        "if": {"type": "ALL", "of": asked},
        "then": {"type": "MULTIPLIER", "percent": 200},
    }
    program = await program_of(visits.database, visits.shop)
    async with visits.database.shop(visits.shop) as session:
        draft = await rules.create_rule(session, visits.shop, program, rules.read_rule(document), author="1", at=NOON)
        said = rules.Publication(expected=1, author="1", at=NOON)
        await rules.publish_rule(session, visits.shop, program, draft=draft, version=1, publication=said)
    return str(draft.id)


@pytest.fixture
async def told(visits: Visits) -> Visits:
    """A campaign for everybody with an offer that tells of the rule."""
    rule = await doubled_for(visits, await regulars(visits))
    told = {"kind": "BONUS_POINTS", "rule": rule, "words": {"title": "Twice the points"}}
    await campaign(visits.database, visits.shop, told, rules=[rule])
    return visits


async def test_more_points_are_told_to_those_who_earn_them_and_to_nobody_else(told: Visits) -> None:
    assert await told.titles() == ["Twice the points"]
    assert (await told.titles(BEN), await told.titles(None)) == ([], [])
    await told.change("DELETE FROM segment_member")
    assert await told.titles() == []


ENGLISH = (
    "Now earning more: “Twice”: an order earns 200 % of what other rules give by amount and unit, if it is 2026-03-31"
    " or earlier."
)
RUSSIAN = (
    "Сейчас начисляется больше: «Twice»: заказ приносит 200 % того, что другие правила дают за сумму и единицы, если"
    " дата не позже 31.03.2026."
)


@pytest.mark.parametrize(("language", "sentence"), [("EN", ENGLISH), ("RU", RUSSIAN)])
async def test_customers_never_read_what_their_segment_is_called(told: Visits, language: str, sentence: str) -> None:
    [shown] = (await told.decide()).offers
    program = await program_of(told.database, told.shop)
    assert [offers.wording.reason_words(said, program, language) for said in shown.fit.reasons][:1] == [sentence]


async def test_what_was_told_is_what_the_next_order_earns(told: Visits, books: Books) -> None:
    books.clock = NOON + DAY
    for customer, expected in ((ANNA, 200), (BEN, 100)):
        made = await books.bought(100, ago=timedelta(hours=1), customer=customer)
        async with books.database.shop(books.shop, read_only=True) as session:
            found = await points.orders_points(session, books.shop, [made.id], at=books.clock)
        assert found[made.id].target == expected
