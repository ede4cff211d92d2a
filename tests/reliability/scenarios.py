"""Short lives of one shop, each about one law of the posting code: quick, exact, and none without its reason.

After each act the books are compared with the model and proved, as in the random lives.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from tests.reliability.machine import ShopLife
from tests.reliability.till import MOMENT, Order

ANNA = "7"
DAY = timedelta(days=1)

Scenario = Callable[["Told"], None]


class Told(ShopLife):
    """A life that is told act by act; each act is followed by the comparison."""

    def open(self, ends: tuple[object, ...] = ("PERIOD", 365), *, may_owe: bool = True) -> None:
        self._run(self.real.begin())
        self.choose(ends, may_owe=may_owe)

    def alike(self) -> None:
        """Both books are the same, and the real ones obey the laws."""
        self.books_are_the_same()
        self.books_are_proved()

    def wait(self, time: timedelta) -> None:
        self.tick(time)
        self.books_are_the_same()

    def until(self, moment: datetime) -> None:
        self.wait(moment - self.till.clock)

    def bought(self, *amounts: int) -> Order:
        """Paid and sent; so many days later its points can be spent."""
        self.buy(ANNA, list(amounts), 0)
        self.alike()
        return self._order(len(self.till.orders) - 1)

    def paid_with(self, key: int, *amounts: int) -> Order:
        """An order that a hold paid for."""
        self.capture(key, list(amounts))
        self.alike()
        return self._order(len(self.till.orders) - 1)

    def held(self, points: int) -> int:
        self.hold(ANNA, points)
        self.alike()
        return len(self.keys) - 1

    def spend(self, points: int) -> None:
        self.redeem(ANNA, points)
        self.alike()

    def say(self, *orders: Order) -> None:
        self._tell(*orders)
        self.alike()

    def end_of(self, order: Order) -> datetime:
        """When the points of an order lapse."""
        ends = self.model.accounts[ANNA].lots[self.model.orders[order["id"]].lot].ends
        assert ends is not None
        return ends

    def opening_of(self, order: Order) -> datetime:
        opens = self.model.accounts[ANNA].lots[self.model.orders[order["id"]].lot].opens
        assert opens is not None
        return opens


def refunds_and_second_thoughts(life: Told) -> None:
    """Part payments, refunds, failed refunds and a cancellation that is taken back: from the own lot and into it."""
    life.open()
    order = life.till.place(ANNA, 6_000, 4_000)
    life.say(life.till.pay(order, 5_000))
    life.say(life.till.pay(order, 5_000))
    life.say(life.till.begin_refund(order, 3_333))
    life.say(life.till.end_refund(order, well=False))
    life.say(life.till.name(order, 1))
    life.say(life.till.cancel(order))
    life.say(life.till.complete(order))


def days_of_an_order(life: Told) -> None:
    """Points wait for the last fulfillment that stands, open and end to the instant, and never wait again."""
    life.open()
    order = life.till.place(ANNA, 10_000)
    life.till.pay(order, 10_000)
    life.say(life.till.fulfill(order))
    life.wait(3 * DAY)
    life.say(life.till.fulfill(order))
    order["fulfillments"][1]["status"] = "CANCELED"
    life.say(life.till.change(order))
    life.until(life.opening_of(order) - timedelta(microseconds=1))
    life.until(life.opening_of(order))
    life.till.clock -= MOMENT
    life.spend(10)
    life.say(life.till.change(order, status="UNFULFILLED", fulfillments=[]))
    life.until(life.end_of(order) - timedelta(microseconds=1))
    life.expire(1)
    life.alike()
    life.until(life.end_of(order))
    life.expire(2)
    life.alike()


def nearest_end_first(life: Told) -> None:
    """What lapses first is spent first, what waits or has lapsed is not spent, and one point too many is refused."""
    life.open()
    life.bought(3_000)
    life.wait(2 * DAY)
    life.bought(5_000)
    life.wait(16 * DAY)
    waiting = life.bought(7_000)
    life.spend(81)
    life.spend(20)
    held = life.held(30)
    life.hold_again(held)
    life.spend(31)
    life.spend(30)
    life.release(held)
    life.alike()
    life.spend(30)
    life.until(life.end_of(waiting))
    life.spend(1)


def what_was_spent_is_missed(life: Told) -> None:
    """An order is refunded after its points were spent: other pending ones first, then a debt, then paid again."""
    life.open()
    first = life.bought(10_000)
    life.wait(16 * DAY)
    life.spend(90)
    second = life.bought(4_000)
    life.say(life.till.refund(first, 8_000))
    life.say(life.till.charge_back(first))
    life.say(life.till.refund(first, 10_000))
    life.spend(1)
    life.held(1)
    life.say(life.till.fulfill(second))
    life.bought(3_000)
    life.say(life.till.charge_back(first))
    life.bought(9_000)


def nobody_may_owe(life: Told) -> None:
    """Where the shop bears what was spent, an order that counts again gives only what it had lost."""
    life.open(may_owe=False)
    first = life.bought(10_000)
    life.wait(16 * DAY)
    life.spend(70)
    life.say(life.till.refund(first, 6_000))
    life.say(life.till.refund(first, 4_000))
    life.say(life.till.charge_back(first))
    life.say(life.till.refund(first, 5_000))
    life.adjust(ANNA, 500, takes=True, may_owe=True)
    life.alike()


def holds_end_well(life: Told) -> None:
    """A hold is captured once, released once, pays a debt when it is released, and takes anew when it was released."""
    life.open()
    first = life.bought(10_000)
    life.wait(2 * DAY)
    life.bought(5_000)
    life.wait(16 * DAY)
    held = life.held(120)
    life.say(life.till.refund(first, 10_000))
    life.release(held)
    life.alike()
    life.release(held)
    life.bought(20_000)
    life.wait(16 * DAY)
    other = life.held(100)
    life.paid_with(other, 5_000)
    life.paid_with(other, 100)
    life.release(other)
    life.alike()
    third = life.held(20)
    life.release(third)
    life.paid_with(third, 100)
    life.bought(30_000)


def spent_points_come_back(life: Told) -> None:
    """By the share of the money, into the very lots, the latest end first; and are spent again where a refund fails."""
    life.open()
    life.bought(10_000)
    life.wait(2 * DAY)
    life.bought(5_000)
    life.wait(16 * DAY)
    order = life.paid_with(life.held(130), 9_000, 1_000)
    life.say(life.till.refund(order, 2_500))
    life.say(life.till.begin_refund(order, 5_000))
    life.say(life.till.end_refund(order, well=True))
    life.say(life.till.charge_back(order))
    life.spend(15)
    life.say(life.till.refund(order, 10_000))
    life.spend(120)
    life.say(life.till.charge_back(order))
    life.say(life.till.cancel(order))


def returned_after_their_end(life: Told) -> None:
    """Points whose time is over come back beside their lot for the grace days, and are the order's own there."""
    life.open()
    first = life.bought(10_000)
    life.until(life.end_of(first) - 5 * DAY)
    order = life.paid_with(life.held(100), 5_000)
    life.say(life.till.refund(order, 2_500))
    life.wait(8 * DAY)
    life.say(life.till.refund(order, 2_500))
    life.say(life.till.refund(first, 4_000))
    life.wait(25 * DAY)
    life.expire(1)
    life.alike()
    life.bought(8_000)
    life.say(life.till.refund(first, 6_000))
    life.say(life.till.charge_back(first))


