"""Who is in which segment: all segments are asked of many customers at once, and only what changes is written."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, array, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from saleor_crm_app.crm.customers import Place
from saleor_crm_app.crm.segments.compiling import ROLLUP, WITH_SCORES, expression
from saleor_crm_app.crm.segments.conditions import Condition
from saleor_crm_app.crm.segments.locks import lock_for_some
from saleor_crm_app.crm.segments.models import SegmentChangeRow, SegmentMemberRow
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ShardKey, shard_key

_MEMBER: Final = SegmentMemberRow
_KEYS: Final = ("shard_key", "customer_id", "segment_id")
_BEFORE_ALL: Final[Place] = (ShardKey(-(2**63)), CustomerId(""))

Range = tuple[Place | None, Place | None]
"""Customers behind the first place, up to the second; all where that is None."""


async def resegment(
    session: AsyncSession,
    installation: InstallationId,
    conditions: Mapping[UUID, Condition],
    among: Collection[CustomerId] | Range,
    *,
    at: datetime,
    not_before: Mapping[CustomerId, datetime] | None = None,
) -> None:
    """Let these customers enter and leave these segments; one statement. Staff of the shop are in none.

    What changes for those in `not_before` is dated then, if that is later than `at`.
    """
    if not conditions or (not isinstance(among, tuple) and not among):
        return
    chosen = [
        sa.case((expression(condition, at=at), sa.literal(segment, sa.Uuid)), else_=None)
        for segment, condition in conditions.items()
    ]
    now_in = (
        sa.select(
            ROLLUP.shard_key,
            ROLLUP.customer_id,
            sa.func.unnest(sa.func.array_remove(array(chosen), sa.null())).label("segment_id"),
        )
        .select_from(WITH_SCORES)
        .where(
            ROLLUP.installation_id == installation, ROLLUP.is_staff.is_(sa.false()), _among(ROLLUP, installation, among)
        )
        .cte("now_in")
    )
    still = sa.exists().where(*(now_in.c[key] == getattr(_MEMBER, key) for key in _KEYS)).correlate(_MEMBER.__table__)
    left = (
        sa.delete(_MEMBER)
        .where(
            _MEMBER.installation_id == installation,
            _MEMBER.segment_id.in_(list(conditions)),
            _among(_MEMBER, installation, among),
            sa.not_(still),
        )
        .returning(*(getattr(_MEMBER, key) for key in _KEYS))
        .cte("left_it")
    )
    moment = sa.literal(at, sa.DateTime(timezone=True))
    shop = sa.literal(installation, sa.Uuid)
    entered = (
        insert(_MEMBER)
        .from_select(
            ["installation_id", *_KEYS, "since"],
            sa.select(shop, *(now_in.c[key] for key in _KEYS), moment).order_by(*(now_in.c[key] for key in _KEYS)),
        )
        .on_conflict_do_nothing()
        .returning(*(getattr(_MEMBER, key) for key in _KEYS))
        .cte("entered_it")
    )
    changes = sa.union_all(
        sa.select(*(entered.c[key] for key in _KEYS), sa.true().label("entered")),
        sa.select(*(left.c[key] for key in _KEYS), sa.false().label("entered")),
    )
    await _note(session, installation, changes.cte("changes"), among, at=at, not_before=not_before)


async def count_matching(
    session: AsyncSession, installation: InstallationId, conditions: Sequence[Condition], *, at: datetime
) -> list[int]:
    """How many customers each of these conditions holds for now; one statement, one look at each customer."""
    if not conditions:
        return []
    counts = [sa.func.count().filter(expression(one, at=at)) for one in conditions]
    wanted = sa.select(*counts).select_from(WITH_SCORES)
    wanted = wanted.where(ROLLUP.installation_id == installation, ROLLUP.is_staff.is_(sa.false()))
    return [int(number) for number in (await session.execute(wanted)).one()]


async def end_of_page(
    session: AsyncSession, installation: InstallationId, *, after: Place | None, size: int
) -> Place | None:
    """The place of the customer with which a page of so many ends; None where fewer are left."""
    columns = (ROLLUP.shard_key, ROLLUP.customer_id)
    wanted = sa.select(*columns).where(ROLLUP.installation_id == installation, _behind(ROLLUP, after or _BEFORE_ALL))
    row = (await session.execute(wanted.order_by(*columns).offset(size - 1).limit(1))).one_or_none()
    return None if row is None else (ShardKey(row.shard_key), CustomerId(row.customer_id))


_MEASURE = sa.text(
    """
    INSERT INTO segment_size (installation_id, segment_id, day, members)
    SELECT :installation, wanted.id, :day, (SELECT count(*) FROM segment_member
                                            WHERE installation_id = :installation AND segment_id = wanted.id)
    FROM segment AS wanted WHERE installation_id = :installation AND retired_at IS NULL
    ON CONFLICT (installation_id, segment_id, day) DO UPDATE SET members = excluded.members
    """
)


async def measure(session: AsyncSession, installation: InstallationId, *, at: datetime) -> None:
    """Note how many are in each live segment today."""
    await session.execute(_MEASURE, {"installation": installation, "day": at.date()})


async def empty(session: AsyncSession, installation: InstallationId, segment: UUID, *, at: datetime) -> None:
    """Let all leave a segment."""
    gone = (
        sa.delete(_MEMBER)
        .where(_MEMBER.installation_id == installation, _MEMBER.segment_id == segment)
        .returning(*(getattr(_MEMBER, key) for key in _KEYS))
        .cte("gone")
    )
    changes = sa.select(*(gone.c[key] for key in _KEYS), sa.false().label("entered"))
    await _note(session, installation, changes.cte("changes"), (None, None), at=at)


async def forget_members(
    session: AsyncSession, installation: InstallationId, customers: Collection[CustomerId]
) -> None:
    """Delete where customers who were deleted are and were."""
    if not customers:
        return
    await lock_for_some(session, installation)
    for table in (_MEMBER, SegmentChangeRow):
        await session.execute(
            sa.delete(table).where(table.installation_id == installation, _among(table, installation, customers))
        )


async def _note(
    session: AsyncSession,
    installation: InstallationId,
    changes: sa.CTE,
    among: Collection[CustomerId] | Range,
    *,
    at: datetime,
    not_before: Mapping[CustomerId, datetime] | None = None,
) -> None:
    """Write changes down, each behind the last one of the same customer and segment.

    Who asked earlier may be served later. Joined, not asked for each row: the table may grow from nothing by this
    statement, whose plan was made for an empty one.
    """
    moment = sa.literal(at, sa.DateTime(timezone=True))
    before = aliased(SegmentChangeRow)
    of_before = sa.and_(
        before.installation_id == installation,
        *(getattr(before, key) == changes.c[key] for key in _KEYS),
        before.at >= moment,
        _among(before, installation, among),  # follows from the keys, which the planner does not see
    )
    wanted = sa.outerjoin(changes, before, of_before)
    moments = [moment, sa.func.max(before.at) + timedelta(microseconds=1)]
    if not_before:
        own = (
            sa.func.unnest(
                sa.literal(list(not_before), ARRAY(sa.Text)),
                sa.literal(list(not_before.values()), ARRAY(sa.DateTime(timezone=True))),
            )
            .table_valued("customer_id", "moment")
            .render_derived()
        )
        wanted = sa.outerjoin(wanted, own, own.c.customer_id == changes.c.customer_id)
        moments.append(sa.func.max(own.c.moment))
    told = [changes.c[key] for key in (*_KEYS, "entered")]
    noted = sa.select(sa.literal(installation, sa.Uuid), *told, sa.func.greatest(*moments)).select_from(wanted)
    columns = ["installation_id", *_KEYS, "entered", "at"]
    await session.execute(insert(SegmentChangeRow).from_select(columns, noted.group_by(*told)).on_conflict_do_nothing())


def _among(
    table: Any,  # noqa: ANN401 # any of the tables with a customer's key
    installation: InstallationId,
    among: Collection[CustomerId] | Range,
) -> sa.ColumnElement[bool]:
    if not isinstance(among, tuple):
        keys = sorted((shard_key(installation, one), one) for one in among)
        return sa.tuple_(table.shard_key, table.customer_id).in_(keys)
    after, until = among
    behind = _behind(table, after or _BEFORE_ALL)
    if until is None:
        return behind
    return sa.and_(behind, sa.tuple_(table.shard_key, table.customer_id) <= _place(until))


def _behind(table: Any, after: Place) -> sa.ColumnElement[bool]:  # noqa: ANN401 # likewise
    return sa.tuple_(table.shard_key, table.customer_id) > _place(after)


def _place(place: Place) -> sa.Tuple:
    return sa.tuple_(sa.literal(place[0], sa.BigInteger), sa.literal(place[1], sa.Text))
