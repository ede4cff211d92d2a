"""Coupons in the shop: codes made ahead, handed out, withdrawn, and learnt to be used."""

from saleor_crm_app.issuing.batch_desk import BatchDesk, Imported
from saleor_crm_app.issuing.batch_ends import BatchEnder
from saleor_crm_app.issuing.batches import BatchMaker
from saleor_crm_app.issuing.cards import CardIssuer
from saleor_crm_app.issuing.desk import Desk, Wish
from saleor_crm_app.issuing.drift import Inspector
from saleor_crm_app.issuing.learning import learn, part
from saleor_crm_app.issuing.offer_desk import OfferDesk, Reply
from saleor_crm_app.issuing.settling import UseSettler
from saleor_crm_app.issuing.stocking import Stocker
from saleor_crm_app.issuing.turns import SomebodyAtWork
from saleor_crm_app.issuing.withdrawing import Withdrawer

__all__ = [
    "BatchDesk", "BatchEnder", "BatchMaker", "CardIssuer", "Desk", "Imported", "Inspector", "OfferDesk", "Reply",
    "SomebodyAtWork", "Stocker", "UseSettler", "Wish", "Withdrawer", "learn", "part",
]  # fmt: skip
