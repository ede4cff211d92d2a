"""Voucher codes kept ready, since one made on demand keeps the shopper waiting; one voucher for each amount."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.checkout.errors import NoTender
from saleor_crm_app.checkout.jobs import FillPool
from saleor_crm_app.checkout.models import TenderRow, TenderVoucherRow
from saleor_crm_app.checkout.tenders import Tender
from saleor_crm_app.checkout.voucher_seen import voucher_name
from saleor_crm_app.jobs.outbox import enqueue
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import HoldId, InstallationId
from saleor_crm_app.kernel.money import Money
from saleor_crm_app.loyalty import coupons
from saleor_crm_app.loyalty.coupons import StoredCode
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.channels import read_channels
from saleor_crm_app.saleor.codes import CodeBook, new_code
from saleor_crm_app.saleor.voucher_codes import VoucherCode, add_codes, read_codes
from saleor_crm_app.saleor.vouchers import (
    ValueKind,
    Voucher,
    VoucherKind,
    VoucherListing,
    VoucherPlan,
    ensure_voucher,
)

READY: Final = 20
"""So many codes are made at a time."""
FEW: Final = 5
"""With so many left, more are made."""
_PREFIX: Final = "P"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolCode:
    """A code that is taken for one hold."""

    text: str
    saleor_id: str
    voucher_id: str


class Pool:
    """The codes of one app, in the database and in the shops."""

    def __init__(self, database: Database, installation: InstallationId, codes: CodeBook) -> None:
        self._database = database
        self._installation = installation
        self._codes = codes

    async def code_for(self, caller: Caller, tender: Tender) -> PoolCode:
        """The code of this tender: the one it has, one from the pool, or a new one from the shop."""
        async with self._database.shop(self._installation) as session:
            taken = await self._taken(session, tender)
        if taken is not None:
            return taken
        voucher = await self._voucher_with(caller, tender.channel, tender.worth, [new_code(_PREFIX)])
        async with self._database.shop(self._installation) as session:
            await self._keep(session, tender.channel, tender.worth, voucher)
            made = await self._taken(session, tender)
        if made is None:
            raise NoTender("no code could be made for it")
        return made

    async def doubt(self, caller: Caller, code: PoolCode) -> None:
        """The shop does not take a code of ours: where its voucher is gone, none of its codes is given out any more.

        The next one who pays with this amount has a new voucher made.
        """
        if await read_codes(caller, code.voucher_id, [code.text]):
            return
        async with self._database.shop(self._installation) as session:
            await coupons.codes.withdraw_free(session, code.voucher_id)

    async def fill(self, caller: Caller, job: FillPool) -> None:
        """Make codes ahead, unless there are enough by now."""
        async with self._database.shop(self._installation, read_only=True) as session:
            known = await _voucher_of(session, job.channel, job.amount)
            left = (
                0 if known is None else (await coupons.codes.free_codes(session, [known.voucher_id]))[known.voucher_id]
            )
        if known is None or left > FEW:
            return
        fresh = await add_codes(caller, known.voucher_id, [new_code(_PREFIX) for _ in range(READY)])
        async with self._database.shop(self._installation) as session:
            await self._insert(session, known.voucher_id, fresh)

    async def _taken(self, session: AsyncSession, tender: Tender) -> PoolCode | None:
        code = await coupons.codes.code_taken_by(session, tender.hold)
        if code is None:
            known = await _voucher_of(session, tender.channel, tender.worth.minor)
            code = None if known is None else await self._take(session, known, tender.hold)
        if code is None or code.saleor_id is None:
            return None
        await session.execute(
            sa.update(TenderRow)
            .where(TenderRow.shard_key == tender.shard, TenderRow.hold_id == tender.hold)
            .values(
                kind="VOUCHER",
                saleor_id=code.saleor_id,
                voucher_id=code.voucher,
                code_mac=code.mac,
                code_sealed=code.sealed,
            )
        )
        text = self._codes.open(code.sealed, installation=self._installation)
        return PoolCode(text=text, saleor_id=code.saleor_id, voucher_id=code.voucher)

    async def _take(self, session: AsyncSession, known: TenderVoucherRow, hold: HoldId) -> StoredCode | None:
        code = await coupons.codes.take_code(session, known.voucher_id, taker=hold)
        if (await coupons.codes.free_codes(session, [known.voucher_id]))[known.voucher_id] <= FEW:
            fill = FillPool(installation=self._installation, channel=known.channel, amount=known.amount)
            await enqueue(session, fill)
        return code

    async def _voucher_with(self, caller: Caller, channel: str, worth: Money, codes: Sequence[str]) -> Voucher:
        """The amount's voucher in the shop, made or found by its name, with these codes on it."""
        places = [each for each in await read_channels(caller) if each.slug == channel]
        if not places:
            raise NoTender("its channel is not there")
        plan = VoucherPlan(
            name=voucher_name(channel, worth),
            kind=VoucherKind.ENTIRE_ORDER,
            value_kind=ValueKind.FIXED,
        )
        voucher = await ensure_voucher(
            caller, plan, [VoucherListing(channel=places[0].id, value=worth.amount)], codes=list(codes)
        )
        wanted = [code for code in voucher.codes if code.code in codes]
        return Voucher(
            id=voucher.id,
            name=voucher.name,
            channels=voucher.channels,
            codes=tuple(wanted) or tuple(await add_codes(caller, voucher.id, list(codes))),
        )

    async def _keep(self, session: AsyncSession, channel: str, worth: Money, voucher: Voucher) -> None:
        row = {
            "installation_id": self._installation,
            "channel": channel,
            "amount": worth.minor,
            "currency": worth.currency,
            "voucher_id": voucher.id,
        }
        changed = {"voucher_id": voucher.id}  # staff may have deleted the one before
        key = ["installation_id", "channel", "amount"]
        await session.execute(
            insert(TenderVoucherRow).values(row).on_conflict_do_update(index_elements=key, set_=changed)
        )
        await self._insert(session, voucher.id, voucher.codes)

    async def _insert(self, session: AsyncSession, voucher: str, codes: Sequence[VoucherCode]) -> None:
        kept = [
            StoredCode(
                voucher=voucher,
                saleor_id=code.id,
                mac=self._codes.mac(code.code, installation=self._installation),
                sealed=self._codes.seal(code.code, installation=self._installation),
            )
            for code in codes
        ]
        await coupons.codes.keep_codes(session, self._installation, kept)


async def _voucher_of(session: AsyncSession, channel: str, amount: int) -> TenderVoucherRow | None:
    wanted = sa.select(TenderVoucherRow).where(TenderVoucherRow.channel == channel, TenderVoucherRow.amount == amount)
    return (await session.scalars(wanted)).one_or_none()
