"""What an order deserves by the program's rate alone; the arithmetic is that of the rules."""

from saleor_crm_app.loyalty.rules import Target, target_of

__all__ = ["Target", "target_of"]
