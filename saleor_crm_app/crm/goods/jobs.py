"""What goods owe: to be reckoned from the orders, and to be looked for in the shop."""

from saleor_crm_app.jobs.outbox import Job


class LearnGoods(Job, frozen=True, kw_only=True):
    """Reckon anew what is bought together, what is popular and how soon it is bought again."""


class ReadShelf(Job, frozen=True, kw_only=True):
    """Ask the shop which of the products that may be recommended can be bought in each channel."""
