"""Handles what is owed to the shop about rewards and coupons: each job in one call, tried again when it is away."""

from saleor_crm_app.issuing import BatchEnder, BatchMaker, CardIssuer, Inspector, Stocker, UseSettler, Withdrawer
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.loyalty.rewards import (
    CheckVoucher,
    DeliverCard,
    EndBatch,
    EndCard,
    EndCoupons,
    MakeBatch,
    SettleUses,
    StockCodes,
    WithdrawVoucher,
)
from saleor_crm_app.outbound.reads import Callers
from saleor_crm_app.saleor.codes import CodeBook


class Coupons:
    """The handlers of one job process."""

    def __init__(self, database: Database, callers: Callers, codes: CodeBook) -> None:
        self._stocker = Stocker(database, callers, codes)
        self._cards = CardIssuer(database, callers, codes)
        self._withdrawer = Withdrawer(database, callers, codes)
        self._settler = UseSettler(database, callers, codes)
        self._inspector = Inspector(database, callers, codes, self._stocker)
        self._maker = BatchMaker(database, callers, codes)
        self._ender = BatchEnder(database, callers)

    async def stock(self, job: StockCodes) -> None:
        """Make codes ahead, and hand them to whom they are owed."""
        await self._stocker.stock(job)

    async def deliver_card(self, job: DeliverCard) -> None:
        """Make the gift card that a coupon promises."""
        await self._cards.deliver(job)

    async def end(self, job: EndCoupons) -> None:
        """Take codes whose time is over out of the shop."""
        await self._withdrawer.end_coupons(job)

    async def end_card(self, job: EndCard) -> None:
        """Make a gift card worthless whose time is over."""
        await self._cards.end(job)

    async def withdraw(self, job: WithdrawVoucher) -> None:
        """Take codes that nobody has out of the shop."""
        await self._withdrawer.withdraw(job)

    async def settle(self, job: SettleUses) -> None:
        """See what follows from the coupons of an order."""
        await self._settler.settle(job)

    async def make_batch(self, job: MakeBatch) -> None:
        """Make codes of a campaign, and ask for another job where more are wanted."""
        await self._maker.make(job)

    async def end_batch(self, job: EndBatch) -> None:
        """Have the shop take no code of a campaign any more."""
        await self._ender.end(job)

    async def check(self, job: CheckVoucher) -> None:
        """Compare a voucher with the shop and mend what differs."""
        await self._inspector.check(job)
