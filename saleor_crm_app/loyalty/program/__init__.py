"""Programs: the rules of points in one currency, and the channels they hold in."""

from saleor_crm_app.loyalty.program.defaults import GUEST_ORDER_CREDITED_DAYS, Rate
from saleor_crm_app.loyalty.program.registry import (
    Program,
    ProgramInChannels,
    program_of_channel,
    programs,
    programs_for,
    programs_of_channels,
)
from saleor_crm_app.loyalty.program.settings import (
    Amounts,
    DeficitPolicy,
    FixedDate,
    Inactivity,
    Never,
    Period,
    ProgramSettings,
    Tender,
)

__all__ = [
    "GUEST_ORDER_CREDITED_DAYS",
    "Amounts",
    "DeficitPolicy",
    "FixedDate",
    "Inactivity",
    "Never",
    "Period",
    "Program",
    "ProgramInChannels",
    "ProgramSettings",
    "Rate",
    "Tender",
    "program_of_channel",
    "programs",
    "programs_for",
    "programs_of_channels",
]
