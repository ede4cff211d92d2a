"""Two accounts of one program under lock, with all their open lots, between which points are moved."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import AccountId, InstallationId, shard_key
from saleor_crm_app.loyalty.points.accounts.merge_errors import OtherProgram
from saleor_crm_app.loyalty.points.journal import Journal
from saleor_crm_app.loyalty.points.ledger import lock_accounts, write
from saleor_crm_app.loyalty.points.models import AccountStatus
from saleor_crm_app.loyalty.points.postings import lots_by_id
from saleor_crm_app.loyalty.points.reading.members import Member, member_by_account
from saleor_crm_app.loyalty.points.shelf import Shelf, fill
from saleor_crm_app.loyalty.points.staff.act_errors import MemberNotFound
from saleor_crm_app.loyalty.program import Program, programs

_POINT = sa.text(
    "UPDATE account SET merged_into = :into"
    " WHERE installation_id = :installation AND shard_key = :shard AND id = :account"
).bindparams(sa.bindparam("into", type_=sa.Uuid), sa.bindparam("shard", type_=sa.BigInteger))


@dataclass(slots=True)
class Pair:
    """`source` is the account that is, was or is to be merged into `target`."""

    source: Shelf
    target: Shelf
    program: Program
    journal: Journal

    def lapse(self) -> None:
        """Let go what is past its end; in a paused program nothing lapses."""
        if self.program.paused_at is None:
            self.source.lapse(self.journal)
            self.target.lapse(self.journal)

    async def conclude(self, session: AsyncSession, *, status: AccountStatus, into: AccountId | None) -> None:
        """Write what was moved, and what the source is then."""
        account = self.source.account
        account.status = status
        self.journal.touch_account(account)
        await write(session, self.journal)
        key = {"installation": self.journal.installation, "shard": account.shard, "account": account.id}
        await session.execute(_POINT, key | {"into": into})


async def lock_pair(
    session: AsyncSession, installation: InstallationId, source: AccountId, target: AccountId, *, at: datetime
) -> Pair:
    """Lock both in the order of all locks, and read their open lots, with those that the target's came from.

    Raises MemberNotFound and OtherProgram.
    """
    one, other = await _member(session, installation, source), await _member(session, installation, target)
    if one.program != other.program:
        raise OtherProgram
    places = [(shard_key(installation, member.customer), member.account) for member in (one, other)]
    accounts = await lock_accounts(session, installation, places)
    shelves = {account.id: Shelf(account) for account in accounts.values()}
    await fill(session, installation, shelves, list(shelves))
    known = {each.program.id: each.program for each in await programs(session)}
    pair = Pair(shelves[source], shelves[target], known[one.program], Journal(installation, at))
    origins = [lot.origin for lot in pair.target.lots.values() if lot.origin is not None]
    missing = [(pair.source.account, lot) for lot in origins if lot not in pair.source.lots]
    for lot in await lots_by_id(session, installation, missing):
        pair.source.lots[lot.id] = lot
    return pair


async def _member(session: AsyncSession, installation: InstallationId, account: AccountId) -> Member:
    member = await member_by_account(session, installation, account)
    if member is None:
        raise MemberNotFound
    return member
