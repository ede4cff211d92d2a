"""Every lock query of the ledger, each in the order of the keys."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

COLUMNS = "id, shard_key, customer_id, program_id, balance, deficit, last_seq, head, status, last_active_at"

# one look by the unique key for each, in the order of the arrays, which callers give sorted by all three: joined
# plainly, the planner of a table that was never analyzed reads every account of the shop
LOCK_ACCOUNTS = sa.text(
    f"""
    SELECT held.* FROM unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[]), CAST(:programs AS uuid[]))
      AS wanted (shard, customer, program)
    CROSS JOIN LATERAL (
        SELECT {COLUMNS} FROM account
        WHERE installation_id = :installation AND shard_key = wanted.shard AND customer_id = wanted.customer
          AND program_id = wanted.program
        FOR UPDATE
    ) AS held
    """  # noqa: S608 # the columns are the constant above
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))

# in the order of the unique key, which is the order of all other locks of accounts
LOCK_ACCOUNTS_BY_ID = sa.text(
    f"""
    SELECT held.* FROM (
        SELECT account.shard_key AS shard, account.customer_id AS customer, account.program_id AS program
        FROM unnest(CAST(:shards AS bigint[]), CAST(:accounts AS uuid[])) AS wanted (shard, account)
        JOIN account ON account.installation_id = :installation AND account.shard_key = wanted.shard
                    AND account.id = wanted.account
        ORDER BY 1, 2, 3
    ) AS wanted
    CROSS JOIN LATERAL (
        SELECT {COLUMNS} FROM account
        WHERE installation_id = :installation AND shard_key = wanted.shard AND customer_id = wanted.customer
          AND program_id = wanted.program
        FOR UPDATE
    ) AS held
    """  # noqa: S608 # the columns are the constant above
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))
