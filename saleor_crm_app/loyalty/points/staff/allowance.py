"""How many points one member of staff may move alone in a day; counted exactly, whoever asks at once."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.program import Program


class StaffDayRow(Base):
    """What one person moved alone on one of the program's local days, gains and losses alike."""

    __tablename__ = "staff_day"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    actor_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    points: Mapped[int] = mapped_column(sa.BigInteger)

    __table_args__ = (sa.CheckConstraint("points > 0", name="points"),)


# the row is locked by who adds to it first, and the next one sees the sum
_ADD = sa.text(
    """
    INSERT INTO staff_day AS moved (installation_id, actor_id, program_id, day, points)
    SELECT :installation, :actor, :program, :day, :points WHERE :points <= :most
    ON CONFLICT (installation_id, actor_id, program_id, day)
    DO UPDATE SET points = moved.points + excluded.points WHERE moved.points + excluded.points <= :most
    RETURNING points
    """
).bindparams(sa.bindparam("points", type_=sa.BigInteger), sa.bindparam("most", type_=sa.BigInteger))


async def may_move_alone(
    session: AsyncSession, installation: InstallationId, program: Program, *, actor: str, points: int, at: datetime
) -> bool:
    """Count these points to the person's day, unless they are too many for one act or for what is left of the day.

    What is refused here is not counted. The day's row stays locked until the transaction ends.
    """
    limits = program.settings.staff
    if points > limits.four_eyes_above:
        return False
    wanted = {
        "installation": installation,
        "actor": actor,
        "program": program.id,
        "day": at.astimezone(program.zone).date(),
        "points": points,
        "most": limits.daily_limit,
    }
    return (await session.execute(_ADD, wanted)).one_or_none() is not None
