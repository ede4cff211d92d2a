"""What a claim asks for, takes, and gives back."""

from datetime import timedelta

import pytest

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.ids import CouponId, InstallationId, RedemptionId, RewardId, new_id
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.kernel.paging import page_of
from saleor_crm_app.loyalty import coupons, points, rewards
from saleor_crm_app.loyalty.coupons import Coupon, CouponState
from saleor_crm_app.loyalty.rewards import Reward
from tests.loyalty.ledger_acts import DAY, Books
from tests.loyalty.rewards.store import Store, stored
from tests.shop import ANNA, NOON


@pytest.fixture
async def store(database: Database, installation: InstallationId) -> Store:
    """Anna has 300 points."""
    made = Store(Books(database, installation))
    await made.books.bought(300)
    return made


async def end(store: Store, coupon: Coupon, *, at_most: timedelta = timedelta(0)) -> CouponState | None:
    store.books.clock += at_most
    async with store.database.shop(store.shop) as session:
        return await rewards.end_coupon(session, store.shop, coupon.key, at=store.books.clock)


async def refused(store: Store, reward: Reward) -> str:
    with pytest.raises(Refusal) as refusal:
        await store.claim(reward)
    assert await store.counted("SELECT count(*) FROM coupon") == 0
    assert await store.balances(ANNA) == [300]
    return str(refusal.value)


async def test_a_claim_takes_points_stock_and_a_code(store: Store) -> None:
    reward = await store.offer(stock=2, codes=1)
    coupon = await store.claim(reward)
    assert (coupon.state, coupon.points, coupon.mac, coupon.saleor_id) == ("ISSUED", 100, b"mac 0", "code 0")
    assert coupon.expires_at is not None
    assert coupon.expires_at - store.books.clock > 30 * DAY
    assert (await store.reward(reward)).stock_left == 1
    assert await store.balances(ANNA) == [200]
    assert await store.books.entries() == [("EARN", 300), ("REDEEM", -100)]


async def test_without_a_code_it_waits_for_one_and_fails_when_that_takes_too_long(store: Store) -> None:
    reward = await store.offer(stock=1, deliver_within_hours=2)
    coupon = await store.claim(reward)
    assert (coupon.state, coupon.deliver_by) == ("HELD", NOON + timedelta(hours=2))
    assert await end(store, coupon, at_most=timedelta(hours=1)) is None
    assert await end(store, coupon, at_most=timedelta(hours=1)) == "FAILED"
    assert await end(store, coupon) is None
    assert (await store.reward(reward)).stock_left == 1
    assert await store.balances(ANNA) == [300]
    assert await store.books.entries() == [("EARN", 300), ("REDEEM", -100), ("RETURN", 100)]
    assert await store.books.proved() == ()


async def test_points_of_an_expired_coupon_come_back_into_the_lot_they_came_from(store: Store) -> None:
    coupon = await store.claim(await store.offer(codes=1))
    assert await end(store, coupon, at_most=30 * DAY) is None
    assert await end(store, coupon, at_most=DAY) == "EXPIRED"
    assert [left for left, _, _ in await store.books.lots()] == [300]
    assert await store.books.proved() == ()


async def test_a_reward_may_keep_the_points_of_what_expires(store: Store) -> None:
    coupon = await store.claim(await store.offer(codes=1, points_back_on_expiry=False))
    assert await end(store, coupon, at_most=31 * DAY) == "EXPIRED"
    assert await store.balances(ANNA) == [200]


async def test_what_is_not_for_her_is_refused_and_nothing_changes(store: Store) -> None:
    cases = {
        "100 points are lacking": await store.offer(points=400),
        "sold out": await store.offer(stock=0),
        "from": await store.offer(starts_at=(NOON + DAY).isoformat()),
        "over": await store.offer(ends_at=NOON.isoformat()),
        "no such": await store.offer(channels=["elsewhere"]),
        "cannot be claimed": await store.offer(is_claimable=False),
        "for members of: gold": await store.offer(tiers=["gold"]),
    }
    found = {wanted: await refused(store, reward) for wanted, reward in cases.items()}
    assert found == {
        "100 points are lacking": "300 points are available; 100 more are needed.",
        "sold out": "This reward is sold out.",
        "from": "This reward can be had from 2026-03-02 12:00 UTC on.",
        "over": "The time of this reward is over.",
        "no such": "There is no such reward.",
        "cannot be claimed": "This reward cannot be claimed.",
        "for members of: gold": "This reward is for members of: gold.",
    }


