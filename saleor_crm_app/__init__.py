"""Loyalty points, offers and CRM for shops that run on Saleor."""
