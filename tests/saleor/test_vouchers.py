"""Vouchers and their codes over real HTTP: made once, listed, filled in bulk, read, and withdrawn."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from saleor_crm_app.demo.orders import DEFAULT_CHANNEL
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.voucher import DiscountValueType, VoucherType
from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.saleor.client import PermissionDenied, ShopUnavailable
from saleor_crm_app.saleor.shop_refusals import CodesTaken, NodesGone, ShopRefused, VoucherGone
from saleor_crm_app.saleor.voucher_codes import add_codes, delete_codes, read_codes
from saleor_crm_app.saleor.vouchers import (
    ValueKind,
    Voucher,
    VoucherKind,
    VoucherListing,
    VoucherPlan,
    ensure_voucher,
    find_voucher,
    list_voucher,
)
from tests.saleor.loopback import Answer, loopback
from tests.saleor.redemption import Till
from tests.saleor.test_client import client_of

PLAN = VoucherPlan(name="Points: 5.00 USD")
GONE = global_id("Voucher", 99)


def channel_of(till: Till) -> str:
    return till.shop.state.channels[DEFAULT_CHANNEL].id


async def made(till: Till, *codes: str, plan: VoucherPlan = PLAN) -> Voucher:
    listing = VoucherListing(channel=channel_of(till), value=Decimal("5.00"))
    return await ensure_voucher(till.client, plan, [listing], codes=codes)


async def test_a_voucher_is_made_listed_and_works(till_of_any: Till) -> None:
    till = till_of_any
    voucher = await made(till, "ONE", "TWO")
    cart = till.cart()
    till.shop.checkouts.add_promo_code(cart, "ONE")
    assert till.shop.checkouts.complete(cart).total == 105
    assert voucher.name == "Points: 5.00 USD"
    assert {(code.code, code.used, code.is_active) for code in voucher.codes} == {("ONE", 0, True), ("TWO", 0, True)}
    read = await find_voucher(till.client, PLAN.name)
    assert read is not None
    assert (read.id, set(read.channels)) == (voucher.id, {channel_of(till)})


async def test_every_term_of_the_plan_arrives(till: Till) -> None:
    # given
    start, end = datetime(2027, 2, 1, 12, 0, tzinfo=UTC), datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
    lamps, home = till.shop.shelves.add_category("Lamps"), till.shop.shelves.add_collection("Home")
    plan = VoucherPlan(
        name="Free vase",
        kind=VoucherKind.SPECIFIC_PRODUCT,
        value_kind=ValueKind.PERCENTAGE,
        once_per_order=True,
        once_per_customer=True,
        only_for_staff=True,
        usage_limit=7,
        min_items=2,
        starts_at=start,
        ends_at=end,
        countries=("PL", "DE"),
        products=(till.vase.product.id,),
        variants=(till.vase.id,),
        collections=(home.id,),
        categories=(lamps.id,),
    )
    listing = VoucherListing(channel=channel_of(till), value=Decimal(100), min_spent=Decimal("9.99"))
    # when
    await ensure_voucher(till.client, plan, [listing], codes=["ONE"])
    # then
    [voucher] = till.shop.state.vouchers.values()
    assert (voucher.type, voucher.discount_value_type) == (VoucherType.SPECIFIC_PRODUCT, DiscountValueType.PERCENTAGE)
    assert (voucher.single_use, voucher.apply_once_per_order, voucher.apply_once_per_customer) == (True, True, True)
    assert (voucher.only_for_staff, voucher.usage_limit, voucher.min_checkout_items_quantity) == (True, 7, 2)
    assert (voucher.start_date, voucher.end_date, voucher.countries) == (start, end, ("PL", "DE"))
    assert (voucher.products, voucher.variants) == ((till.vase.product,), (till.vase,))
    assert (voucher.collections, voucher.categories) == ((home,), (lamps,))
    [listed] = voucher.channel_listings
    assert (listed.discount_value, listed.min_spent_amount) == (Decimal(100), Decimal("9.99"))


async def test_asking_again_makes_no_second_voucher_and_goes_on_where_it_stopped(till: Till) -> None:
    wrong = VoucherListing(channel=channel_of(till), value=Decimal("5.001"))
    with pytest.raises(ShopRefused, match="Invalid amount precision"):
        await ensure_voucher(till.client, PLAN, [wrong], codes=["ONE"])
    again = await made(till, "OTHER")
    [voucher] = till.shop.state.vouchers.values()
    assert again.id == voucher.id
    assert [code.code for code in voucher.voucher_codes] == ["ONE"]
    assert len(voucher.channel_listings) == 1


async def test_a_voucher_is_found_by_its_exact_name(till: Till) -> None:
    await made(till, "ONE", plan=VoucherPlan(name="Points: 5.00 USD and more"))
    await made(till, "Points: 5.00 USD", plan=VoucherPlan(name="other"))  # a code that reads like the name
    assert await find_voucher(till.client, PLAN.name) is None


async def test_listing_anew_changes_the_worth_and_leaves_other_channels(till: Till) -> None:
    euro = till.shop.shelves.open_channel("euro", "EUR")
    voucher = await made(till, "ONE")
    await list_voucher(till.client, voucher.id, [VoucherListing(channel=euro.id, value=Decimal(4))])
    await list_voucher(till.client, voucher.id, [VoucherListing(channel=channel_of(till), value=Decimal(6))])
    [kept] = till.shop.state.vouchers.values()
    worth = {one.channel.slug: one.discount_value for one in kept.channel_listings}
    assert worth == {DEFAULT_CHANNEL: 6, "euro": 4}


async def test_codes_are_added_in_bulk_and_come_back_with_their_ids(till_of_any: Till) -> None:
    voucher = await made(till_of_any, "ZERO")
    wanted = [f"CODE-{number:03}" for number in range(100)]
    added = await add_codes(till_of_any.client, voucher.id, wanted)
    kept = till_of_any.shop.state.voucher_codes
    assert [code.code for code in added] == wanted
    assert [code.id for code in added] == [kept[code][1].id for code in wanted]


async def test_adding_the_same_codes_again_is_no_error(till: Till) -> None:
    voucher = await made(till, "ZERO")
    first = await add_codes(till.client, voucher.id, ["ONE", "TWO"])
    assert await add_codes(till.client, voucher.id, ["ONE", "TWO"]) == first
    more = await add_codes(till.client, voucher.id, ["TWO", "THREE", "ONE"])
    assert [code.code for code in more] == ["TWO", "THREE", "ONE"]
    assert len(till.shop.state.voucher_codes) == 4


async def test_codes_of_others_are_taken_and_none_is_added(till: Till) -> None:
    await made(till, "OTHERS", plan=VoucherPlan(name="other"))
    till.shop.gift_cards.create(10, "USD", code="CARD-CARD")
    voucher = await made(till, "OURS")
    for codes in (["FREE", "OTHERS"], ["OURS", "CARD-CARD", "FREE"]):
        with pytest.raises(CodesTaken) as refusal:
            await add_codes(till.client, voucher.id, codes)
        assert set(refusal.value.codes) & {"OTHERS", "CARD-CARD"}
    with pytest.raises(CodesTaken):
        await made(till, "OTHERS", plan=VoucherPlan(name="third"))
    assert set(till.shop.state.voucher_codes) == {"OTHERS", "OURS"}


async def test_codes_are_read_page_by_page_until_all_are_found(till: Till) -> None:
    voucher = await made(till, "OLDEST")
    for start in (0, 100, 200):
        await add_codes(till.client, voucher.id, [f"CODE-{number:03}" for number in range(start, start + 100)])
    found = await read_codes(till.client, voucher.id, ["OLDEST", "CODE-299", "NOWHERE"])
    assert {code: one.was_used for code, one in found.items()} == {"OLDEST": False, "CODE-299": False}


async def test_a_used_code_reads_used(till: Till) -> None:
    voucher = await made(till, "USED", "ON-A-CART", "FREE")
    for code in ("USED", "ON-A-CART"):
        cart = till.cart()
        till.shop.checkouts.add_promo_code(cart, code)
        if code == "USED":
            till.shop.checkouts.complete(cart)
    found = await read_codes(till.client, voucher.id, ["USED", "ON-A-CART", "FREE"])
    assert {code: one.was_used for code, one in found.items()} == {"USED": True, "ON-A-CART": False, "FREE": False}


async def test_deleted_codes_are_gone_and_counted_once(till: Till) -> None:
    voucher = await made(till, "ONE", "TWO", "THREE")
    ids = [code.id for code in voucher.codes if code.code != "THREE"]
    assert await delete_codes(till.client, ids) == 2
    assert await delete_codes(till.client, ids) == 0
    assert list(await read_codes(till.client, voucher.id, ["ONE", "TWO", "THREE"])) == ["THREE"]


async def test_ids_of_other_things_delete_nothing(till: Till) -> None:
    voucher = await made(till, "ONE")
    with pytest.raises(ShopRefused, match="Invalid VoucherCode ID"):
        await delete_codes(till.client, [voucher.codes[0].id, voucher.id])
    assert list(till.shop.state.voucher_codes) == ["ONE"]


async def test_a_voucher_that_is_gone_has_no_codes_and_takes_none(till: Till) -> None:
    assert await read_codes(till.client, GONE, ["ONE"]) == {}
    with pytest.raises(VoucherGone):
        await add_codes(till.client, GONE, ["ONE"])
    with pytest.raises(VoucherGone):
        await list_voucher(till.client, GONE, [VoucherListing(channel=channel_of(till), value=Decimal(1))])


async def test_a_channel_or_product_that_is_gone_is_no_voucher_that_is_gone(till: Till) -> None:
    nowhere = VoucherListing(channel=global_id("Channel", 99), value=Decimal(1))
    for plan, listings in ((PLAN, [nowhere]), (VoucherPlan(name="V", products=(global_id("Product", 99),)), [])):
        with pytest.raises(NodesGone):
            await ensure_voucher(till.client, plan, listings, codes=[plan.name])


async def test_one_product_of_several_that_is_gone_is_told_the_same_way(till: Till) -> None:
    plan = VoucherPlan(name="V", products=(till.vase.product.id, global_id("Product", 99)))
    with pytest.raises(NodesGone, match="does not exist in the shop any more"):
        await ensure_voucher(till.client, plan, [], codes=["ONE"])
    assert till.shop.state.vouchers == {}


async def test_without_the_permission_it_is_denied(till: Till) -> None:
    till.allow(Permission.MANAGE_ORDERS, Permission.MANAGE_USERS, Permission.MANAGE_GIFT_CARD)
    with pytest.raises(PermissionDenied):
        await made(till, "ONE")
    assert till.shop.state.vouchers == {}


@pytest.mark.parametrize("data", [{"voucher": {"codes": None}}, {"voucher": 7}, {"other": 1}])
async def test_what_reads_like_no_codes_may_be_asked_for_again(data: object) -> None:
    async with loopback(lambda _: Answer.of({"data": data})) as shop, client_of(shop) as client:
        with pytest.raises(ShopUnavailable, match="no page of codes"):
            await read_codes(client, GONE, ["ONE"])


@pytest.mark.parametrize("data", [{"vouchers": None}, {"vouchers": {"edges": [{"node": {"name": PLAN.name}}]}}])
async def test_what_reads_like_no_voucher_may_be_asked_for_again(data: object) -> None:
    async with loopback(lambda _: Answer.of({"data": data})) as shop, client_of(shop) as client:
        with pytest.raises(ShopUnavailable, match=r"no list of vouchers|no voucher"):
            await find_voucher(client, PLAN.name)
