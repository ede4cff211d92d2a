"""Vouchers changed, taken out of channels, ended and deleted over real HTTP, and read as staff left them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from saleor_crm_app.demo.orders import DEFAULT_CHANNEL
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.voucher import Voucher as VoucherOfShop
from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.saleor.client import PermissionDenied, ShopGraphQLError, ShopUnavailable
from saleor_crm_app.saleor.shop_refusals import NodesGone, ShopRefused, VoucherGone
from saleor_crm_app.saleor.voucher_changes import change_voucher, delete_voucher, end_voucher, unlist_voucher
from saleor_crm_app.saleor.voucher_details import ChannelWorth, VoucherDetails, read_voucher
from saleor_crm_app.saleor.vouchers import ValueKind, VoucherKind, VoucherListing, VoucherPlan, ensure_voucher
from tests.demo.promotions import total_of
from tests.saleor.loopback import Answer, loopback
from tests.saleor.redemption import Till
from tests.saleor.test_client import client_of

PLAN = VoucherPlan(name="Five off")
GONE = global_id("Voucher", 99)


def channel_of(till: Till) -> str:
    return till.shop.state.channels[DEFAULT_CHANNEL].id


async def made(till: Till, plan: VoucherPlan = PLAN, *, min_spent: Decimal | None = None) -> VoucherOfShop:
    listing = VoucherListing(channel=channel_of(till), value=Decimal("5.50"), min_spent=min_spent)
    await ensure_voucher(till.client, plan, [listing], codes=["ONE"])
    [voucher] = till.shop.state.vouchers.values()
    return voucher


def agrees(details: VoucherDetails, plan: VoucherPlan) -> bool:
    """Whether a voucher reads as it was planned, in all but when it starts."""
    lists = ("countries", "products", "variants", "collections", "categories")
    same = (
        "name",
        "kind",
        "value_kind",
        "single_use",
        "usage_limit",
        "once_per_order",
        "once_per_customer",
        "only_for_staff",
        "min_items",
        "ends_at",
    )
    return all(getattr(details, name) == getattr(plan, name) for name in same) and all(
        getattr(details, name) == {*getattr(plan, name)} for name in lists
    )


def picky(till: Till) -> VoucherPlan:
    """A plan that says something of everything."""
    shelves = till.shop.shelves
    return VoucherPlan(
        name="Free vase",
        kind=VoucherKind.SPECIFIC_PRODUCT,
        value_kind=ValueKind.PERCENTAGE,
        once_per_order=True,
        once_per_customer=True,
        only_for_staff=True,
        usage_limit=7,
        min_items=2,
        starts_at=datetime(2027, 2, 1, 12, 0, tzinfo=UTC),
        ends_at=datetime(2027, 3, 1, 12, 0, tzinfo=UTC),
        countries=("PL", "DE"),
        products=(till.vase.product.id,),
        variants=(till.vase.id, till.lamp.id),
        collections=(shelves.add_collection("Home").id,),
        categories=(shelves.add_category("Lamps").id,),
    )


async def test_a_voucher_reads_in_every_detail(till_of_any: Till) -> None:
    # given
    till = till_of_any
    plan = picky(till)
    voucher = await made(till, plan, min_spent=Decimal("9.99"))
    # when
    details = await read_voucher(till.client, voucher.id)
    # then
    assert details is not None
    assert (details.id, details.starts_at, details.is_complete) == (voucher.id, plan.starts_at, True)
    assert agrees(details, plan)
    worth = ChannelWorth(channel=channel_of(till), value=Decimal("5.50"), min_spent=Decimal("9.99"), currency="USD")
    assert details.listings == (worth,)
    assert (details.worth_in(channel_of(till)), details.worth_in("elsewhere")) == (worth, None)


async def test_a_plain_voucher_reads_as_planned_too(till: Till) -> None:
    details = await read_voucher(till.client, (await made(till)).id)
    assert details is not None
    assert agrees(details, PLAN)
    [worth] = details.listings
    assert worth.min_spent is None


async def test_what_staff_changed_by_hand_is_seen(till: Till) -> None:
    voucher = await made(till)
    till.shop.vouchers.change(voucher, name="Mine now", usage_limit=1, products=(till.lamp.product,))
    till.shop.vouchers.unlist(voucher, till.shop.state.channels[DEFAULT_CHANNEL])
    details = await read_voucher(till.client, voucher.id)
    assert details is not None
    assert (details.name, details.usage_limit, details.listings) == ("Mine now", 1, ())
    assert details.products == {till.lamp.product.id}


async def test_of_long_lists_a_hundred_are_read_and_it_says_so(till: Till) -> None:
    goods = tuple(till.shop.shelves.sell(f"Good {number:03}", 1) for number in range(101))
    voucher = await made(till)
    till.shop.vouchers.change(voucher, variants=goods)
    details = await read_voucher(till.client, voucher.id)
    assert details is not None
    assert (len(details.variants), details.is_complete) == (100, False)


@pytest.mark.parametrize("voucher", [GONE, "nonsense", global_id("Product", 1)])
async def test_a_voucher_that_is_none_reads_as_none(till: Till, voucher: str) -> None:
    await made(till)
    assert await read_voucher(till.client, voucher) is None


async def test_what_reads_like_no_voucher_may_be_asked_for_again() -> None:
    async with loopback(lambda _: Answer.of({"data": {"voucher": {"id": GONE}}})) as shop, client_of(shop) as client:
        with pytest.raises(ShopUnavailable, match="no voucher"):
            await read_voucher(client, GONE)


async def test_a_changed_plan_replaces_what_the_voucher_was(till_of_any: Till) -> None:
    till = till_of_any
    voucher = await made(till, picky(till))
    plain = replace(PLAN, usage_limit=7, once_per_customer=True, ends_at=datetime(2028, 1, 1, tzinfo=UTC))
    for plan in (plain, replace(picky(till), name="Other vase")):
        await change_voucher(till.client, voucher.id, plan)
        details = await read_voucher(till.client, voucher.id)
        assert details is not None
        assert agrees(details, plan)
    assert voucher.start_date == datetime(2027, 2, 1, 12, 0, tzinfo=UTC)
    assert [code.code for code in voucher.voucher_codes] == ["ONE"]


async def test_a_plan_without_a_start_leaves_the_start_where_it_was(till: Till) -> None:
    voucher = await made(till)
    started = voucher.start_date
    await change_voucher(till.client, voucher.id, replace(PLAN, name="Renamed"))
    assert (voucher.name, voucher.start_date) == ("Renamed", started)


async def test_how_often_codes_work_is_changed_only_when_asked_and_not_once_they_were_used(till: Till) -> None:
    voucher = await made(till)
    other = replace(PLAN, name="Other", single_use=False, usage_limit=3, once_per_customer=True)
    await change_voucher(till.client, voucher.id, other)
    assert (voucher.name, voucher.single_use, voucher.usage_limit, voucher.apply_once_per_customer) == (
        "Other",
        True,
        None,
        False,
    )
    await change_voucher(till.client, voucher.id, other, with_limits=True)
    assert (voucher.single_use, voucher.usage_limit, voucher.apply_once_per_customer) == (False, 3, True)
    # when
    till.shop.checkouts.add_promo_code(till.cart(), "ONE")
    # then
    with pytest.raises(ShopRefused) as refusal:
        await change_voucher(till.client, voucher.id, PLAN, with_limits=True)
    assert (refusal.value.shop_code, voucher.name, voucher.usage_limit) == ("VOUCHER_ALREADY_USED", "Other", 3)
    await change_voucher(till.client, voucher.id, other, with_limits=True)


async def test_a_change_to_what_is_gone_is_refused_and_changes_nothing(till: Till) -> None:
    voucher = await made(till)
    gone = global_id("Product", 99)
    for products in ((gone,), (till.vase.product.id, gone)):
        with pytest.raises(NodesGone):
            await change_voucher(till.client, voucher.id, replace(PLAN, name="Other", products=products))
    with pytest.raises(VoucherGone):
        await change_voucher(till.client, GONE, PLAN)
    with pytest.raises(ShopRefused, match="Must receive"):
        await change_voucher(till.client, voucher.id, replace(PLAN, name="Other", variants=(till.vase.product.id,)))
    assert (voucher.name, voucher.products) == ("Five off", ())


async def test_a_voucher_taken_out_of_a_channel_is_worth_nothing_there(till_of_any: Till) -> None:
    till = till_of_any
    euro = till.shop.shelves.open_channel("euro", "EUR")
    voucher = await made(till)
    till.shop.vouchers.list_in(voucher, euro, 4)
    await unlist_voucher(till.client, voucher.id, [channel_of(till), channel_of(till), global_id("Channel", 99)])
    assert [one.channel for one in voucher.channel_listings] == [euro]
    await unlist_voucher(till.client, voucher.id, [channel_of(till)])
    with pytest.raises(VoucherGone):
        await unlist_voucher(till.client, GONE, [euro.id])


async def test_an_ended_voucher_works_no_more(till: Till) -> None:
    voucher = await made(till)
    cart = till.cart()
    till.shop.checkouts.add_promo_code(cart, "ONE")
    end = till.shop.clock.now()
    await end_voucher(till.client, voucher.id, end)
    assert voucher.end_date == end
    assert not voucher.is_open(till.shop.state.channels[DEFAULT_CHANNEL], till.shop.clock.now())


async def test_one_that_would_only_begin_later_begins_and_ends_there(till: Till) -> None:
    end = till.shop.clock.now()
    voucher = await made(till, replace(PLAN, starts_at=end + timedelta(days=3)))
    await end_voucher(till.client, voucher.id, end)
    assert (voucher.start_date, voucher.end_date) == (end, end)
    with pytest.raises(VoucherGone):
        await end_voucher(till.client, GONE, end)


async def test_a_deleted_voucher_is_gone_with_its_codes_and_orders_remember_it(till_of_any: Till) -> None:
    # given
    till = till_of_any
    voucher = await made(till)
    cart = till.cart()
    till.shop.checkouts.add_promo_code(cart, "ONE")
    order = till.shop.checkouts.complete(cart)
    # when
    await delete_voucher(till.client, voucher.id)
    # then
    assert (till.shop.state.vouchers, till.shop.state.voucher_codes) == ({}, {})
    assert (order.voucher, order.voucher_code, order.discounts[0].name) == (None, "ONE", "Five off")
    assert total_of(order) == Decimal("104.5")
    for gone in (voucher.id, "nonsense", global_id("Product", 1)):
        await delete_voucher(till.client, gone)


async def test_a_voucher_without_codes_can_be_deleted(till: Till) -> None:
    voucher = await made(till)
    till.shop.vouchers.delete_codes([code.pk for code in voucher.voucher_codes])
    await delete_voucher(till.client, voucher.id)
    assert till.shop.state.vouchers == {}


async def test_without_the_permission_nothing_is_changed(till: Till) -> None:
    voucher = await made(till)
    till.allow(Permission.MANAGE_ORDERS)
    with pytest.raises(PermissionDenied):
        await read_voucher(till.client, voucher.id)
    with pytest.raises(PermissionDenied):
        await change_voucher(till.client, voucher.id, replace(PLAN, name="Other"))
    with pytest.raises(PermissionDenied):
        await end_voucher(till.client, voucher.id, till.shop.clock.now())
    with pytest.raises(PermissionDenied):
        await unlist_voucher(till.client, voucher.id, [channel_of(till)])
    with pytest.raises(PermissionDenied):
        await delete_voucher(till.client, voucher.id)
    assert (voucher.name, voucher.end_date, len(voucher.channel_listings)) == ("Five off", None, 1)
    assert [*till.shop.state.vouchers.values()] == [voucher]


async def test_another_failure_of_the_shop_is_no_refusal() -> None:
    answer = {"data": None, "errors": [{"message": "Internal Server Error"}]}
    async with loopback(lambda _: Answer.of(answer)) as shop, client_of(shop) as client:
        with pytest.raises(ShopGraphQLError, match="Internal Server Error"):
            await change_voucher(client, GONE, PLAN)
