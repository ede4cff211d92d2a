"""What a cart comes to, told before the checkout: total, points it earns, points it takes, and the coupon that pays."""

from saleor_crm_app.checkout.preview import words
from saleor_crm_app.checkout.preview.baskets import Goods
from saleor_crm_app.checkout.preview.codes import Typed
from saleor_crm_app.checkout.preview.earning import Earns
from saleor_crm_app.checkout.preview.previewer import Preview, Previewer
from saleor_crm_app.checkout.preview.prices import PriceShelf
from saleor_crm_app.checkout.preview.reasons import Said, Why
from saleor_crm_app.checkout.preview.reckoning import Offered, Spent, Sum
from saleor_crm_app.checkout.preview.suggesting import Suggested
from saleor_crm_app.checkout.preview.wish import Wish, WishedLine

__all__ = [
    "Earns",
    "Goods",
    "Offered",
    "Preview",
    "Previewer",
    "PriceShelf",
    "Said",
    "Spent",
    "Suggested",
    "Sum",
    "Typed",
    "Why",
    "Wish",
    "WishedLine",
    "words",
]
