"""A program's settings: typed, with defaults, kept as one JSON document beside the program."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from saleor_crm_app.loyalty.program import defaults

Days = Annotated[int, msgspec.Meta(ge=0, le=3650)]
PositiveDays = Annotated[int, msgspec.Meta(ge=1, le=3650)]
WholePoints = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]


class Amounts(StrEnum):
    """Which of an order line's totals counts."""

    AS_SHOWN = "AS_SHOWN"
    GROSS = "GROSS"
    NET = "NET"


class Enrollment(StrEnum):
    """Who is a member."""

    AUTOMATIC = "AUTOMATIC"
    OPT_IN = "OPT_IN"


class DeficitPolicy(StrEnum):
    """What happens when points already spent must come back."""

    ALLOW_DEFICIT = "ALLOW_DEFICIT"
    FLOOR_AT_ZERO = "FLOOR_AT_ZERO"


class Tender(StrEnum):
    """What pays at the shop's checkout for points that a shopper spends."""

    AUTO = "AUTO"
    GIFT_CARD = "GIFT_CARD"
    VOUCHER = "VOUCHER"


class Period(msgspec.Struct, frozen=True, tag="PERIOD"):
    """A lot lapses so many local days after it became available."""

    days: PositiveDays = defaults.EXPIRE_AFTER_DAYS


class FixedDate(msgspec.Struct, frozen=True, tag="FIXED_DATE"):
    """A lot lapses at the end of this day of the year, the first one that leaves it at least `at_least_days`.

    29 February is taken as the 28th where a year has none.
    """

    month: Annotated[int, msgspec.Meta(ge=1, le=12)] = 12
    day: Annotated[int, msgspec.Meta(ge=1, le=31)] = 31
    at_least_days: Days = 180


class Inactivity(msgspec.Struct, frozen=True, tag="INACTIVITY"):
    """All of an account's lots lapse so many local days after its last order or redemption."""

    days: PositiveDays = defaults.EXPIRE_AFTER_DAYS


class Never(msgspec.Struct, frozen=True, tag="NEVER"):
    """Nothing lapses."""


Expiry = Period | FixedDate | Inactivity | Never


class RedemptionSettings(msgspec.Struct, frozen=True):
    """What a shopper may spend at a checkout."""

    min_points: WholePoints = 500
    max_share_percent: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    step_points: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1
    hold_minutes: Annotated[int, msgspec.Meta(ge=1, le=10_080)] = 60
    tender: Tender = Tender.AUTO


class StaffSettings(msgspec.Struct, frozen=True):
    """What one member of staff may move alone."""

    four_eyes_above: WholePoints = 10_000
    daily_limit: WholePoints = 5_000
    goodwill_cost_center: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] = "service"


class ProgramSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of them; a document that lacks one has its default."""

    amounts: Amounts = Amounts.AS_SHOWN
    enrollment: Enrollment = Enrollment.AUTOMATIC
    deficit: DeficitPolicy = DeficitPolicy.ALLOW_DEFICIT
    expiry: Expiry = Period()
    expire_warn_days: tuple[PositiveDays, ...] = (30, 7)
    return_grace_days: Days = 30
    redemption: RedemptionSettings = RedemptionSettings()
    staff: StaffSettings = StaffSettings()
    dry_run: bool = False
    earn_since: datetime | None = None
    """Orders created before earn nothing: set when a dry run ends."""
    credit_days_on_join: Days = 0
    """Orders of so many days before joining earn, where customers join by themselves."""


DEFAULT_SETTINGS = ProgramSettings()
"""What holds where nothing was chosen."""

_DECODER = msgspec.json.Decoder(ProgramSettings)


def read_settings(document: str | bytes) -> ProgramSettings:
    """Settings from their JSON text.

    Raises msgspec.ValidationError, whose text names the place.
    """
    return _DECODER.decode(document)
