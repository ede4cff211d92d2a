"""Changes sealed columns of any number of rows under a new key, page by page, while others write."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

Again = Callable[[bytes], tuple[bytes, bytes] | None]
"""Gives what a sealed text is to be now, with its digest; None for one that is sealed under the current key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedColumns:
    """A table with a ciphertext and a keyed digest of the same text."""

    table: sa.Table
    sealed: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one page came to; `last` is the key to go on after, None at the end."""

    last: tuple[Any, ...] | None
    resealed: int
    seen: int


async def reseal_page(
    session: AsyncSession, columns: SealedColumns, again: Again, *, after: tuple[Any, ...] | None, most: int
) -> Page:
    """Seal one page of the session's installation again; two statements. Rows that changed meanwhile are locked first.

    Raises what `again` raises, such as CannotOpen.
    """
    table, sealed = columns.table, columns.table.c[columns.sealed]
    keys = list(table.primary_key.columns)
    wanted = sa.select(*keys, sealed).where(sealed.is_not(None)).order_by(*keys).limit(most).with_for_update()
    if after is not None:
        wanted = wanted.where(sa.tuple_(*keys) > sa.tuple_(*after))
    rows = [tuple(row) for row in await session.execute(wanted)]
    changes = [(row[:-1], fresh) for row in rows if (fresh := again(row[-1])) is not None]
    if changes:
        change = sa.update(table).where(*(key == sa.bindparam(f"key_{key.name}") for key in keys))
        values: dict[str, Any] = {
            columns.sealed: sa.bindparam("new_sealed"),
            columns.digest: sa.bindparam("new_digest"),
        }
        connection = await session.connection()
        await connection.execute(
            change.values(values),
            [
                {f"key_{key.name}": value for key, value in zip(keys, place, strict=True)}
                | {"new_sealed": fresh[0], "new_digest": fresh[1]}
                for place, fresh in changes
            ],
        )
    return Page(last=rows[-1][:-1] if len(rows) == most else None, resealed=len(changes), seen=len(rows))
