"""Seals: what they cover, what they cost, and that their tree is what RFC 6962 says of the same accounts."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.exc import DBAPIError

from saleor_crm_app.installation.sealing import renew_key, seal_all, trusted_keys
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points.proof.merkle import EMPTY_ROOT, ROOT, beside, bucket_of, climb, leaf_hash, tree_hash
from saleor_crm_app.saleor.secrets import Vault
from tests.conftest import Addresses, MakeInstallation
from tests.door import counted
from tests.loyalty.ledgers import VAULT, laws_broken, proved, rows, seal, tamper, trade
from tests.loyalty.test_accrual import happen
from tests.shop import NOON, order


def split(leaves: Sequence[tuple[int, bytes]], depth: int = 16) -> bytes:
    """The root by the definition, from scratch; shard keys count from 0."""
    if depth:
        bit = 47 + depth
        halves = [[one for one in leaves if one[0] >> bit & 1 == side] for side in (0, 1)]
        return sha256(b"\x01" + b"".join(split(half, depth - 1) for half in halves)).digest() if leaves else none(depth)
    return hanging([leaf for _, leaf in leaves])


def none(depth: int) -> bytes:
    return sha256(b"").digest() if not depth else sha256(b"\x01" + none(depth - 1) * 2).digest()


def hanging(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, section 2.1, over hashes of leaves."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    cut = 1
    while cut * 2 < len(leaves):
        cut *= 2
    return sha256(b"\x01" + hanging(leaves[:cut]) + hanging(leaves[cut:])).digest()


@pytest.mark.parametrize("number", [0, 1, 2, 3, 5, 8, 13, 64, 100])
def test_a_bucket_is_a_tree_of_rfc_6962(number: int) -> None:
    leaves = [sha256(bytes([one])).digest() for one in range(number)]
    assert tree_hash(leaves) == hanging(leaves)


def test_a_tree_that_only_computes_what_changed_is_the_tree_of_all() -> None:
    heads: dict[tuple[int, UUID], bytes] = {}
    nodes: dict[int, bytes] = {}
    for step in range(40):
        fresh = {
            (int.from_bytes(sha256(b"%d %d" % (step % 20, n)).digest()[:8], signed=True), UUID(int=n)): b"%d" % step
            for n in range(5)
        }
        heads |= fresh
        buckets = {}
        for bucket in {bucket_of(shard) for shard, _ in fresh}:
            held = sorted(
                (shard, one.bytes, head) for (shard, one), head in heads.items() if bucket_of(shard) == bucket
            )
            buckets[bucket] = tree_hash(
                [leaf_hash(shard, UUID(bytes=one), seq=1, head=head) for shard, one, head in held]
            )
        needed = {number: hash_ for number, hash_ in nodes.items() if number in beside(buckets)}
        nodes |= climb(buckets, needed)
    leaves = [(shard + 2**63, leaf_hash(shard, one, seq=1, head=head)) for (shard, one), head in sorted(heads.items())]
    assert nodes[ROOT] == split(leaves)
    assert split([]) == EMPTY_ROOT


async def test_a_seal_covers_every_account_and_follows_the_one_before(
    database: Database, installation: InstallationId, addresses: Addresses
) -> None:
    # given
    first = order(charged=10000)
    await happen(database, installation, first, order(charged=5000, customer=CustomerId("9")))
    # when
    one = await seal(database, installation)
    again = await seal(database, installation)
    await happen(database, installation, order(charged=5000, customer=CustomerId("11")))
    two = await seal(database, installation)
    # then
    assert one is not None
    assert again is None
    assert two is not None
    assert [(each.n, each.accounts, each.previous) for each in (one, two)] == [(1, 2, b""), (2, 3, one.hash())]
    accounts = rows(addresses, "SELECT shard_key, id, last_seq, head FROM account ORDER BY shard_key, id")
    leaves = [
        (row["shard_key"] + 2**63, leaf_hash(row["shard_key"], row["id"], seq=row["last_seq"], head=row["head"]))
        for row in accounts
    ]
    assert two.root == split(leaves)
    async with database.shop(installation) as session:
        keys = await trusted_keys(session, installation, VAULT)
    Ed25519PublicKey.from_public_bytes(keys[two.key_id]).verify(two.signature, two.message())
    assert (await proved(database, installation)).findings == ()


async def test_any_number_of_postings_between_any_seals_is_proved(
    database: Database, installation: InstallationId
) -> None:
    for size in (300, 20, 500):
        await trade(database, installation, entries=size, customers=37)
        assert await seal(database, installation) is not None
    verdict = await proved(database, installation)
    assert (verdict.accounts, verdict.entries, verdict.seals, verdict.findings) == (37, 820, 3, ())


async def test_more_changes_than_one_seal_takes_get_several(
    database: Database, installation: InstallationId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saleor_crm_app.loyalty.points.proof.sealing.MOST", 10)
    await trade(database, installation, entries=100, customers=50)
    last = await seal(database, installation)
    assert last is not None
    assert last.accounts == 50
    assert last.n > 2
    assert (await proved(database, installation)).findings == ()


async def test_only_shops_where_something_was_posted_are_sealed(
    database: Database, make_installation: MakeInstallation
) -> None:
    busy, calm = await make_installation(), await make_installation()
    await happen(database, busy, order(charged=10000))
    assert await seal_all(database, VAULT) == 1
    with counted(database) as statements:
        assert await seal_all(database, VAULT) == 0
    assert len(statements) == 1
    async with database.shop(calm) as session:
        assert await points.books.newest_seal(session, calm) is None


async def test_a_seal_asks_the_same_number_of_statements_whatever_was_posted(
    database: Database, installation: InstallationId
) -> None:
    await trade(database, installation, entries=10, customers=3)
    await seal(database, installation)
    counts = []
    for size in (10, 400):
        await trade(database, installation, entries=size, customers=200)
        with counted(database) as statements:
            assert await seal(database, installation) is not None
        counts.append(len(statements))
    assert counts[0] == counts[1]


async def test_nobody_else_seals_a_shop_at_the_same_time(database: Database, installation: InstallationId) -> None:
    await happen(database, installation, order(charged=10000))
    async with database.shop(installation) as session:
        assert await points.books.take_seal_turn(session, installation)
        assert await seal(database, installation) is None
    assert await seal(database, installation) is not None


async def test_a_tree_that_was_damaged_is_made_again(
    database: Database, installation: InstallationId, addresses: Addresses
) -> None:
    await trade(database, installation, entries=60, customers=20)
    await seal(database, installation)
    tamper(addresses, r"UPDATE seal_node SET hash = '\x00' WHERE number <> 1")
    await trade(database, installation, entries=20, customers=10)
    assert await seal(database, installation) is not None
    assert (await proved(database, installation)).findings == ()


async def test_a_shop_whose_key_cannot_be_opened_is_not_sealed_and_does_not_stop_others(
    database: Database, make_installation: MakeInstallation
) -> None:
    broken, well = await make_installation(), await make_installation()
    await happen(database, broken, order(charged=10000))
    async with database.shop(broken) as session:
        await renew_key(session, broken, Vault(["another secret key altogether"]))
    await happen(database, well, order(charged=10000))
    assert await seal_all(database, VAULT) == 1
    async with database.shop(broken) as session:
        assert await points.books.newest_seal(session, broken) is None


async def test_a_new_key_signs_from_then_on_and_old_seals_stay_good(
    database: Database, installation: InstallationId
) -> None:
    used = []
    for _ in range(2):
        await happen(database, installation, order(charged=10000))
        made = await seal(database, installation)
        assert made is not None
        used.append(made.key_id)
        async with database.shop(installation) as session:
            await renew_key(session, installation, VAULT)
    assert used[0] != used[1]
    assert (await proved(database, installation)).findings == ()


@pytest.mark.parametrize("table", ["seal", "sealed"])
@pytest.mark.parametrize("act", ["UPDATE {} SET n = n", "DELETE FROM {}", "TRUNCATE {}"])
async def test_a_seal_cannot_be_changed(database: Database, installation: InstallationId, table: str, act: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.shop(installation) as session:
            await session.execute(sa.text(act.format(table)))


async def test_whoever_has_only_the_database_cannot_sign(
    database: Database, installation: InstallationId, addresses: Addresses
) -> None:
    """He makes a key of his own, puts it beside the shop's, and seals with it."""
    await happen(database, installation, order(charged=10000))
    async with database.shop(installation) as session:
        his = await renew_key(session, installation, Vault(["the intruder's own secret key"]))
        assert await points.books.take_seal_turn(session, installation)
        made: Any = await points.books.seal_changes(session, installation, signer=his, at=NOON)
    assert made.n == 1
    assert await laws_broken(database, installation) == {"SEAL": "1"}
