"""Books of any size, made at once: rows that keep the ledger's laws, written with its guards off and without hashes."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg

from benchmarks.postgres import Place, Server
from benchmarks.shop import LONG_AGO, install
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import AccountId, CustomerId, InstallationId, shard_key
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points import Member
from saleor_crm_app.loyalty.program import Program, programs_for
from tests.reliability.signer import Signer

CHANNEL = "default-channel"
POINTS = 100
"""What each order has earned, and what is left in its lot."""

_OWNERS = "CREATE TEMP TABLE owner (n bigint PRIMARY KEY, shard bigint, customer text, account uuid)"
# ids sort by age as those of the app do: n of the thing first, what it is last
_ID = "CAST(lpad(to_hex({n}), 12, '0') || '70008000' || lpad('{of}', 12, '0') AS uuid)"
_NUMBER = "(k - 1) * %(customers)s + n"
_ENTRY, _LOT, _ORDER = (_ID.format(n=_NUMBER, of=of) for of in ("a", "b", "c"))
_EACH = "FROM generate_series(1, %(each)s) AS k CROSS JOIN owner ORDER BY k, n"
_FILL = (
    """
    INSERT INTO account (installation_id, shard_key, id, customer_id, program_id, balance, last_seq, head, opened_at)
    SELECT %(shop)s, shard, account, customer, %(program)s, %(each)s * %(points)s, %(each)s,
           sha256(account::text::bytea), %(earned)s FROM owner
    """,
    f"""
    INSERT INTO entry (installation_id, shard_key, id, account_id, seq, kind, source, points, key, order_id,
                       program_version, explanation, occurred_at, recorded_at, hash_version, prev_hash, hash)
    SELECT %(shop)s, shard, {_ENTRY}, account, k, 'EARN', 'ORDER', %(points)s, 'order:' || {_ORDER} || ':1', {_ORDER},
           1, '{{"rate": [1, 100], "merchandise": 10000}}', %(earned)s, %(earned)s, 2,
           sha256((k || customer)::bytea), sha256((k + 1 || customer)::bytea) {_EACH}
    """,
    f"""
    INSERT INTO lot (installation_id, shard_key, id, account_id, order_id, granted, remaining, activates_at,
                     expires_at, terms)
    SELECT %(shop)s, shard, {_LOT}, account, {_ORDER}, %(points)s, %(points)s, %(earned)s, %(expires)s, 1 {_EACH}
    """,
    f"""
    INSERT INTO lot_term (installation_id, shard_key, lot_id, n, activates_at, expires_at, recorded_at)
    SELECT %(shop)s, shard, {_LOT}, 1, %(earned)s, %(expires)s, %(earned)s {_EACH}
    """,
    f"""
    INSERT INTO allocation (installation_id, shard_key, entry_id, n, lot_id, points)
    SELECT %(shop)s, shard, {_ENTRY}, 1, {_LOT}, %(points)s {_EACH}
    """,
    f"""
    INSERT INTO order_points (installation_id, shard_key, order_id, account_id, lot_id, posted, taken_back, postings)
    SELECT %(shop)s, shard, {_ORDER}, account, {_LOT}, %(points)s, 0, 1 {_EACH}
    """,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """One shop's books: so many customers with so many entries each, every one of which opened a lot."""

    place: Place
    shop: InstallationId
    program: Program
    customers: int
    each: int

    @property
    def entries(self) -> int:
        return self.customers * self.each

    def member(self, number: int) -> Member:
        """The number-th customer's account, from 1 on."""
        return Member(
            account=_account(number),
            customer=CustomerId(str(number)),
            program=self.program.id,
            balance=Points(self.each * POINTS),
            deficit=Points(0),
            opened_at=LONG_AGO,
        )


def books(server: Server, *, entries: int, each: int, lapsed: bool = False, signer: Signer | None = None) -> Books:
    """A database of its own with about so many entries; `lapsed` if the time of all lots is over.

    The shop has the keys of `signer`, where somebody is to sign for it.
    """
    place = server.migrated()
    shop, program = asyncio.run(_open(place, signer or Signer.with_new_key()))
    made = Books(place=place, shop=shop, program=program, customers=max(1, entries // each), each=each)
    now = datetime.now(UTC)
    values = {
        "shop": shop,
        "program": program.id,
        "customers": made.customers,
        "each": each,
        "points": POINTS,
        "earned": now - timedelta(days=400),
        "expires": now + timedelta(days=-30 if lapsed else 300),
    }
    with psycopg.connect(place.owner, autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute(_OWNERS.encode())
        with owner.cursor().copy("COPY owner FROM STDIN") as rows:
            for number in range(1, made.customers + 1):
                customer = CustomerId(str(number))
                rows.write_row((number, shard_key(shop, customer), customer, _account(number)))
        for statement in _FILL:
            owner.execute(statement.encode(), values)
        owner.execute("VACUUM (ANALYZE)")
    return made


async def _open(place: Place, signer: Signer) -> tuple[InstallationId, Program]:
    database = Database(place.app)
    try:
        shop = await install(database, signer)
        async with database.shop(shop) as session:
            return shop, (await programs_for(session, shop, {CHANNEL: "EUR"}))[CHANNEL]
    finally:
        await database.close()


def _account(number: int) -> AccountId:
    return AccountId(UUID(f"{number:012x}70008000{'d':0>12}"))
