"""The traffic generator: repeatable, in the shape of our documents, plausible, and true to what it claims."""

from collections import Counter, defaultdict
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)

from tests.reliability import oracle, traffic
from tests.reliability.oracle import Program
from tests.reliability.traffic import Delivery, Plan

DOCUMENTS = Path(__file__).parents[2] / "graphql" / "saleor"
PLAN = Plan(seed=20)
TRAFFIC = traffic.make(PLAN)
OFTEN_TAKEN_BACK = traffic.make(Plan(seed=21, takebacks=0.4))
SEEDS = range(6)


def unique(deliveries: list[Delivery]) -> list[Delivery]:
    return list({delivery.raw: delivery for delivery in deliveries}.values())


def snapshots(deliveries: list[Delivery]) -> list[dict[str, Any]]:
    bodies = [delivery.body for delivery in unique(deliveries)]
    return [order for body in bodies for order in body.get("orders") or [body.get("order")] if order is not None]


def test_repeats_itself_byte_for_byte_by_its_seed_alone() -> None:
    first, again, other = (traffic.make(Plan(seed=seed, events=300)) for seed in (1, 1, 2))
    assert [delivery.raw for delivery in first.deliveries] == [delivery.raw for delivery in again.deliveries]
    assert first.truth == again.truth
    assert not first.truth.keys() & other.truth.keys()


def test_makes_the_planned_events_and_repeats_the_planned_share_of_them() -> None:
    assert len(unique(TRAFFIC.deliveries)) == 2_000
    assert len(TRAFFIC.deliveries) == 2_600
    assert len(traffic.make(Plan(seed=1, events=77, duplicates=0)).deliveries) == 77


def test_keeps_take_backs_at_their_share() -> None:
    assert 100 <= TRAFFIC.takebacks <= 104


def test_shuffles_so_that_about_half_of_all_neighbors_are_the_wrong_way_round() -> None:
    issued = [delivery.body["issuedAt"] for delivery in TRAFFIC.deliveries]
    wrong = sum(before > after for before, after in pairwise(issued))
    assert 1_200 <= wrong <= 1_400


def test_spreads_its_changes_over_the_planned_days() -> None:
    moments = [datetime.fromisoformat(order["updatedAt"]) for order in TRAFFIC.truth.values()]
    assert min(moments) > PLAN.start
    assert 9 <= (max(moments) - PLAN.start).days <= 11


def test_tells_every_kind_of_event_that_saleor_raises_for_orders_we_subscribe_to() -> None:
    assert {delivery.event for delivery in TRAFFIC.deliveries} == {
        "customer_created",
        "customer_updated",
        "order_bulk_created",
        "order_cancelled",
        "order_expired",
        "order_fulfilled",
        "order_fully_paid",
        "order_fully_refunded",
        "order_paid",
        "order_refunded",
        "order_updated",
    }


def test_comes_to_every_state_that_the_points_depend_on() -> None:
    orders = snapshots([each for seed in SEEDS for each in traffic.make(Plan(seed=seed)).deliveries])
    fulfillments = [each for order in orders for each in order["fulfillments"]]
    grants = [each for order in orders for each in order["grantedRefunds"]]
    assert {order["status"] for order in orders} == {
        "UNCONFIRMED",
        "UNFULFILLED",
        "PARTIALLY_FULFILLED",
        "FULFILLED",
        "PARTIALLY_RETURNED",
        "RETURNED",
        "CANCELED",
        "EXPIRED",
    }
    assert {each["status"] for each in fulfillments} == {
        "FULFILLED",
        "RETURNED",
        "REFUNDED",
        "REFUNDED_AND_RETURNED",
        "REPLACED",
    }
    assert {each["status"] for each in grants} == {"PENDING", "SUCCESS", "FAILURE"}
    assert {each["shippingCostsIncluded"] for each in grants} == {True, False}
    assert any(each["shippingRefundedAmount"] for each in fulfillments)
    assert any(order["totalRefundPending"]["amount"] for order in orders)
    assert {order["displayGrossPrices"] for order in orders} == {True, False}
    assert {order["subtotal"]["currency"] for order in orders} == {"USD", "EUR", "JPY", "KWD"}
    assert {order["user"] and order["user"]["isStaff"] for order in orders} == {None, True, False}


def test_attaches_some_guest_orders_later() -> None:
    buyers = defaultdict(set)
    for order in snapshots(TRAFFIC.deliveries):
        buyers[order["id"]].add(order["user"] and order["user"]["id"])
    assert any(len(each) == 2 and None in each for each in buyers.values())
    assert any(each == {None} for each in buyers.values())


def test_never_changes_content_without_moving_updated_at() -> None:
    contents = defaultdict(list)
    for order in snapshots(TRAFFIC.deliveries):
        contents[order["id"], order["updatedAt"]].append(order)
    assert all(order == same[0] for same in contents.values() for order in same)
    assert max(map(len, contents.values())) >= 3


