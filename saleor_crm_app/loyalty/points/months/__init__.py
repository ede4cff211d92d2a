"""Months as an accountant closes them, and what the shop owes."""
