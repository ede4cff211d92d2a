"""Bodies become events exactly, or say what they lack, or are refused with a reason."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from saleor_crm_app.kernel.errors import BadInput
from saleor_crm_app.kernel.ids import CustomerId, OrderId
from saleor_crm_app.kernel.money import MinorUnits
from saleor_crm_app.saleor.events import (
    AppChanged,
    AppGone,
    CustomerChanged,
    CustomerConfirmed,
    CustomerGone,
    CustomerState,
    Ignored,
    Incomplete,
    OrdersChanged,
)
from saleor_crm_app.saleor.order_states import (
    FulfillmentState,
    GrantedRefundState,
    LineState,
    OrderState,
    UnitsOfLine,
)
from saleor_crm_app.saleor.parsing import customer_gone, parse_event, snapshot_of_customer, snapshot_of_order
from tests.saleor import samples

ISSUED = datetime(2026, 11, 21, 23, 4, 3, 50349, tzinfo=UTC)
ORDER = OrderId(UUID("7e423a16-4d37-4d6e-99ab-9e993fe3edee"))
LINE = LineState(
    id="line-1",
    quantity=2,
    quantity_fulfilled=0,
    is_gift=False,
    gross=MinorUnits(398),
    net=MinorUnits(335),
    product="UHJvZHVjdDoxNTI=",
    category="Q2F0ZWdvcnk6NDM=",
    collections=("Q29sbGVjdGlvbjox",),
    product_type="UHJvZHVjdFR5cGU6MjM=",
    kind="NORMAL",
)
ORDER_EVENTS = [
    "OrderPaid",
    "OrderFullyPaid",
    "OrderRefunded",
    "OrderFullyRefunded",
    "OrderCancelled",
    "OrderExpired",
    "OrderFulfilled",
    "OrderUpdated",
]


def parsed_order(**changes: object) -> OrderState:
    event = parse_event(samples.delivery("OrderPaid", order=samples.order(**changes)))
    assert isinstance(event, OrdersChanged)
    return event.orders[0]


@pytest.mark.parametrize("typename", ORDER_EVENTS)
def test_an_order_event_brings_the_whole_order(typename: str) -> None:
    # when
    event = parse_event(samples.delivery(typename, order=samples.order()))
    # then
    assert event == OrdersChanged(
        event=typename,
        source="webhook",
        issued_at=ISSUED,
        issuing_app_id=None,
        orders=(
            OrderState(
                id=ORDER,
                number="23",
                status="UNFULFILLED",
                created=datetime(2026, 11, 21, 23, 4, 2, 851149, tzinfo=UTC),
                updated_at=datetime(2026, 11, 21, 23, 4, 2, 911161, tzinfo=UTC),
                display_gross=True,
                user=CustomerId("6"),
                is_staff=False,
                channel="default-channel",
                currency="USD",
                subtotal=MinorUnits(398),
                shipping=MinorUnits(0),
                total_charged=MinorUnits(398),
                refund_pending=MinorUnits(0),
                gift_card_charged=MinorUnits(0),
                lines=(LINE,),
                fulfillments=(),
                granted_refunds=(),
            ),
        ),
    )


def test_a_bulk_creation_brings_every_order() -> None:
    # given
    others = [samples.order(id=samples.ORDER_ID[:-2] + end) for end in ("Vl", "Zm")]
    # when
    event = parse_event(samples.delivery("OrderBulkCreated", orders=others))
    # then
    assert isinstance(event, OrdersChanged)
    assert [order.id for order in event.orders] == [ORDER, UUID("7e423a16-4d37-4d6e-99ab-9e993fe3edff")]


def test_tells_which_app_caused_it_and_not_which_person() -> None:
    def principal(**who: str) -> str | None:
        event = parse_event(samples.delivery("OrderPaid", order=samples.order(), issuingPrincipal=who))
        assert isinstance(event, OrdersChanged)
        return event.issuing_app_id

    assert principal(__typename="App", id="QXBwOjE=") == "QXBwOjE="
    assert principal(__typename="User", id="VXNlcjo2") is None


def test_a_guest_order_has_no_user() -> None:
    order = parsed_order(user=None)
    assert (order.user, order.is_staff) == (None, None)


def test_an_order_without_lines_is_fine() -> None:
    assert parsed_order(lines=[]).lines == ()


def test_a_line_whose_variant_is_gone_keeps_its_money() -> None:
    [line] = parsed_order(lines=[samples.line(variant=None, isGift=None)]).lines
    assert (line.gross, line.product, line.category, line.collections) == (398, None, None, None)
    assert (line.product_type, line.kind, line.is_gift) == (None, None, False)


def test_reads_what_came_back_and_what_was_named() -> None:
    # given
    units = [{"quantity": 1, "orderLine": {"id": "line-1"}}, {"quantity": 1, "orderLine": None}]
    # when
    order = parsed_order(
        fulfillments=[
            {
                "status": "RETURNED",
                "created": "2026-11-22T00:00:00+00:00",
                "shippingRefundedAmount": {"amount": 1.0},
                "lines": units,
            },
            {
                "status": "FULFILLED",
                "created": "2026-11-22T00:00:00+02:00",
                "shippingRefundedAmount": None,
                "lines": None,
            },
        ],
        grantedRefunds=[{"status": "PENDING", "shippingCostsIncluded": True, "lines": units}],
    )
    # then
    one_unit = (UnitsOfLine("line-1", 1),)
    assert order.fulfillments == (
        FulfillmentState(
            status="RETURNED",
            created=datetime(2026, 11, 22, tzinfo=UTC),
            shipping_refunded=True,
            lines=one_unit,
        ),
        FulfillmentState(
            status="FULFILLED",
            created=datetime(2026, 11, 21, 22, tzinfo=UTC),
            shipping_refunded=False,
            lines=(),
        ),
    )
    assert order.granted_refunds == (GrantedRefundState(status="PENDING", shipping_included=True, lines=one_unit),)


@pytest.mark.parametrize("version", ["3.21.69", "3.22.67"])
def test_older_shops_cannot_say_how_a_transaction_was_paid(version: str) -> None:
    order = samples.order(transactions=[{"chargedAmount": {"amount": 3.98}}])
    event = parse_event(samples.delivery("OrderPaid", order=order, version=version))
    assert isinstance(event, OrdersChanged)
    assert event.orders[0].gift_card_charged == 0


def test_a_webhook_older_than_its_shop_lacks_how_a_transaction_was_paid() -> None:
    order = samples.order(transactions=[{"chargedAmount": {"amount": 3.98}}])
    event = parse_event(samples.delivery("OrderPaid", order=order, version="3.23.28"))
    assert event == Incomplete(event="OrderPaid", orders=(ORDER,), reason="transactions without paymentMethodDetails")


@pytest.mark.parametrize("field", sorted(samples.order().keys() - {"id"}))
def test_an_order_that_lacks_any_field_is_read_again(field: str) -> None:
    # given
    order = samples.order()
    del order[field]
    # when
    event = parse_event(samples.delivery("OrderUpdated", order=order))
    # then
    assert isinstance(event, Incomplete)
    assert (event.event, event.orders, event.customers) == ("OrderUpdated", (ORDER,), ())
    assert field in event.reason


@pytest.mark.parametrize("field", ["totalCharged", "channel", "lines", "displayGrossPrices", "grantedRefunds"])
def test_an_order_with_a_null_where_saleor_has_none_is_read_again(field: str) -> None:
    event = parse_event(samples.delivery("OrderUpdated", order=samples.order(**{field: None})))
    assert isinstance(event, Incomplete)
    assert event.orders == (ORDER,)


def test_errors_inside_mean_reading_again_even_if_nothing_is_missing() -> None:
    raw = samples.delivery("OrderPaid", order=samples.order(), errors=[{"message": "x"}])
    assert parse_event(raw) == Incomplete(event="OrderPaid", orders=(ORDER,), reason="the shop reports errors inside")


def test_an_incomplete_bulk_creation_names_every_order() -> None:
    event = parse_event(samples.delivery("OrderBulkCreated", orders=[samples.order(), {"id": samples.ORDER_ID}, None]))
    assert isinstance(event, Incomplete)
    assert event.orders == (ORDER, ORDER)


def test_an_incomplete_body_about_nobody_is_refused() -> None:
    with pytest.raises(BadInput, match="nothing says whom it is about"):
        parse_event(samples.delivery("OrderPaid", order=None, errors=[{"message": "x"}]))


def test_an_order_under_another_kinds_id_is_refused() -> None:
    with pytest.raises(BadInput, match="is the id of a User, not of a Order"):
        parsed_order(id=samples.CUSTOMER_ID)


@pytest.mark.parametrize("typename", ["CustomerCreated", "CustomerUpdated"])
def test_a_customer_event_brings_the_customer(typename: str) -> None:
    event = parse_event(samples.delivery(typename, user=samples.customer()))
    assert event == CustomerChanged(
        event=typename,
        source="webhook",
        issued_at=ISSUED,
        issuing_app_id=None,
        customer=CustomerState(
            id=CustomerId("6"),
            email="ashley.cook@example.com",
            is_active=True,
            is_confirmed=True,
            is_staff=False,
            language_code="EN",
            joined=datetime(2026, 11, 20, 8, tzinfo=UTC),
            updated_at=datetime(2026, 11, 21, 23, 5, 21, 971101, tzinfo=UTC),
            country="PL",
        ),
    )


@pytest.mark.parametrize(
    ("addresses", "country"),
    [
        ({"defaultShippingAddress": None}, "DE"),
        ({"defaultShippingAddress": None, "defaultBillingAddress": None}, ""),
        ({"defaultShippingAddress": ..., "defaultBillingAddress": ...}, None),
        ({"defaultShippingAddress": {"country": {"code": ""}}, "defaultBillingAddress": None}, ""),
    ],
)
def test_a_customers_country_is_where_things_are_sent_else_billed(
    addresses: dict[str, Any], country: str | None
) -> None:
    user = {name: value for name, value in samples.customer(**addresses).items() if value is not ...}
    event = parse_event(samples.delivery("CustomerUpdated", user=user))
    assert isinstance(event, CustomerChanged)
    assert event.customer.country == country


@pytest.mark.parametrize("email", ["", None])
def test_a_customer_without_an_email_is_fine(email: str | None) -> None:
    event = parse_event(samples.delivery("CustomerUpdated", user=samples.customer(email=email)))
    assert isinstance(event, CustomerChanged)
    assert event.customer.email is None


def test_an_incomplete_customer_is_read_again() -> None:
    event = parse_event(samples.delivery("CustomerUpdated", user={"id": samples.CUSTOMER_ID}))
    assert isinstance(event, Incomplete)
    assert (event.customers, event.orders) == ((CustomerId("6"),), ())


def test_a_confirmation_names_the_customer() -> None:
    event = parse_event(samples.delivery("AccountConfirmed", user={"id": samples.CUSTOMER_ID}))
    assert event == CustomerConfirmed(issued_at=ISSUED, customer=CustomerId("6"))


@pytest.mark.parametrize("typename", ["AccountDeleted", "CustomerDeleted"])
def test_a_deletion_is_believed_even_with_errors_inside(typename: str) -> None:
    event = parse_event(samples.delivery(typename, user={"id": samples.CUSTOMER_ID}, errors=[{"message": "x"}]))
    assert event == CustomerGone(event=typename, issued_at=ISSUED, customer=CustomerId("6"))


def test_a_customer_whom_the_shop_no_longer_knew_is_gone() -> None:
    kind, body = customer_gone(CustomerId("6"), issued_at=ISSUED)
    assert kind == "CustomerGone"
    assert parse_event(body) == CustomerGone(event="CustomerGone", issued_at=ISSUED, customer=CustomerId("6"))


def test_an_app_is_switched_off_and_uninstalled() -> None:
    off = parse_event(samples.delivery("AppStatusChanged", app={"id": "QXBwOjE=", "isActive": False}))
    gone = parse_event(samples.delivery("AppDeleted", app={"id": "QXBwOjE=", "isActive": False}))
    unnamed = parse_event(samples.delivery("AppDeleted", app=None))
    assert off == AppChanged(issued_at=ISSUED, app_id="QXBwOjE=", is_active=False)
    assert gone == unnamed == AppGone(issued_at=ISSUED, app_id="QXBwOjE=")


def test_an_unknown_type_is_ignored() -> None:
    assert parse_event(samples.delivery("OrderCreated", order=None)) == Ignored("OrderCreated")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"OrderPaid"',
        b"{}",
        b'{"__typename": 1}',
        b'{"__typename": "OrderPaid"}x',
        b'{"__typename": "\xff"}',
        '{"__typename": "OrderPaid"}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"__typename": "OrderPaid", "order": ' + b"[" * 100_000,
    ],
)
def test_what_is_no_event_is_refused(raw: bytes) -> None:
    with pytest.raises(BadInput):
        parse_event(raw)


def test_an_order_read_from_the_shop_parses_the_same_way_and_stays_exact() -> None:
    # given: an answer whose amount a float cannot hold
    order = json.loads(json.dumps(samples.order()), parse_float=Decimal)
    order["subtotal"]["gross"]["amount"] = Decimal("9007199254740.993")
    order["channel"]["currencyCode"] = order["subtotal"]["currency"] = "KWD"
    # when
    raw = snapshot_of_order(order, issued_at=ISSUED)
    # then
    with pytest.raises(BadInput, match="beyond what is believed"):
        parse_event(raw)
    event = parse_event(raw.replace(b"9007199254740.993", b"907199254740.993"))
    assert isinstance(event, OrdersChanged)
    assert (event.event, event.source, event.issued_at) == ("OrderSnapshot", "poll", ISSUED)
    assert event.orders[0].subtotal == 907_199_254_740_993


def test_a_customer_read_from_the_shop_parses_the_same_way() -> None:
    event = parse_event(snapshot_of_customer(samples.customer(), issued_at=ISSUED))
    assert isinstance(event, CustomerChanged)
    assert (event.event, event.source, event.customer.id) == ("CustomerSnapshot", "poll", CustomerId("6"))


def test_a_snapshot_that_lacks_something_is_not_read_again_for_ever() -> None:
    order = samples.order()
    del order["totalCharged"]
    with pytest.raises(BadInput, match="the shop's own answer cannot be used"):
        parse_event(snapshot_of_order(order, issued_at=ISSUED))
