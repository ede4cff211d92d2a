"""Many wishes at one moment: one hold, one card, and nobody spends a point twice."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from saleor_crm_app.checkout import Pool, Settler, SettleTender
from saleor_crm_app.checkout.models import TenderKind, TenderState
from saleor_crm_app.checkout.tenders import Tender, insert_tender
from saleor_crm_app.demo import SimulatedShop
from saleor_crm_app.demo.checkout import Checkout
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.order import Order
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, HoldId, ProgramId, ShardKey, new_id
from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.saleor.codes import CodeBook
from tests.conftest import Addresses
from tests.journeys.conftest import SECRET, RunningApp
from tests.journeys.shopper import Shopper, signed_in

VOUCHERS = '{"redemption": {"tender": "VOUCHER"}}'


@pytest.fixture
async def anna(app: RunningApp, shop: SimulatedShop) -> AsyncIterator[Shopper]:
    """With 1,000 points to spend."""
    async with signed_in(app, shop) as anna:
        await anna.earned(1000)
        yield anna


def codes_of(answers: list[dict[str, Any]]) -> dict[str, int]:
    """How often each answer was given; `OK` where nothing was refused."""
    said = [answer["errors"][0]["code"] if answer["errors"] else "OK" for answer in answers]
    return {code: said.count(code) for code in sorted(set(said))}


async def test_twenty_keys_at_once_make_one_hold_and_one_card(anna: Shopper) -> None:
    checkout = anna.fill(100)
    answers = await asyncio.gather(*(anna.apply(checkout, 500) for _ in range(20)))
    assert codes_of(answers) == {"OK": 10, "RATE_LIMITED": 10}
    assert len({answer["code"] for answer in answers if not answer["errors"]}) == 1
    assert (len(anna.shop.state.gift_cards), await anna.balance()) == (1, {"available": 500, "held": 500})
    assert await anna.proved() == ()


async def test_four_different_wishes_at_once_end_in_one_of_them(anna: Shopper) -> None:
    checkout = anna.fill(100)
    answers = await asyncio.gather(*(anna.apply(checkout, 500 + step) for step in range(4)))
    assert codes_of(answers).keys() <= {"OK", "EXPIRED", "SHOP_UNAVAILABLE"}
    assert (await anna.tenders()).count(("OPEN", "LIVE")) == anna.live_cards() == len(checkout.gift_cards) == 1
    held = (await anna.balance())["held"]
    assert left_to_pay(anna, checkout) == Decimal(100) - Decimal(held) / 100
    assert await anna.proved() == ()


async def test_two_checkouts_cannot_both_have_the_last_points(anna: Shopper) -> None:
    checkouts = [anna.fill(100) for _ in range(5)]
    answers = await asyncio.gather(*(anna.apply(checkout, 600) for checkout in checkouts))
    assert codes_of(answers) == {"NOT_ENOUGH_POINTS": 4, "OK": 1}
    assert (anna.live_cards(), await anna.balance()) == (1, {"available": 400, "held": 600})


@pytest.mark.parametrize("settings", ["{}", VOUCHERS])
async def test_putting_on_taking_off_and_ordering_at_once_spend_what_the_order_got(
    anna: Shopper, settings: str
) -> None:
    await anna.choose(settings)
    checkout = anna.fill(100)
    await anna.apply(checkout, 500)
    anna.shop.checkouts.charge(checkout, Decimal(100))
    made: list[Order] = []

    def order(name: str) -> None:
        if name in {"GiftCardDeactivate", "VoucherCodeBulkDelete"} and not made:
            made.append(anna.shop.checkouts.complete(checkout))

    anna.shop.troubles.before_call = order
    await asyncio.gather(anna.remove(checkout), anna.apply(checkout, 700), anna.apply(checkout, 500))
    anna.shop.troubles.before_call = lambda _name: None
    if not made:
        made.append(anna.shop.checkouts.complete(checkout))
    await anna.settle()
    await anna.run_out()
    balance = await anna.balance()
    assert balance.get("spent", 0) == (100 - made[0].total) * 100 + sum(
        (card.initial - card.balance) * 100 for card in anna.shop.state.gift_cards.values()
    )
    assert (balance.get("held", 0), anna.live_cards()) == (0, 0)
    assert balance["available"] + balance.get("spent", 0) == 1000
    assert await anna.proved() == ()


@pytest.mark.parametrize("moment", ["GiftCardsTagged", "CheckoutRemovePromoCode", "GiftCardDeactivate"])
async def test_an_order_made_while_points_are_taken_off_pays_or_does_not(anna: Shopper, moment: str) -> None:
    checkout = anna.fill(100)
    await anna.apply(checkout, 500)
    anna.shop.checkouts.charge(checkout, Decimal(100))
    made: list[Order | ShopRefusal] = []

    def order(name: str) -> None:
        if name == moment and not made:
            made.extend(anna.shop.checkouts.complete_at_once([checkout]))

    anna.shop.troubles.before_call = order
    removed = await anna.remove(checkout)
    await anna.settle()
    # once the card is off, the order is made without it
    is_paid_by_card = moment != "GiftCardDeactivate"
    assert removed["removed"] is not is_paid_by_card
    expected = {"available": 500, "spent": 500} if is_paid_by_card else {"available": 1000}
    balance = await anna.balance()
    balance.pop("pending")
    assert (balance, anna.live_cards()) == (expected, 0)
    assert await anna.proved() == ()


async def test_no_code_is_given_out_twice_to_64_who_ask_at_once(anna: Shopper, addresses: Addresses) -> None:
    """Half of them ask another process; the pool is filled as it empties."""
    await anna.choose(VOUCHERS)
    await anna.apply(anna.fill(100), 500)
    await anna.settle()
    shop, other = await anna.app.installation(), Database(addresses.app, pool_size=10)
    caller = await anna.app.worker.clients.of(shop)
    [program] = await _programs(anna)
    tenders = [_tender(program, f"checkout {number}") for number in range(64)]
    async with anna.app.database.shop(shop) as session:
        for tender in tenders:
            await insert_tender(session, shop, tender, at=now())
    pools = [Pool(database, shop, CodeBook([SECRET])) for database in (anna.app.database, other)]
    given = await asyncio.gather(*(pools[number % 2].code_for(caller, tender) for number, tender in enumerate(tenders)))
    again = await pools[0].code_for(caller, tenders[0])
    await other.close()
    assert len({code.text for code in given}) == 64
    assert again == given[0]
    await anna.settle()
    async with anna.app.database.shop(shop, read_only=True) as session:
        free = await session.execute(sa.text("SELECT count(*) FROM voucher_code WHERE taken_by IS NULL"))
        assert free.scalar_one() > 5


async def test_two_jobs_for_one_tender_release_it_once(anna: Shopper) -> None:
    checkout = anna.fill(100)
    await anna.apply(checkout, 500)
    shop = await anna.app.installation()
    async with anna.app.database.shop(shop, read_only=True) as session:
        [row] = (await session.execute(sa.text("SELECT shard_key, hold_id FROM tender"))).all()
    settler = Settler(anna.app.database, anna.app.worker.clients.of, CodeBook([SECRET]))
    job = SettleTender(installation=shop, shard=row.shard_key, hold=row.hold_id)
    await asyncio.gather(settler.settle(job), settler.settle(job), anna.remove(checkout))
    assert await anna.tenders() == [("RELEASED", "DEAD")]
    assert (anna.live_cards(), await anna.balance()) == (0, {"available": 1000})


def left_to_pay(anna: Shopper, checkout: Checkout) -> Decimal:
    return checkout.total_after_cards(anna.shop.clock.now()).gross.amount


async def _programs(anna: Shopper) -> list[ProgramId]:
    async with anna.app.database.shop(await anna.app.installation(), read_only=True) as session:
        return list(await session.scalars(sa.text("SELECT id FROM program")))


def _tender(program: ProgramId, checkout: str) -> Tender:
    return Tender(
        hold=HoldId(new_id()),
        shard=ShardKey(1),
        customer=CustomerId("99"),
        program=program,
        points=500,
        checkout=checkout,
        channel="default-channel",
        worth=Money(MinorUnits(500), "USD"),
        kind=TenderKind.VOUCHER,
        state=TenderState.OPENING,
        saleor_id=None,
        voucher_id=None,
        sealed=None,
    )
