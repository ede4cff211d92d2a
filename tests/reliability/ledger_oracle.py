"""The ledger once more, from its description alone: lots, holds, what is spent, given back, lapses and is owed.

It shares no code with the app. Customers and orders are named by any text; what an order deserves and when comes from
the oracle beside it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from tests.reliability import oracle
from tests.reliability.account_oracle import Account, Aside, Earned, Lot, Moves, Rules, Spent, Standing

LATE = timedelta(days=365)
"""A guest's order that is older when it gets its customer earns nothing."""


class Refused(Exception):
    """Nothing may happen; the text is the refusal's name."""


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Everybody's points in one program; every act happens at an instant `at` that never goes back."""

    rules: Rules = field(default_factory=Rules)
    paused_at: datetime | None = None
    accounts: dict[str, Account] = field(default_factory=dict)
    orders: dict[str, Earned] = field(default_factory=dict)
    spent: dict[str, Spent] = field(default_factory=dict)
    holds: dict[str, Aside] = field(default_factory=dict)
    lots_made: int = 0

    def account(self, customer: str) -> Account:
        return self.accounts.setdefault(customer, Account())

    # Orders

    def order(
        self, order: oracle.Order, *, customer: str, attached_at: datetime | None, gross: bool, at: datetime
    ) -> None:
        """An order reads so now; a paused program waits. `attached_at` is when a guest's got its customer."""
        if self.paused_at is not None:
            return
        created = oracle.instant(order["created"])
        late = attached_at is not None and attached_at - created > LATE
        target = 0 if late else oracle.target(order, rate=self.rules.rate, display_gross=gross)
        account, key = self.account(customer), order["id"]
        earned = self.orders.get(key)
        if earned is None and target:
            earned = self.orders[key] = Earned(lot=self._new_lot(account, order=key).number)
            self._note_activity(account, created, at=at, lots=account.filled())
        if earned is not None:
            self._post(account, earned, target, order=order, at=at)
        for _, spent in sorted(self.spent.items()):
            if spent.order == key:
                self._return(spent, order, at=at)

    def _post(self, account: Account, earned: Earned, target: int, *, order: oracle.Order, at: datetime) -> None:
        said = oracle.instant(order["updatedAt"])
        delta = target - (earned.posted - earned.borne)
        if delta > 0:
            self._earn(account, earned, delta, said=said, at=at)
        elif delta < 0:
            self._claw_back(account, earned, -delta, at=at)
        lot = account.lots[earned.lot]
        if not lot.is_open(said):
            program = oracle.Program(zone=self.rules.zone, confirm_after_days=self.rules.confirm_after_days)
            lot.opens = oracle.available_at(order, program)
            lot.ends = None if lot.opens is None else self.rules.end(lot.opens, account.active)

    def _earn(self, account: Account, earned: Earned, points: int, *, said: datetime, at: datetime) -> None:
        """What is gone is not given again; a debt is paid first, then every lot gets back what it lent."""
        given_up = min(earned.borne, points)
        earned.borne -= given_up
        points -= given_up
        earned.posted += points
        points -= account.pay_debt(points)
        others = Counter({lot: moved for lot, moved in earned.moves.items() if lot != earned.lot})
        points -= self._put_back(account, others, earned.moves, points, said=said, at=at)
        account.lots[earned.lot].points += points
        earned.moves[earned.lot] += points
        self._keep_alive(account, account.lots[earned.lot], at=at)

    def _claw_back(self, account: Account, earned: Earned, points: int, *, at: datetime) -> None:
        """From its own lot, then others of the order, then pending ones, then nearest expiry, then it is owed.

        What lapsed is not taken a second time.
        """
        own = account.lots[earned.lot]
        if points > own.free or own.is_over(at):
            account.lapse(at)
        gone = min(max(0, points - own.free), max(0, account.lapsed[own.order or ""] - earned.borne))
        earned.borne += gone
        points -= gone
        others = [lot for lot in account.lots.values() if lot is not own]
        others.sort(key=lambda lot: (lot.order != own.order, *lot.nearest(at)))
        taken = _draw([own, *others], points, earned.moves)
        earned.posted -= taken
        if self.rules.may_owe:
            account.deficit += points - taken
            earned.posted -= points - taken
        else:
            earned.borne += points - taken

    # Spending

    def hold(self, key: str, customer: str, points: int, *, at: datetime) -> None:
        """Set points aside under a key of its own.

        Raises Refused.
        """
        account = self._redeemable(customer)
        if key in self.holds and self.holds[key].is_open:
            raise Refused("HoldExists")
        aside = Aside(customer=customer, points=points)
        for lot in _enough(account.spendable(at), points):
            part = min(lot.free, points)
            if part:
                lot.held += part
                points -= part
                aside.lots[lot.number] = part
        self.holds[key] = aside

    def release(self, key: str, *, at: datetime) -> None:
        """Give points set aside free again; what is owed is paid out of them. A second time changes nothing."""
        aside = self.holds[key]
        if not aside.is_open:
            return
        aside.is_open = False
        account = self.account(aside.customer)
        for number, points in aside.lots.items():
            account.lots[number].held -= points
        left = account.pay_debt(aside.points)
        for lot in sorted((account.lots[number] for number in aside.lots), key=lambda lot: lot.nearest(at)):
            part = min(lot.free, aside.lots[lot.number], left)
            lot.points -= part
            left -= part
        account.deficit += left

    def capture(self, key: str, order: oracle.Order, *, redemption: str, at: datetime) -> None:
        """An order paid with what a hold stands for; one that is over takes what is there, and may owe the rest."""
        if redemption in self.spent:
            return
        aside = self.holds[key]
        account = self.account(aside.customer)
        alive = account.filled()
        spent = Spent(customer=aside.customer, order=order["id"], points=aside.points)
        if aside.is_open:
            aside.is_open = False
            for number, points in aside.lots.items():
                account.lots[number].held -= points
                account.lots[number].points -= points
                spent.moves[number] -= points
        else:
            spent.points = self._take(account, account.spendable(at), aside.points, spent.moves, at=at)
        if spent.points:
            account.spent += spent.points
            self.spent[redemption] = spent
            self._note_activity(account, oracle.instant(order["created"]), at=at, lots=alive)

    def redeem(self, key: str, customer: str, points: int, *, at: datetime) -> None:
        """Spend at once; the same key a second time changes nothing.

        Raises Refused.
        """
        if key in self.spent:
            return
        account = self._redeemable(customer)
        alive = account.filled()
        spent = Spent(customer=customer, order=None, points=points)
        _draw(_enough(account.spendable(at), points), points, spent.moves)
        account.spent += points
        self.spent[key] = spent
        self._note_activity(account, at, at=at, lots=alive)

    def _redeemable(self, customer: str) -> Account:
        if self.paused_at is not None:
            raise Refused("ProgramPaused")
        if self.account(customer).deficit:
            raise Refused("PointsOwed")
        return self.account(customer)

    def _return(self, spent: Spent, order: oracle.Order, *, at: datetime) -> None:
        """Points come back by the share of the order that was given back, and are spent again where that failed."""
        account, said = self.account(spent.customer), oracle.instant(order["updatedAt"])
        delta = int(spent.points * share_returned(order)) - spent.returned
        if delta > 0:
            left = delta - account.pay_debt(delta)
            left -= self._put_back(account, spent.moves, spent.moves, left, said=said, at=at)
            if left:
                lot = self._new_lot(account, opens=said, ends=self.rules.end(said, account.active))
                self._refill(account, lot, left, spent.moves, said=said, at=at)
        elif delta < 0:
            lots = account.spendable(at)
            lots.sort(key=lambda lot: lot.number not in spent.moves)
            delta = -self._take(account, lots, -delta, spent.moves, at=at)
        spent.returned += delta
        account.spent -= delta

    def _take(self, account: Account, lots: list[Lot], points: int, moves: Moves, *, at: datetime) -> int:
        """What can be spent, then, where one may owe, what waits, and the rest is owed; says how many in all."""
        taken = _draw(lots, points, moves)
        if not self.rules.may_owe:
            return taken
        waiting = [lot for lot in account.lots.values() if not lot.is_open(at)]
        taken += _draw(sorted(waiting, key=lambda lot: lot.nearest(at)), points - taken, moves)
        account.deficit += points - taken
        return points

    def _put_back(
        self, account: Account, moves: Mapping[int, int], own: Moves, points: int, *, said: datetime, at: datetime
    ) -> int:
        """Into the very lots that points were taken from, the latest end first; says how many found a place."""
        lent = Counter({lot: -moved for lot, moved in moves.items() if moved < 0})
        for number, moved in moves.items():
            beside = account.lots[number].beside
            if moved > 0 and beside is not None and beside in lent:
                lent[beside] -= moved
        left = points
        for lot in sorted((account.lots[key] for key in lent), key=lambda lot: lot.nearest(at), reverse=True):
            part = min(max(0, lent[lot.number]), left)
            if part:
                self._refill(account, lot, part, own, said=said, at=at)
                left -= part
        return points - left

    def _refill(self, account: Account, lot: Lot, points: int, moves: Moves, *, said: datetime, at: datetime) -> None:
        """One that ends before the grace date keeps its end; its points lie beside it then."""
        self._keep_alive(account, lot, at=at)
        grace = self.rules.grace(said)
        if lot.ends is not None and lot.ends < grace:
            lot = self._new_lot(account, order=lot.order, opens=lot.opens, ends=grace, beside=lot.number)
        lot.points += points
        moves[lot.number] += points

    # Time and staff

    def expire(self, *, at: datetime) -> None:
        """The job runs."""
        if self.paused_at is None:
            for account in self.accounts.values():
                account.lapse(at)

    def pause(self, *, at: datetime) -> None:
        self.paused_at = at

    def go_on(self, *, at: datetime) -> None:
        """What had not lapsed when the pause began lapses later by all its days."""
        pause = (self.paused_at or at, at)
        self.paused_at = None
        if pause[0].astimezone(self.rules.zone).date() == at.astimezone(self.rules.zone).date():
            return
        self.rules = replace(self.rules, pauses=(*self.rules.pauses, pause))
        for account in self.accounts.values():
            for lot in account.lots.values():
                if lot.ends is not None and lot.opens is not None:
                    lot.ends = self.rules.moved(lot.ends, pause, starts=lot.opens)

    def adjust(self, customer: str, points: int, *, may_owe: bool, at: datetime) -> None:
        """Staff give or take points.

        Raises Refused.
        """
        account = self.account(customer)
        if points > 0:
            lot = self._new_lot(account, opens=at, ends=self.rules.end(at, account.active))
            lot.points = points - account.pay_debt(points)
            return
        lots = sorted(account.lots.values(), key=lambda lot: lot.nearest(at))
        free = sum(lot.free for lot in lots if self.paused_at is not None or not lot.is_over(at))
        if -points > free and not may_owe:
            raise Refused("NotEnoughPoints")
        if -points > free and not self.rules.may_owe:
            raise Refused("DeficitNotAllowed")
        if self.paused_at is None:
            account.lapse(at)
        account.deficit += -points - _draw(lots, -points, Counter())

    def standing(self, customer: str, *, at: datetime) -> Standing:
        """Points as they stand at an instant, whether or not the job ran; nothing lapses while it is held or paused."""
        account = self.accounts.get(customer, Account())
        moment = min(at, self.paused_at or at)
        sums = Counter[str]()
        for lot in account.lots.values():
            state = "pending" if not lot.is_open(at) else "expired" if lot.is_over(moment) else "available"
            sums[state] += lot.free
            sums["held"] += lot.held
        sums["expired"] += account.expired
        return Standing(**sums, spent=account.spent, deficit=account.deficit)

    def _note_activity(self, account: Account, when: datetime, *, at: datetime, lots: Iterable[Lot]) -> None:
        if account.active is None or account.active < when:
            account.active = when
            for lot in lots:
                self._keep_alive(account, lot, at=at)

    def _keep_alive(self, account: Account, lot: Lot, *, at: datetime) -> None:
        """Where only idle points lapse, what has not lapsed by now lives on after the last activity."""
        if (
            self.rules.ends[0] == "INACTIVITY"
            and lot.opens is not None
            and lot.ends is not None
            and not lot.is_over(at)
        ):
            lot.ends = max(lot.ends, self.rules.end(lot.opens, account.active) or lot.ends)

    def _new_lot(self, account: Account, **fields: Any) -> Lot:  # noqa: ANN401 # a lot's own fields
        self.lots_made += 1
        lot = account.lots[self.lots_made] = Lot(number=self.lots_made, **fields)
        return lot


def share_returned(order: oracle.Order) -> Fraction:
    """All of a cancelled order; else money given back of all money ever taken; without money, by what was named."""
    if order["status"] in {"CANCELED", "EXPIRED"}:
        return Fraction(1)
    back, kept = oracle.amount(order["totalRefunded"]), max(Fraction(0), oracle.paid(order))
    if back + kept:
        return back / (back + kept)
    sold = oracle.amount(order["subtotal"]["gross"]) + oracle.amount(order["shippingPrice"]["gross"])
    return min(Fraction(1), 1 - oracle.value_left(order) / sold) if sold else Fraction(0)


def _draw(lots: Iterable[Lot], points: int, moves: Moves) -> int:
    """Take free points in this order; says how many there were."""
    left = points
    for lot in lots:
        part = min(lot.free, left)
        if part:
            lot.points -= part
            moves[lot.number] -= part
            left -= part
    return points - left


def _enough(lots: list[Lot], points: int) -> list[Lot]:
    if points > sum(lot.free for lot in lots):
        raise Refused("NotEnoughPoints")
    return lots
