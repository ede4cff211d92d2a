"""A seal: one signed statement about all accounts of a shop, chained to the one before it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec
import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId

KIND: Final = "saleor-crm seal"
VERSION: Final = 1
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


class Signer(Protocol):
    """Holds a private key; whoever made it knows where from."""

    @property
    def key_id(self) -> str:
        """The name of the public key that belongs to it."""

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature over a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """`root` covers the heads of `accounts` accounts, `terms` the dates of lots noted since the seal before.

    `previous` is the hash of the seal before, nothing for the first.
    """

    installation: InstallationId
    n: int
    at: datetime
    accounts: int
    root: bytes
    terms: bytes
    previous: bytes
    key_id: str
    signature: bytes = b""

    def content(self) -> dict[str, Any]:
        """What is signed."""
        return {
            "kind": KIND,
            "version": VERSION,
            "installation": str(self.installation),
            "n": self.n,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "accounts": self.accounts,
            "root": self.root.hex(),
            "terms": self.terms.hex(),
            "previous": self.previous.hex(),
            "key_id": self.key_id,
        }

    def message(self) -> bytes:
        """What is signed, as canonical JSON: sorted keys, no white space."""
        return canonical(self.content())

    def hash(self) -> bytes:
        """What the next seal names as its previous one."""
        return sha256(self.message()).digest()


def canonical(value: object) -> bytes:
    """The one way to write a value as JSON: sorted keys, no white space, UTF-8."""
    return _ENCODER.encode(value)


def is_signed(message: bytes, signature: bytes, public_key: bytes) -> bool:
    """Whether an Ed25519 signature over a message is of this key."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def term_mark(lot: UUID, n: int, *, dates: Iterable[datetime | None]) -> bytes:
    """Hash of what was noted as a lot's dates: activation, expiry, and when that was recorded."""
    written = [None if one is None else one.astimezone(UTC).isoformat(timespec="microseconds") for one in dates]
    return sha256(canonical([str(lot), n, written])).digest()


def terms_digest(marks: Iterable[bytes]) -> bytes:
    """Hash over the marks of all dates that one seal covers, in the order of (shard key, lot, number)."""
    return sha256(b"".join(marks)).digest()


_NEWEST = sa.text("SELECT * FROM seal WHERE installation_id = :installation ORDER BY n DESC LIMIT 1")
_BELOW = sa.text("SELECT * FROM seal WHERE installation_id = :installation AND n < :below ORDER BY n DESC LIMIT :most")
_COUNT = sa.text("SELECT count(*) FROM seal WHERE installation_id = :installation")


async def newest_seal(session: AsyncSession, installation: InstallationId) -> Seal | None:
    """The last seal of a shop."""
    row = (await session.execute(_NEWEST, {"installation": installation})).one_or_none()
    return None if row is None else seal_of(row)


async def seals_below(session: AsyncSession, installation: InstallationId, *, below: int, most: int) -> list[Seal]:
    """Seals whose number is less than `below`, the newest first."""
    wanted = {"installation": installation, "below": below, "most": most}
    return [seal_of(row) for row in await session.execute(_BELOW, wanted)]


async def count_seals(session: AsyncSession, installation: InstallationId) -> int:
    """How many seals a shop has."""
    return int((await session.execute(_COUNT, {"installation": installation})).scalar_one())


def seal_of(row: sa.Row[Any]) -> Seal:
    """A seal as stored."""
    return Seal(
        installation=InstallationId(row.installation_id),
        n=row.n,
        at=row.at,
        accounts=row.accounts,
        root=row.root,
        terms=row.terms,
        previous=row.previous,
        key_id=row.key_id,
        signature=row.signature,
    )
