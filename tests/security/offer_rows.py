"""A shop's campaign with an offer that its customer saw, for the tests of shops side by side."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ProgramId, global_id
from saleor_crm_app.loyalty import offers
from saleor_crm_app.loyalty.offers import Response
from saleor_crm_app.loyalty.offers.decisions import DecisionKey
from saleor_crm_app.loyalty.offers.responses import Answered, write_response
from tests.shop import NOON


async def write_offers(session: AsyncSession, shop: InstallationId) -> None:
    """The customer has seen an offer of a live campaign."""
    program = ProgramId((await session.execute(sa.text("SELECT id FROM program ORDER BY id LIMIT 1"))).scalar_one())
    terms = offers.read_campaign_terms({"name": "Spring", "goal": "More second orders"})
    made = await offers.campaigns.create_campaign(session, shop, program, terms, at=NOON)
    shown = offers.read_offer_terms({"kind": "WIN_BACK"})
    offer = await offers.registry.create_offer(session, shop, made.id, shown, rules=(), at=NOON)
    named = offers.read_offer_terms({"kind": "RECOMMENDED_PRODUCTS", "products": [global_id("Product", 1)]})
    await offers.registry.create_offer(session, shop, made.id, named, rules=(), at=NOON)
    await offers.campaigns.publish_campaign(session, shop, made.id)
    customer, today = CustomerId("6"), NOON.date()
    key = DecisionKey.of(shop, program, customer, placement="home", day=today, revision=1)
    seen = Answered(offer=offer.id, kind=offer.terms.kind, response=Response.SEEN, decision=key)
    await write_response(session, shop, customer, seen, today=today, at=NOON)


async def offer_values(session: AsyncSession) -> dict[str, dict[str, Any]]:
    """What statements with questions of their own are asked, by the end of their names."""
    known = list(await session.scalars(sa.text("SELECT id FROM offer")))
    return {
        "dossier._READ": {"today": NOON.date(), "since": NOON.date()},
        "figures._FIGURES": {"offers": known},
    }
