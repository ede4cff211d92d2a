"""What an offer of each kind says to somebody, with reasons and gaps, or that it has nothing to say; pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from msgspec import Struct, structs

from saleor_crm_app.kernel.clock import end_of_local_day
from saleor_crm_app.loyalty import rules
from saleor_crm_app.loyalty.offers.policy import Published
from saleor_crm_app.loyalty.offers.said import Lack, Lacking, Said, Why, WhyNot
from saleor_crm_app.loyalty.offers.terms import OfferKind
from saleor_crm_app.loyalty.offers.views import Pick, Question, View
from saleor_crm_app.loyalty.rewards import Chance, GapCode, ReasonCode, Reward, judge_reward
from saleor_crm_app.loyalty.tiers import Basis

EXPIRING_DAYS: Final = 30
"""Points that lapse within so many days are worth a word."""

NOTHING: Final = "-"
"""The stake of what brings nothing."""

_ENDS_SOON: Final = timedelta(days=7)
_LEAST_AWAY_DAYS: Final = 30
_MOST_AWAY_DAYS: Final = 365
_AWAY: Final = 1.5
"""A customer is missed after so many times their usual gap."""

_LACKS: Final = {Basis.SPEND: Lack.SPEND, Basis.ORDERS: Lack.ORDERS, Basis.EARNED_POINTS: Lack.EARNED_POINTS}


class Fit(Struct, frozen=True, kw_only=True):
    """What an offer says to one customer. `brings` is the reward that accepting it brings now, if it does,
    and `would_bring` the one that it would, did nothing lack.

    `about` are the numbers and names for the words of its kind; `until` is when it stops being so.
    """

    reasons: tuple[Said, ...]
    missing: tuple[Lacking, ...] = ()
    brings: Chance | None = None
    would_bring: Reward | None = None
    products: tuple[str, ...] = ()
    until: datetime | None = None
    about: Said | None = None
    # a struct: each of 200 offers makes two of them for one decision, and a dataclass takes ten times as long for it

    @property
    def stake(self) -> str:
        """Names what accepting it brings and takes; another as soon as staff change that."""
        if self.brings is None:
            return NOTHING
        reward = self.brings.reward
        return sha256(f"{reward.id}|{reward.version}".encode()).hexdigest()[:8]


def fit(one: Published, asked: Question, view: View) -> Fit | WhyNot:
    """What it says to them, or why it says nothing."""
    found = _FITS[one.kind](one, asked, view)
    if isinstance(found, WhyNot):
        return found
    ends = [at for at in (found.until, one.campaign.terms.ends_at(asked.program.zone)) if at is not None]
    until = min(ends, default=None)
    return structs.replace(found, reasons=(*found.reasons, *_common(one, asked, until)), until=until)


def _common(one: Published, asked: Question, until: datetime | None) -> Sequence[Said]:
    everybody = one.campaign.terms.audience.is_everybody
    said = [Said(Why.FOR_EVERYBODY if everybody else Why.FOR_YOU)]
    if until is not None and until - asked.at <= _ENDS_SOON:
        said.append(Said(Why.ENDS_SOON, {"at": until}))
    return said


def _with_reward(one: Published, asked: Question, view: View) -> Fit | WhyNot:
    """What brings a reward is shown where it can be had this moment, but for signing in."""
    reward = None if one.reward is None else _as_given(view.rewards.get(one.reward))
    if reward is None or not reward.is_on_show(asked.channel, asked.at):
        return WhyNot.REWARD_NOT_TO_BE_HAD
    if asked.program.paused_at is not None:
        return WhyNot.PROGRAM_PAUSED
    if not _can_pay(one, reward, view):
        return WhyNot.BUDGET_USED_UP
    if asked.customer is None:
        return _for_guest(reward, asked)
    chance = _chance(reward, asked, view)
    if not chance.affordable:
        return WhyNot.REWARD_NOT_TO_BE_HAD
    return Fit(reasons=tuple(_merits(reward)), missing=_below(reward, asked), brings=chance, until=reward.terms.ends_at)


def _as_given(reward: Reward | None) -> Reward | None:
    """What cannot be claimed is granted, and that takes no points, whatever its terms say."""
    if reward is None or not reward.terms.points or (reward.terms.is_claimable and not reward.terms.given_on):
        return reward
    return replace(reward, terms=structs.replace(reward.terms, points=0))


def _chance(reward: Reward, asked: Question, view: View) -> Chance:
    """Judged once for all offers of a decision; with its points and as given without any, it is not the same."""
    place = (reward.id, reward.terms.points)
    found = view.judged.get(place)
    if found is None:
        found = view.judged[place] = judge_reward(reward, asked.program, view.member, at=asked.at)
    return found


def _can_pay(one: Published, reward: Reward, view: View) -> bool:
    """Whether the campaign has enough left of its budget, as the claim will count it."""
    budget = one.campaign.terms.budget
    if budget is None:
        return True
    return view.committed.get(one.campaign.id, one.campaign.committed) + max(1, reward.terms.unit_cost) <= budget


def _for_guest(reward: Reward, asked: Question) -> Fit | WhyNot:
    """As a new member could have it; nothing here is any member's."""
    chance = judge_reward(reward, asked.program, View().member, at=asked.at)
    if chance.reasons and not chance.affordable and not chance.missing:
        return WhyNot.REWARD_NOT_TO_BE_HAD
    if reward.terms.points or reward.terms.tiers:
        return WhyNot.NOT_KNOWN
    first = Lacking(what=asked.must)
    return Fit(
        reasons=tuple(_merits(reward)),
        missing=(first, *_below(reward, asked)),
        would_bring=reward,
        until=reward.terms.ends_at,
    )


