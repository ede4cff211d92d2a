"""A hundred thousand codes and gift cards cost the shop no more each than the first ones, and read the same."""

from itertools import pairwise

import pytest
from graphql import GraphQLError

from saleor_crm_app.demo.lists import Connection, page_backwards, page_of
from saleor_crm_app.demo.orders import Item
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.voucher_terms import VoucherTerms
from tests.demo.conftest import Goods
from tests.demo.promotions import cart, listed, refusal_of, total_of

MANY = 100_000


def ten(number: int) -> tuple[str, ...]:
    return (f"{number:03}",)


@pytest.mark.parametrize("first", [1, 7, 20, 21])
def test_a_page_of_a_sorted_list_backwards_is_that_of_the_list_sorted_downwards(first: int) -> None:
    items, after = list(range(20)), None
    pages: list[Connection[int]] = []
    while not pages or pages[-1].page_info.has_next_page:
        here = page_backwards(items, ten, name="codes", first=first, after=after)
        assert here == page_of(items, ten, name="codes", first=first, after=after, descending=True)
        pages.append(here)
        after = here.page_info.end_cursor
    assert [edge.node for page in pages for edge in page.edges] == items[::-1]


def test_a_page_is_cut_after_an_item_that_is_gone_and_an_empty_list_has_one() -> None:
    after = page_backwards([1, 2, 3], ten, name="codes", first=1, after=None).page_info.end_cursor
    assert [edge.node for edge in page_backwards([1, 2], ten, name="codes", first=5, after=after).edges] == [2, 1]
    assert page_backwards([], ten, name="codes", first=5, after=None).page_info.end_cursor is None
    with pytest.raises(GraphQLError):
        page_backwards([1], ten, name="codes", first=101, after=None)


def test_many_codes_are_added_used_and_deleted(unserved: SimulatedShop, goods: Goods) -> None:
    # given
    terms = VoucherTerms(name="Many", usage_limit=2, once_per_customer=True)
    voucher = listed(unserved, "FIRST", terms=terms)
    texts = [f"CODE-{number:06}" for number in range(MANY)]
    for start in range(0, MANY, 500):
        unserved.vouchers.add_codes(voucher, texts[start : start + 500])
    assert all(one.created_at < other.created_at for one, other in pairwise(voucher.voucher_codes))
    # when
    for email, code in (("a@example.com", texts[0]), ("b@example.com", texts[-1])):
        checkout = cart(unserved, goods, email)
        unserved.checkouts.add_promo_code(checkout, code)
        assert total_of(unserved.checkouts.complete(checkout)) == 90
    # then
    assert refusal_of(unserved, cart(unserved, goods, "c@example.com"), texts[5]) == ("INVALID", "promoCode")
    keys = [code.pk for code in voucher.voucher_codes[1:-1]]
    for start in range(0, MANY, 100):
        unserved.vouchers.delete_codes(keys[start : start + 100])
    assert [code.code for code in voucher.voucher_codes] == ["FIRST", texts[-1]]
    assert [*unserved.state.voucher_codes] == ["FIRST", texts[-1]]
    assert voucher.is_open(next(iter(unserved.state.channels.values())), unserved.clock.now())  # what was used is gone


def test_many_gift_cards_are_found_by_their_codes(unserved: SimulatedShop, goods: Goods) -> None:
    cards = [unserved.gift_cards.create(1, "USD") for _ in range(MANY)]
    for card in cards[::1000]:
        checkout = unserved.checkouts.create([Item(variant=goods.lamp)], "a@example.com")
        unserved.checkouts.add_promo_code(checkout, card.code)
        assert checkout.gift_cards == [card]
