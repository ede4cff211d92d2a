"""When X happened in the shop, do Y here: database only, whole batches at a time."""

from saleor_crm_app.reactions.batch import react

__all__ = ["react"]
