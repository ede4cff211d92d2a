"""In which order offers are shown, and which are not worth it: by what showing one is expected to bring; pure."""

from dataclasses import dataclass
from random import Random
from typing import Final

from saleor_crm_app.loyalty.offers.fitting import Fit
from saleor_crm_app.loyalty.offers.policy import Published
from saleor_crm_app.loyalty.offers.registry import Offer
from saleor_crm_app.loyalty.offers.responses import Responses

PRIOR_ACCEPTED: Final = 2
PRIOR_SHOWN: Final = 40
"""What is believed of an offer before anybody has seen it: one in twenty accepts."""

NOT_FOR_ME: Final = 0.5
"""Each “not for me” leaves so much of what is believed of its kind."""

LEAST_RELEVANCE: Final = 0.02
"""An offer that one in fifty or fewer would accept is better not made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An offer that can be shown. `relevance` is how likely it is accepted, `expected` what that is worth, minor."""

    published: Published
    fit: Fit
    relevance: float
    expected: float

    @property
    def offer(self) -> Offer:
        return self.published.offer

    @property
    def order(self) -> tuple[int, float, str]:
        """By the campaign's priority, then by what it is expected to bring; equal ones in a fixed order."""
        return -self.published.campaign.terms.priority, -self.expected, str(self.offer.id)


def weigh(published: Published, fit: Fit, responses: Responses, *, chance: Random | None) -> Candidate:
    """How likely an offer is accepted, and what that is worth.

    Acceptances of those who saw it are a Beta distribution over the prior. Its mean tells the relevance, and what is
    expected, or with `chance` a draw does (Thompson sampling), so that new offers get their turn. What only tells
    something cannot be accepted, so that nothing is learnt of it by that.
    """
    offer = published.offer
    shown, taken = (offer.shown, offer.accepted) if fit.brings is not None else (0, 0)
    accepted = PRIOR_ACCEPTED + min(taken, shown)
    refused = PRIOR_SHOWN + shown - accepted
    liking = NOT_FOR_ME ** responses.not_for_me.get(published.kind, 0)
    mean = accepted / (accepted + refused)
    believed = mean if chance is None else chance.betavariate(accepted, refused)
    return Candidate(
        published=published, fit=fit, relevance=mean * liking, expected=believed * liking * offer.terms.worth
    )
