"""What an order tells of codes, cards and refunds: as the shop answers it, as it is kept, and where it is not told."""

from datetime import UTC, datetime
from decimal import Decimal

from saleor_crm_app.crm.orders import DiscountFact, OrderSnapshot
from saleor_crm_app.demo.checkout import Checkout
from saleor_crm_app.demo.order import Order
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.voucher import DiscountValueType, VoucherType
from saleor_crm_app.demo.vouchers import VoucherTerms
from saleor_crm_app.kernel.ids import order_id
from saleor_crm_app.reactions.orders import observed_from
from saleor_crm_app.saleor.events import OrdersChanged
from saleor_crm_app.saleor.orders import read_order
from saleor_crm_app.saleor.parsing import parse_event, snapshot_of_order
from tests.demo.promotions import listed
from tests.saleor import samples
from tests.saleor.redemption import Till

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SINGLE = VoucherTerms(name="Twenty off", single_use=True)


async def kept_of(till: Till, order: Order) -> OrderSnapshot:
    """The order read over HTTP, put into the inbox and taken out of it, by an app that may only see orders."""
    till.allow(Permission.MANAGE_ORDERS)
    raw = await read_order(till.client, order_id(order.id))
    assert raw is not None
    return kept(snapshot_of_order(raw, issued_at=NOON))


def kept(body: bytes) -> OrderSnapshot:
    event = parse_event(body)
    assert isinstance(event, OrdersChanged)
    [observed] = observed_from([event])
    return observed.snapshot


def with_code(till: Till, code: str) -> Checkout:
    cart = till.cart()
    till.shop.checkouts.add_promo_code(cart, code)
    return cart


async def test_an_order_tells_its_checkout_code_voucher_card_and_refunds(till_of_any: Till) -> None:
    # given
    till, shop = till_of_any, till_of_any.shop
    voucher = listed(shop, "TWENTY", terms=SINGLE)
    card = shop.gift_cards.create(25, "USD")
    cart = with_code(till, "TWENTY")
    shop.checkouts.add_promo_code(cart, card.code)
    shop.checkouts.charge(cart)
    order = shop.checkouts.complete(cart)
    shop.refunds.refund(order, Decimal("12.34"))
    # when
    snapshot = await kept_of(till, order)
    # then
    assert (snapshot.checkout, snapshot.voucher, snapshot.voucher_codes) == (cart.id, voucher.id, ("TWENTY",))
    assert snapshot.discounts == (DiscountFact(kind="VOUCHER", name="Twenty off", amount=2000),)
    assert (snapshot.gift_cards, snapshot.refunded, snapshot.charged) == ((card.id,), 1234, 6500 - 1234)


async def test_a_voucher_on_products_is_told_by_the_line(till: Till) -> None:
    terms = VoucherTerms(
        name="Free vase",
        type=VoucherType.SPECIFIC_PRODUCT,
        value_type=DiscountValueType.PERCENTAGE,
        products=(till.vase.product,),
    )
    listed(till.shop, "VASE", value=100, terms=terms)
    snapshot = await kept_of(till, till.shop.checkouts.complete(with_code(till, "VASE")))
    assert snapshot.voucher_codes == ("VASE",)
    assert snapshot.discounts == (DiscountFact(kind="VOUCHER", name="Free vase", amount=4000),)


async def test_of_simultaneous_orders_each_names_the_voucher_and_one_tells_it_and_the_code(till: Till) -> None:
    voucher = listed(till.shop, "ONCE", terms=SINGLE)
    carts = [with_code(till, "ONCE") for _ in range(2)]
    orders = [one for one in till.shop.checkouts.complete_at_once(carts) if isinstance(one, Order)]
    snapshots = [await kept_of(till, one) for one in orders]
    assert [one.voucher_codes for one in snapshots] == [("ONCE",), ()]
    assert [one.voucher for one in snapshots] == [voucher.id, None]
    assert [one.discounts for one in snapshots] == [snapshots[0].discounts] * 2


def test_a_body_that_tells_nothing_of_it_is_complete_and_reads_as_nothing() -> None:
    snapshot = kept(samples.delivery("OrderPaid", order=samples.order()))
    assert (snapshot.checkout, snapshot.voucher, snapshot.refunded) == (None, None, 0)
    assert (snapshot.voucher_codes, snapshot.discounts, snapshot.gift_cards) == ((), (), ())


def test_what_is_told_as_nothing_is_kept_as_what_is_not_told() -> None:
    nothing = {
        "checkoutId": None,
        "voucher": None,
        "voucherCode": None,
        "discounts": [],
        "giftCards": [],
        "totalRefunded": {"amount": 0.0},
        "lines": [samples.line(voucherCode=None, discounts=[])],
    }
    told = kept(samples.delivery("OrderPaid", order=samples.order(**nothing)))
    assert told.content() == kept(samples.delivery("OrderPaid", order=samples.order())).content()


def test_a_discount_with_more_decimals_than_its_currency_is_rounded_not_refused() -> None:
    discount = {"type": "VOUCHER", "name": None, "total": {"amount": 1.235}}
    snapshot = kept(samples.delivery("OrderPaid", order=samples.order(discounts=[discount])))
    assert snapshot.discounts == (DiscountFact(kind="VOUCHER", amount=124),)
