"""Door 2: what customers and storefronts ask about points, as a federation subgraph beside Saleor's own API."""

from saleor_crm_app.storefront.context import Counters
from saleor_crm_app.storefront.routes import routes
from saleor_crm_app.storefront.schema import sdl

__all__ = ["Counters", "routes", "sdl"]
