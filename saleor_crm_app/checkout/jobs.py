"""What is owed to the shop about tenders."""

from uuid import UUID

from saleor_crm_app.jobs.outbox import Job


class SettleTender(Job, frozen=True, kw_only=True):
    """See in the shop what became of a tender: spent by `order`, or to be made dead if it is not wanted any more."""

    shard: int
    hold: UUID
    order: UUID | None = None


class FindTender(Job, frozen=True, kw_only=True):
    """An order bears a voucher of ours but comes from no checkout that points were put on: whose code was it?"""

    order: UUID


class FillPool(Job, frozen=True, kw_only=True):
    """Make codes ahead for an amount in a channel."""

    channel: str
    amount: int
