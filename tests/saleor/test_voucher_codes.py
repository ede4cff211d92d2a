"""Codes by the thousand over real HTTP: put without being read back, taken from nobody else, and all of them read."""

import pytest

from saleor_crm_app.demo.troubles import Trouble
from saleor_crm_app.demo.voucher_terms import VoucherTerms
from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.saleor.client import ShopUnavailable
from saleor_crm_app.saleor.shop_refusals import CodesTaken, ShopRefused, VoucherGone
from saleor_crm_app.saleor.voucher_codes import CODES_IN_BULK, VoucherCode, each_code, put_codes, read_codes
from tests.saleor.loopback import Answer, loopback
from tests.saleor.redemption import Till
from tests.saleor.test_client import client_of

GONE = global_id("Voucher", 99)
BULK = [f"CODE-{number:03}" for number in range(CODES_IN_BULK)]


def voucher_of(till: Till, *codes: str, name: str = "V") -> str:
    return till.shop.vouchers.create(VoucherTerms(name=name, single_use=True), codes).id


def texts_of(till: Till, voucher: str) -> list[str]:
    [kept] = [one for one in till.shop.state.vouchers.values() if one.id == voucher]
    return [code.code for code in kept.voucher_codes]


async def all_of(till: Till, voucher: str) -> list[VoucherCode]:
    return [code async for code in each_code(till.client, voucher)]


async def test_five_hundred_codes_are_put_with_one_call(till_of_any: Till) -> None:
    till = till_of_any
    voucher = voucher_of(till, "FIRST")
    await put_codes(till.client, voucher, BULK)
    assert till.shop.troubles.calls == ["VoucherChange"]
    assert texts_of(till, voucher) == ["FIRST", *BULK]


async def test_putting_them_again_is_no_error_and_asks_only_for_the_newest(till: Till) -> None:
    # given
    voucher = voucher_of(till, *(f"OLD-{number}" for number in range(1000)))
    await put_codes(till.client, voucher, BULK)
    till.shop.troubles.calls.clear()
    # when
    await put_codes(till.client, voucher, BULK)
    # then
    assert till.shop.troubles.calls == ["VoucherChange", *["VoucherCodes"] * 5]
    assert len(texts_of(till, voucher)) == 1500


async def test_of_codes_that_were_put_in_part_the_others_are_added(till: Till) -> None:
    voucher = voucher_of(till, "ZERO")
    await put_codes(till.client, voucher, BULK[:3])
    await put_codes(till.client, voucher, [" FRESH ", *BULK[:5]])
    assert texts_of(till, voucher) == ["ZERO", *BULK[:3], "FRESH", *BULK[3:5]]


async def test_an_answer_that_was_lost_is_made_good_by_asking_again(till: Till) -> None:
    voucher = voucher_of(till, "ZERO")
    till.shop.troubles.coming.append(Trouble.LOST)
    with pytest.raises(ShopUnavailable):
        await put_codes(till.client, voucher, BULK)
    assert texts_of(till, voucher) == ["ZERO", *BULK]
    await put_codes(till.client, voucher, BULK)
    assert texts_of(till, voucher) == ["ZERO", *BULK]


async def test_codes_of_others_are_named_and_none_is_added(till: Till) -> None:
    # given
    voucher_of(till, "OTHERS", "FREE-AND-MORE", name="Other")
    till.shop.gift_cards.create(10, "USD", code="CARD-CARD")
    voucher = voucher_of(till, "OURS", "xOTHERSx")  # a code of ours that contains another's
    # when
    with pytest.raises(CodesTaken) as refusal:
        await put_codes(till.client, voucher, ["FREE", "OTHERS", "OURS", "CARD-CARD"])
    # then
    assert refusal.value.codes == ("CARD-CARD", "OTHERS")
    assert texts_of(till, voucher) == ["OURS", "xOTHERSx"]


async def test_old_codes_of_ours_are_told_from_those_of_others(till: Till) -> None:
    """Neither is among the newest, so both are looked for by their text, and one of them among all."""
    voucher = voucher_of(till, "OLDEST", *(f"NEW-{number:03}" for number in range(250)))
    voucher_of(till, "OTHERS", name="Other")
    with pytest.raises(CodesTaken) as refusal:
        await put_codes(till.client, voucher, ["OLDEST", "OTHERS"])
    assert refusal.value.codes == ("OTHERS",)
    await put_codes(till.client, voucher, ["OLDEST", "FRESH"])
    assert texts_of(till, voucher)[-2:] == ["NEW-249", "FRESH"]


