"""A shop's checkouts for the tests of shops side by side: what pays for points that are held, and what was tried."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.ids import InstallationId, new_id
from saleor_crm_app.kernel.limits import demand_rate

_ROWS = (
    """
    INSERT INTO tender (installation_id, shard_key, hold_id, customer_id, program_id, points, checkout_id, channel,
                        currency, amount, kind, state, made_at)
    SELECT installation_id, shard_key, id, '6', :other, 5, 'Q2hlY2tvdXQ6MQ==', 'default-channel',
           'USD', 5, 'VOUCHER', 'DEAD', :at
    FROM hold
    """,
    """
    INSERT INTO tender_voucher (installation_id, channel, amount, currency, voucher_id)
    VALUES (:shop, 'default-channel', 5, 'USD', 'Vm91Y2hlcjox')
    """,
    """
    INSERT INTO voucher_code (installation_id, id, voucher_id, saleor_id, mac, sealed)
    VALUES (:shop, :other, 'Vm91Y2hlcjox', 'Vm91Y2hlckNvZGU6MQ==', 'mac', 'sealed')
    """,
)


async def write_tenders(session: AsyncSession, shop: InstallationId) -> None:
    """A code pays for what the shop's customer has held, another one is ready."""
    wanted = {"shop": shop, "other": new_id(), "at": now()}
    for row in _ROWS:
        statement = sa.text(row)
        named = statement.compile().params.keys()
        await session.execute(statement, {name: value for name, value in wanted.items() if name in named})
    await demand_rate(session, shop, owner="customer:6", act="apply", most=1, per=timedelta(minutes=1), at=now())
