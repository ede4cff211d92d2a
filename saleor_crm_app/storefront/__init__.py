"""Door 2: what customers and storefronts ask about points, as a federation subgraph beside Saleor's own API."""

from saleor_crm_app.storefront.context import Counters
from saleor_crm_app.storefront.routes import routes
from saleor_crm_app.storefront.schema import sdl
from saleor_crm_app.storefront.widget import kit, kit_routes

__all__ = ["Counters", "kit", "kit_routes", "routes", "sdl"]
