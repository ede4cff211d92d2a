"""What is owed to the shop about rewards and coupons."""

from uuid import UUID

from saleor_crm_app.jobs.outbox import Job


class StockCodes(Job, frozen=True, kw_only=True):
    """Have the shop know a voucher of ours, make codes ahead for it, and hand them to whom they are owed."""

    voucher: UUID


class DeliverCard(Job, frozen=True, kw_only=True):
    """Make the gift card that a coupon promises."""

    shard: int
    coupon: UUID


class EndCoupons(Job, frozen=True, kw_only=True):
    """Take the codes of a voucher's coupons whose time is over out of the shop, then give their points back.

    Those up to `after` were seen to: one that cannot end yet does not keep the others waiting.
    """

    voucher: UUID
    after: UUID | None = None


class EndCard(Job, frozen=True, kw_only=True):
    """The same for a coupon that is a gift card."""

    shard: int
    coupon: UUID


class SettleUses(Job, frozen=True, kw_only=True):
    """See what follows from the coupons that an order was placed with."""

    order: UUID


class WithdrawVoucher(Job, frozen=True, kw_only=True):
    """Take codes that nobody has been given out of the shop, where their voucher is not current any more."""

    voucher: UUID


class CheckVoucher(Job, frozen=True, kw_only=True):
    """Compare a voucher with the shop and mend what differs."""

    voucher: UUID


class MakeBatch(Job, frozen=True, kw_only=True):
    """Put codes of a batch into the shop, some at a time, until all are there."""

    batch: UUID


class EndBatch(Job, frozen=True, kw_only=True):
    """Have the shop take no code of a batch any more, then end those that nobody has used."""

    batch: UUID
