"""What an order tells of a voucher for points, by its id or by nothing but its name."""

from decimal import Decimal

import pytest

from saleor_crm_app.checkout.voucher_seen import VoucherSeen, voucher_name
from saleor_crm_app.crm.orders import OrderSnapshot
from saleor_crm_app.kernel.money import Money, minor_units
from saleor_crm_app.reactions.orders import observed_from
from saleor_crm_app.saleor.events import OrdersChanged
from saleor_crm_app.saleor.parsing import parse_event
from tests.saleor import samples

CHANNEL = "default-channel"


def snapshot(name: str, *, kind: str = "VOUCHER", voucher: str | None = None) -> OrderSnapshot:
    discount = {"type": kind, "name": name, "total": {"amount": 5.0}}
    told = {"discounts": [discount], "voucher": None if voucher is None else {"id": voucher}}
    event = parse_event(samples.delivery("OrderPaid", order=samples.order(**told)))
    assert isinstance(event, OrdersChanged)
    [observed] = observed_from([event])
    return observed.snapshot


@pytest.mark.parametrize(
    ("amount", "currency"), [("5.00", "USD"), ("500", "JPY"), ("0.005", "KWD"), ("1234.50", "EUR")]
)
def test_a_name_says_the_worth_it_was_made_of(amount: str, currency: str) -> None:
    worth = Money(minor_units(Decimal(amount), currency), currency)
    seen = VoucherSeen.on(snapshot(voucher_name(CHANNEL, worth)))
    assert (seen.worth, seen.is_named_only) == (worth, True)


@pytest.mark.parametrize(
    "name",
    [
        "Twenty off",
        "Points 5.00 USD (another-channel)",
        "Points five USD (default-channel)",
        "Points 5.001 USD (default-channel)",
    ],
)
def test_other_names_are_not_ours(name: str) -> None:
    assert not VoucherSeen.on(snapshot(name)).is_named_only


def test_a_discount_that_is_not_a_vouchers_is_not_ours_whatever_staff_call_it() -> None:
    assert not VoucherSeen.on(snapshot("Points 5.00 USD (default-channel)", kind="MANUAL")).is_named_only


def test_where_there_is_an_id_it_decides() -> None:
    seen = VoucherSeen.on(snapshot("Points 5.00 USD (default-channel)", voucher="Vm91Y2hlcjox"))
    assert (seen.id, seen.is_named_only) == ("Vm91Y2hlcjox", False)
