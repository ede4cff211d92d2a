"""Chooses: of all that is published, what one customer is shown in one place on one day, and why not the rest; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.offers.decisions import DecisionKey
from saleor_crm_app.loyalty.offers.fitting import Fit, fit
from saleor_crm_app.loyalty.offers.policy import Policy, Published
from saleor_crm_app.loyalty.offers.ranking import LEAST_RELEVANCE, Candidate, weigh
from saleor_crm_app.loyalty.offers.registry import OfferId
from saleor_crm_app.loyalty.offers.said import WhyNot
from saleor_crm_app.loyalty.offers.screening import hindrance
from saleor_crm_app.loyalty.offers.views import Question, Standing, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody is shown, best first; no offer is a decision, too. `passed_over` says why the others are not."""

    key: DecisionKey
    offers: tuple[Candidate, ...]
    passed_over: Mapping[OfferId, WhyNot]

    def find(self, offer: OfferId) -> Candidate | None:
        return next((one for one in self.offers if one.offer.id == offer), None)


def shortlist(policy: Policy, asked: Question, standing: Standing) -> tuple[list[Published], dict[OfferId, WhyNot]]:
    """Those for which it pays to look closer, and why the others are out."""
    possible: list[Published] = []
    out: dict[OfferId, WhyNot] = {}
    for one in policy.offers:
        why = hindrance(one, asked, standing)
        if why is None:
            possible.append(one)
        else:
            out[one.offer.id] = why
    return possible, out


def choose(
    possible: Sequence[Published],
    asked: Question,
    standing: Standing,
    view: View,
    *,
    key: DecisionKey,
    out: Mapping[OfferId, WhyNot],
) -> Decision:
    """Weigh what is on the shortlist. The same question about the same member gets the same answer."""
    passed_over = dict(out)
    candidates: list[Candidate] = []
    for one in possible:
        found = fit(one, asked, view)
        if isinstance(found, WhyNot):
            passed_over[one.offer.id] = found
            continue
        chance = key.chance(one.offer.id) if key.is_exploring else None
        candidate = weigh(one, found, standing.responses, chance=chance)
        if candidate.relevance < LEAST_RELEVANCE:
            passed_over[one.offer.id] = WhyNot.NOT_RELEVANT
        else:
            candidates.append(candidate)
    shown = _each_once(sorted(candidates, key=lambda one: one.order), passed_over)
    return Decision(key=key, offers=tuple(shown), passed_over=passed_over)


def key_for(installation: InstallationId, policy: Policy, asked: Question) -> DecisionKey:
    """Names the decision, which holds for the day of the program's zone."""
    return DecisionKey.of(
        installation,
        policy.program,
        asked.customer,
        placement=asked.placement,
        day=asked.at.astimezone(asked.program.zone).date(),
        revision=policy.revision,
    )


def _each_once(candidates: Sequence[Candidate], passed_over: dict[OfferId, WhyNot]) -> Sequence[Candidate]:
    """One reward is offered once, and so are the same products for the same reason."""
    shown: list[Candidate] = []
    known: set[object] = set()
    for one in candidates:
        what = _subject(one.published, one.fit)
        if what is not None and what in known:
            passed_over[one.offer.id] = WhyNot.SAME_AS_ANOTHER
            continue
        known.add(what)
        shown.append(one)
    return shown


def _subject(published: Published, found: Fit) -> object:
    if found.brings is not None:
        return found.brings.reward.id
    if published.reward is not None:
        return published.reward
    return (published.kind, found.products) if found.products else None
