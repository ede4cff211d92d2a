"""Reports over a whole program: what other rules would have given, and giving it on purpose."""

from saleor_crm_app.loyalty.reports.errors import SimulationNotFound, SimulationOfOtherRules, SimulationUnfinished
from saleor_crm_app.loyalty.reports.jobs import Recalculate, Simulate
from saleor_crm_app.loyalty.reports.models import SimulationState
from saleor_crm_app.loyalty.reports.recalculating import begin_recalculation, orders_to_recalculate
from saleor_crm_app.loyalty.reports.simulating import (
    Simulation,
    begin_simulation,
    count_on,
    simulation_of,
    simulations_of,
    stop_simulation,
)
from saleor_crm_app.loyalty.reports.tally import Example, Month, Tally

__all__ = [
    "Example", "Month", "Recalculate", "Simulate", "Simulation", "SimulationNotFound", "SimulationOfOtherRules",
    "SimulationState", "SimulationUnfinished", "Tally", "begin_recalculation", "begin_simulation", "count_on",
    "orders_to_recalculate", "simulation_of", "simulations_of", "stop_simulation",
]  # fmt: skip
