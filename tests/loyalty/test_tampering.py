"""Whatever somebody with every right on the database changes, the proof names: byte by byte, and by clever attacks.

In every run the books hold 250 entries. `PROOF_ENTRIES=50000 ./run test tests/loyalty/test_tampering.py` takes more.
"""

import os
import random
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest
from psycopg import sql

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty.points.chain import entry_hash
from tests.conftest import Addresses
from tests.loyalty.ledgers import laws_broken, proved, rows, seal, tamper, trade
from tests.loyalty.test_accrual import happen
from tests.shop import NOON, order

ENTRIES = int(os.environ.get("PROOF_ENTRIES", "250"))
PROVED = ("entry", "allocation", "lot_term", "lot", "account", "order_points", "seal", "sealed")
NOT_PROVED = {
    # words and marks beside the points, which change no sum
    "account": {"opened_at", "status", "merged_into", "last_active_at"},
    # `granted` is only held between what remains and what ever came in
    "lot": {"granted", "source", "cost_center", "origin_lot"},
    "order_points": {"forgiven", "version", "context"},
}
HASHED_ALONE = {
    "kind", "source", "points", "key", "order_id", "program_version", "explanation", "occurred_at", "recorded_at",
    "hash_version", "hash", "prev_hash",
}  # fmt: skip
"""Columns of an entry by which it is not found or ordered."""


def flipped(value: object, dice: random.Random) -> object:  # noqa: PLR0911 # one for each type of column
    """The value with one byte of it changed."""
    match value:
        case bool():
            return not value
        case int():
            return value ^ 1 << dice.randrange(8)
        case UUID():
            return UUID(int=value.int ^ 1 << dice.randrange(62))
        case datetime():
            return value + timedelta(microseconds=dice.choice((1, 1000, 60_000_000)))
        case b"":
            return b"\x00"
        case bytes():
            at = dice.randrange(len(value))
            return value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]
        case str():
            at = dice.randrange(len(value))
            return value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]
        case dict():
            name = dice.choice([name for name, held in sorted(value.items()) if isinstance(held, int)])
            return psycopg.types.json.Jsonb(value | {name: value[name] ^ 1})
        case _:
            raise TypeError(f"{value!r} cannot be flipped")


def columns(owner: psycopg.Connection[Any], table: str) -> list[str]:
    query = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
    return sorted({name for (name,) in owner.execute(query, [table])} - NOT_PROVED.get(table, set()))


def drop_checks(owner: psycopg.Connection[Any]) -> None:
    """A dump may hold what the tables would refuse."""
    query = """
        SELECT conrelid::regclass::text, conname FROM pg_constraint
        WHERE contype = 'c' AND conrelid::regclass::text = ANY(%s)
    """
    for table, name in owner.execute(query, [list(PROVED)]).fetchall():
        owner.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(name)))


def flip_one(owner: psycopg.Connection[Any], table: str, column: str, dice: random.Random) -> UUID | None:
    """Flip one byte in one row; gives the row's id, if it has one, where there was something to flip."""
    names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
    count = sql.SQL("SELECT count(*) FROM {table} WHERE {column} IS NOT NULL").format(**names)
    [[number]] = owner.execute(count).fetchall()
    if not number:
        return None
    pick = sql.SQL("SELECT ctid::text AS place, * FROM {table} WHERE {column} IS NOT NULL OFFSET %s LIMIT 1")
    with owner.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        row: Mapping[str, Any] = cursor.execute(pick.format(**names), [dice.randrange(number)]).fetchall()[0]
    change = sql.SQL("UPDATE {table} SET {column} = %s WHERE ctid = %s::tid").format(**names)
    while True:
        try:
            owner.execute(change, [flipped(row[column], dice), row["place"]])
            break
        except psycopg.errors.UniqueViolation:  # such a dump would not even load
            continue
    return UUID(int=0) if "id" not in row else row["id"]


