"""Campaigns and the offers in them: what each customer is shown, why, and what becomes of it."""

from saleor_crm_app.loyalty.offers import budgets, campaigns, decisions, errors, figures, registry, wording
from saleor_crm_app.loyalty.offers.accepting import Answer, accept, respond
from saleor_crm_app.loyalty.offers.campaigns import Campaign, CampaignId, CampaignState
from saleor_crm_app.loyalty.offers.choosing import Decision
from saleor_crm_app.loyalty.offers.figures import OfferFigures
from saleor_crm_app.loyalty.offers.fitting import Fit
from saleor_crm_app.loyalty.offers.policy import Policy, PolicyShelf, Published
from saleor_crm_app.loyalty.offers.ranking import Candidate
from saleor_crm_app.loyalty.offers.reading import decide, decide_by
from saleor_crm_app.loyalty.offers.registry import Offer, OfferId
from saleor_crm_app.loyalty.offers.responses import MOST_IMPRESSIONS, Response, forget_deleted, forget_responses
from saleor_crm_app.loyalty.offers.said import Lack, Lacking, Said, Why, WhyNot
from saleor_crm_app.loyalty.offers.terms import (
    Audience,
    CampaignTerms,
    OfferKind,
    OfferTerms,
    OfferWords,
    read_campaign_terms,
    read_offer_terms,
)  # fmt: skip
from saleor_crm_app.loyalty.offers.views import NO_CART, Cart, Question

__all__ = [
    "MOST_IMPRESSIONS", "NO_CART", "Answer", "Audience", "Campaign", "CampaignId", "CampaignState", "CampaignTerms",
    "Candidate", "Cart", "Decision", "Fit", "Lack", "Lacking", "Offer", "OfferFigures", "OfferId", "OfferKind",
    "OfferTerms", "OfferWords", "Policy", "PolicyShelf", "Published", "Question", "Response", "Said", "Why", "WhyNot",
    "accept", "budgets", "campaigns", "decide", "decide_by", "decisions", "errors", "figures", "forget_deleted",
    "forget_responses", "read_campaign_terms", "read_offer_terms", "registry", "respond", "wording",
]  # fmt: skip
