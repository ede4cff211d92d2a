"""Acts done once: a caller's key, what it was given with, and the answer that every later call with it gets."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.db import Base, insert_rows
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.one_at_a_time import one_at_a_time

LONGEST_KEY: Final = 255
KEPT_FOR: Final = timedelta(days=30)
"""An answer is given again at least so long."""

Answer = TypeVar("Answer")

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


class BadIdempotencyKey(Refusal):
    """A key that is none, or too long."""

    code = LoyaltyErrorCode.INVALID
    field = "idempotencyKey"

    def __init__(self) -> None:
        super().__init__(f"Give an idempotency key of 1 to {LONGEST_KEY} characters, a new one for each act.")


class IdempotencyConflict(Refusal):
    """The same caller has used this key for something else."""

    code = LoyaltyErrorCode.IDEMPOTENCY_CONFLICT
    field = "idempotencyKey"

    def __init__(self) -> None:
        super().__init__("This idempotency key was used for another input; use a new key for a new act.")


class IdempotencyRow(Base):
    """One act that was done: `input` is a digest, `answer` what its caller was told."""

    __tablename__ = "idempotency"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    key: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    input: Mapped[bytes] = mapped_column(sa.LargeBinary)
    answer: Mapped[Any] = mapped_column(JSONB)
    recorded_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (sa.Index("ix_idempotency_oldest", "installation_id", "recorded_at"),)


_KNOWN = sa.text(
    """
    SELECT input, CAST(answer AS text) AS answer FROM idempotency
    WHERE installation_id = :installation AND owner = :owner AND key = :key
    """
)


async def once(
    session: AsyncSession,
    installation: InstallationId,
    *,
    owner: str,
    key: str,
    input: object,  # noqa: A002 # the word of the API
    answer: type[Answer],
    act: Callable[[], Awaitable[Answer]],
) -> Answer:
    """Do `act` in this transaction, or give what it answered to the same key and input before.

    `owner` is who calls, such as `customer:7` or `staff:3`: a key of another never answers. `input` is all that the
    act depends on, its operation's name included, as msgspec can write it; so is what `act` answers, read as `answer`.
    Callers at once with one key wait for the first, in whichever process, and get its answer. An act that raises was
    not done and leaves the key free, as long as its caller lets the transaction fail.

    Raises BadIdempotencyKey, IdempotencyConflict, and what `act` raises.
    """
    if not 1 <= len(key) <= LONGEST_KEY or "\x00" in key:
        raise BadIdempotencyKey
    digest = sha256(_ENCODER.encode(input)).digest()
    name = {"installation": installation, "owner": owner, "key": key}
    await one_at_a_time(session, msgspec.json.encode([installation, owner, key]).decode())
    known = (await session.execute(_KNOWN, name)).one_or_none()
    if known is None:
        text = _ENCODER.encode(await act()).decode()
        row = {"installation_id": installation, "owner": owner, "key": key}
        row |= {"input": digest, "answer": text, "recorded_at": now()}
        await insert_rows(session, IdempotencyRow.__table__, [row])
        return msgspec.json.decode(text, type=answer)
    if known.input != digest:
        raise IdempotencyConflict
    return msgspec.json.decode(known.answer, type=answer)


_FORGET = sa.text("DELETE FROM idempotency WHERE installation_id = :installation AND recorded_at < :before")


async def forget_answers(session: AsyncSession, installation: InstallationId) -> None:
    """Delete a shop's answers that nobody may ask for any more; what was done keeps its own key in the books."""
    await session.execute(
        _FORGET.bindparams(sa.bindparam("before", type_=sa.DateTime(timezone=True))),
        {"installation": installation, "before": now() - KEPT_FOR},
    )
