"""What is nearly used up: by one's own gap, else by everybody's, and only while it is still wanted."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from saleor_crm_app.crm import goods
from saleor_crm_app.crm.goods import Due
from saleor_crm_app.crm.goods.owned import Bought
from saleor_crm_app.crm.goods.replenishing import UsualGap, due
from saleor_crm_app.crm.orders import FulfillmentFact, NamedUnits, OrderSnapshot
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from tests.crm.goods.buying import CHANNEL, basket, sell, stock
from tests.door import counted
from tests.shop import ANNA, NOON


def bought(*days_ago: int, came_back: bool = False) -> Bought:
    days = [NOON.date() - timedelta(days=one) for one in days_ago]
    last = NOON - timedelta(days=min(days_ago))
    return Bought(product="tea", category=None, days=days, last_at=last, came_back=came_back)


@pytest.mark.parametrize(
    ("days_since", "is_due"), [(8.9, False), (9, True), (10, True), (19.9, True), (20, False), (300, False)]
)
def test_it_is_due_from_nine_tenths_of_the_gap_until_twice_of_it(days_since: float, is_due: bool) -> None:
    found = due(bought(20, 10, 0), None, at=NOON + timedelta(days=days_since))
    assert (found is not None) is is_due


def test_the_own_gap_is_a_median_and_goes_before_everybodys() -> None:
    found = due(bought(90, 60, 50, 30, 28), UsualGap(9, 5.0), at=NOON)
    # gaps of 30, 10, 20 and 2 days
    assert found == Due(
        product="tea",
        last_at=NOON - timedelta(days=28),
        due_at=NOON - timedelta(days=13),
        gap_days=15,
        is_own_gap=True,
    )


def test_one_gap_is_no_rhythm_and_everybodys_wants_five() -> None:
    assert due(bought(40, 20), None, at=NOON) is None
    assert due(bought(40, 20), UsualGap(4, 20.0), at=NOON) is None
    found = due(bought(40, 20), UsualGap(5, 18.5), at=NOON)
    assert found is not None
    assert (found.gap_days, found.is_own_gap) == (18.5, False)


def test_what_came_back_or_was_never_kept_is_not_due() -> None:
    assert due(bought(20, 10, 0, came_back=True), None, at=NOON + timedelta(days=10)) is None
    nothing = Bought(product="tea", category=None, days=[], last_at=None, came_back=True)
    assert due(nothing, UsualGap(9, 9.0), at=NOON) is None


async def asked(database: Database, shop: InstallationId, *, channel: str = CHANNEL) -> Sequence[Due]:
    async with database.shop(shop, read_only=True) as session:
        return await goods.replenishment(session, shop, ANNA, channel=channel, at=NOON)


def every(days: int, times: int, product: str, customer: CustomerId = ANNA, **other: object) -> list[OrderSnapshot]:
    return [basket(product, days_ago=days * n, customer=customer, **other) for n in range(1, times + 1)]


async def test_the_soonest_comes_first_and_only_what_can_be_bought(
    database: Database, installation: InstallationId
) -> None:
    # given: Anna buys tea and beans by her own gaps, soap once as others do each 30 days; the milk is out of stock
    others = [one for number in range(5) for one in every(30, 2, "soap", CustomerId(f"o{number}"))]
    mine = [*every(10, 3, "tea"), *every(14, 3, "beans"), *every(3, 3, "milk"), basket("soap", days_ago=29)]
    await sell(database, installation, [*others, *mine, *every(2, 3, "vase", CustomerId("8"))])
    await stock(database, installation, "tea", "beans", "soap", "vase", gone=["milk"])
    # when
    with counted(database) as statements:
        found = await asked(database, installation)
    # then
    assert [(one.product, one.due_at, one.gap_days, one.is_own_gap) for one in found] == [
        ("beans", NOON, 14, True),
        ("tea", NOON, 10, True),
        ("soap", NOON + timedelta(days=1), 30, False),
    ]
    assert len(statements) == 2
    assert await asked(database, installation, channel="b2b") == []


async def test_who_bought_nothing_is_asked_for_with_one_statement(
    database: Database, installation: InstallationId
) -> None:
    with counted(database) as statements:
        assert await asked(database, installation) == ()
    assert len(statements) == 1


async def test_what_came_back_does_not_run_out(database: Database, installation: InstallationId) -> None:
    back = FulfillmentFact(status="RETURNED", created_at=NOON, lines=(NamedUnits(line="line-0", quantity=1),))
    await sell(database, installation, [*every(10, 3, "tea"), basket("tea", days_ago=9, fulfillments=(back,))])
    await stock(database, installation, "tea")
    assert await asked(database, installation) == []


def test_days_in_any_order_give_the_same_gap() -> None:
    mixed = Bought(
        product="tea",
        category=None,
        days=[date(2026, 2, 9), date(2026, 1, 20), date(2026, 1, 30)],
        last_at=NOON - timedelta(days=10),
        came_back=False,
    )
    found = due(mixed, None, at=NOON)
    assert found is not None
    assert found.gap_days == 10
