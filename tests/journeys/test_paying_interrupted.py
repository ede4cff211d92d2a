"""A process dies, or the shop or the database fails, between any two steps: no card without a hold, no point lost."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
import sqlalchemy as sa

from saleor_crm_app.checkout.errors import ShopAway
from saleor_crm_app.demo import SimulatedShop
from saleor_crm_app.demo.checkout import Checkout
from saleor_crm_app.demo.troubles import Trouble
from saleor_crm_app.kernel.db import Database
from tests.journeys.conftest import RunningApp
from tests.journeys.shopper import Shopper, signed_in

VOUCHERS = '{"redemption": {"tender": "VOUCHER"}}'
BY_CARD = ["Checkout", "GiftCardsTagged", "GiftCardCreate", "CheckoutAddPromoCode"]
BY_CODE = ["Channels", "VouchersNamed", "VoucherCreate", "VoucherChannelListingUpdate", "CheckoutAddPromoCode"]
TAKING_OFF = ["GiftCardsTagged", "CheckoutRemovePromoCode", "GiftCardDeactivate"]
DELETING = ["VoucherCodes", "CheckoutRemovePromoCode", "VoucherCodeBulkDelete"]


class Gone(Exception):
    """The database went away."""


@pytest.fixture
async def anna(app: RunningApp, shop: SimulatedShop) -> AsyncIterator[Shopper]:
    """With 1,000 points to spend."""
    async with signed_in(app, shop) as anna:
        await anna.earned(1000)
        yield anna


async def killed(anna: Shopper, task: "asyncio.Task[object]", call: str) -> None:
    """End a task while the shop does what it was called for, so that the answer is never read."""

    def kill(name: str) -> None:
        if name == call:
            task.cancel()

    anna.shop.troubles.before_call = kill
    await asyncio.wait([task])
    anna.shop.troubles.before_call = lambda _name: None
    assert task.cancelled()
    await anna.settle()


@contextmanager
def failing(database: Database, statement: str) -> Iterator[None]:
    """The database fails at each statement with this text in it."""

    def fail(_connection: object, _cursor: object, text: str, *_: object) -> None:
        if statement in text:
            raise Gone

    sa.event.listen(database.engine.sync_engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        sa.event.remove(database.engine.sync_engine, "before_cursor_execute", fail)


async def begin(anna: Shopper, checkout: Checkout) -> "asyncio.Task[object]":
    wish = await anna.wish(checkout, 500)
    return asyncio.create_task(anna.cashier().apply(wish, channel="default-channel"))


def left_to_pay(anna: Shopper, checkout: Checkout) -> Decimal | int:
    return checkout.total_after_cards(anna.shop.clock.now()).gross.amount


@pytest.mark.parametrize("call", BY_CARD)
async def test_killed_while_paying_by_card_it_is_undone_when_the_hold_runs_out(anna: Shopper, call: str) -> None:
    checkout = anna.fill(100)
    await killed(anna, await begin(anna, checkout), call)
    await anna.run_out()
    assert (anna.live_cards(), await anna.balance()) == (0, {"available": 1000})
    assert left_to_pay(anna, checkout) == 100
    anna.shop.checkouts.charge(checkout)
    assert anna.shop.checkouts.complete(checkout).total == 100
    assert await anna.proved() == ()


@pytest.mark.parametrize("call", BY_CARD)
async def test_killed_while_paying_by_card_the_same_key_goes_on(anna: Shopper, call: str) -> None:
    checkout = anna.fill(100)
    await killed(anna, await begin(anna, checkout), call)
    await anna.pass_turns()
    applied = await anna.apply(checkout, 500, key="one")
    assert (applied["errors"], left_to_pay(anna, checkout)) == ([], 95)
    assert (len(anna.shop.state.gift_cards), await anna.balance()) == (1, {"available": 500, "held": 500})
    await anna.run_out()
    assert (anna.live_cards(), await anna.balance()) == (0, {"available": 1000})


@pytest.mark.parametrize("call", BY_CODE)
async def test_killed_while_paying_by_code_it_is_undone_when_the_hold_runs_out(anna: Shopper, call: str) -> None:
    await anna.choose(VOUCHERS)
    checkout = anna.fill(100)
    await killed(anna, await begin(anna, checkout), call)
    await anna.run_out()
    assert (checkout.voucher_code, await anna.balance()) == (None, {"available": 1000})
    assert (await anna.tenders()) == [("RELEASED", "DEAD")]
    again = await anna.apply(checkout, 500, key="two")
    assert (again["errors"], checkout.voucher_code) == ([], again["code"])
    assert len(anna.shop.state.vouchers) == 1


@pytest.mark.parametrize("call", TAKING_OFF)
async def test_killed_while_a_card_is_taken_off_it_is_taken_off_all_the_same(anna: Shopper, call: str) -> None:
    checkout = anna.fill(100)
    await anna.apply(checkout, 500)
    task: asyncio.Task[object] = asyncio.create_task(anna.cashier().remove(await anna.wish(checkout, 1)))
    await killed(anna, task, call)
    assert await anna.balance() == {"available": 500, "held": 500}
    await anna.run_out()
    assert (anna.live_cards(), left_to_pay(anna, checkout)) == (0, 100)
    assert (await anna.balance(), await anna.tenders()) == ({"available": 1000}, [("RELEASED", "DEAD")])


@pytest.mark.parametrize("call", DELETING)
async def test_killed_while_a_code_is_taken_off_it_is_taken_off_all_the_same(anna: Shopper, call: str) -> None:
    await anna.choose(VOUCHERS)
    checkout = anna.fill(100)
    code = (await anna.apply(checkout, 500))["code"]
    task: asyncio.Task[object] = asyncio.create_task(anna.cashier().remove(await anna.wish(checkout, 1)))
    await killed(anna, task, call)
    assert await anna.balance() == {"available": 500, "held": 500}
    await anna.run_out()
    assert (checkout.voucher_code, code in anna.shop.state.voucher_codes) == (None, False)
    assert (await anna.balance(), await anna.tenders()) == ({"available": 1000}, [("RELEASED", "DEAD")])


async def test_a_card_whose_making_could_not_be_noted_is_spent_by_its_order(anna: Shopper) -> None:
    checkout = anna.fill(100)
    wish = await anna.wish(checkout, 500)
    with failing(anna.app.database, "UPDATE tender SET kind"), pytest.raises(Gone):
        await anna.cashier().apply(wish, channel="default-channel")
    assert await anna.tenders() == [("OPEN", "OPENING")]
    await anna.pass_turns()
    anna.shop.checkouts.charge(checkout)
    anna.shop.checkouts.complete(checkout)
    await anna.settle()
    assert (await anna.balance(), await anna.tenders()) == (
        {"available": 500, "spent": 500, "pending": 95},
        [("CAPTURED", "SPENT")],
    )
    assert await anna.proved() == ()


@pytest.mark.parametrize("statement", ["UPDATE tender SET state", "UPDATE hold SET state"])
async def test_a_release_that_could_not_be_written_is_written_later(anna: Shopper, statement: str) -> None:
    checkout = anna.fill(100)
    await anna.apply(checkout, 500)
    with failing(anna.app.database, statement), pytest.raises(Gone):
        await anna.cashier().remove(await anna.wish(checkout, 1))
    assert (anna.live_cards(), await anna.balance()) == (0, {"available": 500, "held": 500})
    await anna.run_out()
    assert (await anna.balance(), await anna.tenders()) == ({"available": 1000}, [("RELEASED", "DEAD")])


@pytest.mark.parametrize("trouble", [Trouble.UNAVAILABLE, Trouble.HALF, Trouble.HTML, Trouble.ERROR])
@pytest.mark.parametrize("before", range(4))
async def test_a_shop_that_fails_at_any_call_gets_another_chance(anna: Shopper, trouble: Trouble, before: int) -> None:
    checkout = anna.fill(100)
    anna.shop.troubles.coming.extend([*[None] * before, trouble])
    refused = await anna.apply(checkout, 500, key="one")
    assert [one["code"] for one in refused["errors"]] == ["SHOP_UNAVAILABLE"]
    assert (refused["hold"], left_to_pay(anna, checkout)) == (None, 100)
    again = await anna.apply(checkout, 500, key="one")
    assert (again["errors"], left_to_pay(anna, checkout)) == ([], 95)
    assert (anna.live_cards(), await anna.balance()) == (1, {"available": 500, "held": 500})


async def test_a_shop_that_is_away_when_a_hold_runs_out_is_asked_once_not_every_minute(anna: Shopper) -> None:
    checkout = anna.fill(100)
    await anna.apply(checkout, 500)
    anna.shop.troubles.lasting = Trouble.UNAVAILABLE
    await anna.run_out()
    for _ in range(3):
        await anna.app.worker.time.end_holds()
    async with anna.app.database.queue() as session:
        owed = sa.text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'SettleTender' AND status = 'todo'")
        assert (await session.execute(owed)).scalar_one() == 1
    assert (anna.live_cards(), await anna.balance()) == (1, {"available": 500, "held": 500})
    removed = await anna.remove(checkout)
    assert [one["code"] for one in removed["errors"]] == ["SHOP_UNAVAILABLE"]
    anna.shop.troubles.lasting = None
    assert await anna.remove(checkout) == {"removed": True, "errors": []}
    assert (anna.live_cards(), await anna.balance()) == (0, {"available": 1000})


async def test_while_an_answer_is_open_nobody_decides_that_there_is_no_card(anna: Shopper) -> None:
    checkout = anna.fill(100)
    await killed(anna, await begin(anna, checkout), "GiftCardCreate")
    with pytest.raises(ShopAway):
        await anna.cashier().remove(await anna.wish(checkout, 1))
    assert await anna.tenders() == [("OPEN", "OPENING")]
    await anna.pass_turns()
    assert await anna.remove(checkout) == {"removed": True, "errors": []}
    assert (anna.live_cards(), await anna.balance()) == (0, {"available": 1000})
