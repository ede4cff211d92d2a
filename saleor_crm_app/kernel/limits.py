"""How often somebody may do something: counted in the database, so that all processes together keep to it."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.db import Base
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.ids import InstallationId

KEPT_FOR: Final = timedelta(days=1)
"""No window is longer."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class RateLimited(Refusal):
    """Asked too often; `retry_after` are the seconds until it may be asked again."""

    code = LoyaltyErrorCode.RATE_LIMITED

    def __init__(self, *, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"That is too often; try again in {retry_after} seconds.")


class RateRow(Base):
    """How often one caller did one act in the window that began at `begun_at`."""

    __tablename__ = "act_rate"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    act: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    begun_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    acts: Mapped[int]


# whose clock is behind counts in the window that others have begun
_COUNT = sa.text(
    """
    INSERT INTO act_rate AS held (installation_id, owner, act, begun_at, acts)
    VALUES (:installation, :owner, :act, :begun, 1)
    ON CONFLICT (installation_id, owner, act) DO UPDATE SET
        acts = CASE WHEN held.begun_at < excluded.begun_at THEN 1 ELSE held.acts + 1 END,
        begun_at = greatest(held.begun_at, excluded.begun_at)
    RETURNING acts
    """
).bindparams(sa.bindparam("begun", type_=sa.DateTime(timezone=True)))


async def demand_rate(
    session: AsyncSession,
    installation: InstallationId,
    *,
    owner: str,
    act: str,
    most: int,
    per: timedelta,
    at: datetime,
) -> None:
    """Count one act of `owner`, at most `most` in each window of `per`; `at` is real time, never a shop's.

    The count holds once the session's transaction commits, so let that be soon: others wait for it.
    Raises RateLimited.
    """
    begun = at - (at - _EPOCH) % per
    wanted = {"installation": installation, "owner": owner, "act": act, "begun": begun}
    if (await session.execute(_COUNT, wanted)).scalar_one() > most:
        raise RateLimited(retry_after=-((at - begun - per) // timedelta(seconds=1)))


_UNCOUNT = sa.text(
    """
    UPDATE act_rate SET acts = acts - 1
    WHERE installation_id = :installation AND owner = :owner AND act = :act AND begun_at = :begun AND acts > 0
    """
).bindparams(sa.bindparam("begun", type_=sa.DateTime(timezone=True)))


async def uncount(
    session: AsyncSession, installation: InstallationId, *, owner: str, act: str, per: timedelta, at: datetime
) -> None:
    """Take one act back that `demand_rate` counted at the same `at`: for what is limited only where it fails."""
    begun = at - (at - _EPOCH) % per
    await session.execute(_UNCOUNT, {"installation": installation, "owner": owner, "act": act, "begun": begun})


_FORGET = sa.text("DELETE FROM act_rate WHERE installation_id = :installation AND begun_at < :before").bindparams(
    sa.bindparam("before", type_=sa.DateTime(timezone=True))
)


async def forget_rates(session: AsyncSession, installation: InstallationId) -> None:
    """Delete a shop's counts of windows that are long over."""
    await session.execute(_FORGET, {"installation": installation, "before": now() - KEPT_FOR})
