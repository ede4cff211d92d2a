"""Codes that were made elsewhere: what is wrong with which of them, and how a batch takes in the others."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty import coupons
from saleor_crm_app.loyalty.coupons import Batch, BatchState, CouponState, StoredCode
from saleor_crm_app.loyalty.rewards.batch_errors import BatchNotFound, BatchOver, OneForAll, TooManyCodes
from saleor_crm_app.loyalty.rewards.batches import MOST_CODES
from saleor_crm_app.loyalty.rewards.jobs import MakeBatch
from saleor_crm_app.loyalty.rewards.vouchers import voucher_of_batch

CODES_AT_ONCE: Final = 500
SHORTEST: Final = 6
"""Whoever tries out shorter ones soon finds one that is good."""
SHORTEST_FOR_ALL: Final = 3
LONGEST: Final = 255
"""As Saleor has it."""
_LETTERS: Final = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?")


class Fault(StrEnum):
    """What is wrong with a code."""

    TOO_SHORT = "TOO_SHORT"
    TOO_LONG = "TOO_LONG"
    BAD_CHARACTERS = "BAD_CHARACTERS"
    DOUBLED = "DOUBLED"
    IN_BATCH = "IN_BATCH"
    TAKEN = "TAKEN"
    TAKEN_IN_SHOP = "TAKEN_IN_SHOP"


SENTENCES: Final = {
    Fault.TOO_SHORT: f"It has fewer than {SHORTEST} characters, so that it could be guessed.",
    Fault.TOO_LONG: f"It has more than {LONGEST} characters.",
    Fault.BAD_CHARACTERS: "It has other characters than letters and digits, with . - or _ between them.",
    Fault.DOUBLED: "It is there a second time; capital and small letters count as the same.",
    Fault.IN_BATCH: "This batch has it already.",
    Fault.TAKEN: "It was given out before, by another batch or reward.",
    Fault.TAKEN_IN_SHOP: "The shop has it already, on another voucher or gift card.",
}


@dataclass(frozen=True, slots=True)
class BadCode:
    """A code that cannot be taken in, by its place from 1 on."""

    row: int
    fault: Fault


def fault_of(text: str, *, shortest: int = SHORTEST) -> Fault | None:
    """What is wrong with a code by itself."""
    if len(text) < shortest:
        return Fault.TOO_SHORT
    if len(text) > LONGEST:
        return Fault.TOO_LONG
    is_plain = _LETTERS.fullmatch(text) is not None and unicodedata.normalize("NFKC", text) == text
    return None if is_plain else Fault.BAD_CHARACTERS


def sift(texts: Sequence[str]) -> tuple[dict[int, str], list[BadCode]]:
    """The codes that may be taken in, by their places, and the others."""
    good, bad, seen = dict[int, str](), list[BadCode](), set[str]()
    for row, given in enumerate(texts, start=1):
        text = given.strip()
        fault = fault_of(text) or (Fault.DOUBLED if text.upper() in seen else None)
        seen.add(text.upper())
        if fault is None:
            good[row] = text
        else:
            bad.append(BadCode(row, fault))
    return good, bad


def demand_room(batch: Batch, number: int) -> None:
    """Raises BatchOver, OneForAll and TooManyCodes where so many codes cannot be taken in."""
    if batch.is_over:
        raise BatchOver
    if batch.is_shared:
        raise OneForAll
    if batch.wanted + number > MOST_CODES:
        raise TooManyCodes(most=MOST_CODES)


async def take_in_codes(
    session: AsyncSession, installation: InstallationId, batch: Batch, codes: Sequence[StoredCode], *, at: datetime
) -> set[bytes]:
    """Add codes to a locked batch, for the shop to get; gives the digests of those that it takes.

    One that the shop had for something else when it was imported before is tried again. Raises BatchOver,
    OneForAll and TooManyCodes.
    """
    voucher = await voucher_of_batch(session, batch.id)
    if voucher is None:
        raise BatchNotFound
    demand_room(batch, 0)
    known = await coupons.coupons_by_code(session, [code.mac for code in codes])
    again = {one.id: one.mac for one in known if one.batch == batch.id and one.state is CouponState.FAILED}
    fresh = [replace(code, voucher=voucher.saleor_id or "") for code in codes]
    held = await coupons.batch_codes.hold_codes(session, installation, batch, fresh, voucher_key=voucher.key, at=at)
    tried = await coupons.batch_codes.turn_codes(
        session, batch.id, list(again), into=CouponState.HELD, out_of=CouponState.FAILED
    )
    wanted = batch.wanted + len(held) + tried
    demand_room(batch, len(held) + tried)
    if wanted > batch.wanted:
        is_ready = batch.state is BatchState.READY
        state = BatchState.RUNNING if is_ready else batch.state
        await coupons.batches.change_batch(
            session, batch.id, wanted=wanted, left_out=batch.left_out - tried, state=state.value
        )
        if is_ready:
            await outbox.enqueue(session, MakeBatch(installation=installation, batch=batch.id))
    return held | {mac for mac in again.values() if mac is not None}
