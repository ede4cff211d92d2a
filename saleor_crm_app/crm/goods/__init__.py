"""Goods: what is bought together, popular or bought again, what is on the shelf, and what to recommend to whom."""

from saleor_crm_app.crm.goods.jobs import LearnGoods, ReadShelf
from saleor_crm_app.crm.goods.known import ENOUGH_ORDERS, Companion, Popularity, ShelfPlace, product_known
from saleor_crm_app.crm.goods.learning import Learned, learn, learned
from saleor_crm_app.crm.goods.recommending import (
    Because,
    Recommended,
    cross_sell,
    new_and_for_sale,
    recommended,
    upsell,
)
from saleor_crm_app.crm.goods.replenishing import Due, replenishment
from saleor_crm_app.crm.goods.shelf import FRESH_FOR, OnShelf, clear_shelf, note_shelf, products_wanted

__all__ = [
    "ENOUGH_ORDERS", "FRESH_FOR", "Because", "Companion", "Due", "LearnGoods", "Learned", "OnShelf", "Popularity",
    "ReadShelf", "Recommended", "ShelfPlace", "clear_shelf", "cross_sell", "learn", "learned", "new_and_for_sale",
    "note_shelf", "product_known", "products_wanted", "recommended", "replenishment", "upsell",
]  # fmt: skip
