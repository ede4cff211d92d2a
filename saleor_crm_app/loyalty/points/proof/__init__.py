"""Proof: laws over all books, seals over all accounts, certificates for others."""
