"""Which published offers can be for somebody at all: by time, place, audience, holdout and what they answered; pure."""

from collections.abc import Iterator

from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.offers.decisions import is_held_out
from saleor_crm_app.loyalty.offers.policy import Published
from saleor_crm_app.loyalty.offers.responses import MOST_IMPRESSIONS
from saleor_crm_app.loyalty.offers.said import WhyNot
from saleor_crm_app.loyalty.offers.terms import PERSONAL_KINDS
from saleor_crm_app.loyalty.offers.views import Question, Standing


def hindrance(one: Published, asked: Question, standing: Standing) -> WhyNot | None:
    """The first reason why this offer is not for them now; None: it may be. Cheap, since it is asked of all offers."""
    return next(_hindrances(one, asked, standing), None)


def _hindrances(one: Published, asked: Question, standing: Standing) -> Iterator[WhyNot]:
    terms, campaign = one.offer.terms, one.campaign
    if terms.placements and asked.placement is not None and asked.placement not in terms.placements:
        yield WhyNot.OTHER_PLACEMENT
    if terms.channels and asked.channel not in terms.channels:
        yield WhyNot.OTHER_CHANNEL
    if not campaign.terms.audience.admits(standing.segments):
        yield WhyNot.NOT_IN_AUDIENCE
    if asked.customer is None:
        if terms.kind in PERSONAL_KINDS or not campaign.terms.audience.is_everybody:
            yield WhyNot.NOT_KNOWN
    elif is_held_out(campaign.id, asked.customer, campaign.terms.holdout_percent):
        yield WhyNot.HELD_OUT
    yield from _answered(one, asked, standing)
    yield from _untimely(one, asked)
    seen = standing.responses.seen_today
    if len(seen) >= MOST_IMPRESSIONS and one.offer.id not in seen:
        yield WhyNot.SEEN_ENOUGH  # the last: it keeps nobody from taking what they were shown


def _answered(one: Published, asked: Question, standing: Standing) -> Iterator[WhyNot]:
    responses, offer = standing.responses, one.offer.id
    if offer in responses.dismissed:
        yield WhyNot.DISMISSED
    if rewards.judging.full_limit(one.offer.terms.caps, responses.accepted.get(offer, ()), at=asked.at) is not None:
        yield WhyNot.TAKEN


def _untimely(one: Published, asked: Question) -> Iterator[WhyNot]:
    zone, terms = asked.program.zone, one.campaign.terms
    begins = terms.begins_at(zone)
    if begins is not None and begins > asked.at:
        yield WhyNot.NOT_YET
    elif not terms.is_on(asked.at, zone):
        yield WhyNot.OVER
