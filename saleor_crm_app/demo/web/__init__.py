"""The storefront page of the simulated shop: a window to buy through, and a look behind the counter."""

from saleor_crm_app.demo.web.controls import AppControls
from saleor_crm_app.demo.web.counter import Counter
from saleor_crm_app.demo.web.routes import page_app, serving_page
from saleor_crm_app.demo.web.street import FIRST, SECOND, Street
from saleor_crm_app.demo.web.welcome import is_let_in

__all__ = ["FIRST", "SECOND", "AppControls", "Counter", "Street", "is_let_in", "page_app", "serving_page"]
