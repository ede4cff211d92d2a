"""What a member lacks to keep the tier and to climb to the next; pure."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from saleor_crm_app.loyalty.tiers.counts import Counts
from saleor_crm_app.loyalty.tiers.ladder import Ladder, Tier
from saleor_crm_app.loyalty.tiers.standing import Standing, goal, keeping_since
from saleor_crm_app.loyalty.tiers.windows import window_start


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """So much is lacking for a tier: minor units, orders or points, by the ladder's basis."""

    tier: Tier
    lacking: int


def needed_to_keep(standing: Standing, ladder: Ladder, counts: Counts, *, zone: ZoneInfo, at: datetime) -> Need | None:
    """What must begin to count before the tier is measured again; None where nothing is measured."""
    tier = ladder.plan.tier(ladder.rung(standing.tier))
    needed = goal(standing, ladder)
    if tier is None or not needed:
        return None
    counted = counts.between(keeping_since(standing, ladder, zone, at=at), at)
    return Need(tier=tier, lacking=max(0, needed - counted))


def needed_to_climb(standing: Standing, ladder: Ladder, counts: Counts, *, zone: ZoneInfo, at: datetime) -> Need | None:
    """What must count more, were it now, for the next tier; None at the top."""
    higher = ladder.rung(standing.tier) + 1
    if higher >= len(ladder.plan.tiers):
        return None
    counted = counts.between(window_start(ladder.plan.window, at, zone), at)
    tier = ladder.plan.tiers[higher]
    return Need(tier=tier, lacking=max(0, tier.threshold - counted))
