"""Every lock of the ledger: accounts, always in key order and freshly read."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

LOCK_ACCOUNTS = sa.text(
    """
    SELECT account.id, account.shard_key, account.customer_id, account.program_id, account.balance,
           account.deficit, account.last_seq, account.head
    FROM account
    JOIN unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[]), CAST(:programs AS uuid[]))
      AS wanted (shard, customer, program)
      ON account.shard_key = wanted.shard AND account.customer_id = wanted.customer
     AND account.program_id = wanted.program
    WHERE account.installation_id = :installation
    ORDER BY account.shard_key, account.id
    FOR UPDATE OF account
    """
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))
