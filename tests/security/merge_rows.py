"""Accounts that a shop has merged, for the tests of shops side by side."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import AccountId, CustomerId, InstallationId, LotId, OrderId, new_id, shard_key
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points.journal import Journal, Posted
from saleor_crm_app.loyalty.points.lapsing import lapse
from saleor_crm_app.loyalty.points.ledger import Owner, open_accounts, write
from saleor_crm_app.loyalty.points.lots import Draw, Lot
from saleor_crm_app.loyalty.points.models import EntryKind, EntrySource
from saleor_crm_app.loyalty.points.staff.staff_acts import Goodwill, Instruction, instruct
from saleor_crm_app.loyalty.points.terms import Terms
from saleor_crm_app.loyalty.program import programs
from tests.security.staff_rows import SAM
from tests.shop import NOON

LONG_AFTER = NOON + timedelta(days=3650)
SOURCE, TARGET, UNSWEPT = CustomerId("71"), CustomerId("72"), CustomerId("73")

LAPSED = OrderId(UUID(int=73))

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
    await _live_on(session, shop, owners[2])
    await points.memberships.merge(session, shop, opened[owners[0]].id, into=opened[owners[1]].id, at=NOON)
    await session.execute(_UNSWEPT)


async def _live_on(session: AsyncSession, shop: InstallationId, owner: Owner) -> None:
    """The account got points for a sign-up in an order's lot, they lapsed, and more was taken back than it had."""
    account = (await open_accounts(session, shop, [owner], at=NOON))[owner]
    journal = Journal(shop, NOON)
    ended = Terms(NOON - timedelta(days=2), NOON - timedelta(days=1))
    lot = Lot(
        LotId(new_id()), granted=2, remaining=2, order=LAPSED, terms=ended, source=EntrySource.SIGN_UP, fresh=True
    )
    journal.date_lot(account, lot)
    journal.post(account, _posted(EntryKind.EARN, EntrySource.SIGN_UP, Draw(lot.id, Points(2))))
    lapse(journal, account, [lot])
    journal.post(account, _posted(EntryKind.CLAWBACK, EntrySource.ORDER, Draw(None, Points(-1))))
    await write(session, journal)


def _posted(kind: EntryKind, source: EntrySource, draw: Draw) -> Posted:
    return Posted(
        kind=kind,
        source=source,
        key=f"{source}:{kind}",
        order=None if source is EntrySource.SIGN_UP else LAPSED,
        program_version=1,
        explanation={"rule": "1"},
        occurred_at=NOON,
        draws=[draw],
    )


async def merge_values(session: AsyncSession, shop: InstallationId) -> dict[str, dict[str, Any]]:
    """What statements with questions of their own are asked, by the end of their names."""
    found = await session.execute(
        sa.text("SELECT customer_id, id FROM account WHERE customer_id IN ('71', '72', '73')")
    )
    accounts = {row.customer_id: AccountId(row.id) for row in found}
    shard = shard_key(shop, SOURCE)
    [hold] = (await session.execute(sa.text("SELECT shard_key, id FROM hold WHERE state = 'OPEN'"))).all()
    spent = (await session.execute(sa.text("SELECT shard_key, id, order_id FROM redemption"))).all()
    one_hold = {"shards": [hold.shard_key], "ids": [hold.id]}
    pair = {"shard": shard, "source": accounts[SOURCE], "target": accounts[TARGET]}
    shard_on, account_on = shard_key(shop, UNSWEPT), accounts[UNSWEPT]
    lapsed = {"shards": [shard_on], "accounts": [account_on], "orders": [LAPSED]}
    return {
        "granted._BEFORE": lapsed,
        "moves._LAPSED": lapsed,
        "owing._LAPSED": lapsed | {"shard": shard_on, "account": account_on},
        "owing._OWED": {"shard": shard_on, "account": account_on},
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