def _merits(reward: Reward) -> Sequence[Said]:
    terms = reward.terms
    said = [Said(Why.COSTS_POINTS, {"points": terms.points}) if terms.points else Said(Why.FREE)]
    if terms.min_spent is not None:
        said.append(Said(Why.FROM_AMOUNT, {"amount": terms.min_spent}))
    return said


def _below(reward: Reward, asked: Question) -> tuple[Lacking, ...]:
    """What the cart lacks for the coupon to be of use, where the cart is told."""
    least, amount = reward.terms.min_spent, asked.cart.amount
    if least is None or amount is None or amount >= least:
        return ()
    return (Lacking(what=Lack.SPEND, amount=least - amount),)


def _win_back(one: Published, asked: Question, view: View) -> Fit | WhyNot:
    if view.last_order_at is None:
        return WhyNot.NOTHING_TO_SAY
    usual = _MOST_AWAY_DAYS if view.gap_days is None else view.gap_days * _AWAY
    patience = timedelta(days=min(_MOST_AWAY_DAYS, max(_LEAST_AWAY_DAYS, usual)))
    away = asked.at - view.last_order_at
    if away < patience:
        return WhyNot.NOTHING_TO_SAY
    said = Said(Why.LONG_AWAY, {"days": away.days})
    if one.reward is None:
        return Fit(reasons=(said,), about=said)
    found = _with_reward(one, asked, view)
    if isinstance(found, WhyNot):
        return found
    return structs.replace(found, reasons=(said, *found.reasons), about=said)


def _reminder(one: Published, asked: Question, view: View) -> Fit | WhyNot:
    """Of the dearest reward that can be had now, else of the nearest one that lacks only points."""
    if asked.program.paused_at is not None:
        return WhyNot.PROGRAM_PAUSED
    wanted = [reward for reward in view.catalog if reward.terms.points and reward.is_on_show(asked.channel, asked.at)]
    chances = [_chance(reward, asked, view) for reward in wanted]
    affordable = [chance for chance in chances if chance.affordable]
    ready = [chance for chance in affordable if _can_pay(one, chance.reward, view)]
    if affordable and not ready:
        return WhyNot.BUDGET_USED_UP
    if ready:
        best = max(ready, key=lambda chance: chance.reward.terms.points)
        said = Said(Why.ENOUGH_POINTS, {"points": best.reward.terms.points, "reward": best.reward})
        return Fit(reasons=(said,), brings=best, until=best.reward.terms.ends_at, about=said)
    near = [chance for chance in chances if _is_near(chance, view, one.offer.terms.near_percent)]
    if not near:
        return WhyNot.NOTHING_TO_SAY
    nearest = min(near, key=lambda chance: chance.reward.terms.points)
    lacking = nearest.reward.terms.points - view.member.balance.available
    said = Said(Why.NEARLY_THERE, {"points": lacking, "reward": nearest.reward})
    missing = Lacking(what=Lack.POINTS, quantity=lacking)
    return Fit(reasons=(said,), missing=(missing,), until=nearest.reward.terms.ends_at, about=said)


def _is_near(chance: Chance, view: View, percent: int) -> bool:
    """Nothing but points stands in the way, and most of them are there."""
    only_points = [one.code for one in chance.missing] == [GapCode.POINTS]
    is_blocked = any(one.code in _BLOCKS for one in chance.reasons)
    needed = chance.reward.terms.points
    return only_points and not is_blocked and view.member.balance.available * 100 >= needed * percent


