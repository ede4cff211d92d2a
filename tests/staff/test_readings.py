"""Staff see how the shop was read, of their own shop alone, and have it compared now."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from saleor_crm_app.jobs.progress import Counts, Progress, save_progress
from saleor_crm_app.kernel.db import Database
from tests.door import Door, Shop

READINGS = """
{ readings { subject since reached startedAt finishedAt trouble expected
             seen equal missing stale gone untold unusable } }
"""
START = (
    "mutation Start($input: ReconcileStartInput!) { reconcileStart(input: $input) { started errors { code message } } }"
)
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def token(shop: Shop) -> str:
    return shop.dashboard_token("MANAGE_APPS")


async def owed(database: Database) -> list[tuple[str, object]]:
    async with database.queue() as session:
        rows = await session.execute(sa.text("SELECT task_name, args FROM procrastinate_jobs ORDER BY id"))
        return [(row.task_name, row.args) for row in rows]


async def test_readings_are_shown_as_they_stand(
    database: Database, door: Door, shop: Shop, other_shop: Shop, token: str
) -> None:
    stands = Progress(
        subject="orders.changed",
        since=NOON,
        reached=NOON,
        expected=30,
        counts=Counts(seen=21, untold=1, missing=2, stale=3, equal=4, gone=5, unusable=6),
        started_at=NOON,
        trouble="The shop answered 503",
    )
    for one in (shop, other_shop):
        async with database.shop(one.id) as session:
            await save_progress(session, one.id, stands)
    assert (await door.data(READINGS, token=token))["readings"] == [
        {
            "subject": "orders.changed",
            "since": "2026-03-01T12:00:00+00:00",
            "reached": "2026-03-01T12:00:00+00:00",
            "startedAt": "2026-03-01T12:00:00+00:00",
            "finishedAt": None,
            "trouble": "The shop answered 503",
            "expected": 30,
            "seen": 21,
            "untold": 1,
            "missing": 2,
            "stale": 3,
            "equal": 4,
            "gone": 5,
            "unusable": 6,
        }
    ]


@pytest.mark.parametrize(("given", "full"), [({}, False), ({"full": True}, True)])
async def test_a_comparison_is_owed_to_the_job_process(
    database: Database,
    door: Door,
    shop: Shop,
    token: str,
    given: dict[str, bool],
    full: bool,
) -> None:
    answer = await door.data(START, {"input": given}, token=token)
    assert answer == {"reconcileStart": {"started": True, "errors": []}}
    assert await owed(database) == [("ReconcileShop", {"installation": str(shop.id), "full": full})]


async def test_a_paused_shop_is_not_compared(database: Database, door: Door, shop: Shop, token: str) -> None:
    async with database.shop(shop.id) as session:
        await session.execute(sa.text("UPDATE installation SET state = 'PAUSED'"))
    answer = await door.data(START, {"input": {}}, token=token)
    assert answer["reconcileStart"] == {
        "started": False,
        "errors": [{"code": "SHOP_UNAVAILABLE", "message": "The app is paused in this shop, so it is not read."}],
    }
    assert await owed(database) == []
