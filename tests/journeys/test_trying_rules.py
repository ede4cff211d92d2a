"""A rule from the first draft to old orders: tried, published, and on purpose counted for what was bought before."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from saleor_crm_app.demo import SimulatedShop
from saleor_crm_app.kernel.ids import global_id
from tests.journeys.conftest import RunningApp
from tests.journeys.shopper import Shopper, signed_in

RULE = {"name": "Big ones", "when": {"type": "ORDER"}, "then": {"type": "PER_ORDER", "points": 50}}
CREATE = """
mutation ($input: EarningRuleCreateInput!) { done: earningRuleCreate(input: $input) { rule { id } errors { code } } }
"""
TRY = """
mutation ($input: SimulationStartInput!) { done: simulationStart(input: $input) { simulation { id } errors { code } } }
"""
PUBLISH = "mutation ($input: EarningRulePublishInput!) { done: earningRulePublish(input: $input) { errors { code } } }"
RECALCULATE = """
mutation ($input: RecalculationStartInput!) { done: recalculationStart(input: $input) { version errors { code } } }
"""
FOUND = """
query ($id: ID!) {
  done: simulation(id: $id) {
    state customers expectedCustomers orders pointsNow pointsThen costThen { amount } winners losers
    wonMost { customerId now then }
  }
}
"""


@pytest.fixture
async def anna(app: RunningApp, shop: SimulatedShop) -> AsyncIterator[Shopper]:
    """With one order of 100, whose points she has."""
    async with signed_in(app, shop) as anna:
        await anna.earned(100)
        yield anna


async def staff(anna: Shopper, query: str, variables: dict[str, Any]) -> Any:  # noqa: ANN401 # JSON
    """What the one field answers to a member of staff who may do anything."""
    ours = next(app for app in anna.shop.state.apps.values() if app is not anna.shop.state.payment_app)
    token = anna.shop.tokens.for_app(anna.shop.state.staff, ours)
    headers = {"Authorization": f"Bearer {token}"}
    response = await anna.client.post(
        "/graphql/staff/", json={"query": query, "variables": variables}, headers=headers, timeout=30
    )
    return response.json()["data"]["done"]


async def test_a_rule_is_tried_published_and_counted_for_old_orders(anna: Shopper) -> None:
    programs = "{ done: programs { id } }"
    [program] = await staff(anna, programs, {})
    written = await staff(anna, CREATE, {"input": {"programId": program["id"], "rule": RULE}})
    wanted = {"programId": program["id"], "ruleIds": [written["rule"]["id"]], "days": 90}
    begun = await staff(anna, TRY, {"input": wanted})
    run = begun["simulation"]["id"]
    assert (await staff(anna, FOUND, {"id": run}))["state"] == "RUNNING"
    await anna.settle()
    assert await staff(anna, FOUND, {"id": run}) == {
        "state": "DONE",
        "customers": 1,
        "expectedCustomers": 1,
        "orders": 1,
        "pointsNow": "100",
        "pointsThen": "150",
        "costThen": {"amount": 1.5},
        "winners": 1,
        "losers": 0,
        "wonMost": [{"customerId": global_id("User", anna.user.pk), "now": 100, "then": 150}],
    }
    assert await anna.balance() == {"available": 100}
    publication = {"id": written["rule"]["id"], "expectedVersion": 1, "expectedRuleSetVersion": 1}
    assert await staff(anna, PUBLISH, {"input": publication}) == {"errors": []}
    await anna.settle()
    assert await anna.balance() == {"available": 100}
    recalculation = {"simulationId": run, "version": 2, "reason": "It was promised"}
    assert await staff(anna, RECALCULATE, {"input": recalculation}) == {"version": 2, "errors": []}
    await anna.settle()
    assert await anna.balance() == {"available": 150}
    assert await anna.proved() == ()
