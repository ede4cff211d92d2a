"""Gift cards over real HTTP: of an exact amount, for one customer, found again, closed for good."""

import pytest

from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.signing import SigningKey
from saleor_crm_app.demo.versions import SaleorVersion
from saleor_crm_app.kernel.ids import CustomerId, global_id, order_id
from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.saleor.client import PermissionDenied, ShopUnavailable
from saleor_crm_app.saleor.gift_cards import (
    GiftCardUse,
    can_bind_cards,
    create_assigned_card,
    deactivate_card,
    ensure_assigned_card,
    find_cards,
    read_card,
)
from saleor_crm_app.saleor.shop_refusals import CardsNotBindable, CustomerUnknown, GiftCardGone, ShopRefused
from tests.saleor.loopback import Answer, loopback
from tests.saleor.redemption import Till, till_of
from tests.saleor.test_client import client_of

FIVE = Money(MinorUnits(505), "USD")
SOME = global_id("GiftCard", 1)


async def test_a_card_is_of_the_exact_amount_and_for_one_customer(till: Till) -> None:
    card = await create_assigned_card(till.client, till.anna_id, FIVE, tag="hold-1")
    [made] = till.shop.state.gift_cards.values()
    assert (card.id, card.code, card.is_active, card.currency) == (made.id, made.code, True, "USD")
    assert (card.initial, card.balance, card.uses, card.used) == (505, 505, (), 0)
    assert (made.assigned_to, made.metadata, made.expiry_date) == (till.anna, {"saleor-crm": "hold-1"}, None)


async def test_a_card_without_cents_of_its_currency_is_exact_too(till: Till) -> None:
    card = await create_assigned_card(till.client, till.anna_id, Money(MinorUnits(500), "JPY"), tag="hold-1")
    assert (card.initial, card.currency) == (500, "JPY")
    [made] = till.shop.state.gift_cards.values()
    assert made.initial == 500


async def test_asking_again_gives_the_same_card_so_a_lost_answer_makes_no_second_one(till: Till) -> None:
    first = await ensure_assigned_card(till.client, till.anna_id, FIVE, tag="hold-1")
    again = await ensure_assigned_card(till.client, till.anna_id, FIVE, tag="hold-1")
    other = await ensure_assigned_card(till.client, till.anna_id, FIVE, tag="hold-2")
    assert first == again
    assert [card.id for card in till.shop.state.gift_cards.values()] == [first.id, other.id]


async def test_all_cards_of_a_tag_are_found_the_oldest_first(till: Till) -> None:
    made = [await create_assigned_card(till.client, till.anna_id, FIVE, tag="hold-1") for _ in range(3)]
    await create_assigned_card(till.client, till.anna_id, FIVE, tag="hold-12")
    assert list(await find_cards(till.client, "hold-1")) == made
    assert await find_cards(till.client, "hold") == ()


async def test_a_card_tells_which_order_took_what(till: Till) -> None:
    # given
    shop = till.shop
    card = await create_assigned_card(till.client, till.anna_id, FIVE, tag="hold-1")
    first, second = till.cart(), till.cart()
    for cart in (first, second):
        shop.checkouts.add_promo_code(cart, card.code)
    # when
    orders = [order_id(shop.checkouts.complete(cart).id) for cart in (first, second)]
    # then
    read = await read_card(till.client, card.id)
    assert read is not None
    assert read.uses == (GiftCardUse(orders[0], MinorUnits(505)), GiftCardUse(orders[1], MinorUnits(0)))
    assert (read.balance, read.initial, read.used, read.is_active) == (0, 505, 505, True)


async def test_a_closed_card_reads_closed_and_works_no_more(till: Till) -> None:
    card = await create_assigned_card(till.client, till.anna_id, FIVE, tag="hold-1")
    closed = await deactivate_card(till.client, card.id)
    again = await deactivate_card(till.client, card.id)
    assert (closed.is_active, closed.used, closed.balance) == (False, 0, 505)
    assert again == closed == await read_card(till.client, card.id)


async def test_a_card_that_is_none_is_gone(till: Till) -> None:
    for card in ("", "nonsense", global_id("Voucher", 1), SOME):
        assert await read_card(till.client, card) is None
        with pytest.raises(GiftCardGone):
            await deactivate_card(till.client, card)


async def test_a_customer_who_is_gone_gets_no_card(till: Till) -> None:
    with pytest.raises(CustomerUnknown):
        await create_assigned_card(till.client, CustomerId("999"), FIVE, tag="hold-1")
    assert till.shop.state.gift_cards == {}


async def test_an_amount_of_nothing_is_refused(till: Till) -> None:
    with pytest.raises(ShopRefused, match="Balance amount have to be greater than 0") as refusal:
        await create_assigned_card(till.client, till.anna_id, Money(MinorUnits(0), "USD"), tag="hold-1")
    assert (type(refusal.value), refusal.value.shop_field) == (ShopRefused, "balance")


async def test_without_the_permission_it_is_denied(till: Till) -> None:
    till.allow(Permission.MANAGE_ORDERS, Permission.MANAGE_USERS)
    with pytest.raises(PermissionDenied):
        await ensure_assigned_card(till.client, till.anna_id, FIVE, tag="hold-1")


@pytest.mark.parametrize("version", [SaleorVersion.V3_21, SaleorVersion.V3_22])
async def test_older_shops_cannot_bind_cards(shop_key: SigningKey, version: SaleorVersion) -> None:
    async with till_of(shop_key, version) as till:
        with pytest.raises(CardsNotBindable):
            await ensure_assigned_card(till.client, till.anna_id, FIVE, tag="hold-1")
        assert till.shop.state.gift_cards == {}
        # what is there can be read and closed all the same
        made = till.shop.gift_cards.create(10, "USD")
        assert (await deactivate_card(till.client, made.id)).balance == 1000


@pytest.mark.parametrize(
    ("version", "can"),
    [
        ("3.21.69", False),
        ("3.23.18", False),
        ("3.23.19", True),
        ("3.23.28", True),
        ("3.24.0-a.0", True),
        ("4.0.0", True),
        ("3.23", False),
        ("nonsense", False),
    ],
)
def test_which_versions_can_bind_cards(version: str, can: bool) -> None:
    assert can_bind_cards(version) is can


CARD = {
    "id": SOME,
    "code": "ABCD-EFGH",
    "created": "2026-03-01T12:00:00+00:00",
    "isActive": True,
    "initialBalance": {"amount": 5.0, "currency": "USD"},
    "currentBalance": {"amount": 5.0},
    "events": [],
}


@pytest.mark.parametrize("change", [{"code": None}, {"currentBalance": {"amount": 5.001}}, {"created": "yesterday"}])
async def test_what_reads_like_no_card_may_be_asked_for_again(change: dict[str, object]) -> None:
    async with loopback(lambda _: Answer.of({"data": {"giftCard": CARD | change}})) as shop, client_of(shop) as client:
        with pytest.raises(ShopUnavailable, match="no gift card"):
            await read_card(client, SOME)


async def test_a_card_that_stays_open_is_not_called_closed() -> None:
    data = {"giftCardDeactivate": {"giftCard": CARD, "errors": []}}
    async with loopback(lambda _: Answer.of({"data": data})) as shop, client_of(shop) as client:
        with pytest.raises(ShopUnavailable, match="still active"):
            await deactivate_card(client, SOME)
