"""Holds an account while staff look at it: it earns on, and nothing of it is spent."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import AccountId, InstallationId, shard_key
from saleor_crm_app.loyalty.points.errors import AccountClosed
from saleor_crm_app.loyalty.points.ledger import lock_accounts
from saleor_crm_app.loyalty.points.models import AccountStatus
from saleor_crm_app.loyalty.points.reading.members import member_by_account
from saleor_crm_app.loyalty.points.staff.act_errors import MemberNotFound, StandingUnchanged

_SET_STATUS = sa.text(
    "UPDATE account SET status = :status WHERE installation_id = :installation AND shard_key = :shard AND id = :account"
).bindparams(sa.bindparam("shard", type_=sa.BigInteger))


async def set_held(session: AsyncSession, installation: InstallationId, account: AccountId, *, held: bool) -> None:
    """Hold an account for review, or let it go; what open holds have set aside stays so.

    Raises MemberNotFound, AccountClosed and StandingUnchanged.
    """
    member = await member_by_account(session, installation, account)
    if member is None:
        raise MemberNotFound
    shard = shard_key(installation, member.customer)
    found = (await lock_accounts(session, installation, [(shard, account)]))[account]
    if found.status not in {AccountStatus.ACTIVE, AccountStatus.HELD}:
        raise AccountClosed
    if (found.status is AccountStatus.HELD) is held:
        raise StandingUnchanged(held=held)
    wanted = AccountStatus.HELD if held else AccountStatus.ACTIVE
    key = {"installation": installation, "shard": shard, "account": account}
    await session.execute(_SET_STATUS, key | {"status": wanted.value})
