"""Incidents are opened once, come to nothing by themselves and come back, and stay closed where staff closed them."""

from dataclasses import replace
from uuid import uuid4

import pytest

from saleor_crm_app.crm.incidents import (
    Incident,
    IncidentClosed,
    IncidentNotFound,
    close_incident,
    incidents,
    open_incidents,
    withdraw_incidents,
)
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.money import MinorUnits, Money
from tests.loyalty.ledger_acts import DAY
from tests.shop import ANNA, NOON

LOST = Incident(
    id=uuid4(),
    kind="COUPON_USED_AGAIN",
    lost=Money(MinorUnits(500), "EUR"),
    opened_at=NOON,
    customer=ANNA,
    about={"charged": 100},
)


async def test_the_same_news_opens_it_once(database: Database, installation: InstallationId) -> None:
    async with database.shop(installation) as session:
        await open_incidents(session, installation, [LOST, LOST])
        await open_incidents(session, installation, [replace(LOST, opened_at=NOON + DAY)])
        assert await incidents(session, most=10) == [LOST]


async def test_what_comes_to_nothing_closes_by_itself_and_opens_again(
    database: Database, installation: InstallationId
) -> None:
    async with database.shop(installation) as session:
        await open_incidents(session, installation, [LOST])
        await withdraw_incidents(session, [LOST.id], at=NOON + DAY)
        assert await incidents(session, most=10, is_open=True) == []
        assert await incidents(session, most=10, is_open=False) == [replace(LOST, closed_at=NOON + DAY)]
        await open_incidents(session, installation, [LOST])
        assert await incidents(session, most=10, is_open=True) == [LOST]


async def test_what_staff_have_closed_stays_closed(database: Database, installation: InstallationId) -> None:
    async with database.shop(installation) as session:
        await open_incidents(session, installation, [LOST])
        closed = await close_incident(session, LOST.id, by="21", at=NOON + DAY)
        assert closed == replace(LOST, closed_at=NOON + DAY, closed_by="21")
        await withdraw_incidents(session, [LOST.id], at=NOON + 2 * DAY)
        await open_incidents(session, installation, [LOST])
        assert await incidents(session, most=10) == [closed]
        with pytest.raises(IncidentClosed):
            await close_incident(session, LOST.id, by="22", at=NOON)
        with pytest.raises(IncidentNotFound):
            await close_incident(session, uuid4(), by="22", at=NOON)


async def test_they_are_listed_newest_first_page_by_page(database: Database, installation: InstallationId) -> None:
    some = [replace(LOST, id=uuid4(), opened_at=NOON + number * DAY) for number in range(5)]
    async with database.shop(installation) as session:
        await open_incidents(session, installation, some)
        first = await incidents(session, most=3)
        rest = await incidents(session, most=3, before=first[-1].id)
    assert [*first, *rest] == some[::-1]
