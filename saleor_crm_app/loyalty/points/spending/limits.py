"""How many points one order may be paid with; pure."""

from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.errors import BelowMinimum, NotInSteps, OverOrderCap
from saleor_crm_app.loyalty.program import Program


def most_for_order(program: Program, total: int) -> Points:
    """The most whole steps whose worth is within the share of `total`, minor units, that points may pay."""
    chosen = program.settings.redemption
    within = total * chosen.max_share_percent // 100
    # worth = floor(points * minor / points of the rate), so one more point may still be worth no more
    most = ((within + 1) * program.burn.points - 1) // program.burn.minor
    return Points(most // chosen.step_points * chosen.step_points)


def demand_within_limits(program: Program, points: int, *, total: int) -> None:
    """Refuse what the program's limits do not allow for an order of `total` minor units.

    Raises BelowMinimum, NotInSteps or OverOrderCap.
    """
    chosen = program.settings.redemption
    if points < max(1, chosen.min_points):
        raise BelowMinimum(least=max(1, chosen.min_points))
    if points % chosen.step_points:
        raise NotInSteps(step=chosen.step_points)
    most = most_for_order(program, total)
    if points > most:
        raise OverOrderCap(most=most)
