"""Finds what is left about customers who were deleted while it was being written."""

import sqlalchemy as sa


def sweep_of(table: str) -> sa.TextClause:
    """Deletes from one of our tables, which has a customer's key, whatever is about the deleted of an `installation`.

    What is written beside a deletion judges by what it saw before: nothing that waits for nobody can avoid that.
    """
    return sa.text(
        f"""
        DELETE FROM {table} USING customer AS gone
        WHERE {table}.installation_id = :installation AND gone.installation_id = :installation
          AND gone.deleted_at IS NOT NULL AND {table}.shard_key = gone.shard_key AND {table}.customer_id = gone.id
        """  # noqa: S608 # a table's name, given by our own code
    )
