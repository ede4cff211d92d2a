"""Deliveries go when their time is over: applied ones after 30 days, buried ones after 90, waiting ones never."""

import pytest
import sqlalchemy as sa

from saleor_crm_app.jobs.inbox import NewItem, append
from saleor_crm_app.jobs.retention import forget_deliveries
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from tests.conftest import MakeInstallation


@pytest.mark.parametrize(
    ("state", "days", "stays"),
    [
        ("APPLIED", 29, True),
        ("APPLIED", 31, False),
        ("BURIED", 89, True),
        ("BURIED", 91, False),
        ("NEW", 1000, True),
    ],
)
async def test_keeps_each_as_long_as_it_may(
    database: Database, make_installation: MakeInstallation, state: str, days: int, *, stays: bool
) -> None:
    shop, other = await make_installation(), await make_installation()
    for one in (shop, other):
        await append(database, [NewItem.of(one, kind="OrderPaid", source="webhook", body=b"{}")])
        await _age(database, one, state, days)
    async with database.shop(shop) as session:
        assert not await forget_deliveries(session, shop)
    assert (await _count(database, shop), await _count(database, other)) == (int(stays), 1)


async def _age(database: Database, shop: InstallationId, state: str, days: int) -> None:
    aged = sa.text("UPDATE inbox SET state = :state, applied_at = now() - make_interval(days => :days)")
    async with database.shop(shop) as session:
        await session.execute(aged, {"state": state, "days": days})


async def _count(database: Database, shop: InstallationId) -> int:
    async with database.shop(shop) as session:
        return int((await session.execute(sa.text("SELECT count(*) FROM inbox"))).scalar_one())
