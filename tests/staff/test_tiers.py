"""Tiers by the staff API: read, tried out, changed, and members placed and protected, each written down."""

from datetime import timedelta
from typing import Any

import pytest

from saleor_crm_app.kernel.ids import global_id
from tests.door import ANNAS_ID, Door, Shop
from tests.loyalty.tiers.shop_with_tiers import bought
from tests.shop import LATER, NOON

FIELDS = """
version liveFrom basis window windowMonths keepMonths noticeDays graceDays
tiers { id code name translations { languageCode name } threshold multiplierPercent rewards freeShipping }
"""
TIERS = f"query Tiers($program: ID!) {{ tiers(programId: $program) {{ {FIELDS} }} }}"
UPDATE = f"""
mutation Update($input: TierUpdateInput!) {{
  tierUpdate(input: $input) {{ ladder {{ {FIELDS} }} errors {{ field code message }} }}
}}
"""
PREVIEW = """
query Preview($input: TierPreviewInput!) {
  tierPreview(input: $input) { members noticed moves { before after members examples } errors { field code } }
}
"""
NEED = "{ tier { code } lacking }"
STANDS = (
    f"tier {{ tier {{ code }} since until reason noticeAt protectedUntil neededToKeep {NEED} neededToClimb {NEED} }}"
)
MEMBERS = f"{{ members {{ edges {{ node {{ id {STANDS} }} }} }} }}"
SET = f"""
mutation Set($input: MemberTierSetInput!) {{
  memberTierSet(input: $input) {{ member {{ {STANDS} }} errors {{ field code }} }}
}}
"""
PROTECT = f"""
mutation Protect($input: MemberTierProtectInput!) {{
  memberTierProtect(input: $input) {{ member {{ {STANDS} }} errors {{ field code }} }}
}}
"""
TRAIL = "{ auditTrail { edges { node { act before after reason } } } }"

LADDER: dict[str, Any] = {
    "tiers": [
        {"code": "base", "name": "Base", "threshold": "0"},
        {
            "code": "gold",
            "name": "Gold",
            "threshold": "50000",
            "multiplierPercent": 150,
            "translations": [{"languageCode": "DE", "name": "Gold-Stufe"}],
            "rewards": ["lounge"],
            "freeShipping": True,
        },
    ]
}


@pytest.fixture
def token(shop: Shop) -> str:
    return shop.dashboard_token("MANAGE_USERS", "MANAGE_DISCOUNTS")


@pytest.fixture
async def program(door: Door, shop: Shop, token: str) -> str:
    """A program in which Anna's 600.00 count since the middle of March."""
    await shop.says(bought(60_000))
    [only] = (await door.data("{ programs { id } }", token=token))["programs"]
    return str(only["id"])


async def update(door: Door, token: str, program: str, *, expected: int = 0, **ladder: object) -> dict[str, Any]:
    wanted = {"programId": program, "expectedVersion": expected, "ladder": LADDER | ladder}
    found: dict[str, Any] = (await door.data(UPDATE, {"input": wanted}, token=token))["tierUpdate"]
    return found


async def member(door: Door, token: str) -> dict[str, Any]:
    [edge] = (await door.data(MEMBERS, token=token))["members"]["edges"]
    node: dict[str, Any] = edge["node"]
    return node


async def test_a_ladder_is_saved_whole_and_read_again(door: Door, token: str, program: str) -> None:
    assert await door.data(TIERS, {"program": program}, token=token) == {"tiers": None}
    saved = await update(door, token, program, keepMonths=6)
    read = (await door.data(TIERS, {"program": program}, token=token))["tiers"]
    assert saved == {"ladder": read, "errors": []}
    assert (read["version"], read["basis"], read["window"], read["windowMonths"]) == (1, "SPEND", "ROLLING", 12)
    assert (read["keepMonths"], read["noticeDays"], read["graceDays"]) == (6, 30, 30)
    gold = read["tiers"][1]
    assert {name: gold[name] for name in LADDER["tiers"][1]} == LADDER["tiers"][1]


