"""What customers' orders say together: ranks by recency, frequency and money, and phases of their lives."""

from saleor_crm_app.crm.insight.cells import bins_for, cell_of
from saleor_crm_app.crm.insight.scoring import score_all

__all__ = ["bins_for", "cell_of", "score_all"]
