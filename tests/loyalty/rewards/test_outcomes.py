"""What follows from the orders that used a coupon: the same in whatever order their news comes."""

from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_app.kernel.ids import CustomerId, OrderId
from saleor_crm_app.loyalty.coupons import CHARGED, TROUBLES, Outcome, Terms, Use, judge
from tests.shop import ANNA, EMMA, NOON

HERS = Terms(owners=frozenset({ANNA}))
ANYBODYS = Terms(owners=frozenset(), most=None)


def use(number: int, customer: CustomerId | None = ANNA, *, void: bool = False) -> Use:
    """The number-th order that had the code, so many minutes after noon."""
    return Use(
        order=OrderId(UUID(int=number)),
        customer=customer,
        ordered_at=NOON + timedelta(minutes=number),
        amount=500,
        is_void=void,
    )


def outcomes(terms: Terms, *uses: Use) -> tuple[list[Outcome], bool]:
    verdict = judge(terms, uses)
    return [verdict.outcomes[one.order] for one in uses], verdict.replace


@pytest.mark.parametrize(
    ("terms", "uses", "expected", "replaced"),
    [
        (HERS, [use(1)], [Outcome.USED], False),
        (HERS, [use(1, None)], [Outcome.USED_BY_GUEST], False),
        (HERS, [use(1, EMMA)], [Outcome.USED_BY_OTHER], False),
        (HERS, [use(1), use(2)], [Outcome.USED, Outcome.USED_AGAIN], False),
        (HERS, [use(2), use(1, EMMA)], [Outcome.USED_AGAIN, Outcome.USED_BY_OTHER], False),
        (HERS, [use(1, void=True)], [Outcome.REPLACED], True),
        (HERS, [use(1, void=True), use(2)], [Outcome.VOID, Outcome.USED], False),
        (HERS, [use(1, void=True), use(2, void=True)], [Outcome.REPLACED, Outcome.VOID], True),
        (Terms(owners=HERS.owners, is_over=True), [use(1)], [Outcome.USED_AFTER_END], False),
        (
            Terms(owners=HERS.owners, is_over=True, was_replaced=True),
            [use(1, void=True), use(2)],
            [Outcome.REPLACED, Outcome.USED_AGAIN],
            False,
        ),
        (ANYBODYS, [use(1, EMMA), use(2, None)], [Outcome.USED, Outcome.USED], False),
        (ANYBODYS, [use(1, void=True)], [Outcome.VOID], False),
        (Terms(owners=frozenset(), most=1), [use(1), use(2, EMMA)], [Outcome.USED, Outcome.USED_AGAIN], False),
    ],
)
def test_each_use_comes_to_what_is_stated(
    terms: Terms, uses: list[Use], expected: list[Outcome], replaced: bool
) -> None:
    assert outcomes(terms, *uses) == (expected, replaced)


USES = st.lists(
    st.builds(
        use,
        st.integers(1, 40),
        st.sampled_from([ANNA, EMMA, None]),
        void=st.booleans(),
    ),
    unique_by=lambda one: one.order,
    max_size=8,
)
TERMS = st.builds(
    Terms,
    owners=st.sampled_from([frozenset(), frozenset({ANNA}), frozenset({ANNA, EMMA})]),
    most=st.sampled_from([None, 1, 2, 3]),
    is_over=st.booleans(),
    was_replaced=st.booleans(),
)


@given(terms=TERMS, uses=USES, seed=st.integers(0, 1000))
def test_the_order_of_news_does_not_matter(terms: Terms, uses: list[Use], seed: int) -> None:
    shuffled = list(uses)
    Random(seed).shuffle(shuffled)  # noqa: S311 # it must repeat by its seed and guards nothing
    assert judge(terms, uses) == judge(terms, shuffled)


@given(terms=TERMS, uses=USES)
def test_no_more_orders_are_in_order_than_may_use_it(terms: Terms, uses: list[Use]) -> None:
    found = judge(terms, uses).outcomes
    assert found.keys() == {one.order for one in uses}
    fine = [one for one in uses if found[one.order] not in CHARGED and not one.is_void]
    if terms.is_over:
        assert fine == []
    elif terms.most is not None:
        assert len(fine) <= terms.most
    assert all(found[one.order] in {Outcome.VOID, Outcome.REPLACED} for one in uses if one.is_void)
    assert TROUBLES.isdisjoint(found[one.order] for one in uses if one.is_void)
