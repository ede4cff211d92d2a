"""What customers' orders say together: ranks by recency, frequency and money, and phases of their lives."""

from saleor_crm_app.crm.insight.cells import bins_for, cell_of
from saleor_crm_app.crm.insight.grid import CellSize, RfmGrid, Square, rfm_grid
from saleor_crm_app.crm.insight.mix import ONWARD, PhaseShare, phase_mix
from saleor_crm_app.crm.insight.moves import PhaseMove, PhaseMoves, phase_moves
from saleor_crm_app.crm.insight.phases import rephase
from saleor_crm_app.crm.insight.scoring import score_all
from saleor_crm_app.crm.insight.stays import Course, Stays, course_of

__all__ = [
    "ONWARD", "CellSize", "Course", "PhaseMove", "PhaseMoves", "PhaseShare", "RfmGrid", "Square", "Stays", "bins_for",
    "cell_of", "course_of", "phase_mix", "phase_moves", "rephase", "rfm_grid", "score_all",
]  # fmt: skip
