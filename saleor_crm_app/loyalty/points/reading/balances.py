"""An account's points as they stand at an instant, computed from its lots and that instant; no job is waited for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import AccountId, InstallationId, shard_key
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.reading.members import Member

_CENTURY: Final = 36_500


@dataclass(frozen=True, slots=True)
class Expiring:
    """Available points that lapse together."""

    points: Points
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """An account's points at one instant.

    `held` are set aside by open checkouts, `expired` those that lapsed, `spent` those redeemed for good. `expiring`
    are the available points that lapse at all, soonest first.
    """

    available: Points
    pending: Points
    held: Points
    spent: Points
    expired: Points
    deficit: Points
    expiring: tuple[Expiring, ...] = ()

    @property
    def next_expiry_points(self) -> Points:
        return self.expiring[0].points if self.expiring else Points(0)

    @property
    def next_expiry_at(self) -> datetime | None:
        return self.expiring[0].at if self.expiring else None

    def expiring_within(self, days: int, *, at: datetime) -> Sequence[Expiring]:
        """Those that lapse within so many times 24 hours after an instant."""
        return [one for one in self.expiring if one.at - at <= timedelta(days=min(max(days, 0), _CENTURY))]


NO_POINTS = Balance(
    available=Points(0), pending=Points(0), held=Points(0), spent=Points(0), expired=Points(0), deficit=Points(0)
)
"""The balance of who has earned nothing yet."""

# what holds have set aside does not lapse, nor does anything while the program is paused: `least` overlooks nulls
_COUNTED: Final = """
    JOIN account
      ON account.installation_id = :installation AND account.shard_key = wanted.shard AND account.id = wanted.id
    LEFT JOIN program ON program.installation_id = :installation AND program.id = account.program_id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(available), 0) AS available, coalesce(sum(pending), 0) AS pending,
               coalesce(sum(held), 0) AS held, coalesce(sum(lapsed), 0) AS lapsed,
               array_agg(CAST(available AS bigint) ORDER BY expires_at)
                   FILTER (WHERE available > 0 AND expires_at IS NOT NULL) AS batches,
               array_agg(expires_at ORDER BY expires_at)
                   FILTER (WHERE available > 0 AND expires_at IS NOT NULL) AS ends
        FROM (
            SELECT expires_at, sum(held) AS held,
                   sum(remaining - held)
                       FILTER (WHERE activates_at <= :at
                               AND (expires_at IS NULL OR expires_at > least(:at, paused_at))) AS available,
                   sum(remaining - held) FILTER (WHERE activates_at IS NULL OR activates_at > :at) AS pending,
                   sum(remaining - held)
                       FILTER (WHERE activates_at <= :at AND expires_at <= least(:at, paused_at)) AS lapsed
            FROM lot
            WHERE installation_id = :installation AND shard_key = wanted.shard AND account_id = wanted.id
              AND remaining > 0
            GROUP BY expires_at
        ) AS batch
    ) AS lots
    CROSS JOIN LATERAL (
        SELECT coalesce(-sum(points) FILTER (WHERE kind = 'EXPIRE'), 0) AS expired,
               coalesce(-sum(points) FILTER (WHERE kind IN ('REDEEM', 'RETURN')), 0) AS spent
        FROM entry
        WHERE installation_id = :installation AND shard_key = wanted.shard AND account_id = wanted.id
    ) AS gone
"""
_COLUMNS: Final = "account.id, account.deficit, lots.*, gone.*"
BALANCE: Final = f"""
    SELECT {_COLUMNS}
    FROM (VALUES (CAST(:account_shard AS bigint), CAST(:account AS uuid))) AS wanted (shard, id) {_COUNTED}
"""  # noqa: S608 # constants of this module
"""Of one account, for a larger statement: named by what `key_of` gives and the instant `at`, read with `balance_from`.

An array of one would be planned for ten, and since that looks dear, planned anew each time, which takes longer than
the reading.
"""

_AT: Final = sa.bindparam("at", type_=sa.DateTime(timezone=True))
_ONE = sa.text(BALANCE).bindparams(_AT)
_MANY = sa.text(
    f"""
    SELECT {_COLUMNS}
    FROM unnest(CAST(:shards AS bigint[]), CAST(:accounts AS uuid[])) AS wanted (shard, id) {_COUNTED}
    """  # noqa: S608 # constants of this module
).bindparams(_AT)


async def balances_of(
    session: AsyncSession, installation: InstallationId, members: Collection[Member], *, at: datetime
) -> dict[AccountId, Balance]:
    """These accounts' points as they stand at an instant; one statement."""
    if len(members) == 1:
        rows = await session.execute(_ONE, key_of(installation, *members) | {"at": at})
    else:
        rows = await session.execute(_MANY, keys_of(installation, members) | {"at": at})
    return {row.id: balance_from(row) for row in rows}


async def balance_of(session: AsyncSession, installation: InstallationId, member: Member, *, at: datetime) -> Balance:
    """The account's points as they stand at an instant; one statement."""
    return (await balances_of(session, installation, [member], at=at))[member.account]


def keys_of(installation: InstallationId, members: Collection[Member]) -> dict[str, object]:
    """What names these accounts in a statement: `installation`, `shards`, `accounts`."""
    return {
        "installation": installation,
        "shards": [shard_key(installation, member.customer) for member in members],
        "accounts": [member.account for member in members],
    }


def key_of(installation: InstallationId, member: Member | None) -> dict[str, object]:
    """What names one account in a statement, or none: `installation`, `account_shard`, `account`."""
    return {
        "installation": installation,
        "account_shard": None if member is None else shard_key(installation, member.customer),
        "account": None if member is None else member.account,
    }


def balance_from(row: sa.Row[tuple[object, ...]]) -> Balance:
    """Read a balance from its columns."""
    batches = zip(row.batches or (), row.ends or (), strict=True)
    return Balance(
        available=Points(int(row.available)),
        pending=Points(int(row.pending)),
        held=Points(int(row.held)),
        spent=Points(int(row.spent)),
        expired=Points(int(row.lapsed + row.expired)),
        deficit=Points(int(row.deficit)),
        expiring=tuple(Expiring(Points(points), at) for points, at in batches),
    )
