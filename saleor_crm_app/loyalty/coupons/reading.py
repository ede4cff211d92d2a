"""Lists of coupons: a customer's, a reward's, those that something has to be done about."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import (
    CouponId,
    CustomerId,
    InstallationId,
    ProgramId,
    RewardId,
    shard_key,
)
from saleor_crm_app.kernel.paging import BadPage, Page, cursor_of, key_at
from saleor_crm_app.loyalty.coupons.coupons import OPEN, Coupon, CouponKey, as_coupon
from saleor_crm_app.loyalty.coupons.models import CouponOrigin, CouponRow, CouponState

_CURSOR = "Coupon"


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponPage:
    """Coupons, newest first, each with its cursor."""

    coupons: Sequence[Coupon]
    has_next: bool
    has_previous: bool
    total: int

    @staticmethod
    def cursor(coupon: Coupon) -> str:
        return cursor_of(_CURSOR, coupon.id)


NO_COUPONS = CouponPage(coupons=(), has_next=False, has_previous=False, total=0)


async def coupons_of_customer(
    session: AsyncSession,
    installation: InstallationId,
    customer: CustomerId,
    program: ProgramId,
    page: Page,
    *,
    state: CouponState | None,
    at: datetime,
) -> CouponPage:
    """A customer's coupons in a program, newest first; two statements.

    Raises BadPage.
    """
    theirs = [
        CouponRow.installation_id == installation,
        CouponRow.shard_key == shard_key(installation, customer),
        CouponRow.customer_id == customer,
        CouponRow.program_id == program,
    ]
    if state is not None:
        theirs.append(_reads_as(state, at))
    return await _page(session, theirs, page)


async def coupons_of_shop(
    session: AsyncSession,
    page: Page,
    *,
    reward: RewardId | None = None,
    customer: CustomerId | None = None,
    state: CouponState | None = None,
    at: datetime,
) -> CouponPage:
    """Coupons of the session's installation, newest first; two statements.

    Raises BadPage.
    """
    wanted: list[sa.ColumnElement[bool]] = []
    if reward is not None:
        wanted.append(CouponRow.reward_id == reward)
    if customer is not None:
        wanted.append(CouponRow.customer_id == customer)
    if state is not None:
        wanted.append(_reads_as(state, at))
    return await _page(session, wanted, page)


async def _page(session: AsyncSession, wanted: Sequence[sa.ColumnElement[bool]], page: Page) -> CouponPage:
    key = _key(page)
    total = await session.scalar(sa.select(sa.func.count()).select_from(CouponRow).where(*wanted))
    # not by key alone: the keys of replacements and of what occasions give are made of others, not of the time
    place = sa.tuple_(CouponRow.issued_at, CouponRow.id)
    rows = sa.select(CouponRow).where(*wanted).limit(page.size + 1)
    if key is not None:
        other = sa.select(CouponRow.issued_at, CouponRow.id).where(*wanted, CouponRow.id == key).scalar_subquery()
        rows = rows.where(place > other if page.backwards else place < other)
    ways = (CouponRow.issued_at, CouponRow.id)
    found = list(await session.scalars(rows.order_by(*(way.asc() if page.backwards else way.desc() for way in ways))))
    more, coupons = len(found) > page.size, [as_coupon(row) for row in found[: page.size]]
    if page.backwards:
        coupons.reverse()
    return CouponPage(
        coupons=coupons,
        has_next=(key is not None) if page.backwards else more,
        has_previous=more if page.backwards else key is not None,
        total=total or 0,
    )


def _key(page: Page) -> UUID | None:
    """Raises BadPage."""
    key = key_at(page, kind=_CURSOR)
    try:
        return None if key is None else UUID(key)
    except ValueError as error:
        raise BadPage("before" if page.backwards else "after", "That is no cursor of this list.") from error


def _reads_as(state: CouponState, at: datetime) -> sa.ColumnElement[bool]:
    """As `Coupon.state_at` tells it."""
    lapsed = sa.and_(CouponRow.state == CouponState.ISSUED, CouponRow.expires_at <= at)
    if state is CouponState.EXPIRED:
        return sa.or_(CouponRow.state == state, lapsed)
    if state is CouponState.ISSUED:
        return sa.and_(CouponRow.state == state, sa.or_(CouponRow.expires_at.is_(None), CouponRow.expires_at > at))
    return CouponRow.state == state


async def had_before(
    session: AsyncSession,
    installation: InstallationId,
    customer: CustomerId,
    program: ProgramId,
    rewards: Collection[RewardId] | None = None,
) -> dict[RewardId, list[datetime]]:
    """When a customer claimed each of these rewards, oldest first; what failed or was taken back does not count."""
    taken_back = sa.and_(CouponRow.state == CouponState.REVOKED, CouponRow.order_id.is_(None))
    wanted = sa.select(CouponRow.reward_id, CouponRow.issued_at).where(
        CouponRow.installation_id == installation,
        CouponRow.shard_key == shard_key(installation, customer),
        CouponRow.customer_id == customer,
        CouponRow.program_id == program,
        CouponRow.origin == CouponOrigin.CLAIM,
        CouponRow.state != CouponState.FAILED,
        sa.not_(taken_back),
    )
    if rewards is not None:
        wanted = wanted.where(CouponRow.reward_id.in_(rewards))
    found: dict[RewardId, list[datetime]] = defaultdict(list)
    for row in await session.execute(wanted.order_by(CouponRow.issued_at)):
        found[RewardId(row.reward_id)].append(row.issued_at)
    return found


async def known_coupons(session: AsyncSession, keys: Collection[CouponKey]) -> set[CouponId]:
    """Which of these are there."""
    if not keys:
        return set()
    wanted = sa.select(CouponRow.id).where(sa.tuple_(CouponRow.shard_key, CouponRow.id).in_(list(keys)))
    return {CouponId(one) for one in await session.scalars(wanted)}


async def held_coupons(session: AsyncSession, voucher_key: UUID, *, most: int) -> list[Coupon]:
    """Those that wait for a code of a voucher, the longest first; locked, and none that somebody else has locked."""
    rows = await session.scalars(
        sa.select(CouponRow)
        .where(_waits(voucher_key))
        .order_by(CouponRow.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return [as_coupon(row) for row in rows]


async def count_held(session: AsyncSession, voucher_key: UUID) -> int:
    """How many wait for a code of a voucher."""
    return int((await session.execute(sa.select(sa.func.count()).where(_waits(voucher_key)))).scalar_one())


def _waits(voucher_key: UUID) -> sa.ColumnElement[bool]:
    """The codes of a batch are in an index of their own."""
    return sa.and_(
        CouponRow.voucher_key == voucher_key, CouponRow.state == CouponState.HELD, CouponRow.batch_id.is_(None)
    )


_ASKED_AGAIN = timedelta(hours=1)
_NOW = sa.func.clock_timestamp(type_=sa.DateTime(timezone=True))


async def ending(session: AsyncSession, *, at: datetime, most: int) -> list[Coupon]:
    """Open coupons whose time is over, that are to be taken back, or that could not be delivered in time.

    Each is asked for once an hour: a job that asked is tried again by itself. A batch's codes end together instead.
    """
    over = sa.or_(CouponRow.expires_at <= at, CouponRow.revoking, _overdue(at))
    asked = sa.or_(CouponRow.asked_at.is_(None), CouponRow.asked_at < _NOW - _ASKED_AGAIN)
    keys = (
        sa.select(CouponRow.shard_key, CouponRow.id)
        .where(CouponRow.state.in_(OPEN), CouponRow.batch_id.is_(None), over, asked)
        .order_by(CouponRow.expires_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    rows = await session.scalars(
        sa.update(CouponRow)
        .where(sa.tuple_(CouponRow.shard_key, CouponRow.id).in_(keys))
        .values(asked_at=_NOW)
        .returning(CouponRow)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return [as_coupon(row) for row in rows]


async def due_of_voucher(
    session: AsyncSession, voucher_key: UUID, *, at: datetime, most: int, after: UUID | None = None
) -> list[Coupon]:
    """The same of one voucher whenever it was asked for, by id; of a batch only what is taken back by itself."""
    is_late = sa.and_(CouponRow.batch_id.is_(None), sa.or_(CouponRow.expires_at <= at, _overdue(at)))
    over = sa.or_(is_late, CouponRow.revoking)
    wanted = sa.select(CouponRow).where(CouponRow.voucher_key == voucher_key, CouponRow.state.in_(OPEN), over)
    if after is not None:
        wanted = wanted.where(CouponRow.id > after)
    return [as_coupon(row) for row in await session.scalars(wanted.order_by(CouponRow.id).limit(most))]


def _overdue(at: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(CouponRow.state == CouponState.HELD, CouponRow.deliver_by <= at)


async def open_of_voucher(session: AsyncSession, voucher_key: UUID) -> bool:
    """Whether somebody may still use a code of a voucher."""
    wanted = sa.select(CouponRow.id).where(CouponRow.voucher_key == voucher_key, CouponRow.state.in_(OPEN)).limit(1)
    return await session.scalar(wanted) is not None


async def open_coupons_of(
    session: AsyncSession, installation: InstallationId, customers: Collection[CustomerId]
) -> list[Coupon]:
    """What these customers could still use; one statement, none for nobody."""
    if not customers:
        return []
    wanted = sa.select(CouponRow).where(
        CouponRow.installation_id == installation,
        CouponRow.shard_key.in_({shard_key(installation, customer) for customer in customers}),
        CouponRow.customer_id.in_(customers),
        CouponRow.state.in_(OPEN),
    )
    return [as_coupon(row) for row in await session.scalars(wanted)]


async def coupons_of_voucher(
    session: AsyncSession, voucher_keys: Collection[UUID], *, customer: CustomerId | None = None
) -> list[Coupon]:
    """Coupons of these vouchers that have a code, those of one customer where that is given."""
    wanted = sa.select(CouponRow).where(CouponRow.voucher_key.in_(voucher_keys), CouponRow.code_mac.is_not(None))
    if customer is not None:
        wanted = wanted.where(CouponRow.customer_id == customer)
    return [as_coupon(row) for row in await session.scalars(wanted.order_by(CouponRow.id))]
