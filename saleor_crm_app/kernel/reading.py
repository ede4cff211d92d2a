"""One read-only transaction for one operation, lent to one reader at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.ids import InstallationId

_DIED: Final = (SQLAlchemyError, OSError)
"""A connection that dies behind what was read by it takes nothing along."""


class Reading:
    """Begins with the first reader and ends with `close`; an operation that reads nothing takes no connection.

    A session must not be shared by fields that are resolved at once, so each waits for its turn. After one that failed
    or was cancelled the next begins a transaction of its own.
    """

    def __init__(self, database: Database, installation: InstallationId) -> None:
        self._database = database
        self._installation = installation
        self._turn = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._session: AsyncSession | None = None
        self._is_over = False

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Wait for one's turn, then read.

        Raises Unavailable when the database does not answer, and to who comes when the operation has ended.
        """
        async with self._turn:
            session = self._session or await self._begin()
            try:
                yield session
            except BaseException:
                # failed or cancelled in the middle of a statement: nobody can go on in this transaction
                await self._end()
                raise

    async def _begin(self) -> AsyncSession:
        if self._is_over:
            raise Unavailable("The operation has ended")
        opened = self._database.held_shop(self._installation)
        try:
            self._session = await self._stack.enter_async_context(opened)
        except _DIED as error:
            raise Unavailable("The database does not answer now") from error
        return self._session

    async def _end(self) -> None:
        session, self._session = self._session, None
        try:
            with suppress(*_DIED):
                if session is not None:
                    await session.rollback()
        finally:
            # whatever became of the connection, its place among those that may be held is given back
            with suppress(*_DIED):
                await self._stack.aclose()

    async def close(self) -> None:
        async with self._turn:
            self._is_over = True
            await self._end()
