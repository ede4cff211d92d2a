"""When X happened in the shop, do Y here: database only, whole batches at a time."""

from saleor_crm_app.reactions.batch import react
from saleor_crm_app.reactions.customers import seen_from
from saleor_crm_app.reactions.orders import content_of

__all__ = ["content_of", "react", "seen_from"]
