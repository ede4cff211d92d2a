"""What orders with a campaign's codes come to: the same whichever order their news comes in."""

from datetime import datetime, timedelta
from itertools import permutations
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_app.kernel.ids import CouponId, CustomerId, OrderId
from saleor_crm_app.loyalty.coupons import Outcome, Use
from saleor_crm_app.loyalty.coupons.batch_outcomes import BEGUN_IN_TIME, CodeUse, judge_codes
from tests.shop import ANNA, EMMA, NOON

ONE, TWO = CouponId(UUID(int=1)), CouponId(UUID(int=2))


def used(
    order: int,
    *,
    code: CouponId = ONE,
    by: CustomerId | None = None,
    is_void: bool = False,
    over_since: datetime | None = None,
) -> CodeUse:
    """An order, so many minutes after noon."""
    use = Use(
        order=OrderId(UUID(int=order)),
        customer=by,
        ordered_at=NOON + timedelta(minutes=order),
        amount=500,
        is_void=is_void,
    )
    return CodeUse(code=code, use=use, outcome=Outcome.USED, over_since=over_since)


def judged(*uses: CodeUse, most: int | None = 1, once_per_customer: bool = False) -> list[Outcome]:
    """The outcomes in the order of the uses, which must not matter."""
    found = [judge_codes(some, most=most, once_per_customer=once_per_customer) for some in permutations(uses)]
    assert all(one == found[0] for one in found)
    return [found[0][one.code, one.use.order] for one in uses]


def test_a_single_use_code_is_used_by_the_first_order() -> None:
    assert judged(used(1), used(2), used(3)) == [Outcome.USED, Outcome.USED_AGAIN, Outcome.USED_AGAIN]
    assert judged(used(1), used(2, code=TWO)) == [Outcome.USED, Outcome.USED]


def test_an_order_that_was_cancelled_leaves_its_place_to_the_next() -> None:
    assert judged(used(1, is_void=True), used(2), used(3)) == [Outcome.VOID, Outcome.USED, Outcome.USED_AGAIN]


def test_a_code_for_all_is_used_by_so_many_orders_or_any_number() -> None:
    uses = [used(1), used(2), used(3)]
    assert judged(*uses, most=2) == [Outcome.USED, Outcome.USED, Outcome.USED_AGAIN]
    assert judged(*uses, most=None) == [Outcome.USED] * 3


def test_a_customer_uses_one_code_of_a_batch_once_and_guests_are_not_told_apart() -> None:
    uses = [used(1, by=ANNA), used(2, by=ANNA, code=TWO), used(3, by=EMMA), used(4), used(5)]
    assert judged(*uses, most=None, once_per_customer=True) == [
        Outcome.USED,
        Outcome.USED_AGAIN,
        Outcome.USED,
        Outcome.USED,
        Outcome.USED,
    ]
    assert judged(used(1, by=ANNA, is_void=True), used(2, by=ANNA), most=None, once_per_customer=True) == [
        Outcome.VOID,
        Outcome.USED,
    ]


def test_an_order_begun_before_the_end_is_in_time() -> None:
    end = NOON + timedelta(minutes=2)
    late = int(BEGUN_IN_TIME.total_seconds() // 60) + 3
    uses = [used(1, over_since=end), used(3, over_since=end), used(late, over_since=end)]
    assert judged(*uses, most=None) == [Outcome.USED, Outcome.USED, Outcome.USED_AFTER_END]


@given(
    st.lists(st.tuples(st.sampled_from([ONE, TWO]), st.sampled_from([ANNA, EMMA, None]), st.booleans()), max_size=12),
    st.integers(1, 4),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_no_code_is_ever_used_rightly_more_often_than_it_may_be(
    drawn: list[tuple[CouponId, CustomerId | None, bool]],
    most: int,
    once: bool,
    random: Random,
) -> None:
    uses = [used(n, code=code, by=by, is_void=void) for n, (code, by, void) in enumerate(drawn)]
    found = judge_codes(uses, most=most, once_per_customer=once)
    random.shuffle(uses)
    assert judge_codes(uses, most=most, once_per_customer=once) == found
    rightly = [one for one in uses if found[one.code, one.use.order] is Outcome.USED]
    for code in (ONE, TWO):
        assert len([one for one in rightly if one.code == code]) <= most
    for customer in (ANNA, EMMA):
        assert not once or len([one for one in rightly if one.use.customer == customer]) <= 1
    void = [one for one in uses if one.use.is_void]
    assert {found[one.code, one.use.order] for one in void} <= {Outcome.VOID}