def two_orders_in_one_batch(life: Told) -> None:
    """What one order of a batch gives back is there for the next one."""
    life.open()
    first = life.bought(10_000)
    life.until(life.end_of(first) - 5 * DAY)
    paid = life.paid_with(life.held(100), 5_000)
    later = life.bought(10_000)
    life.wait(16 * DAY)
    life.spend(100)
    life.till.cancel(paid)
    life.till.refund(later, 10_000)
    life.say(paid, later)


def lapsed_points_are_gone(life: Told) -> None:
    """Nothing lapses while it is held; what lapsed is not taken back again, not even by a second refund."""
    life.open()
    first = life.bought(10_000)
    life.wait(DAY)
    life.bought(5_000)
    life.wait(16 * DAY)
    held = life.held(60)
    life.until(life.end_of(first))
    life.expire(1)
    life.alike()
    life.say(life.till.refund(first, 3_000))
    life.release(held)
    life.alike()
    life.say(life.till.refund(first, 3_000))
    life.say(life.till.charge_back(first))
    life.say(life.till.cancel(first))
    life.wait(2 * DAY)
    life.expire(1)
    life.alike()


def partly_lapsed(life: Told) -> None:
    """Of an order that was refunded the lapsed points are let go once; what was spent has to be made up for."""
    life.open()
    first = life.bought(10_000)
    life.wait(DAY)
    life.bought(8_000)
    life.wait(16 * DAY)
    life.spend(60)
    life.until(life.end_of(first))
    life.say(life.till.refund(first, 4_000))
    life.say(life.till.refund(first, 6_000))


