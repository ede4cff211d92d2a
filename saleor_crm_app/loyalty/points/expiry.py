"""Lapses what is due, a batch at a time: the oldest ends of an installation first."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.points.journal import Journal
from saleor_crm_app.loyalty.points.lapsing import lapse
from saleor_crm_app.loyalty.points.ledger import lock_accounts, write
from saleor_crm_app.loyalty.points.postings import lapsing_lots

_DUE = sa.text(
    """
    SELECT DISTINCT due.shard_key, due.account_id FROM (
        SELECT lot.shard_key, lot.account_id FROM lot
        WHERE lot.installation_id = :installation AND lot.remaining > lot.held AND lot.expires_at <= :at
          AND NOT EXISTS (
              SELECT FROM account JOIN program ON program.installation_id = account.installation_id
                                              AND program.id = account.program_id
              WHERE account.installation_id = lot.installation_id AND account.shard_key = lot.shard_key
                AND account.id = lot.account_id AND program.paused_at IS NOT NULL)
        ORDER BY lot.expires_at LIMIT :most
    ) AS due
    """
).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)))


async def expire_due(session: AsyncSession, installation: InstallationId, *, at: datetime, most: int = 1000) -> int:
    """Post what lapsed by `at` of the accounts of at most so many lots; says how many lots, 0 when none is left.

    Nothing lapses that a hold has set aside, nor while its program is paused. Balances do not wait for this.
    """
    due = (await session.execute(_DUE, {"installation": installation, "at": at, "most": most})).all()
    if not due:
        return 0
    accounts = await lock_accounts(session, installation, [(row.shard_key, row.account_id) for row in due])
    journal = Journal(installation, at)
    lapsed = 0
    lots = await lapsing_lots(session, installation, list(accounts.values()), at=at)
    for account in accounts.values():
        lapsed += len(lapse(journal, account, lots.get(account.id, ())))
    await write(session, journal)
    return lapsed