_BLOCKS: Final = frozenset(
    {
        ReasonCode.SOLD_OUT,
        ReasonCode.LIMIT_REACHED,
        ReasonCode.ENDED,
        ReasonCode.PROGRAM_PAUSED,
        ReasonCode.POINTS_OWED,
        ReasonCode.UNDER_REVIEW,
    }
)


def _nudge(one: Published, asked: Question, view: View) -> Fit | WhyNot:
    need = None if view.tier is None else view.tier.climb
    if asked.program.paused_at is not None:
        return WhyNot.PROGRAM_PAUSED
    if view.tier is None or need is None or need.lacking <= 0:
        return WhyNot.NOTHING_TO_SAY
    if (need.tier.threshold - need.lacking) * 100 < need.tier.threshold * one.offer.terms.near_percent:
        return WhyNot.NOTHING_TO_SAY
    lack = _LACKS[view.tier.live.ladder.plan.basis]
    in_money = lack is Lack.SPEND
    missing = Lacking(what=lack, amount=need.lacking if in_money else None, quantity=None if in_money else need.lacking)
    said = Said(Why.TIER_NEAR, {"tier": need.tier, "missing": missing})
    return Fit(reasons=(said,), missing=(missing,), about=said)


def _expiring(one: Published, asked: Question, view: View) -> Fit | WhyNot:
    soon = view.member.balance.expiring_within(EXPIRING_DAYS, at=asked.at)
    points = sum(lot.points for lot in soon)
    if asked.program.paused_at is not None:
        return WhyNot.PROGRAM_PAUSED
    if points < one.offer.terms.least_points:
        return WhyNot.NOTHING_TO_SAY
    first = min(lot.at for lot in soon)
    said = Said(Why.POINTS_EXPIRE, {"points": points, "at": first})
    return Fit(reasons=(said,), until=first, about=said)


def _bonus(one: Published, asked: Question, view: View) -> Fit | WhyNot:
    rule = view.rules.get(one.offer.terms.rule or "")
    if asked.program.paused_at is not None:
        return WhyNot.PROGRAM_PAUSED
    program, day = asked.program, asked.at.astimezone(asked.program.zone).date()
    if rule is None or not rules.presently.may_hold(rule, channel=asked.channel, currency=program.currency, day=day):
        return WhyNot.NOTHING_TO_SAY
    last = rules.presently.last_day(rule, channel=asked.channel, currency=program.currency, day=day)
    until = None if last is None else end_of_local_day(last, program.zone)
    said = Said(Why.MORE_POINTS, {"rule": rule})
    missing = (Lacking(what=asked.must),) if asked.customer is None else ()
    return Fit(reasons=(said,), missing=missing, until=until, about=said)


def _products(one: Published, _asked: Question, view: View) -> Fit | WhyNot:
    """What was found for the customer; where staff named products, those of them that are for sale and new to them."""
    named = one.offer.terms.products
    chosen = view.picks.get(one.kind, ())
    if named:
        chosen = [Pick(product=product, because=Said(Why.CHOSEN)) for product in named if product in view.for_sale]
    if not chosen:
        return WhyNot.NOTHING_TO_SAY
    return Fit(reasons=(chosen[0].because,), products=tuple(pick.product for pick in chosen), about=chosen[0].because)


def _early(one: Published, asked: Question, view: View) -> Fit | WhyNot:
    products = one.offer.terms.products
    if one.reward is None:
        return Fit(reasons=(), products=products)
    found = _with_reward(one, asked, view)
    if isinstance(found, WhyNot):
        return found
    return structs.replace(found, products=products)


_FITS: Final[dict[OfferKind, Callable[[Published, Question, View], Fit | WhyNot]]] = {
    OfferKind.DISCOUNT: _with_reward,
    OfferKind.FREE_SHIPPING: _with_reward,
    OfferKind.GIFT: _with_reward,
    OfferKind.BONUS_POINTS: _bonus,
    OfferKind.RECOMMENDED_PRODUCTS: _products,
    OfferKind.REPLENISHMENT: _products,
    OfferKind.CROSS_SELL: _products,
    OfferKind.UPSELL: _products,
    OfferKind.REWARD_REMINDER: _reminder,
    OfferKind.TIER_NUDGE: _nudge,
    OfferKind.EXPIRING_POINTS: _expiring,
    OfferKind.WIN_BACK: _win_back,
    OfferKind.EARLY_ACCESS: _early,
}
