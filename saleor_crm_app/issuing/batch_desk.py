"""Batches at the staff's door and at the operator's: asked for, filled with codes made elsewhere, and read in plain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.issuing.batches import stored_code
from saleor_crm_app.kernel.ids import BatchId, InstallationId
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.loyalty.coupons import Batch, Coupon, CouponState
from saleor_crm_app.saleor.codes import CodeBook, new_code

_AT_ONCE: Final = f"Give 1 to {rewards.importing.CODES_AT_ONCE} codes at a time."


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of codes that were given, by their places from 1 on."""

    batch: Batch
    taken: Sequence[int]
    bad: Sequence[rewards.importing.BadCode]


class BatchDesk:
    """Knows the codes of batches in plain."""

    def __init__(self, codes: CodeBook) -> None:
        self._codes = codes

    async def create(
        self,
        session: AsyncSession,
        shop: InstallationId,
        wish: rewards.batches.BatchWish,
        *,
        code: str | None,
        at: datetime,
    ) -> Batch:
        """Note a batch; of one code for all that very `code`, or one that is made.

        Raises the refusals of `rewards.batches.create_batch`.
        """
        if not wish.is_shared:
            return await rewards.batches.create_batch(session, shop, wish, at=at)
        text = new_code(wish.prefix) if code is None else code.strip()
        fault = rewards.importing.fault_of(text, shortest=rewards.importing.SHORTEST_FOR_ALL)
        if fault is not None:
            raise rewards.batch_errors.BatchInvalid(
                "code",
                f"A code for all has {rewards.importing.SHORTEST_FOR_ALL} to {rewards.importing.LONGEST}"
                " letters and digits, with . - or _ between them.",
            )
        if await coupons.codes.known_codes(session, self._codes.macs(text, installation=shop)):
            raise rewards.batch_errors.CodeTaken
        stored = stored_code(self._codes, shop, "", text)
        return await rewards.batches.create_batch(session, shop, wish, shared=stored, at=at)

    async def take_in(
        self, session: AsyncSession, shop: InstallationId, batch: BatchId, texts: Sequence[str], *, at: datetime
    ) -> Imported:
        """Add those of some codes that are good; the job that puts them into the shop is owed then.

        Raises BatchNotFound, BatchOver, BatchInvalid, OneForAll and TooManyCodes.
        """
        if not 1 <= len(texts) <= rewards.importing.CODES_AT_ONCE:
            raise rewards.batch_errors.BatchInvalid("codes", _AT_ONCE)
        held = await rewards.batches.batch_to_act_on(session, batch)
        good, bad = rewards.importing.sift(texts)
        bad += await self.known_here(session, shop, batch, good)
        free = {row: text for row, text in good.items() if row not in {one.row for one in bad}}
        codes = {row: stored_code(self._codes, shop, "", text) for row, text in free.items()}
        taken = await rewards.importing.take_in_codes(session, shop, held, list(codes.values()), at=at)
        # somebody else may have given one out since it was looked for
        bad += [_taken(row) for row, code in codes.items() if code.mac not in taken]
        now = await coupons.batches.batch_by_id(session, batch)
        return Imported(
            batch=held if now is None else now,
            taken=[row for row, code in codes.items() if code.mac in taken],
            bad=sorted(bad, key=lambda one: one.row),
        )

    async def known_here(
        self, session: AsyncSession, shop: InstallationId, batch: BatchId, texts: Mapping[int, str]
    ) -> list[rewards.importing.BadCode]:
        """Which of these we have given out before. One that the shop had for something else may be tried again."""
        rows = {mac: row for row, text in texts.items() for mac in self._codes.macs(text, installation=shop)}
        known = await coupons.codes.known_codes(session, list(rows))
        theirs = {one.mac: one for one in await coupons.coupons_by_code(session, known) if one.batch == batch}
        failed = {mac for mac, one in theirs.items() if one.state is CouponState.FAILED}
        found = {rows[mac]: mac in theirs for mac in known - failed}
        return [_taken(row, here=is_here) for row, is_here in found.items()]

    async def failed(
        self, session: AsyncSession, shop: InstallationId, batch: BatchId, texts: Mapping[int, str]
    ) -> list[int]:
        """Which of these codes of a batch the shop has for something else."""
        rows = {self._codes.mac(text, installation=shop): row for row, text in texts.items()}
        found = await coupons.coupons_by_code(session, list(rows))
        theirs = [one for one in found if one.batch == batch and one.state is CouponState.FAILED]
        return sorted(rows[one.mac] for one in theirs if one.mac is not None)

    def plain(self, shop: InstallationId, code: Coupon) -> str:
        """The text of a batch's code."""
        return "" if code.sealed is None else self._codes.open(code.sealed, installation=shop)


def _taken(row: int, *, here: bool = False) -> rewards.importing.BadCode:
    fault = rewards.importing.Fault.IN_BATCH if here else rewards.importing.Fault.TAKEN
    return rewards.importing.BadCode(row, fault)
