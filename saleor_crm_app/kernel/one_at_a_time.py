"""Lets acts that look at what was done before come one after the other, by a name that they have in common."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

_WAIT: Final = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(CAST(:name AS text), 0))")
_BESIDE: Final = sa.text("SELECT pg_advisory_xact_lock_shared(hashtextextended(CAST(:name AS text), 0))")


async def one_at_a_time(session: AsyncSession, name: str) -> None:
    """Wait for every other transaction that took this name, in whichever process, to end.

    The next statement sees what they have committed. The name is given back when this transaction ends.
    """
    await session.execute(_WAIT, {"name": name})


async def beside_each_other(session: AsyncSession, name: str) -> None:
    """Wait for one who took this name alone; others who take it like this are not waited for."""
    await session.execute(_BESIDE, {"name": name})
