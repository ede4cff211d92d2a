"""The one lock of rules: a program's rules are written by one at a time."""

from hashlib import blake2b

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId, ProgramId

_LOCK = sa.text("SELECT pg_advisory_xact_lock(:key)").bindparams(sa.bindparam("key", type_=sa.BigInteger))


async def lock_rules(session: AsyncSession, installation: InstallationId, program: ProgramId) -> None:
    """Wait until nobody else writes this program's rules; held until the transaction ends."""
    digest = blake2b(b"rules" + installation.bytes + program.bytes, digest_size=8).digest()
    await session.execute(_LOCK, {"key": int.from_bytes(digest, signed=True)})
