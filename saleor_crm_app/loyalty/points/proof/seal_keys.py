"""The keys that seals are signed with: one pair at a time for each shop; the private half is ciphertext here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.points.proof.seal_models import SealKeyRow


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSealKey:
    """What everybody may know: 32 bytes of Ed25519. A retired key signs no more; what it signed stays good."""

    id: str
    public_key: bytes
    made_at: datetime
    retired_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealKey(PublicSealKey):
    """With the private key, sealed by whoever keeps the secret."""

    private_key: bytes


_OF_SHOP = sa.text("SELECT * FROM seal_key WHERE installation_id = :installation ORDER BY made_at, id")
_EVERYBODYS = sa.text("SELECT id, public_key, made_at, retired_at FROM seal_key ORDER BY made_at, id")
_RETIRE = sa.text(
    "UPDATE seal_key SET retired_at = :at WHERE installation_id = :installation AND retired_at IS NULL"
).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)))
_RESEAL = sa.text(
    "UPDATE seal_key SET private_key = :fresh WHERE installation_id = :installation AND id = :key"
    " AND private_key = :stale RETURNING id"
)


async def seal_keys_of(session: AsyncSession, installation: InstallationId) -> list[SealKey]:
    """A shop's keys, oldest first; the one that is not retired signs."""
    return [_key(row) for row in await session.execute(_OF_SHOP, {"installation": installation})]


async def public_seal_keys(session: AsyncSession) -> list[PublicSealKey]:
    """The public keys of every shop; for a session across shops."""
    return [
        PublicSealKey(id=row.id, public_key=row.public_key, made_at=row.made_at, retired_at=row.retired_at)
        for row in await session.execute(_EVERYBODYS)
    ]


async def add_seal_key(session: AsyncSession, installation: InstallationId, key: SealKey) -> None:
    """Retire the key that signed so far, if there is one, and let this one sign."""
    await session.execute(_RETIRE, {"installation": installation, "at": key.made_at})
    row = {
        "installation_id": installation,
        "id": key.id,
        "public_key": key.public_key,
        "private_key": key.private_key,
        "made_at": key.made_at,
    }
    await insert_rows(session, SealKeyRow.__table__, [row])


async def replace_private_key(
    session: AsyncSession, installation: InstallationId, key: SealKey, *, fresh: bytes
) -> bool:
    """Put one ciphertext in the place of another, unless a third one came meanwhile."""
    wanted = {"installation": installation, "key": key.id, "stale": key.private_key, "fresh": fresh}
    return (await session.execute(_RESEAL, wanted)).one_or_none() is not None


def public_keys(keys: Sequence[PublicSealKey]) -> dict[str, bytes]:
    """The keys by their names."""
    return {key.id: key.public_key for key in keys}


def _key(row: sa.Row[Any]) -> SealKey:
    return SealKey(
        id=row.id,
        public_key=row.public_key,
        private_key=row.private_key,
        made_at=row.made_at,
        retired_at=row.retired_at,
    )
