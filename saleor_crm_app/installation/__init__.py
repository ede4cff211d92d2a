"""How a shop comes to have the app: manifest, hand-shake, and the life of the installation after it."""

from saleor_crm_app.installation.routes import routes

__all__ = ["routes"]
