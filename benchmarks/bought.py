"""Orders of any number, made at once, with lines as the shop's snapshots have them: some goods go with others."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from benchmarks.postgres import Place, Server
from benchmarks.shop import install
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, shard_key
from tests.reliability.signer import Signer

PRODUCTS = 10_000
EACH = 5
"""Orders of each customer."""

_OWNERS = "CREATE TEMP TABLE owner (n bigint PRIMARY KEY, shard bigint, customer text)"
# one to four lines: a good that many want more often than one that few want, then its neighbors
_FILL = f"""
    INSERT INTO order_fact (installation_id, shard_key, id, customer_id, number, channel, currency, status, created_at,
                            updated_at, issued_at, source, display_gross, content, snapshot)
    SELECT %(shop)s, shard, id, customer, '1', 'default-channel', 'EUR', 'FULFILLED', made, made, made, 'poll', true,
           sha256(id::text::bytea), jsonb_build_object(
               'id', id, 'number', '1', 'status', 'FULFILLED', 'created_at', made, 'updated_at', made,
               'display_gross', true, 'customer', customer, 'is_staff', false, 'channel', 'default-channel',
               'currency', 'EUR', 'subtotal', 5000, 'shipping', 0, 'charged', 5000, 'refund_pending', 0,
               'gift_card_charged', 0, 'refunds', '[]'::jsonb, 'lines', lines,
               'fulfillments', jsonb_build_array(jsonb_build_object(
                   'status', 'FULFILLED', 'created_at', made, 'lines',
                   jsonb_path_query_array(lines, '$[*].id'))))
    FROM (
        SELECT shard, customer, made, gen_random_uuid() AS id, (
            SELECT jsonb_agg(jsonb_build_object(
                'id', encode(('OrderLine:' || gen_random_uuid())::bytea, 'base64'), 'quantity', 1, 'fulfilled', 1,
                'gross', 2000, 'net', 1680, 'kind', 'NORMAL', 'undiscounted', 2500,
                'product', encode(('Product:' || (first + nth * nth) %% {PRODUCTS})::bytea, 'base64'),
                'category', encode(('Category:' || first %% 50)::bytea, 'base64'),
                'product_type', 'UHJvZHVjdFR5cGU6MQ==', 'collections', '["Q29sbGVjdGlvbjox"]'::jsonb))
            FROM generate_series(0, size) AS nth) AS lines
        FROM (SELECT shard, customer, %(now)s - interval '1 day' * floor(random() * 600) AS made,
                     CAST(floor({PRODUCTS} * random() ^ 2) AS int) AS first, CAST(floor(random() * 4) AS int) AS size
              FROM owner CROSS JOIN generate_series(1, {EACH})) AS drawn
    ) AS rolled
"""  # noqa: S608 # numbers of our own


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """One shop's orders, with so many lines in all."""

    place: Place
    shop: InstallationId
    lines: int


def bought(server: Server, *, lines: int) -> Bought:
    """A database of its own with about so many order lines of the last two years."""
    place = server.migrated()
    shop = asyncio.run(_open(place))
    with psycopg.connect(place.owner, autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute(_OWNERS.encode())
        with owner.cursor().copy("COPY owner FROM STDIN") as rows:
            for number in range(1, max(1, round(lines / EACH / 2.5)) + 1):
                customer = CustomerId(str(number))
                rows.write_row((number, shard_key(shop, customer), customer))
        owner.execute("SELECT setseed(0.5)")
        owner.execute(_FILL.encode(), {"shop": shop, "now": datetime.now(UTC)})
        owner.execute("VACUUM (ANALYZE)")
        row = owner.execute("SELECT sum(jsonb_array_length(snapshot -> 'lines')) FROM order_fact").fetchone()
    return Bought(place=place, shop=shop, lines=int(row[0]) if row else 0)


async def _open(place: Place) -> InstallationId:
    database = Database(place.app)
    try:
        return await install(database, Signer.with_new_key())
    finally:
        await database.close()
