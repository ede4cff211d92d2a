"""Examples of what staff write down of customers."""

from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.reactions.facts import keep_facts
from tests.shop import ANNA, NOON
from tests.staff.scene import Input, Scene

ANNAS = global_id("User", ANNA)


async def fact(scene: Scene) -> Input:
    async with scene.shop.database.shop(scene.shop.id) as session:
        await keep_facts(session, scene.shop.id, {ANNA}, (), at=NOON)
    return {"customerId": ANNAS, "name": "size", "value": "M", "purpose": "marketing"}


async def fact_end(scene: Scene) -> Input:
    """Somebody leaves a segment by it."""
    medium = {"type": "FACT", "name": "size", "in": ["M"]}
    await scene.does("segmentCreate", {"name": "Medium", "condition": medium})
    await scene.does("customerFactSet", await fact(scene))
    return {"customerId": ANNAS, "name": "size"}