@pytest.mark.parametrize("seed", SEEDS)
def test_comes_to_its_truth_whatever_the_order_of_arrival(seed: int) -> None:
    made = traffic.make(Plan(seed=seed, events=500))
    seen = oracle.replay(oracle.read(delivery.raw) for delivery in made.deliveries)
    assert {order_id: each.order for order_id, each in seen.items()} == made.truth
    assert oracle.accounts(seen, Program()) == oracle.accounts(oracle.as_they_are(made.truth.values()), Program())


# with the last three seeds a clock would move if returns could take any unit
@pytest.mark.parametrize("seed", [0, 1, 24, 35, 57])
def test_moves_no_clock_that_could_have_run_out_before_unless_told_to(seed: int) -> None:
    made = traffic.make(Plan(seed=seed, takebacks=0.4))
    clocks = defaultdict(set)
    for order in snapshots(made.deliveries):
        clocks[order["id"]].add(oracle.available_at(order, Program()))
    for order_id, order in made.truth.items():
        if oracle.target(order, rate=Program().rate, display_gross=order["displayGrossPrices"]):
            assert clocks[order_id] - {None} <= {oracle.available_at(order, Program())}


def test_cancels_fulfillments_when_clocks_may_move() -> None:
    orders = snapshots(traffic.make(Plan(seed=1, moving_clocks=True)).deliveries)
    assert "CANCELED" in {each["status"] for order in orders for each in order["fulfillments"]}


def test_keeps_every_order_possible() -> None:
    for order in snapshots(OFTEN_TAKEN_BACK.deliveries):
        held = Counter[str]()
        for fulfillment in order["fulfillments"]:
            held.update({line["orderLine"]["id"]: line["quantity"] for line in fulfillment["lines"]})
        assert {line["id"]: line["quantityFulfilled"] for line in order["lines"] if line["quantityFulfilled"]} == held
        assert all(line["quantityFulfilled"] <= line["quantity"] for line in order["lines"])
        assert all(payment["chargedAmount"]["amount"] >= 0 for payment in order["transactions"])
        total = sum(payment["chargedAmount"]["amount"] for payment in order["transactions"])
        assert order["totalCharged"]["amount"] == total


# The shape of our documents


def definitions(version: str) -> dict[str, SelectionSetNode]:
    """Selections by the name of their fragment or subscription, in the newest form that a version may use."""
    found: dict[str, SelectionSetNode] = {}
    newest = ["", ".3.23"] if version == "3.23" else [""]
    for suffix in newest:
        for folder in ("fragments", "subscriptions"):
            for path in (DOCUMENTS / folder).glob("*.graphql"):
                if path.name.partition(".")[2] == f"{suffix}.graphql".lstrip("."):
                    for each in parse(path.read_text()).definitions:
                        assert isinstance(each, FragmentDefinitionNode | OperationDefinitionNode)
                        assert each.name is not None
                        found[each.name.value] = each.selection_set
    return found


def shape(selected: SelectionSetNode, typename: str | None, known: dict[str, SelectionSetNode]) -> dict[str, Any]:
    """Field names with the selections beneath them, of the fragments that apply to this type."""
    fields: dict[str, Any] = {}
    for each in selected.selections:
        if isinstance(each, FieldNode):
            fields[each.name.value] = each.selection_set
        elif isinstance(each, FragmentSpreadNode):
            fields |= shape(known[each.name.value], typename, known)
        elif isinstance(each, InlineFragmentNode) and applies(each, typename):
            fields |= shape(each.selection_set, typename, known)
    return fields


def applies(fragment: InlineFragmentNode, typename: str | None) -> bool:
    return fragment.type_condition is None or fragment.type_condition.name.value == typename


def assert_has_shape(value: object, selected: SelectionSetNode | None, known: dict[str, SelectionSetNode]) -> None:
    if isinstance(value, list):
        for each in value:
            assert_has_shape(each, selected, known)
    elif isinstance(value, dict):
        assert selected is not None
        fields = shape(selected, value.get("__typename"), known)
        assert list(value) == list(fields)
        for name, below in fields.items():
            assert_has_shape(value[name], below, known)
    else:
        assert selected is None or value is None


@pytest.mark.parametrize("version", ["3.21", "3.22", "3.23"])
def test_tells_exactly_the_fields_of_our_subscriptions_in_their_order(version: str) -> None:
    known = definitions(version)
    for delivery in traffic.make(Plan(seed=3, events=400, version=f"{version}.9")).deliveries:
        about = "CustomerEvents" if delivery.event.startswith("customer") else "OrderEvents"
        (event,) = known[about].selections
        assert isinstance(event, FieldNode)
        assert_has_shape(delivery.body, event.selection_set, known)
