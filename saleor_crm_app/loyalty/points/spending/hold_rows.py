"""Reads and writes holds and the lots they have set aside, set-wise."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import AccountId, HoldId, InstallationId, LotId, ShardKey
from saleor_crm_app.loyalty.points.models import HoldLotRow, HoldRow, HoldState

HoldKey = tuple[ShardKey, HoldId]
"""Where a hold lies, and which one it is."""


@dataclass(slots=True)
class Hold:
    """Points set aside for `subject` until `expires_at`; `lots` says where they lie."""

    id: HoldId
    shard: ShardKey
    account: AccountId
    points: int
    subject: str
    opened_at: datetime
    expires_at: datetime
    state: HoldState = HoldState.OPEN
    lots: dict[LotId, int] = field(default_factory=dict)

    @property
    def key(self) -> HoldKey:
        return self.shard, self.id


_COLUMNS = "hold.shard_key, hold.id, account_id, points, subject, opened_at, expires_at, state"
_BY_KEY = sa.text(
    f"""
    SELECT {_COLUMNS} FROM unnest(CAST(:shards AS bigint[]), CAST(:ids AS uuid[])) AS wanted (shard, id)
    JOIN hold ON hold.installation_id = :installation AND hold.shard_key = wanted.shard AND hold.id = wanted.id
    """  # noqa: S608 # the columns are the constant above
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))
_LOTS = sa.text(
    """
    SELECT hold_id, lot_id, points FROM unnest(CAST(:shards AS bigint[]), CAST(:ids AS uuid[])) AS wanted (shard, id)
    JOIN hold_lot ON hold_lot.installation_id = :installation AND hold_lot.shard_key = wanted.shard
                 AND hold_lot.hold_id = wanted.id
    """
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))


async def holds_by_key(
    session: AsyncSession, installation: InstallationId, keys: Collection[HoldKey], *, with_lots: bool = False
) -> list[Hold]:
    """These holds as they stand, in the order of their keys; those that are not there are left out."""
    if not keys:
        return []
    ordered = sorted(keys)
    wanted = {
        "installation": installation,
        "shards": [shard for shard, _ in ordered],
        "ids": [hold for _, hold in ordered],
    }
    holds = {row.id: _hold(row) for row in await session.execute(_BY_KEY, wanted)}
    if with_lots:
        for row in await session.execute(_LOTS, wanted):
            holds[row.hold_id].lots[row.lot_id] = row.points
    return sorted(holds.values(), key=lambda hold: hold.key)


_OF_SUBJECT = sa.text(
    f"""
    SELECT {_COLUMNS} FROM hold
    WHERE installation_id = :installation AND shard_key = :shard AND subject = :subject AND state = 'OPEN'
    """  # noqa: S608 # the columns are the constant above
)


async def open_hold_of(
    session: AsyncSession, installation: InstallationId, shard: ShardKey, subject: str
) -> Hold | None:
    """The open hold for one thing, such as a checkout."""
    wanted = {"installation": installation, "shard": shard, "subject": subject}
    row = (await session.execute(_OF_SUBJECT, wanted)).one_or_none()
    return None if row is None else _hold(row)


_OVERDUE = sa.text(
    f"""
    SELECT {_COLUMNS} FROM hold
    WHERE installation_id = :installation AND state = 'OPEN' AND expires_at <= :at
    ORDER BY expires_at LIMIT :most
    """  # noqa: S608 # the columns are the constant above
).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)))


async def overdue_holds(session: AsyncSession, installation: InstallationId, *, at: datetime, most: int) -> list[Hold]:
    """Open holds whose time is over, the oldest first."""
    rows = await session.execute(_OVERDUE, {"installation": installation, "at": at, "most": most})
    return [_hold(row) for row in rows]


async def insert_hold(session: AsyncSession, installation: InstallationId, hold: Hold) -> None:
    """Keep a new hold with the lots it has set aside."""
    own: dict[str, Any] = {"installation_id": installation, "shard_key": hold.shard}
    row = own | {
        "id": hold.id,
        "account_id": hold.account,
        "points": hold.points,
        "state": hold.state.value,
        "subject": hold.subject,
        "opened_at": hold.opened_at,
        "expires_at": hold.expires_at,
    }
    await insert_rows(session, HoldRow.__table__, [row])
    places = [own | {"hold_id": hold.id, "lot_id": lot, "points": points} for lot, points in hold.lots.items()]
    await insert_rows(session, HoldLotRow.__table__, places)


_SETTLE = sa.text(
    """
    UPDATE hold SET state = new.state, settled_at = :at
    FROM unnest(CAST(:shards AS bigint[]), CAST(:ids AS uuid[]), CAST(:states AS text[])) AS new (shard, id, state)
    WHERE hold.installation_id = :installation AND hold.shard_key = new.shard AND hold.id = new.id
    """
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)), sa.bindparam("at", type_=sa.DateTime(timezone=True)))


async def settle_holds(
    session: AsyncSession, installation: InstallationId, holds: Sequence[Hold], *, at: datetime
) -> None:
    """Note what became of these holds."""
    if not holds:
        return
    await session.execute(
        _SETTLE,
        {
            "installation": installation,
            "shards": [hold.shard for hold in holds],
            "ids": [hold.id for hold in holds],
            "states": [hold.state.value for hold in holds],
            "at": at,
        },
    )


def by_account(holds: Collection[Hold]) -> dict[AccountId, list[Hold]]:
    """The same holds, sorted by whose points they are."""
    sorted_in: dict[AccountId, list[Hold]] = defaultdict(list)
    for hold in holds:
        sorted_in[hold.account].append(hold)
    return dict(sorted_in)


def _hold(row: sa.Row[Any]) -> Hold:
    return Hold(
        id=HoldId(row.id),
        shard=ShardKey(row.shard_key),
        account=AccountId(row.account_id),
        points=row.points,
        subject=row.subject,
        opened_at=row.opened_at,
        expires_at=row.expires_at,
        state=HoldState(row.state),
    )
