"""Programs: the rules of points in one currency, and the channels they hold in."""

from saleor_crm_app.loyalty.program.changing import ProgramChange, change_program, pause_program
from saleor_crm_app.loyalty.program.defaults import GUEST_ORDER_CREDITED_DAYS, Rate
from saleor_crm_app.loyalty.program.pauses import Pause, end_after
from saleor_crm_app.loyalty.program.registry import (
    PROGRAM_COLUMNS,
    Program,
    ProgramInChannels,
    program_from,
    program_of_channel,
    programs,
    programs_by_id,
    programs_for,
    programs_of_channels,
)
from saleor_crm_app.loyalty.program.settings import (
    Amounts,
    DeficitPolicy,
    Enrollment,
    FixedDate,
    Inactivity,
    Never,
    Period,
    ProgramSettings,
    Tender,
)

__all__ = [
    "GUEST_ORDER_CREDITED_DAYS", "PROGRAM_COLUMNS", "Amounts", "DeficitPolicy", "Enrollment", "FixedDate",
    "Inactivity", "Never", "Pause", "Period", "Program", "ProgramChange", "ProgramInChannels", "ProgramSettings",
    "Rate", "Tender", "change_program", "end_after", "pause_program", "program_from", "program_of_channel",
    "programs", "programs_by_id", "programs_for", "programs_of_channels",
]  # fmt: skip
