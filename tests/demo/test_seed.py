"""The year that the simulated shop tells: how much happens in it, and that the same seed tells the same."""

from collections import Counter
from datetime import timedelta

import pytest

from saleor_crm_app.demo.order import OrderStatus
from saleor_crm_app.demo.seed import HISTORY, History, Showroom, clock_of_the_past, furnish
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.signing import SigningKey
from saleor_crm_app.kernel import clock


@pytest.fixture
def make_year(key: SigningKey) -> "MakeYear":
    return MakeYear(key)


class MakeYear:
    def __init__(self, key: SigningKey) -> None:
        self._key = key

    def __call__(self, *, customers: int, orders: int, seed: int) -> tuple[SimulatedShop, Showroom]:
        shop = SimulatedShop(clock=clock_of_the_past(), seed=1, key=self._key)
        showroom = furnish(shop)
        for _ in History(shop, showroom, customers=customers, orders=orders, seed=seed).play():
            pass
        return shop, showroom


def shape_of(shop: SimulatedShop) -> list[tuple[str, str, str, int, str]]:
    return [
        (order.number, order.user_email, order.status.value, len(order.lines), str(order.charged))
        for order in shop.state.orders.values()
    ]


def test_there_are_as_many_customers_and_orders_as_asked_for(make_year: MakeYear) -> None:
    shop, _ = make_year(customers=300, orders=2500, seed=7)
    customers = [user for user in shop.state.users.values() if not user.is_staff]
    assert (len(customers), len(shop.state.orders)) == (300, 2500)


def test_it_ends_today_and_began_a_year_ago(make_year: MakeYear) -> None:
    shop, _ = make_year(customers=30, orders=250, seed=7)
    today = clock.now()
    assert abs(shop.clock.now() - today) < timedelta(seconds=5)
    created = [order.created for order in shop.state.orders.values()]
    assert created == sorted(created)
    assert today - HISTORY < created[0] < today - timedelta(days=355)
    assert today - timedelta(days=10) < created[-1] < today


def test_the_same_seed_tells_the_same_year(make_year: MakeYear) -> None:
    one, other = (make_year(customers=30, orders=250, seed=7)[0] for _ in range(2))
    another, _ = make_year(customers=30, orders=250, seed=8)
    assert shape_of(one) == shape_of(other)
    assert shape_of(one) != shape_of(another)


def test_every_kind_of_fate_is_in_it(make_year: MakeYear) -> None:
    shop, _ = make_year(customers=300, orders=2500, seed=7)
    fates = Counter(order.status for order in shop.state.orders.values())
    assert set(fates) == {
        OrderStatus.UNCONFIRMED,
        OrderStatus.UNFULFILLED,
        OrderStatus.FULFILLED,
        OrderStatus.PARTIALLY_RETURNED,
        OrderStatus.RETURNED,
        OrderStatus.CANCELED,
    }
    assert fates[OrderStatus.FULFILLED] > 2000
    assert any(order.user is None for order in shop.state.orders.values())
    assert any(0 < order.total_refunded < order.total for order in shop.state.orders.values())


def test_people_with_names_have_the_same_ids_in_every_shop(make_year: MakeYear, key: SigningKey) -> None:
    _, here = make_year(customers=12, orders=100, seed=7)
    there = furnish(SimulatedShop(seed=9, key=key))
    assert {name: user.id for name, user in here.people.items()} == {
        name: user.id for name, user in there.people.items()
    }
    assert set(here.people) == {"anna", "boris", "clara"}


def test_anna_and_boris_have_three_sent_orders_and_clara_none(make_year: MakeYear) -> None:
    shop, showroom = make_year(customers=12, orders=100, seed=7)
    whose = Counter(order.user.email for order in shop.state.orders.values() if order.user is not None)
    assert [whose[f"{name}@example.com"] for name in ("anna", "boris", "clara")] == [3, 3, 0]
    anna = showroom.people["anna"]
    assert {order.status for order in shop.state.orders.values() if order.user is anna} == {OrderStatus.FULFILLED}
