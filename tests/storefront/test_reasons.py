"""Why staff moved points, as customers read it: a few words of their language, and nothing that staff wrote."""

import pytest
import sqlalchemy as sa

from saleor_crm_app.kernel.audit import Actor
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points.staff.staff_acts import Goodwill, Instruction, ReasonCode, perform
from tests.door import Door, Shop
from tests.shop import NOON, order

ENTRIES = """
{ loyaltyMe(channel: "default-channel") { entries(first: 2) { edges { node { kind source reason } } } } }
"""
LANGUAGE = """
INSERT INTO customer (installation_id, shard_key, id, language, updated_at)
SELECT installation_id, shard_key, customer_id, :language, now() FROM account
ON CONFLICT (installation_id, shard_key, id) DO UPDATE SET language = excluded.language
"""


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("EN_GB", "Because of a complaint"),
        ("DE_AT", "Wegen einer Reklamation"),
        ("PL", "W związku z reklamacją"),
        ("JA", "Because of a complaint"),
        ("", "Because of a complaint"),
    ],
)
async def test_a_reason_is_told_in_the_customers_language(door: Door, shop: Shop, language: str, words: str) -> None:
    # given
    await shop.says(order(charged=10000))
    async with shop.database.shop(shop.id) as session:
        await session.execute(sa.text(LANGUAGE), {"language": language})
        [member] = await points.members(session, shop.id, most=1)
        wanted = Instruction(
            account=member.account,
            act=Goodwill(points=5, code=ReasonCode.COMPLAINT),
            reason="Parcel of Mrs. Miller",
            actor=Actor(id="21", name="sam@shop.example"),
            key="staff:1",
        )
        await perform(session, shop.id, wanted, at=NOON)
    # when
    answer = await door.ask(ENTRIES, token=shop.token())
    # then
    assert [edge["node"] for edge in answer.json()["data"]["loyaltyMe"]["entries"]["edges"]] == [
        {"kind": "EARN", "source": "GOODWILL", "reason": words},
        {"kind": "EARN", "source": "ORDER", "reason": None},
    ]
    assert all(word not in answer.text for word in ("Miller", "sam@"))
