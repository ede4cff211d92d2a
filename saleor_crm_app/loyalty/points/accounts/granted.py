"""What rules on other acts than orders gave to accounts before: by which keys, and how much by rule and day."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import AccountId, InstallationId
from saleor_crm_app.loyalty.points.journal import OpenAccount
from saleor_crm_app.loyalty.rules import Granted, Used


@dataclass(slots=True)
class Grants:
    """Counts while gifts are made, starting from what is in the books."""

    keys: set[tuple[AccountId, str]] = field(default_factory=set)
    in_all: dict[AccountId, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    by_day: dict[tuple[AccountId, str, date], int] = field(default_factory=lambda: defaultdict(int))

    def used(self, account: AccountId, day: date) -> Mapping[str, Used]:
        """By rule, what it gave to an account on a day and in all."""
        return {
            rule: Used(today=self.by_day[account, rule, day], customer=points)
            for rule, points in self.in_all[account].items()
        }

    def add(self, account: AccountId, key: str, day: date, granted: Granted) -> bool:
        """Count a gift; says whether it is one more, and not one that was given before."""
        if (account, key) in self.keys:
            return False
        self.note(account, key, day, rule=granted.rule, points=granted.points)
        return True

    def note(self, account: AccountId, key: str, day: date, *, rule: str, points: int) -> None:
        self.keys.add((account, key))
        self.in_all[account][rule] += points
        self.by_day[account, rule, day] += points


_BEFORE = sa.text(
    """
    SELECT entry.account_id, entry.key, entry.points, entry.occurred_at, entry.explanation ->> 'rule' AS rule
    FROM unnest(CAST(:shards AS bigint[]), CAST(:accounts AS uuid[])) AS wanted (shard, account)
    JOIN entry ON entry.installation_id = :installation AND entry.shard_key = wanted.shard
              AND entry.account_id = wanted.account
    WHERE entry.source IN ('SIGN_UP', 'BIRTHDAY', 'EVENT') AND entry.kind = 'EARN'
    """
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))


async def granted_before(
    session: AsyncSession,
    installation: InstallationId,
    accounts: Collection[OpenAccount],
    zones: Mapping[AccountId, ZoneInfo],
) -> Grants:
    """Everything that was given to these accounts, on the days of their programs' zones; one statement."""
    wanted = {
        "installation": installation,
        "shards": [account.shard for account in accounts],
        "accounts": [account.id for account in accounts],
    }
    grants = Grants()
    for row in await session.execute(_BEFORE, wanted):
        day = row.occurred_at.astimezone(zones[row.account_id]).date()
        grants.note(row.account_id, row.key, day, rule=row.rule, points=row.points)
    return grants
