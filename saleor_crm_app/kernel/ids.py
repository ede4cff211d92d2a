"""Identities: time-ordered keys of our own, Saleor's global ids, and the key that places a customer."""

import binascii
import os
import re
import time
from base64 import b64decode, b64encode
from hashlib import blake2b
from typing import NewType
from uuid import UUID

InstallationId = NewType("InstallationId", UUID)
ProgramId = NewType("ProgramId", UUID)
AccountId = NewType("AccountId", UUID)
EntryId = NewType("EntryId", UUID)
LotId = NewType("LotId", UUID)
HoldId = NewType("HoldId", UUID)
RedemptionId = NewType("RedemptionId", UUID)
OrderId = NewType("OrderId", UUID)
RewardId = NewType("RewardId", UUID)
CouponId = NewType("CouponId", UUID)
BatchId = NewType("BatchId", UUID)
CustomerId = NewType("CustomerId", str)
"""A customer's key within one Saleor: the decoded part of its global id, such as "6"."""
ShardKey = NewType("ShardKey", int)

_GLOBAL_ID = re.compile(r"([A-Za-z]{1,40}):([A-Za-z0-9_-]{1,64})")


def new_id() -> UUID:
    """Make a UUIDv7 (RFC 9562): milliseconds, 12 bits of their fraction, then randomness, so keys sort by age."""
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    time_and_version = (milliseconds & 0xFFFF_FFFF_FFFF) << 16 | 0x7 << 12 | (nanoseconds << 12) // 1_000_000
    variant_and_random = 0x2 << 62 | int.from_bytes(os.urandom(8)) >> 2
    return UUID(int=time_and_version << 64 | variant_and_random)


def shard_key(installation: InstallationId, owner: CustomerId | OrderId | CouponId) -> ShardKey:
    """Place a customer's rows (or a guest order's, or nobody's coupon's): 8 bytes, signed, of BLAKE2b over both ids."""
    digest = blake2b(installation.bytes + str(owner).encode(), digest_size=8).digest()
    return ShardKey(int.from_bytes(digest, signed=True))


def global_id(kind: str, key: object) -> str:
    """Write Saleor's global id, e.g. `VXNlcjo2` for ("User", 6)."""
    return b64encode(f"{kind}:{key}".encode()).decode()


def decode_global_id(text: str) -> tuple[str, str]:
    """Read a global id into kind and key.

    Raises ValueError when it is not one.
    """
    try:
        plain = b64decode(text, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        plain = ""
    match = _GLOBAL_ID.fullmatch(plain)
    # one thing has one id: no spare padding, no other spelling
    if match is None or b64encode(plain.encode()).decode() != text:
        raise ValueError(f"{text[:80]!r} is not a global id")
    return match[1], match[2]


def key_of(text: str, *, kind: str) -> str:
    """Read the key of a global id that must be of one kind.

    Raises ValueError for another kind.
    """
    found, key = decode_global_id(text)
    if found != kind:
        raise ValueError(f"{text[:80]!r} is the id of a {found}, not of a {kind}")
    return key


def customer_id(text: str) -> CustomerId:
    """Read `User:…`."""
    return CustomerId(key_of(text, kind="User"))


def order_id(text: str) -> OrderId:
    """Read `Order:…`."""
    return OrderId(UUID(key_of(text, kind="Order")))
