"""Which coupon and points count, and that the sum is always the sum of its parts."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_app.checkout.preview.baskets import Basket, Goods
from saleor_crm_app.checkout.preview.buyers import Buyer
from saleor_crm_app.checkout.preview.reasons import Why
from saleor_crm_app.checkout.preview.reckoning import Reckoned, offered, reckon
from saleor_crm_app.kernel.ids import AccountId, CouponId, CustomerId, ProgramId, RewardId, ShardKey
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.coupons import Coupon, CouponMedium, CouponOrigin, CouponState
from saleor_crm_app.loyalty.points import NO_POINTS, Member
from saleor_crm_app.loyalty.program import Program, ProgramSettings, Rate, Tender
from saleor_crm_app.loyalty.program.settings import RedemptionSettings
from saleor_crm_app.loyalty.rewards import AtHand, Cart, RewardKind, VoucherPlan
from saleor_crm_app.loyalty.rewards.cart_value import value_of
from tests.loyalty.rewards.carts import cart, carts, line, plan, plans
from tests.shop import NOON

K = RewardKind
WITH_CARDS = "3.23.28"


def program(*, tender: Tender = Tender.AUTO, **redemption: int) -> Program:
    """A point is worth a cent."""
    return Program(
        id=ProgramId(UUID(int=1)),
        name="Points",
        currency="EUR",
        zone=ZoneInfo("UTC"),
        version=1,
        earn=Rate(1, 100),
        burn=Rate(1, 1),
        confirm_after_days=14,
        earn_staff_orders=False,
        settings=ProgramSettings(redemption=RedemptionSettings(tender=tender, **redemption)),
    )


def anna(available: int) -> Buyer:
    member = Member(
        account=AccountId(UUID(int=2)),
        customer=CustomerId("7"),
        program=ProgramId(UUID(int=1)),
        balance=Points(available),
        deficit=Points(0),
        opened_at=NOON,
    )
    return Buyer(
        customer=CustomerId("7"),
        member=member,
        balance=replace(NO_POINTS, available=Points(available)),
        is_member=True,
    )


def coupon(number: int, wanted: VoucherPlan, *, days: int | None = None) -> AtHand:
    made = Coupon(
        id=CouponId(UUID(int=number)),
        shard=ShardKey(0),
        program=ProgramId(UUID(int=1)),
        reward=RewardId(UUID(int=number)),
        customer=CustomerId("7"),
        origin=CouponOrigin.CLAIM,
        medium=CouponMedium.VOUCHER,
        state=CouponState.ISSUED,
        currency="EUR",
        issued_at=NOON,
        expires_at=None if days is None else NOON + timedelta(days=days),
    )
    return AtHand(coupon=made, plan=wanted)


def basket_of(of: Cart) -> Basket:
    goods = tuple(
        Goods(
            line=None,
            variant=one.variant,
            product=one.product,
            product_type="type",
            category=one.category,
            collections=one.collections,
            kind="NORMAL",
            quantity=one.quantity,
            is_gift=one.is_gift,
            gross=one.total,
            net=one.total,
            undiscounted=one.total,
        )
        for one in of.lines
    )
    return Basket(
        channel=of.channel,
        currency=of.currency,
        display_gross=True,
        goods=goods,
        shipping=of.shipping,
        paid=of.paid,
    )


maybe = st.one_of(st.none(), plans)


@given(carts(), maybe, maybe, st.one_of(st.none(), st.integers(0, 20_000)), st.sampled_from(list(Tender)))
def test_the_sum_is_that_of_its_parts_and_never_below_nothing(
    some: Cart, best: VoucherPlan | None, typed: VoucherPlan | None, wanted: int | None, tender: Tender
) -> None:
    found = reckoned(some, best=best, typed=typed, wanted=wanted, tender=tender)
    sums = found.sum
    assert sums.total == found.after.left
    parts = sums.subtotal - sums.discount + (sums.shipping or 0) - sums.points - sums.gift_cards
    assert sums.total == parts
    assert min(sums.total, sums.discount, sums.points, sums.gift_cards) >= 0
    assert sums.total <= some.left
    assert 0 <= found.spent.points <= max(0, found.spent.room.most)
    assert (found.spent.refusal is None) or found.spent.points == 0


def reckoned(
    some: Cart,
    *,
    best: VoucherPlan | None = None,
    typed: VoucherPlan | None = None,
    wanted: int | None = None,
    tender: Tender = Tender.AUTO,
) -> Reckoned:
    return reckon(
        basket_of(some),
        anna(10_000),
        program=program(tender=tender),
        saleor_version=WITH_CARDS,
        best=None if best is None else value_of(best, some),
        typed=None if typed is None else value_of(typed, some),
        wanted=wanted,
    )


@given(carts(), st.lists(plans, max_size=5))
def test_nothing_is_better_than_the_best(some: Cart, every: list[VoucherPlan]) -> None:
    purse = [coupon(number, one, days=number + 1) for number, one in enumerate(every)]
    found = offered(purse, basket_of(some))
    amounts = [one.valued.amount for one in found]
    assert amounts == sorted(amounts, reverse=True)
    assert [bool(one.said) for one in found] == [bool(amount) for amount in amounts]
    assert all(one.valued == value_of(one.at_hand.plan, some) for one in found)


HUNDRED = cart(line(10_000))


def test_of_equal_ones_that_which_ends_first_is_best() -> None:
    five = plan(K.FIXED_AMOUNT, amount=500)
    never, late, soon = coupon(1, five), coupon(2, five, days=9), coupon(3, five, days=2)
    found = offered([never, late, soon], basket_of(HUNDRED))
    assert [one.at_hand for one in found] == [soon, late, never]
    assert [one.said.why for one in found if one.said] == [Why.ENDS_FIRST, Why.TAKES_OFF, Why.TAKES_OFF]
    assert [one.said.why for one in offered([never], basket_of(HUNDRED)) if one.said] == [Why.TAKES_OFF]
    [first, _] = offered([never, coupon(4, plan(K.FIXED_AMOUNT, amount=499))], basket_of(HUNDRED))
    assert first.said is not None
    assert (first.said.why, first.said.data) == (Why.MOST_OFF, {"amount": 500})


def test_what_fits_nothing_stands_behind_what_lacks_little() -> None:
    lacking = coupon(1, plan(K.FIXED_AMOUNT, amount=500, min_spent=99_999), days=1)
    worthless = coupon(2, plan(K.GIFT_CARD, amount=500))
    found = offered([lacking, worthless], basket_of(replace(HUNDRED, paid=99_999)))
    assert [one.at_hand for one in found] == [worthless, lacking]


def test_room_is_in_whole_steps_within_the_share_and_the_balance() -> None:
    for available, most in ((10_000, 5000), (3210, 3200), (399, 0)):
        found = reckon(
            basket_of(HUNDRED),
            anna(available),
            program=program(min_points=400, step_points=100),
            saleor_version=WITH_CARDS,
            best=None,
            typed=None,
            wanted=None,
        )
        assert (found.spent.room.least, found.spent.room.most, found.spent.room.step) == (400, most, 100)
        assert (found.spent.room.why is None) == bool(most)
