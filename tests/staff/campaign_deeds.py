"""Examples of what staff do about campaigns and offers."""

from typing import Any

from saleor_crm_app.kernel.ids import global_id
from tests.staff.scene import Input, Scene

CAMPAIGN: dict[str, Any] = {"name": "Spring", "goal": "More second orders", "holdoutPercent": 0}
NUDGE: dict[str, Any] = {"kind": "EXPIRING_POINTS", "placements": ["home"]}


async def campaign(scene: Scene) -> Input:
    return {"programId": scene.program, "campaign": CAMPAIGN, "text": "For spring"}


async def made_campaign(scene: Scene) -> str:
    """The global id of a draft."""
    await scene.does("campaignCreate", await campaign(scene))
    [(made,)] = await scene.rows("SELECT id FROM campaign")
    return global_id("Campaign", made)


async def campaign_anew(scene: Scene) -> Input:
    return {"id": await made_campaign(scene), "expectedVersion": 1, "campaign": CAMPAIGN | {"priority": 5}}


async def filled_campaign(scene: Scene) -> str:
    """The global id of a draft with an offer."""
    made = await made_campaign(scene)
    await scene.does("offerCreate", {"campaignId": made, "offer": NUDGE})
    return made


async def publication(scene: Scene) -> Input:
    return {"id": await filled_campaign(scene), "text": "It is March"}


async def campaign_end(scene: Scene) -> Input:
    return {"id": await made_campaign(scene), "text": "Spring is over"}


async def offer(scene: Scene) -> Input:
    return {"campaignId": await made_campaign(scene), "offer": NUDGE}


async def made_offer(scene: Scene) -> str:
    """The global id of an offer."""
    await filled_campaign(scene)
    [(made,)] = await scene.rows("SELECT id FROM offer")
    return global_id("PersonalOffer", made)


async def offer_anew(scene: Scene) -> Input:
    return {"id": await made_offer(scene), "expectedVersion": 1, "offer": NUDGE | {"leastPoints": 50}}


async def offer_end(scene: Scene) -> Input:
    return {"id": await made_offer(scene), "text": "Nobody wants it"}
