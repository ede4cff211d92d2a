"""The hash chain: each entry's hash covers its content, its allocations and the hash before it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

HASH_VERSION: Final = 2

_ENCODER = msgspec.json.Encoder(order="deterministic")


def entry_hash(
    previous: bytes,
    content: Mapping[str, Any],
    allocations: Sequence[tuple[UUID | None, int]],
    *,
    version: int = HASH_VERSION,
) -> bytes:
    """SHA-256 over the previous hash and the canonical JSON of a version: sorted keys, no white space.

    `content` holds the hashed columns by name; instants are written in UTC with microseconds.
    Raises KeyError for a version there never was.
    """
    columns = HASHED[version]
    plain = {
        key: value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value
        for key, value in content.items()
        if key in columns
    }
    return sha256(previous + _ENCODER.encode([version, plain, allocations])).digest()


_FIRST: Final = frozenset(
    {
        "installation_id",
        "shard_key",
        "id",
        "account_id",
        "seq",
        "kind",
        "source",
        "points",
        "key",
        "order_id",
        "program_version",
        "explanation",
        "occurred_at",
        "recorded_at",
    }
)
HASHED: Final[Mapping[int, frozenset[str]]] = {1: _FIRST, 2: _FIRST | {"subject_id"}}
"""The columns of each version; none of them holds text about a person."""