async def test_refuses_a_ladder_made_from_another_version(door: Door, token: str, program: str) -> None:
    await update(door, token, program)
    stale = await update(door, token, program)
    assert (stale["ladder"], stale["errors"]) == (
        None,
        [
            {
                "field": "expectedVersion",
                "code": "STALE_VERSION",
                "message": "The tiers were changed meanwhile: version 1 is live, not 0. Look again.",
            }
        ],
    )


async def test_refuses_what_cannot_be_used_and_unknown_programs(door: Door, token: str, program: str) -> None:
    [error] = (await update(door, token, program, tiers=[]))["errors"]
    assert (error["field"], error["code"]) == ("tiers", "INVALID")
    unknown = global_id("LoyaltyProgram", "01890a5d-ac96-774b-bcce-b302099a8057")
    [error] = (await update(door, token, unknown))["errors"]
    assert (error["field"], error["code"]) == ("programId", "NOT_FOUND")


async def test_a_preview_says_who_would_move(door: Door, token: str, program: str) -> None:
    wanted = {"programId": program, "ladder": LADDER}
    assert (await door.data(PREVIEW, {"input": wanted}, token=token))["tierPreview"] == {
        "members": 1,
        "noticed": 0,
        "moves": [{"before": None, "after": "gold", "members": 1, "examples": [ANNAS_ID]}],
        "errors": [],
    }
    nonsense = {"programId": program, "ladder": {"tiers": LADDER["tiers"][::-1]}}
    assert (await door.data(PREVIEW, {"input": nonsense}, token=token))["tierPreview"]["errors"] == [
        {"field": "tiers", "code": "INVALID"}
    ]


async def test_a_member_shows_tier_and_needs(door: Door, token: str, program: str) -> None:
    assert (await member(door, token))["tier"] is None
    await update(door, token, program)
    # placed by what was bought before: the ladder is new, the twelve months begin with it
    found = (await member(door, token))["tier"]
    assert (found["tier"], found["reason"], found["noticeAt"]) == ({"code": "gold"}, "START", None)
    assert found["neededToKeep"] == {"tier": {"code": "gold"}, "lacking": "50000"}
    assert found["neededToClimb"] is None


async def test_staff_set_and_protect_a_tier_and_the_trail_says_so(door: Door, token: str, program: str) -> None:
    await update(door, token, program)
    key = (await member(door, token))["id"]
    lowered = {"memberId": key, "tier": "base", "text": "Resold what was bought"}
    answer = (await door.data(SET, {"input": lowered}, token=token))["memberTierSet"]
    assert (answer["member"]["tier"]["tier"], answer["member"]["tier"]["reason"]) == ({"code": "base"}, "STAFF")
    until = (LATER + timedelta(days=90)).isoformat()
    kept = {"memberId": key, "until": until, "text": "As promised"}
    answer = (await door.data(PROTECT, {"input": kept}, token=token))["memberTierProtect"]
    assert answer["member"]["tier"]["protectedUntil"] == until
    edges = (await door.data(TRAIL, token=token))["auditTrail"]["edges"]
    acts = [(edge["node"]["act"], edge["node"]["reason"]) for edge in edges]
    assert acts == [
        ("memberTierProtect", "As promised"),
        ("memberTierSet", "Resold what was bought"),
        ("tierUpdate", None),
    ]
    assert "gold" in str(edges[1]["node"]["before"])


async def test_refuses_unknown_tiers_members_and_past_dates(door: Door, token: str, program: str) -> None:
    await update(door, token, program)
    key = (await member(door, token))["id"]
    nobody = global_id("Member", "01890a5d-ac96-774b-bcce-b302099a8057")

    async def refused(query: str, wanted: dict[str, Any]) -> list[dict[str, str]]:
        [payload] = (await door.data(query, {"input": wanted | {"text": "x"}}, token=token)).values()
        assert payload["member"] is None
        errors: list[dict[str, str]] = payload["errors"]
        return errors

    assert await refused(SET, {"memberId": key, "tier": "platinum"}) == [{"field": "tier", "code": "NOT_FOUND"}]
    assert await refused(SET, {"memberId": nobody, "tier": "gold"}) == [{"field": "memberId", "code": "NOT_FOUND"}]
    past = {"memberId": key, "until": NOON.isoformat()}
    assert await refused(PROTECT, past) == [{"field": "until", "code": "INVALID"}]
