"""Every lock of the ledger: accounts, always in key order and freshly read."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

# one look by the unique key for each, in the order of the arrays, which callers give sorted by all three: joined
# plainly, the planner of a table that was never analyzed reads every account of the shop
LOCK_ACCOUNTS = sa.text(
    """
    SELECT held.* FROM unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[]), CAST(:programs AS uuid[]))
      AS wanted (shard, customer, program)
    CROSS JOIN LATERAL (
        SELECT id, shard_key, customer_id, program_id, balance, deficit, last_seq, head FROM account
        WHERE installation_id = :installation AND shard_key = wanted.shard AND customer_id = wanted.customer
          AND program_id = wanted.program
        FOR UPDATE
    ) AS held
    """
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))
