"""How offers went: counted for staff at any time, and once a night for the ranking of the next day."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.offers.registry import OfferId


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFigures:
    """How an offer went: days on which a member saw it, and how often it was answered; `cost` in minor units."""

    seen: int = 0
    clicked: int = 0
    not_for_me: int = 0
    dismissed: int = 0
    accepted: int = 0
    cost: int = 0


_FIGURES = sa.text(
    """
    SELECT offer_id, response, count(*) AS times, sum(cost) AS cost FROM offer_response
    WHERE installation_id = :installation AND offer_id = ANY(:offers) GROUP BY offer_id, response
    """
).bindparams(sa.bindparam("offers", type_=ARRAY(sa.Uuid)))


async def offer_figures(
    session: AsyncSession, installation: InstallationId, offers: Collection[OfferId]
) -> dict[OfferId, OfferFigures]:
    """How these offers went; one statement."""
    rows = await session.execute(_FIGURES, {"installation": installation, "offers": list(offers)})
    counts: dict[UUID, dict[str, int]] = defaultdict(dict)
    for row in rows:
        counts[row.offer_id][row.response.lower()] = row.times
        counts[row.offer_id]["cost"] = counts[row.offer_id].get("cost", 0) + int(row.cost)
    return {one: OfferFigures(**counts.get(one, {})) for one in offers}


_COUNT_RATES = sa.text(
    """
    WITH counted AS (
        SELECT offer_id, count(*) FILTER (WHERE response = 'SEEN') AS shown,
               count(*) FILTER (WHERE response = 'ACCEPTED') AS accepted
        FROM offer_response WHERE installation_id = :installation AND response IN ('SEEN', 'ACCEPTED')
        GROUP BY offer_id
    ),
    changed AS (
        UPDATE offer SET shown = counted.shown, accepted = counted.accepted FROM counted
        WHERE offer.installation_id = :installation AND offer.id = counted.offer_id AND offer.retired_at IS NULL
          AND (offer.shown, offer.accepted) IS DISTINCT FROM (counted.shown, counted.accepted)
        RETURNING offer.program_id
    )
    UPDATE offer_policy SET revision = revision + 1
    WHERE installation_id = :installation AND program_id IN (SELECT program_id FROM changed)
    """
)


async def count_rates(session: AsyncSession, installation: InstallationId) -> None:
    """Let the offers' counts be those of now, and publish them; once a night, so that a day's ranking stays."""
    await session.execute(_COUNT_RATES, {"installation": installation})
