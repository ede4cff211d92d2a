"""The catalog: rewards as staff keep them, with what is left of each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import InstallationId, ProgramId, RewardId, new_id
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rewards.errors import KindFixed, RewardChangedMeanwhile, RewardNotFound, RewardRetired
from saleor_crm_app.loyalty.rewards.jobs import CheckVoucher, StockCodes, WithdrawVoucher
from saleor_crm_app.loyalty.rewards.models import RewardRow
from saleor_crm_app.loyalty.rewards.plans import plan_of
from saleor_crm_app.loyalty.rewards.terms import RewardTerms, checked
from saleor_crm_app.loyalty.rewards.vouchers import live_vouchers, settle_voucher, vouchers_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """A reward and what is left of it: `stock_left` None means any number; `committed` is promised or given, minor."""

    id: RewardId
    program: ProgramId
    version: int
    terms: RewardTerms
    stock_left: int | None
    committed: int
    made_at: datetime
    retired_at: datetime | None = None

    @property
    def budget_left(self) -> int | None:
        """Minor units; None where there is no budget."""
        return None if self.terms.budget is None else max(0, self.terms.budget - self.committed)

    @property
    def is_sold_out(self) -> bool:
        left = self.budget_left
        return self.stock_left == 0 or (left is not None and left < max(1, self.terms.unit_cost))

    def is_on_show(self, channel: str | None, at: datetime) -> bool:
        """Whether it is given in a channel at an instant."""
        terms = self.terms
        has_begun = terms.starts_at is None or terms.starts_at <= at
        has_ended = self.retired_at is not None or (terms.ends_at is not None and terms.ends_at <= at)
        return has_begun and not has_ended and (channel is None or not terms.channels or channel in terms.channels)


async def rewards_of(session: AsyncSession, programs: Collection[ProgramId], *, retired: bool = False) -> list[Reward]:
    """The rewards of these programs, by position and age; one statement."""
    wanted = sa.select(RewardRow).where(RewardRow.program_id.in_(programs))
    if not retired:
        wanted = wanted.where(RewardRow.retired_at.is_(None))
    found = [_reward(row) for row in await session.scalars(_fresh(wanted.order_by(RewardRow.id)))]
    return sorted(found, key=lambda one: one.terms.position)


async def rewards_by_id(session: AsyncSession, ids: Collection[RewardId]) -> dict[RewardId, Reward]:
    """Those of these rewards that are there, retired ones too; one statement, none for none."""
    if not ids:
        return {}
    rows = await session.scalars(_fresh(sa.select(RewardRow).where(RewardRow.id.in_(ids))))
    return {RewardId(row.id): _reward(row) for row in rows}


async def create_reward(
    session: AsyncSession, installation: InstallationId, program: Program, terms: RewardTerms, *, at: datetime
) -> Reward:
    """Put a reward into the catalog; the shop gets its voucher, and codes ahead, soon.

    Raises RewardInvalid.
    """
    checked(terms)
    row = {
        "installation_id": installation,
        "id": new_id(),
        "program_id": program.id,
        "state": "ACTIVE",
        "terms": msgspec.json.encode(terms).decode(),
        "stock_left": terms.stock,
        "made_at": at,
    }
    await insert_rows(session, RewardRow.__table__, [row])
    reward = RewardId(row["id"])  # type: ignore[arg-type] # the mapping mixes every column's type
    await _settle(session, installation, reward, terms, program=program, at=at)
    return (await rewards_by_id(session, [reward]))[reward]


async def update_reward(
    session: AsyncSession,
    installation: InstallationId,
    reward: RewardId,
    terms: RewardTerms,
    *,
    program: Program,
    expected_version: int,
    at: datetime,
) -> tuple[Reward, Reward]:
    """Change a reward; gives it as it was and as it is. Coupons that are out stay good for what they were given for.

    Stock that is given anew counts from now on; the same number as before leaves what is left. Raises RewardInvalid,
    RewardNotFound, RewardRetired, RewardChangedMeanwhile and KindFixed.
    """
    checked(terms)
    before = await locked_reward(session, reward)
    if before.retired_at is not None:
        raise RewardRetired
    if before.version != expected_version:
        raise RewardChangedMeanwhile(expected=expected_version, found=before.version)
    if before.terms.kind is not terms.kind:
        raise KindFixed
    stock_left = before.stock_left if terms.stock == before.terms.stock else terms.stock
    await session.execute(
        sa.update(RewardRow)
        .where(RewardRow.id == reward)
        .values(terms=msgspec.to_builtins(terms), stock_left=stock_left, version=before.version + 1)
        .execution_options(synchronize_session=False)
    )
    await _settle(session, installation, reward, terms, program=program, at=at)
    return before, (await rewards_by_id(session, [reward]))[reward]


async def retire_reward(
    session: AsyncSession, installation: InstallationId, reward: RewardId, *, at: datetime
) -> tuple[Reward, Reward]:
    """Give a reward no more; coupons that are out stay good. Codes made ahead are withdrawn from the shop.

    Raises RewardNotFound and RewardRetired.
    """
    before = await locked_reward(session, reward)
    if before.retired_at is not None:
        raise RewardRetired
    await session.execute(
        sa.update(RewardRow)
        .where(RewardRow.id == reward)
        .values(state="RETIRED", retired_at=at, version=before.version + 1)
        .execution_options(synchronize_session=False)
    )
    await settle_voucher(session, installation, reward, None, name="", at=at)
    await _withdraw_old(session, installation, reward)
    return before, (await rewards_by_id(session, [reward]))[reward]


async def ask_for_checks(session: AsyncSession, installation: InstallationId) -> None:
    """Have every voucher that is in use compared with the shop, stocked, or withdrawn where it is a former one."""
    jobs: list[outbox.Job] = []
    for voucher in await live_vouchers(session):
        if voucher.batch is not None:
            continue
        kinds = (CheckVoucher, StockCodes) if voucher.is_current else (CheckVoucher, WithdrawVoucher)
        jobs += [kind(installation=installation, voucher=voucher.key) for kind in kinds]
    await outbox.enqueue(session, *jobs)


async def locked_reward(session: AsyncSession, reward: RewardId) -> Reward:
    """A reward that nobody else changes until the transaction ends.

    Raises RewardNotFound.
    """
    row = await session.scalar(_fresh(sa.select(RewardRow).where(RewardRow.id == reward).with_for_update()))
    if row is None:
        raise RewardNotFound
    return _reward(row)


async def _settle(
    session: AsyncSession,
    installation: InstallationId,
    reward: RewardId,
    terms: RewardTerms,
    *,
    program: Program,
    at: datetime,
) -> None:
    plan = plan_of(terms, program.currency)
    voucher = await settle_voucher(session, installation, reward, plan, name=terms.words.name, at=at)
    if voucher is not None:
        await outbox.enqueue(session, StockCodes(installation=installation, voucher=voucher.key))
    await _withdraw_old(session, installation, reward)


async def _withdraw_old(session: AsyncSession, installation: InstallationId, reward: RewardId) -> None:
    old = [one for one in await vouchers_of(session, [reward]) if not one.is_current and one.ended_at is None]
    await outbox.enqueue(session, *(WithdrawVoucher(installation=installation, voucher=one.key) for one in old))


def _fresh(wanted: sa.Select[RewardRow]) -> sa.Select[RewardRow]:
    return wanted.execution_options(populate_existing=True)


def _reward(row: RewardRow) -> Reward:
    return Reward(
        id=RewardId(row.id),
        program=ProgramId(row.program_id),
        version=row.version,
        terms=msgspec.convert(row.terms, RewardTerms),
        stock_left=row.stock_left,
        committed=row.committed,
        made_at=row.made_at,
        retired_at=row.retired_at,
    )
