"""The Merkle tree over the heads of all accounts: RFC 6962's hashes, so arranged that few change when few accounts do.

Accounts stand in the order of (shard key, id). The first 16 bits of the shard key divide them into 65,536 buckets; over
the accounts of one bucket stands a tree as in RFC 6962, over the buckets a full tree of 16 levels. Its nodes are
numbered from the root, 1, so that the children of n are 2n and 2n+1 and bucket b is node 65536 + b.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final
from uuid import UUID

DEPTH: Final = 16
ROOT: Final = 1
FIRST_BUCKET: Final = 1 << DEPTH
BUCKET_BITS: Final = 64 - DEPTH
"""Bits of a shard key that do not choose the bucket."""

_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"


def leaf_hash(shard: int, account: UUID, *, seq: int, head: bytes) -> bytes:
    """Hash of one account's head; nothing else can have it, since inner nodes begin with another byte."""
    place = shard.to_bytes(8, "big", signed=True) + account.bytes
    return sha256(_LEAF + place + seq.to_bytes(8, "big") + head).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return sha256(_NODE + left + right).digest()


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes as in RFC 6962: of none the hash of nothing; an odd one out goes up a level as it is."""
    level = list(leaves)
    if not level:
        return sha256(b"").digest()
    while len(level) > 1:
        paired = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0]


def bucket_of(shard: int) -> int:
    """The node of the bucket that a shard key falls into."""
    return FIRST_BUCKET + ((shard + (1 << 63)) >> BUCKET_BITS)


def empty(node: int) -> bytes:
    """Hash of a node below which there is no account."""
    return _EMPTY[node.bit_length() - 1]


def beside(buckets: Iterable[int]) -> set[int]:
    """The nodes needed to compute the root from these buckets: they, and what stands beside their ways up."""
    level = set(buckets)
    needed = set(level)
    while level and ROOT not in level:
        needed |= {node ^ 1 for node in level}
        level = {node >> 1 for node in level}
    return needed


def climb(buckets: Mapping[int, bytes], known: Mapping[int, bytes]) -> dict[int, bytes]:
    """All nodes from these buckets up to the root, with `known` ones beside their ways; what is not known is empty."""
    made = dict(buckets)

    def hash_of(node: int) -> bytes:
        return made.get(node) or known.get(node) or empty(node)

    level = set(buckets)
    while level and ROOT not in level:
        level = {node >> 1 for node in level}
        for node in level:
            made[node] = node_hash(hash_of(2 * node), hash_of(2 * node + 1))
    return made


def _empty_levels() -> list[bytes]:
    """From the root down to the buckets."""
    levels = [tree_hash(())]
    for _ in range(DEPTH):
        levels.append(node_hash(levels[-1], levels[-1]))
    return levels[::-1]


_EMPTY: Final = _empty_levels()
EMPTY_ROOT: Final = _EMPTY[0]
"""Root of a tree without accounts."""
