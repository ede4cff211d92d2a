"""A phase changes with the order that changes it, and every change of it is kept, once."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from saleor_crm_app.crm import customers
from saleor_crm_app.crm.customers import CustomerSeen
from saleor_crm_app.crm.insight import rephase, score_all
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.reactions.facts import keep_facts
from tests.crm.facts.test_rollups import BEN, CARL, happen, ordered
from tests.door import counted
from tests.shop import ANNA, NOON, later

DAY = timedelta(days=1)
Change = tuple[str, str | None, str, int, int | None]


async def changes(database: Database, shop: InstallationId) -> list[Change]:
    """Whose phase went from which to which, on which day, and on which day the new one had begun."""
    async with database.shop(shop, read_only=True) as session:
        rows = await session.execute(sa.text("SELECT * FROM phase_change ORDER BY at, customer_id"))
        return [
            (row.customer_id, row.from_phase, row.to_phase, (row.at - NOON).days, row.since and (row.since - NOON).days)
            for row in rows
        ]


async def night(database: Database, shop: InstallationId, *, at: datetime = NOON) -> None:
    async with database.shop(shop) as session:
        await score_all(session, shop, at=at)


async def phase(database: Database, shop: InstallationId, customer: CustomerId = ANNA) -> Any:  # noqa: ANN401 # a row
    async with database.shop(shop, read_only=True) as session:
        wanted = sa.text("SELECT * FROM customer_score WHERE customer_id = :customer")
        return (await session.execute(wanted, {"customer": customer})).one()


async def test_orders_move_their_customer_at_once(database: Database, installation: InstallationId) -> None:
    joined = CustomerSeen(id=ANNA, is_active=True, is_confirmed=True, is_staff=False, language="DE",
                          joined_at=NOON - 4 * DAY, updated_at=NOON)  # fmt: skip
    async with database.shop(installation) as session:
        await customers.record(session, installation, [joined])
        await keep_facts(session, installation, {ANNA}, (), at=NOON - 3 * DAY)
    await happen(database, installation, ordered(2), at=NOON - 2 * DAY)
    await happen(database, installation, ordered(1), at=NOON - DAY)
    await night(database, installation, at=NOON + 90 * DAY)
    await happen(database, installation, ordered(-91), at=NOON + 91 * DAY)
    found = await changes(database, installation)
    assert [(before, after, at) for _, before, after, at, _ in found] == [
        (None, "ACQUISITION", -3),
        ("ACQUISITION", "LAUNCH", -2),
        ("LAUNCH", "DEVELOPMENT", -1),
        ("DEVELOPMENT", "SEPARATION", 90),
        ("SEPARATION", "DEVELOPMENT", 91),
    ]
    assert [since for *_, since in found] == [-4, -2, -2, 29, 91]


async def test_a_canceled_order_moves_its_customer_back(database: Database, installation: InstallationId) -> None:
    kept, lost = ordered(2), ordered(1)
    await happen(database, installation, kept, lost)
    await happen(database, installation, later(lost, minutes=5, status="CANCELED", charged=0), at=NOON + DAY)
    assert [change[1:4] for change in await changes(database, installation)] == [
        (None, "DEVELOPMENT", 0),
        ("DEVELOPMENT", "LAUNCH", 1),
    ]


async def test_ranks_wait_for_the_night(database: Database, installation: InstallationId) -> None:
    await happen(database, installation, *(ordered(days, customer=CustomerId(f"c{days}")) for days in range(30)))
    await night(database, installation)
    await happen(database, installation, ordered(-1, customer=CustomerId("c29")), at=NOON + DAY)
    old = await phase(database, installation, CustomerId("c29"))
    assert (old.phase, old.recency, old.cell, old.scored_at) == ("DEVELOPMENT", 1, "LOST", NOON + DAY)
    await night(database, installation, at=NOON + 2 * DAY)
    assert (await phase(database, installation, CustomerId("c29"))).recency == 5


async def test_a_repeated_night_and_news_without_consequence_write_nothing(
    database: Database, installation: InstallationId
) -> None:
    await happen(database, installation, ordered(2), ordered(90, customer=BEN))
    await night(database, installation)
    before = await changes(database, installation)
    for days in range(3):
        await night(database, installation, at=NOON + days * DAY)
        async with database.shop(installation) as session:
            await keep_facts(session, installation, {ANNA, BEN}, (), at=NOON + days * DAY)
    assert await changes(database, installation) == before
    assert len(before) == 2


async def test_rephasing_is_one_statement_whatever_the_number_and_none_for_nobody(
    database: Database, installation: InstallationId
) -> None:
    await happen(database, installation, *(ordered(1, customer=CustomerId(str(number))) for number in range(20)))
    lengths = []
    for number in (0, 1, 20):
        with counted(database) as statements:
            async with database.shop(installation) as session:
                await rephase(session, installation, {CustomerId(str(each)) for each in range(number)}, at=NOON)
        lengths.append(len(statements))
    assert lengths == [0, 1, 1]


async def test_a_night_does_not_undo_what_an_order_did_meanwhile(
    database: Database, installation: InstallationId
) -> None:
    people = [CustomerId(f"c{number}") for number in range(40)]
    await happen(database, installation, *(ordered(3, customer=each) for each in people))
    await night(database, installation)
    async with database.shop(installation) as session:
        # all are told apart from what the night will find
        await session.execute(sa.text("UPDATE customer_rollup SET revenue = revenue + length(customer_id)"))
    for each in range(5):
        at = NOON + (each + 1) * DAY
        bought = [ordered(-each, customer=who) for who in people[each::5]]
        await asyncio.gather(
            night(database, installation, at=at), happen(database, installation, *bought, at=at + timedelta(hours=1))
        )
    async with database.shop(installation, read_only=True) as session:
        found = set(await session.scalars(sa.text("SELECT phase FROM customer_score")))
    assert found == {"DEVELOPMENT"}
    told = await changes(database, installation)
    assert sorted((before or "", after) for _, before, after, *_ in told) == (
        [("", "LAUNCH")] * 40 + [("LAUNCH", "DEVELOPMENT")] * 40
    )


async def test_staff_have_no_phase(database: Database, installation: InstallationId) -> None:
    await happen(database, installation, ordered(2, customer=CARL))
    async with database.shop(installation) as session:
        await session.execute(sa.text("UPDATE customer_rollup SET is_staff = true"))
        await session.execute(sa.text("DELETE FROM customer_score"))
        await rephase(session, installation, {CARL}, at=NOON)
        await score_all(session, installation, at=NOON)
        assert list(await session.scalars(sa.text("SELECT customer_id FROM customer_score"))) == []