def points_lent_and_lent_again(life: Told) -> None:
    """An order that counts again gives back to whom it owes: not once more to the lot that has its points beside it."""
    life.open()
    near = life.bought(5_000)
    life.until(life.end_of(near) - 10 * DAY)
    own = life.till.place(ANNA, 15_000)
    life.say(life.till.pay(own, 10_000))
    life.adjust(ANNA, 100, takes=True, may_owe=False)
    life.alike()
    life.say(life.till.refund(own, 5_000))
    life.say(life.till.charge_back(own))
    life.spend(50)
    far = life.bought(9_000)
    life.wait(16 * DAY)
    life.say(life.till.refund(own, 5_000))
    life.till.charge_back(own)
    life.say(life.till.pay(own, 5_000))
    life.say(life.till.refund(far, 9_000))


def idle_points(life: Told) -> None:
    """Orders and redemptions keep idle points alive; what has lapsed by now stays lapsed."""
    life.open(("INACTIVITY", 60))
    life.bought(10_000)
    life.wait(20 * DAY)
    late = life.till.place(ANNA, 1_000)
    life.say(late)
    life.wait(30 * DAY)
    life.spend(10)
    life.wait(40 * DAY)
    life.bought(500)
    life.wait(70 * DAY)
    life.say(life.till.pay(late, 1_000))
    life.expire(1)
    life.alike()


def idle_points_and_a_late_payment(life: Told) -> None:
    """An order counts from its day, but what has lapsed by now stays lapsed though the job never ran."""
    life.open(("INACTIVITY", 60))
    life.bought(10_000)
    life.wait(30 * DAY)
    late = life.till.place(ANNA, 1_000)
    life.say(late)
    life.wait(50 * DAY)
    life.say(life.till.pay(late, 1_000))
    life.expire(1)
    life.alike()


def a_fixed_day(life: Told) -> None:
    """The first such day that leaves enough time, were it the very first."""
    life.open(("FIXED_DATE", 2, 31, 0))
    life.bought(1_000)
    life.till.clock = datetime.fromisoformat("2027-02-13T12:00:00+00:00")
    life.bought(1_000)
    life.wait(15 * DAY)
    life.expire(1)
    life.alike()


def a_pause(life: Told) -> None:
    """Nothing lapses and nothing is spent meanwhile; what was told is posted afterwards."""
    life.open()
    first = life.bought(10_000)
    life.until(life.end_of(first) - DAY)
    life.pause()
    life.wait(3 * DAY)
    life.expire(1)
    life.spend(1)
    life.held(1)
    life.say(life.till.refund(first, 2_000))
    life.go_on()
    life.alike()
    life.expire(1)
    life.alike()
    life.wait(3 * DAY)
    life.expire(1)
    life.alike()


def told_again(life: Told) -> None:
    """Old deliveries and a redemption that comes twice change nothing."""
    life.open()
    order = life.bought(10_000)
    life.say(life.till.refund(order, 1_000))
    life.wait(16 * DAY)
    life.spend(10)
    life.redeem_again(0)
    life.alike()
    life.replay(0, 10)
    life.alike()


SCENARIOS: tuple[Scenario, ...] = (
    refunds_and_second_thoughts,
    days_of_an_order,
    nearest_end_first,
    what_was_spent_is_missed,
    nobody_may_owe,
    holds_end_well,
    spent_points_come_back,
    returned_after_their_end,
    two_orders_in_one_batch,
    lapsed_points_are_gone,
    partly_lapsed,
    points_lent_and_lent_again,
    idle_points,
    idle_points_and_a_late_payment,
    a_fixed_day,
    a_pause,
    told_again,
)