async def test_a_byte_flipped_anywhere_is_named(
    database: Database, installation: InstallationId, addresses: Addresses
) -> None:
    # given
    seed = time.time_ns() % 1_000_000
    dice = random.Random(seed)  # noqa: S311 # a test's dice
    await trade(database, installation, entries=ENTRIES, customers=ENTRIES // 10)
    await seal(database, installation)
    assert (await proved(database, installation)).findings == ()
    with psycopg.connect(addresses.owner, autocommit=True) as owner:
        drop_checks(owner)
        owner.execute("SET session_replication_role = replica")
        everything = [(table, column) for table in PROVED for column in columns(owner, table)]
        assert len(everything) > 60
        for table, column in everything:
            # when
            owner.execute(f"CREATE TEMPORARY TABLE kept AS SELECT * FROM {table}".encode())
            flipped_row = flip_one(owner, table, column, dice)
            began = time.monotonic()
            found = await laws_broken(database, installation) if flipped_row else {"nothing to flip": ""}
            # then
            assert found, f"seed {seed}: {table}.{column}"
            assert time.monotonic() - began < 60
            if table == "entry" and column in HASHED_ALONE and flipped_row:
                assert found["CHAIN"] == str(flipped_row), f"seed {seed}: {column}"
            owner.execute(f"DELETE FROM {table}".encode())
            owner.execute(f"INSERT INTO {table} SELECT * FROM kept".encode())
            owner.execute("DROP TABLE kept")
    assert (await proved(database, installation)).findings == ()


@pytest.fixture
async def books(database: Database, installation: InstallationId) -> InstallationId:
    """One customer with two orders, each sealed."""
    for charged in (10000, 5000):
        await happen(database, installation, order(charged=charged))
        await seal(database, installation)
    return installation


async def test_the_newest_entry_deleted_without_a_trace_is_missed(
    database: Database, books: InstallationId, addresses: Addresses
) -> None:
    [newest] = rows(addresses, "SELECT * FROM entry WHERE seq = 2")
    tamper(
        addresses,
        "DELETE FROM entry WHERE seq = 2",
        "DELETE FROM allocation WHERE entry_id = %(entry)s",
        "DELETE FROM lot_term USING lot WHERE lot.id = lot_id AND order_id = %(order)s",
        "DELETE FROM lot WHERE order_id = %(order)s",
        "DELETE FROM order_points WHERE order_id = %(order)s",
        "UPDATE account SET balance = 100, last_seq = 1, head = %(head)s",
        entry=newest["id"],
        order=newest["order_id"],
        head=newest["prev_hash"],
    )
    [finding] = [one for one in (await proved(database, books)).findings if "covered by seal" in one.text]
    assert finding.text == f"entry 2 of account {newest['account_id']} was covered by seal 2 and is gone"


def rewritten(addresses: Addresses, *, points: int) -> bytes:
    """Make the only entry of a chain another one, in every table, as our own code would have posted it."""
    [entry] = rows(addresses, "SELECT * FROM entry")
    [moved] = rows(addresses, "SELECT * FROM allocation")
    explanation = entry["explanation"] | {"target": points}
    head = entry_hash(b"", {**entry, "points": points, "explanation": explanation}, [(moved["lot_id"], points)])
    tamper(
        addresses,
        "UPDATE entry SET points = %(points)s, hash = %(head)s, explanation = %(explanation)s",
        "UPDATE allocation SET points = %(points)s",
        "UPDATE lot SET granted = %(points)s, remaining = %(points)s",
        "UPDATE order_points SET posted = %(points)s",
        "UPDATE account SET balance = %(points)s, head = %(head)s",
        points=points,
        head=head,
        explanation=msgspec.json.encode(explanation).decode(),
    )
    return head


async def test_a_whole_chain_rewritten_after_a_seal_is_named(
    database: Database, installation: InstallationId, addresses: Addresses
) -> None:
    await happen(database, installation, order(charged=10000))
    await seal(database, installation)
    [account] = rows(addresses, "SELECT id FROM account")
    head = rewritten(addresses, points=100_000)
    assert await laws_broken(database, installation) == {"SEAL": str(account["id"])}
    # whoever also rewrites what the seal was computed from is caught by its root
    tamper(addresses, "UPDATE sealed SET mark = %(head)s WHERE kind = 'ENTRY'", head=head)
    assert await laws_broken(database, installation) == {"SEAL": "1"}


async def test_allocations_that_changed_their_lots_are_named(
    database: Database, installation: InstallationId, addresses: Addresses
) -> None:
    for _ in range(2):
        await happen(database, installation, order(charged=10000))
    first, second = rows(addresses, "SELECT * FROM allocation JOIN entry ON entry.id = entry_id ORDER BY seq")
    for one, other in ((first, second), (second, first)):
        tamper(
            addresses,
            "UPDATE allocation SET lot_id = %(lot)s WHERE entry_id = %(entry)s",
            entry=one["entry_id"],
            lot=other["lot_id"],
        )
    assert await laws_broken(database, installation) == {"CHAIN": str(first["entry_id"])}


async def test_dates_that_were_moved_are_named(
    database: Database, installation: InstallationId, addresses: Addresses
) -> None:
    await trade(database, installation, entries=2, customers=1)
    await seal(database, installation)
    [lot] = rows(addresses, "SELECT id, expires_at FROM lot")
    tamper(addresses, "UPDATE lot SET expires_at = expires_at + interval '1 year'")
    assert await laws_broken(database, installation) == {"I5": str(lot["id"])}
    tamper(addresses, "UPDATE lot_term SET expires_at = expires_at + interval '1 year'")
    assert await laws_broken(database, installation) == {"SEAL": str(lot["id"])}


@pytest.mark.parametrize(
    ("change", "law"),
    [
        ("DELETE FROM seal WHERE n = 1", "SEAL"),
        ("DELETE FROM seal WHERE n = 2", "SEAL"),
        ("DELETE FROM sealed WHERE n = 2", "SEAL"),
        ("UPDATE seal SET at = at - interval '1 day' WHERE n = 1", "SEAL"),
        ("UPDATE seal_key SET public_key = decode(repeat('00', 32), 'hex')", "SEAL"),
        ("DELETE FROM seal_key", "SEAL"),
        ("UPDATE account SET customer_id = '8'", "I8"),
        ("UPDATE account SET program_id = id", "I8"),
        ("UPDATE entry SET installation_id = id WHERE seq = 1", "CHAIN"),
        ("UPDATE lot SET account_id = id", "I8"),
        ("DELETE FROM lot_term; DELETE FROM lot", "I8"),
        ("UPDATE lot SET held = 1", "I5"),
        ("UPDATE lot SET terms = terms + 1", "I5"),
        ("UPDATE order_points SET taken_back = 1", "I6"),
        ("UPDATE account SET last_seq = 3", "I2"),
        ("ALTER TABLE entry DROP CONSTRAINT uq_entry_key; UPDATE entry SET key = 'order:1:0'", "I4"),
        ("UPDATE allocation SET n = 1", "I1"),
    ],
)
async def test_other_damage_is_named_by_its_law(
    database: Database, books: InstallationId, addresses: Addresses, change: str, law: str
) -> None:
    tamper(addresses, *change.split("; "))
    assert law in await laws_broken(database, books)


async def test_what_was_posted_past_the_queue_is_named(
    database: Database, books: InstallationId, addresses: Addresses
) -> None:
    await happen(database, books, order(charged=10000, customer=CustomerId("8")), at=NOON)
    tamper(addresses, "DELETE FROM unsealed")
    [account] = rows(addresses, "SELECT id FROM account WHERE customer_id = '8'")
    assert await laws_broken(database, books) == {"SEAL": str(account["id"])}


async def test_good_books_have_no_findings_and_say_what_was_not_proved(
    database: Database, books: InstallationId
) -> None:
    verdict = await proved(database, books)
    assert (verdict.accounts, verdict.entries, verdict.points, verdict.seals) == (1, 2, 150, 2)
    assert verdict.findings == ()
    assert [note.partition(":")[0] for note in verdict.notes] == ["I7"]
