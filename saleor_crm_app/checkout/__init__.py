"""Points at the shop's checkout: what needs the shop's answer while the shopper waits."""

from saleor_crm_app.checkout.jobs import FillPool, FindTender, SettleTender
from saleor_crm_app.checkout.learning import learn, part
from saleor_crm_app.checkout.models import SEALED
from saleor_crm_app.checkout.opening import Request
from saleor_crm_app.checkout.paying import Applied, Cashier
from saleor_crm_app.checkout.pool import Pool
from saleor_crm_app.checkout.preview import Previewer
from saleor_crm_app.checkout.settling import Settler, overdue

__all__ = [
    "SEALED",
    "Applied",
    "Cashier",
    "FillPool",
    "FindTender",
    "Pool",
    "Previewer",
    "Request",
    "SettleTender",
    "Settler",
    "learn",
    "overdue",
    "part",
]