async def test_a_reward_that_nobody_made_is_unknown(store: Store) -> None:
    program = await store.books.program()
    async with store.database.shop(store.shop) as session:
        with pytest.raises(rewards.RewardNotFound):
            await rewards.claim(
                session,
                store.shop,
                ANNA,
                program=program,
                reward=RewardId(new_id()),
                channel="default-channel",
                at=NOON,
            )


async def test_a_window_of_a_limit_moves_on(store: Store) -> None:
    reward = await store.offer(limits=[{"times": 1, "days": 30}], codes=3)
    await store.claim(reward)
    with pytest.raises(Refusal, match="again from 2026-03-31 12:00 UTC on"):
        await store.claim(reward)
    store.books.clock += 30 * DAY
    await store.claim(reward)
    assert await store.counted("SELECT count(*) FROM coupon") == 2


async def test_a_change_of_what_it_does_leaves_coupons_that_are_out_as_they_were(store: Store) -> None:
    reward = await store.offer(codes=2)
    first = await store.claim(reward)
    program = await store.books.program()
    async with store.database.shop(store.shop) as session:
        dearer = rewards.read_terms(
            {"effect": {"kind": "FIXED_AMOUNT", "amount": 700}, "words": {"name": "7 off"}, "points": 100}
        )
        await rewards.update_reward(
            session, store.shop, reward.id, dearer, program=program, expected_version=1, at=NOON
        )
        held = await rewards.vouchers.vouchers_of(session, [reward.id])
    assert [(one.plan.effect.amount, one.is_current) for one in held] == [(500, False), (700, True)]
    second = await store.claim(reward)
    assert (first.voucher_key, second.voucher_key) == (held[0].key, held[1].key)
    assert (first.state, second.state) == ("ISSUED", "HELD")


async def test_what_is_taken_for_a_second_use_may_be_owed_and_comes_back(store: Store) -> None:
    program = await store.books.program()
    owner, key = (ANNA, program.id), RedemptionId(new_id())
    async with store.database.shop(store.shop) as session:
        taken = [
            await points.charge(
                session, store.shop, owner, program=program, points=Points(500), redemption=key, at=NOON
            )
            for _ in range(2)
        ]
    assert taken == [500, 0]
    assert (await store.books.balance()).deficit == 200
    async with store.database.shop(store.shop) as session:
        back = [
            await points.give_back(session, store.shop, owner, program=program, redemption=key, at=NOON)
            for _ in range(2)
        ]
    assert back == [500, 0]
    stand = await store.books.balance()
    assert (stand.available, stand.deficit) == (300, 0)
    assert await store.books.proved() == ()


async def test_a_code_is_taken_once(store: Store) -> None:
    async with store.database.shop(store.shop) as session:
        await coupons.codes.keep_codes(session, store.shop, [stored(1), stored(1)])
        first = await coupons.codes.take_code(session, stored(1).voucher, taker=new_id())
        second = await coupons.codes.take_code(session, stored(1).voucher, taker=new_id())
    assert (first, second) == (stored(1), None)


async def test_coupons_are_listed_by_the_time_they_were_granted(store: Store) -> None:
    reward = await store.offer()
    made = []
    for number in (9, 1, 5):  # keys that are not in the order of time
        store.books.clock += DAY
        grant = rewards.Event(occasion=rewards.Occasion.SIGN_UP, customer=ANNA, key=f"{number}")
        await store.offer(given_on=["SIGN_UP"], points=0, starts_at=store.books.clock.isoformat())
        async with store.database.shop(store.shop) as session:
            made += await rewards.grant_on(session, store.shop, [grant], at=store.books.clock)
    made.append(await store.claim(reward))
    wanted = [one.id for one in sorted(made, key=lambda one: (one.issued_at, one.id), reverse=True)]
    program, seen, page = await store.books.program(), list[CouponId](), page_of(first=2)
    async with store.database.shop(store.shop, read_only=True) as session:
        while True:
            found = await coupons.coupons_of_customer(
                session, store.shop, ANNA, program.id, page, state=None, at=store.books.clock
            )
            seen += [one.id for one in found.coupons]
            if not found.has_next:
                break
            page = page_of(first=2, after=found.cursor(found.coupons[-1]))
        back = await coupons.coupons_of_customer(
            session, store.shop, ANNA, program.id, page_of(last=2), state=None, at=store.books.clock
        )
    assert seen == wanted
    assert [one.id for one in back.coupons] == wanted[-2:]
