"""Accounts with their owners, as they are found and listed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import (
    AccountId,
    CustomerId,
    InstallationId,
    ProgramId,
    shard_key,
)
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.models import AccountStatus
from saleor_crm_app.loyalty.program import PROGRAM_COLUMNS, Program, program_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One account with its owner, as staff list them."""

    account: AccountId
    customer: CustomerId
    program: ProgramId
    balance: Points
    deficit: Points
    opened_at: datetime
    status: AccountStatus = AccountStatus.ACTIVE


_ACCOUNTS = sa.text(
    """
    SELECT id, customer_id, program_id, balance, deficit, opened_at, status FROM account
    WHERE installation_id = :installation AND shard_key = :shard AND customer_id = :customer
      AND program_id = ANY(CAST(:programs AS uuid[]))
    """
)


async def accounts_of(
    session: AsyncSession, installation: InstallationId, customer: CustomerId, programs: Collection[ProgramId]
) -> dict[ProgramId, Member]:
    """The customer's accounts in these programs, where they were opened; one statement."""
    key = {
        "installation": installation,
        "shard": shard_key(installation, customer),
        "customer": customer,
        "programs": list(programs),
    }
    return {row.program_id: _member(row) for row in await session.execute(_ACCOUNTS, key)}


_IN_CHANNELS = sa.text(
    f"""
    SELECT held.channel, {PROGRAM_COLUMNS}, account.id AS account_id, account.customer_id, account.balance,
           account.deficit, account.opened_at, account.status
    FROM program_channel AS held
    JOIN program ON program.installation_id = :installation AND program.id = held.program_id
    LEFT JOIN account ON account.installation_id = :installation AND account.shard_key = :shard
                     AND account.customer_id = :customer AND account.program_id = program.id
    WHERE held.installation_id = :installation AND held.channel = ANY(:channels)
    """  # noqa: S608 # the columns are a constant
).bindparams(sa.bindparam("channels", type_=ARRAY(sa.Text)))


async def accounts_in_channels(
    session: AsyncSession, installation: InstallationId, customer: CustomerId, channels: Collection[str]
) -> dict[str, tuple[Program, Member | None]]:
    """The programs that hold in these channels, with the customer's account where one was opened; one statement."""
    key = {
        "installation": installation,
        "shard": shard_key(installation, customer),
        "customer": customer,
        "channels": list(channels),
    }
    return {row.channel: (program_from(row), _member_in(row)) for row in await session.execute(_IN_CHANNELS, key)}


async def account_of(
    session: AsyncSession, installation: InstallationId, customer: CustomerId, program: ProgramId
) -> Member | None:
    """The customer's account in a program, if one was opened."""
    return (await accounts_of(session, installation, customer, [program])).get(program)


_MEMBERS = sa.text(
    """
    SELECT id, customer_id, program_id, balance, deficit, opened_at, status FROM account
    WHERE installation_id = :installation AND id < :before
      AND (CAST(:customer AS text) IS NULL OR customer_id = :customer)
    ORDER BY id DESC LIMIT :most
    """
)
_LAST_KEY = UUID(int=2**128 - 1)


async def members(
    session: AsyncSession,
    installation: InstallationId,
    *,
    most: int,
    before: AccountId | None = None,
    customer: CustomerId | None = None,
) -> list[Member]:
    """Accounts, newest first; `customer` narrows to one person's."""
    rows = await session.execute(
        _MEMBERS,
        {"installation": installation, "before": before or _LAST_KEY, "customer": customer, "most": most},
    )
    return [_member(row) for row in rows]


_COUNT_MEMBERS = sa.text(
    """
    SELECT count(*) FROM account
    WHERE installation_id = :installation AND (CAST(:customer AS text) IS NULL OR customer_id = :customer)
    """
)


async def count_members(
    session: AsyncSession, installation: InstallationId, *, customer: CustomerId | None = None
) -> int:
    """How many accounts `members` would list in all."""
    key = {"installation": installation, "customer": customer}
    return int((await session.execute(_COUNT_MEMBERS, key)).scalar_one())


_MEMBER = sa.text(
    """
    SELECT id, customer_id, program_id, balance, deficit, opened_at, status FROM account
    WHERE installation_id = :installation AND id = :account
    """
)


async def member_by_account(session: AsyncSession, installation: InstallationId, account: AccountId) -> Member | None:
    """One account by its key, if there is one."""
    row = (await session.execute(_MEMBER, {"installation": installation, "account": account})).one_or_none()
    return None if row is None else _member(row)


def _member_in(row: sa.Row[tuple[object, ...]]) -> Member | None:
    if row.account_id is None:
        return None
    return Member(
        account=row.account_id,
        customer=row.customer_id,
        program=ProgramId(row.id),
        balance=row.balance,
        deficit=row.deficit,
        opened_at=row.opened_at,
        status=AccountStatus(row.status),
    )


def _member(row: sa.Row[tuple[object, ...]]) -> Member:
    return Member(
        account=row.id,
        customer=row.customer_id,
        program=row.program_id,
        balance=row.balance,
        deficit=row.deficit,
        opened_at=row.opened_at,
        status=AccountStatus(row.status),
    )
