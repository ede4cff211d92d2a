"""Examples of what staff do about segments."""

from collections.abc import Mapping
from typing import Any, Final

from saleor_crm_app.kernel.ids import global_id
from tests.staff.scene import Input, Scene

BUYERS: Final[Mapping[str, Any]] = {"type": "NUMBER", "fact": "ORDERS", "atLeast": 1}


async def segment(_scene: Scene) -> Input:
    return {"name": "Buyers", "condition": BUYERS, "text": "For spring"}


async def made_segment(scene: Scene) -> str:
    """The global id of a segment."""
    await scene.does("segmentCreate", await segment(scene))
    [(made,)] = await scene.rows("SELECT id FROM segment")
    return global_id("CustomerSegment", made)


async def segment_anew(scene: Scene) -> Input:
    return {"id": await made_segment(scene), "expectedVersion": 1, "name": "Twice", "condition": BUYERS}


async def segment_end(scene: Scene) -> Input:
    return {"id": await made_segment(scene), "text": "Spring is over"}


async def ready_set(_scene: Scene) -> Input:
    return {"text": "To begin with"}
