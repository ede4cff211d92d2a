"""API keys: given out once per installation, kept as HMAC, good for the scopes they were made with."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import sqlalchemy as sa

from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import BadInput
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.installations import ApiKeyRow
from saleor_crm_app.saleor.jose import Unauthorized

PREFIX: Final = "crm_"
SCOPES: Final = frozenset({"events:write", "contact:read", "staff:*"})
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_ID_LENGTH: Final = 12
_SECRET_LENGTH: Final = 32
_LONGEST: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as its owner lists it."""

    id: str
    name: str
    scopes: tuple[str, ...]
    is_revoked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyIdentity:
    """A program that showed a good key."""

    installation: InstallationId
    key_id: str
    scopes: frozenset[str]


class ApiKeys:
    """Makes, checks and revokes keys. The first secret key signs, the others still count."""

    def __init__(self, database: Database, secret_keys: Sequence[str]) -> None:
        self._database = database
        self._mac_keys = [hmac.digest(key.encode(), b"api keys", sha256) for key in secret_keys]

    async def create(self, installation: InstallationId, *, name: str, scopes: Sequence[str]) -> str:
        """Make a key; the text that is given back is nowhere else and cannot be shown again.

        Raises BadInput for a scope that does not exist.
        """
        unknown = sorted(set(scopes) - SCOPES)
        if unknown or not scopes:
            raise BadInput(f"Give a key at least one scope of {', '.join(sorted(SCOPES))}; unknown: {unknown}")
        key_id, secret = _random(_ID_LENGTH), _random(_SECRET_LENGTH)
        row = {
            "installation_id": installation,
            "id": key_id,
            "name": name,
            "mac": self._mac(secret, self._mac_keys[0]),
            "created_at": now(),
        }
        async with self._database.shop(installation) as session:
            await session.execute(sa.insert(ApiKeyRow).values(**row, scopes=sorted(set(scopes))))
        return f"{PREFIX}{key_id}_{secret}"

    async def identify(self, text: str) -> ApiKeyIdentity:
        """Say whose key this is.

        Raises Unauthorized alike for a key that is unknown, altered or revoked.
        """
        key_id, _, secret = text.removeprefix(PREFIX).partition("_")
        if not text.startswith(PREFIX) or len(text) > _LONGEST or not text.isascii():
            raise Unauthorized("Not an API key")
        async with self._database.intake() as session:
            found = await session.execute(sa.select(ApiKeyRow).where(ApiKeyRow.id == key_id))
            row = found.scalar_one_or_none()
        # the same work is done whether there is such a key or not
        mac = row.mac if row is not None else b""
        good = [hmac.compare_digest(self._mac(secret, key), mac) for key in self._mac_keys]
        if row is None or row.revoked_at is not None or not any(good):
            raise Unauthorized("This API key is not good here")
        installation = InstallationId(row.installation_id)
        if not good[0]:
            await self._sign_anew(installation, key_id, secret)
        return ApiKeyIdentity(installation=installation, key_id=key_id, scopes=frozenset(row.scopes))

    async def revoke(self, installation: InstallationId, key_id: str) -> bool:
        """Make a key useless; says whether there was one that was not."""
        async with self._database.shop(installation) as session:
            revoked = await session.execute(
                sa.update(ApiKeyRow)
                .where(ApiKeyRow.id == key_id, ApiKeyRow.revoked_at.is_(None))
                .values(revoked_at=now())
                .returning(ApiKeyRow.id)
            )
            return revoked.one_or_none() is not None

    async def of(self, installation: InstallationId) -> list[ApiKey]:
        """Every key of a shop, oldest first."""
        async with self._database.shop(installation, read_only=True) as session:
            rows = await session.scalars(sa.select(ApiKeyRow).order_by(ApiKeyRow.created_at))
            return [
                ApiKey(id=row.id, name=row.name, scopes=tuple(row.scopes), is_revoked=row.revoked_at is not None)
                for row in rows
            ]

    async def _sign_anew(self, installation: InstallationId, key_id: str, secret: str) -> None:
        """Move a key that is in use under the new secret key, so that the old one can be taken away."""
        async with self._database.shop(installation) as session:
            await session.execute(
                sa.update(ApiKeyRow).where(ApiKeyRow.id == key_id).values(mac=self._mac(secret, self._mac_keys[0]))
            )

    @staticmethod
    def _mac(secret: str, key: bytes) -> bytes:
        return hmac.digest(key, secret.encode(), sha256)


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
