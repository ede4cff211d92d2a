"""What offers say of numbers, without a database: near enough, lapsing soon, bonus points while they are given."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_app.kernel.ids import CustomerId, ProgramId, RewardId
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.offers import (
    Campaign,
    CampaignId,
    CampaignState,
    CampaignTerms,
    Fit,
    Lack,
    Offer,
    OfferId,
    OfferKind,
    OfferTerms,
    OfferWords,
    Published,
    Question,
    Why,
    WhyNot,
)
from saleor_crm_app.loyalty.offers.fitting import EXPIRING_DAYS, fit
from saleor_crm_app.loyalty.offers.views import View
from saleor_crm_app.loyalty.points import NO_POINTS, Balance, Expiring
from saleor_crm_app.loyalty.rewards import MemberState, Reward, read_terms
from saleor_crm_app.loyalty.rules import PublishedRule
from saleor_crm_app.loyalty.rules import conditions as c
from saleor_crm_app.loyalty.rules.document import Order, PerAmount
from tests.loyalty.offers.test_wording import PROGRAM
from tests.shop import ANNA, NOON

NOTHING_SAID = WhyNot.NOTHING_TO_SAY


def published(kind: OfferKind, **terms: Any) -> Published:  # noqa: ANN401 # any term's
    campaign = Campaign(
        id=CampaignId(UUID(int=1)),
        program=PROGRAM.id,
        version=1,
        state=CampaignState.LIVE,
        terms=CampaignTerms(name="C", goal="G"),
        committed=0,
        made_at=NOON,
    )
    offer = Offer(
        id=OfferId(UUID(int=2)),
        campaign=campaign.id,
        program=PROGRAM.id,
        version=1,
        terms=OfferTerms(kind=kind, words=OfferWords(title="It"), **terms),
        made_at=NOON,
    )
    return Published(offer=offer, campaign=campaign)


def asked(customer: CustomerId | None = ANNA, *, at: datetime = NOON, channel: str = "main") -> Question:
    return Question(program=PROGRAM, customer=customer, channel=channel, placement=None, at=at)


def having(available: int, *, expiring: tuple[Expiring, ...] = ()) -> MemberState:
    balance = Balance(
        available=Points(available), pending=Points(0), held=Points(0), spent=Points(0), expired=Points(0),
        deficit=Points(0), expiring=expiring,
    )  # fmt: skip
    return MemberState(balance=balance)


def of_points(*costs: int) -> list[Reward]:
    effect = {"kind": "CUSTOM"}
    return [
        Reward(
            id=RewardId(UUID(int=cost)),
            program=ProgramId(PROGRAM.id),
            version=1,
            terms=read_terms({"effect": effect, "words": {"name": str(cost)}, "points": cost}),
            stock_left=None,
            committed=0,
            made_at=NOON,
        )
        for cost in costs
    ]


@given(
    available=st.integers(0, 1200),
    costs=st.lists(st.integers(1, 1000), min_size=1, max_size=5, unique=True),
    percent=st.integers(1, 100),
)
def test_a_reminder_brings_the_dearest_that_can_be_had_else_names_the_nearest(
    available: int, costs: list[int], percent: int
) -> None:
    view = View(member=having(available), catalog=of_points(*costs))
    found = fit(published(OfferKind.REWARD_REMINDER, near_percent=percent), asked(), view)
    within, near = (
        [one for one in costs if one <= available],
        [one for one in costs if available * 100 >= one * percent],
    )
    if within:
        assert isinstance(found, Fit)
        assert found.brings is not None
        assert (found.brings.reward.terms.points, found.missing) == (max(within), ())
    elif near:
        assert isinstance(found, Fit)
        assert found.brings is None
        assert [(one.what, one.quantity) for one in found.missing] == [(Lack.POINTS, min(near) - available)]
    else:
        assert found is NOTHING_SAID


@given(
    lots=st.lists(st.tuples(st.integers(1, 50), st.integers(1, 90 * 24)), max_size=6, unique_by=lambda one: one[1]),
    least=st.integers(1, 100),
)
def test_points_are_told_of_that_lapse_within_thirty_days_if_they_are_enough(
    lots: list[tuple[int, int]], least: int
) -> None:
    ordered = sorted(lots, key=lambda one: one[1])
    expiring = tuple(Expiring(Points(number), NOON + timedelta(hours=hours)) for number, hours in ordered)
    soon = [one for one in expiring if one.at <= NOON + timedelta(days=EXPIRING_DAYS)]
    view = View(member=having(sum(one.points for one in expiring), expiring=expiring))
    found = fit(published(OfferKind.EXPIRING_POINTS, least_points=least), asked(), view)
    total = sum(one.points for one in soon)
    if total < least:
        assert found is NOTHING_SAID
    else:
        assert isinstance(found, Fit)
        assert found.until == soon[0].at
        assert (found.reasons[0].why, dict(found.reasons[0].data)) == (
            Why.POINTS_EXPIRE,
            {"points": total, "at": soon[0].at},
        )


def of_rule(condition: c.Condition | None) -> View:
    rule = PublishedRule(
        id="double", version=1, name="Double", when=Order(), condition=condition, then=PerAmount(points=2, minor=100)
    )
    return View(rules={"double": rule})


BONUS = {"rule": "double"}
MARCH = c.Dates(since=date(2026, 3, 1), until=date(2026, 3, 31))


@pytest.mark.parametrize(
    "condition",
    [
        None,
        MARCH,
        c.Channel(among=("main", "other")),
        c.All(of=(MARCH, c.Channel(among=("main",)))),
        c.MinAmount(minor=1),
    ],
)
def test_bonus_points_are_told_of_while_their_rule_gives_them(condition: c.Condition | None) -> None:
    found = fit(published(OfferKind.BONUS_POINTS, **BONUS), asked(), of_rule(condition))
    assert isinstance(found, Fit)
    assert [one.why for one in found.reasons] == [Why.MORE_POINTS, Why.FOR_EVERYBODY]


@pytest.mark.parametrize(
    "condition",
    [
        c.Dates(until=date(2026, 2, 28)),
        c.Dates(since=date(2026, 3, 2)),
        c.Channel(among=("other",)),
        c.All(of=(c.MinAmount(minor=1), c.Dates(until=date(2026, 2, 28)))),
        c.Not(of=MARCH),
    ],
)
def test_nobody_is_told_now_earning_more_where_the_rule_gives_nothing_now(condition: c.Condition) -> None:
    """Its dates are over or to come, or it is for another channel: nothing that is bought here now earns by it."""
    assert fit(published(OfferKind.BONUS_POINTS, **BONUS), asked(), of_rule(condition)) is NOTHING_SAID


def test_a_rule_that_is_gone_is_not_told_of() -> None:
    assert fit(published(OfferKind.BONUS_POINTS, **BONUS), asked(), View()) is NOTHING_SAID


def test_who_is_no_member_has_to_become_one_for_bonus_points() -> None:
    found = fit(published(OfferKind.BONUS_POINTS, **BONUS), asked(None), of_rule(None))
    assert isinstance(found, Fit)
    assert [one.what for one in found.missing] == [Lack.SIGN_IN]


def test_a_days_rule_ends_with_its_day_in_the_programs_zone() -> None:
    """The program is Berlin's: the last of March ends there at 22:00 by UTC."""
    told = [
        isinstance(fit(published(OfferKind.BONUS_POINTS, **BONUS), asked(at=at), of_rule(MARCH)), Fit)
        for at in (datetime(2026, 3, 31, 21, 59, tzinfo=UTC), datetime(2026, 3, 31, 22, 0, tzinfo=UTC))
    ]
    assert told == [True, False]


def test_without_points_nothing_is_reminded_of() -> None:
    assert (
        fit(published(OfferKind.EXPIRING_POINTS), asked(), View(member=MemberState(balance=NO_POINTS))) is NOTHING_SAID
    )
