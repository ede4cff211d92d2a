"""The oracle on time, on customers and on deliveries as they arrive."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.reliability import oracle
from tests.reliability.oracle import Program, Standing
from tests.reliability.samples import a_fulfillment, a_line, an_order, units

BERLIN = ZoneInfo("Europe/Berlin")

# When


def fulfilled(*created: str, status: str = "FULFILLED") -> dict[str, Any]:
    shipments = [a_fulfillment(*units(sixty=1), created=each) for each in created]
    return an_order(status=status, fulfillments=shipments)


def test_becomes_available_at_the_end_of_the_fourteenth_local_day_after_the_last_fulfillment() -> None:
    order = fulfilled("2026-03-02T09:00:00+00:00", "2026-03-05T23:30:00+00:00")
    assert oracle.available_at(order, Program()) == datetime(2026, 3, 20, tzinfo=UTC)
    # in Berlin it was the sixth of March already, and on the twentieth clocks still show winter time
    assert oracle.available_at(order, Program(zone=BERLIN)) == datetime(2026, 3, 20, 23, tzinfo=UTC)


def test_expires_at_the_end_of_the_local_day_365_days_after_it_became_available() -> None:
    available = datetime(2026, 3, 20, 23, tzinfo=UTC)  # the first instant of 21 March in Berlin
    assert oracle.expires_at(available, Program(zone=BERLIN)) == datetime(2027, 3, 21, 23, tzinfo=UTC)
    assert oracle.expires_at(None, Program()) is None


def test_ends_a_local_day_at_the_first_instant_after_it_even_where_midnight_or_the_day_is_skipped() -> None:
    before_the_skip = datetime(2011, 12, 29, tzinfo=UTC).date()
    assert oracle.end_of_day(before_the_skip, ZoneInfo("Pacific/Apia")) == datetime(2011, 12, 30, 10, tzinfo=UTC)
    before_no_midnight = datetime(2026, 3, 28, tzinfo=UTC).date()
    assert oracle.end_of_day(before_no_midnight, ZoneInfo("Asia/Beirut")) == datetime(2026, 3, 28, 22, tzinfo=UTC)


@pytest.mark.parametrize("status", ["UNCONFIRMED", "UNFULFILLED", "PARTIALLY_FULFILLED", "CANCELED"])
def test_stays_pending_while_something_is_left_to_fulfill(status: str) -> None:
    assert oracle.available_at(fulfilled("2026-03-02T09:00:00+00:00", status=status), Program()) is None


def test_runs_the_clock_of_an_order_fulfilled_in_whole_before_a_return() -> None:
    lines = [a_line("sixty", 60, fulfilled=1), a_line("forty", 40, fulfilled=1)]
    returned = a_fulfillment(*units(forty=1), status="RETURNED", created="2026-03-09T09:00:00+00:00")
    kept = a_fulfillment(*units(sixty=1), created="2026-03-02T09:00:00+00:00")
    order = an_order(status="PARTIALLY_RETURNED", lines=lines, fulfillments=[returned, kept])
    assert oracle.available_at(order, Program()) == datetime(2026, 3, 17, tzinfo=UTC)


def test_runs_no_clock_when_a_return_came_before_the_last_unit_was_sent() -> None:
    lines = [a_line("sixty", 60, fulfilled=1), a_line("forty", 40, quantity=2, fulfilled=1)]
    order = an_order(status="PARTIALLY_RETURNED", lines=lines, fulfillments=[a_fulfillment(*units(sixty=1))])
    assert oracle.available_at(order, Program()) is None


def test_runs_no_clock_by_a_cancelled_fulfillment() -> None:
    order = an_order(status="FULFILLED", fulfillments=[a_fulfillment(*units(sixty=1), status="CANCELED")])
    assert oracle.available_at(order, Program()) is None


def test_moves_points_from_pending_to_available_to_expired_at_the_very_instants() -> None:
    order = fulfilled("2026-03-02T09:00:00+00:00")
    account = oracle.accounts(oracle.as_they_are([order]), Program())["eve", "EUR"]
    lot = account.lots["order"]
    assert (lot.available_at, lot.expires_at) == (
        datetime(2026, 3, 17, tzinfo=UTC),
        datetime(2027, 3, 18, tzinfo=UTC),
    )
    assert account.at(datetime(2026, 3, 16, 23, 59, 59, 999999, UTC)) == Standing(pending=100)
    assert account.at(datetime(2026, 3, 17, tzinfo=UTC)) == Standing(available=100)
    assert account.at(datetime(2027, 3, 17, 23, 59, 59, 999999, UTC)) == Standing(available=100)
    assert account.at(datetime(2027, 3, 18, tzinfo=UTC)) == Standing(expired=100)


# Who, and out of which deliveries


def delivery(order: dict[str, Any], issued_at: str = "2026-03-02T09:00:00+00:00") -> dict[str, Any]:
    return {"issuedAt": issued_at, "order": order}


def at_hour(hour: int, order: dict[str, Any]) -> dict[str, Any]:
    return order | {"updatedAt": f"2026-03-02T{hour}:00:00+00:00"}


def only_account(*bodies: dict[str, Any], known_at: datetime | None = None) -> oracle.Account:
    (account,) = oracle.accounts(oracle.replay(bodies), Program(), known_at=known_at).values()
    return account


def test_keeps_one_account_per_customer_and_currency() -> None:
    orders = [
        an_order(id="first"),
        an_order(id="second", paid=55),
        an_order(id="third", currency="JPY"),
        an_order(id="fourth", user={"id": "ada", "isStaff": False}),
    ]
    held = oracle.accounts(oracle.as_they_are(orders), Program())
    assert {key: account.posted for key, account in held.items()} == {
        ("eve", "EUR"): {"first": 100, "second": 50},
        ("eve", "JPY"): {"third": 1},
        ("ada", "EUR"): {"fourth": 100},
    }
    assert held["eve", "EUR"].total == 150


def test_gives_guests_no_account_and_staff_no_points() -> None:
    assert oracle.accounts(oracle.as_they_are([an_order(user=None)]), Program()) == {}
    account = only_account(delivery(an_order(user={"id": "boss", "isStaff": True})))
    assert (account.posted, account.total, list(account.lots)) == ({}, 0, ["order"])


def test_credits_a_guest_order_once_it_is_attached_unless_it_is_too_old() -> None:
    attached = delivery(at_hour(11, an_order()))
    as_guest = delivery(at_hour(10, an_order(user=None)))
    at_the_limit, too_late = datetime(2027, 3, 2, 9, tzinfo=UTC), datetime(2027, 3, 2, 9, 0, 1, tzinfo=UTC)
    assert only_account(as_guest, attached).total == 100
    assert only_account(as_guest, attached, known_at=at_the_limit).total == 100
    assert only_account(as_guest, attached, known_at=too_late).total == 0
    assert only_account(attached, as_guest, known_at=too_late).total == 100


def test_ignores_older_snapshots_and_duplicates() -> None:
    # the older one was caused later, as a payload built late on a lagging replica is
    deposit = delivery(at_hour(10, an_order(paid=50)), "2026-03-02T11:00:09+00:00")
    full = delivery(at_hour(11, an_order(paid=110)), "2026-03-02T11:00:01+00:00")
    assert only_account(full, deposit, full, deposit).posted == {"order": 100}
    assert only_account(deposit, full).posted == {"order": 100}


def test_lets_the_later_issue_or_the_shops_answer_decide_between_snapshots_of_one_change() -> None:
    early = delivery(at_hour(10, an_order(paid=110)), "2026-03-02T10:00:01+00:00")
    late = delivery(at_hour(10, an_order(paid=100)), "2026-03-02T10:00:02+00:00")
    assert only_account(early, late).posted == only_account(late, early).posted == {"order": 90}
    answer = at_hour(10, an_order(paid=55))
    for arrival in ([early, late], [late, early]):
        assert oracle.replay(arrival, reread={"order": answer})["order"].order == answer


def test_keeps_the_display_of_prices_as_it_was_when_the_order_was_first_seen() -> None:
    lines = [a_line("goods", 120, net=100)]
    first = delivery(at_hour(10, an_order(lines=lines, displayGrossPrices=False)))
    later = delivery(at_hour(11, an_order(lines=lines, displayGrossPrices=True)))
    assert only_account(first, later).total == 100
    assert only_account(later, first).total == 120


def test_reads_every_order_of_a_bulk_and_none_of_other_deliveries() -> None:
    bulk = {"issuedAt": "2026-03-02T09:00:00+00:00", "orders": [an_order(id="first"), an_order(id="second")]}
    customer = {"issuedAt": "2026-03-02T09:00:00+00:00", "user": {"id": "eve"}}
    assert only_account(bulk, customer).posted == {"first": 100, "second": 100}
