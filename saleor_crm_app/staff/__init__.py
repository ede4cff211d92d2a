"""Door 3: what the shop's staff ask and do, with the permissions they hold in Saleor."""

from saleor_crm_app.staff.access import Callers
from saleor_crm_app.staff.routes import routes
from saleor_crm_app.staff.schema import sdl

__all__ = ["Callers", "routes", "sdl"]