async def test_nothing_to_put_is_not_asked_for(till: Till) -> None:
    await put_codes(till.client, GONE, [])
    assert till.shop.troubles.calls == []


async def test_codes_given_twice_or_too_long_are_refused(till: Till) -> None:
    voucher = voucher_of(till, "ONE")
    for codes, code in ((["A", "A"], "DUPLICATED_INPUT_ITEM"), (["x" * 256], "INVALID")):
        with pytest.raises(ShopRefused) as refusal:
            await put_codes(till.client, voucher, codes)
        assert (type(refusal.value), refusal.value.shop_code) == (ShopRefused, code)
    assert texts_of(till, voucher) == ["ONE"]


async def test_a_voucher_that_is_gone_takes_no_codes_and_has_none_to_give(till: Till) -> None:
    with pytest.raises(VoucherGone):
        await put_codes(till.client, GONE, ["ONE"])
    with pytest.raises(VoucherGone):
        await all_of(till, GONE)


async def test_a_refusal_that_names_no_codes_is_left_as_it_is() -> None:
    error = {"code": "ALREADY_EXISTS", "message": "Promo code already exists.", "field": "codes", "voucherCodes": None}
    answer = {"data": {"voucherUpdate": {"voucher": None, "errors": [error]}}}
    async with loopback(lambda _: Answer.of(answer)) as shop, client_of(shop) as client:
        with pytest.raises(CodesTaken):
            await put_codes(client, GONE, ["ONE"])


async def test_all_codes_are_read_the_newest_first_with_what_became_of_them(till_of_any: Till) -> None:
    # given
    till = till_of_any
    voucher = voucher_of(till, "USED", *BULK[:250])
    [kept] = till.shop.state.vouchers.values()
    till.shop.vouchers.list_in(kept, next(iter(till.shop.state.channels.values())), 20)
    cart = till.cart()
    till.shop.checkouts.add_promo_code(cart, "USED")
    till.shop.checkouts.complete(cart)
    # when
    codes = await all_of(till, voucher)
    # then
    assert [code.code for code in codes] == [*reversed(BULK[:250]), "USED"]
    assert [code.code for code in codes if code.was_used] == ["USED"]
    assert till.shop.troubles.calls == ["VoucherCodes"] * 3


async def test_codes_added_while_reading_are_not_seen_and_none_is_seen_twice(till: Till) -> None:
    voucher = voucher_of(till, *BULK[:150])
    seen: list[str] = []
    async for code in each_code(till.client, voucher):
        if not seen:
            [kept] = till.shop.state.vouchers.values()
            till.shop.vouchers.add_codes(kept, ["LATER"])
            till.shop.vouchers.delete_codes([kept.voucher_codes[0].pk])
        seen.append(code.code)
    assert seen == [*reversed(BULK[1:150])]


async def test_codes_may_be_looked_for_among_the_newest_only(till: Till) -> None:
    voucher = voucher_of(till, *BULK[:250])
    wanted = [BULK[0], BULK[249]]
    assert [*await read_codes(till.client, voucher, wanted, most_pages=1)] == [BULK[249]]
    assert await read_codes(till.client, voucher, wanted, most_pages=0) == {}
    assert {*await read_codes(till.client, voucher, wanted, most_pages=3)} == {*wanted}


@pytest.mark.parametrize("vouchers", [None, {"edges": []}])
async def test_what_reads_like_no_search_may_be_asked_for_again(vouchers: object) -> None:
    error = {"code": "ALREADY_EXISTS", "message": "no", "field": "codes", "voucherCodes": ["ONE"]}
    page = {"edges": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
    data = {
        "voucherUpdate": {"voucher": None, "errors": [error]},
        "voucher": {"codes": page},
        "vouchers": vouchers,
    }
    async with loopback(lambda _: Answer.of({"data": data})) as shop, client_of(shop) as client:
        with pytest.raises(ShopUnavailable, match="no list of vouchers"):
            await put_codes(client, GONE, ["ONE"])
