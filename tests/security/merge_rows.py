"""Accounts that a shop has merged, for the tests of shops side by side."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import AccountId, CustomerId, InstallationId, shard_key
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points.ledger import open_accounts
from saleor_crm_app.loyalty.points.staff.staff_acts import Goodwill, Instruction, instruct
from saleor_crm_app.loyalty.program import programs
from tests.security.staff_rows import SAM
from tests.shop import NOON

LONG_AFTER = NOON + timedelta(days=3650)
SOURCE, TARGET, UNSWEPT = CustomerId("71"), CustomerId("72"), CustomerId("73")

_UNSWEPT = sa.text(
    """
    UPDATE account SET status = 'MERGED', merged_into = (SELECT id FROM account WHERE customer_id = '72')
    WHERE customer_id = '73'
    """
)


async def write_merges(session: AsyncSession, shop: InstallationId) -> None:
    """One account was merged and swept, another one holds points that came to it since."""
    [held] = await programs(session)
    owners = [(customer, held.program.id) for customer in (SOURCE, TARGET, UNSWEPT)]
    opened = await open_accounts(session, shop, owners, at=NOON)
    for owner in (owners[0], owners[2]):
        wanted = Instruction(
            account=opened[owner].id, act=Goodwill(points=3), reason="A gift", actor=SAM, key=f"gift {owner[0]}"
        )
        await instruct(session, shop, wanted, at=NOON)
    await points.memberships.merge(session, shop, opened[owners[0]].id, into=opened[owners[1]].id, at=NOON)
    await session.execute(_UNSWEPT)


async def merge_values(session: AsyncSession, shop: InstallationId) -> dict[str, dict[str, Any]]:
    """What statements with questions of their own are asked, by the end of their names."""
    found = await session.execute(sa.text("SELECT customer_id, id FROM account WHERE customer_id IN ('71', '72')"))
    accounts = {row.customer_id: AccountId(row.id) for row in found}
    shard = shard_key(shop, SOURCE)
    [hold] = (await session.execute(sa.text("SELECT shard_key, id FROM hold WHERE state = 'OPEN'"))).all()
    spent = (await session.execute(sa.text("SELECT shard_key, id, order_id FROM redemption"))).all()
    one_hold = {"shards": [hold.shard_key], "ids": [hold.id]}
    pair = {"shard": shard, "source": accounts[SOURCE], "target": accounts[TARGET]}
    return {
        "expiry._DUE": {"at": LONG_AFTER},
        "hold_rows._OVERDUE": {"at": LONG_AFTER},
        "postings._LAPSING_LOTS": {"at": LONG_AFTER},
        "hold_rows._BY_KEY": one_hold,
        "hold_rows._LOTS": one_hold,
        "redeemed._REDEMPTIONS": {"orders": [row.order_id for row in spent if row.order_id]},
        "redeemed._DONE": {"shards": [spent[0].shard_key], "ids": [spent[0].id]},
        "buyers._BUYERS": {"shard": -(2**63), "customer": ""},
        "birthdays._ON": {"shard": -(2**63), "customer": ""},
        "occasions._SINCE": {"since": NOON, "customer": "", "key": ""},
        "merging._MERGED": {"shards": [shard], "customers": [SOURCE]},
        "merging._INTO": {"account": accounts[SOURCE]},
        "parting._AWAY": pair,
    }
