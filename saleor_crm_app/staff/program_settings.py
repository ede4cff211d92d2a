"""A program's settings as staff read and write them, each with a sentence when it cannot be."""

import re
from datetime import datetime
from enum import Enum
from typing import Any, Final

import msgspec
import strawberry
from strawberry.utils.str_converters import to_camel_case

from saleor_crm_app.loyalty.program import FixedDate, Inactivity, Never, Period
from saleor_crm_app.loyalty.program import ProgramSettings as Settings
from saleor_crm_app.staff.inputs import BadInputField


@strawberry.enum(description="Which of an order line's totals counts.")
class ProgramAmounts(Enum):
    AS_SHOWN = strawberry.enum_value("AS_SHOWN", description="With or without tax, as the shop showed prices.")
    GROSS = strawberry.enum_value("GROSS", description="With tax.")
    NET = strawberry.enum_value("NET", description="Without tax.")


@strawberry.enum(description="Who is a member.")
class ProgramEnrollment(Enum):
    AUTOMATIC = strawberry.enum_value("AUTOMATIC", description="Every customer with an account.")
    OPT_IN = strawberry.enum_value("OPT_IN", description="Who joined.")


@strawberry.enum(description="What happens when points already spent must come back.")
class ProgramDeficit(Enum):
    ALLOW_DEFICIT = strawberry.enum_value("ALLOW_DEFICIT", description="The customer owes them.")
    FLOOR_AT_ZERO = strawberry.enum_value("FLOOR_AT_ZERO", description="The shop bears them.")


@strawberry.enum(description="What pays at the checkout for points that are spent.")
class ProgramTender(Enum):
    AUTO = strawberry.enum_value("AUTO", description="A gift card where the shop can, else a voucher.")
    GIFT_CARD = strawberry.enum_value("GIFT_CARD", description="A gift card of the exact amount.")
    VOUCHER = strawberry.enum_value("VOUCHER", description="A voucher of a whole step.")


@strawberry.enum(description="When points lapse.")
class ProgramExpiryKind(Enum):
    PERIOD = strawberry.enum_value("PERIOD", description="So many days after they became available.")
    FIXED_DATE = strawberry.enum_value("FIXED_DATE", description="At the end of a day of the year.")
    INACTIVITY = strawberry.enum_value("INACTIVITY", description="So many days after the last order or redemption.")
    NEVER = strawberry.enum_value("NEVER", description="Never.")


@strawberry.type(description="When points lapse, at the end of a local day.")
class ProgramExpiry:
    kind: ProgramExpiryKind = strawberry.field(description="How the day is found.")
    days: int | None = strawberry.field(description="How many days, for PERIOD and INACTIVITY.")
    month: int | None = strawberry.field(description="The month, 1 to 12, for FIXED_DATE.")
    day: int | None = strawberry.field(description="The day of the month, for FIXED_DATE.")
    at_least_days: int | None = strawberry.field(description="So many days points have at least, for FIXED_DATE.")

    @classmethod
    def of(cls, expiry: Period | FixedDate | Inactivity | Never) -> "ProgramExpiry":
        held = msgspec.structs.asdict(expiry)
        kind = ProgramExpiryKind[msgspec.to_builtins(expiry)["type"]]
        return cls(kind=kind, **{name: held.get(name) for name in ("days", "month", "day", "at_least_days")})


@strawberry.input(description="When points lapse, at the end of a local day; only what belongs to the kind is given.")
class ProgramExpiryInput:
    kind: ProgramExpiryKind = strawberry.field(description="How the day is found.")
    days: int | None = strawberry.field(default=None, description="How many days, for PERIOD and INACTIVITY.")
    month: int | None = strawberry.field(default=None, description="The month, 1 to 12, for FIXED_DATE.")
    day: int | None = strawberry.field(default=None, description="The day of the month, for FIXED_DATE.")
    at_least_days: int | None = strawberry.field(
        default=None, description="So many days points have at least, for FIXED_DATE."
    )


@strawberry.type(description="What a shopper may spend at a checkout.")
class ProgramRedemption:
    min_points: int = strawberry.field(description="The fewest points.")
    max_share_percent: int = strawberry.field(description="The largest share of the order, in percent.")
    step_points: int = strawberry.field(description="Points are spent in multiples of this.")
    hold_minutes: int = strawberry.field(description="So long points are set aside for a checkout.")
    tender: ProgramTender = strawberry.field(description="What pays for them.")


@strawberry.input(description="What a shopper may spend at a checkout.")
class ProgramRedemptionInput:
    min_points: int = strawberry.field(description="The fewest points.")
    max_share_percent: int = strawberry.field(description="The largest share of the order, 1 to 100 percent.")
    step_points: int = strawberry.field(description="Points are spent in multiples of this.")
    hold_minutes: int = strawberry.field(description="So long points are set aside for a checkout.")
    tender: ProgramTender = strawberry.field(description="What pays for them.")


@strawberry.type(description="What one member of staff may move alone.")
class ProgramStaffLimits:
    four_eyes_above: int = strawberry.field(description="More points than this at once need a second person.")
    daily_limit: int = strawberry.field(
        description="Points one person may move in a local day, gains and losses alike."
    )
    goodwill_cost_center: str = strawberry.field(description="Who pays for courtesies.")


@strawberry.input(description="What one member of staff may move alone.")
class ProgramStaffLimitsInput:
    four_eyes_above: int = strawberry.field(description="More points than this at once need a second person.")
    daily_limit: int = strawberry.field(
        description="Points one person may move in a local day, gains and losses alike."
    )
    goodwill_cost_center: str = strawberry.field(description="Who pays for courtesies, 1 to 40 characters.")


@strawberry.type(description="How a program works.")
class ProgramSettings:
    amounts: ProgramAmounts = strawberry.field(description="Which of an order line's totals counts.")
    enrollment: ProgramEnrollment = strawberry.field(description="Who is a member.")
    deficit: ProgramDeficit = strawberry.field(description="What happens when points already spent must come back.")
    expiry: ProgramExpiry = strawberry.field(description="When points lapse.")
    expire_warn_days: list[int] = strawberry.field(description="So many days before the end a member is warned.")
    return_grace_days: int = strawberry.field(description="So many days points that come back last at least.")
    redemption: ProgramRedemption = strawberry.field(description="What a shopper may spend at a checkout.")
    staff: ProgramStaffLimits = strawberry.field(description="What one member of staff may move alone.")
    dry_run: bool = strawberry.field(description="Whether orders are only watched, and earn nothing yet.")
    earn_since: datetime | None = strawberry.field(
        description="Orders created before earn nothing: when the dry run ended; null where there was none."
    )
    credit_days_on_join: int = strawberry.field(
        description="Orders of so many days before a customer joined earn, where customers join by themselves."
    )

    @classmethod
    def of(cls, held: Settings) -> "ProgramSettings":
        redemption, staff = msgspec.structs.asdict(held.redemption), msgspec.structs.asdict(held.staff)
        return cls(
            amounts=ProgramAmounts[held.amounts.value],
            enrollment=ProgramEnrollment[held.enrollment.value],
            deficit=ProgramDeficit[held.deficit.value],
            expiry=ProgramExpiry.of(held.expiry),
            expire_warn_days=list(held.expire_warn_days),
            return_grace_days=held.return_grace_days,
            redemption=ProgramRedemption(**redemption | {"tender": ProgramTender[held.redemption.tender.value]}),
            staff=ProgramStaffLimits(**staff),
            dry_run=held.dry_run,
            earn_since=held.earn_since,
            credit_days_on_join=held.credit_days_on_join,
        )


@strawberry.input(description="How a program shall work, all of it.")
class ProgramSettingsInput:
    amounts: ProgramAmounts = strawberry.field(description="Which of an order line's totals counts.")
    enrollment: ProgramEnrollment = strawberry.field(description="Who is a member.")
    deficit: ProgramDeficit = strawberry.field(description="What happens when points already spent must come back.")
    expiry: ProgramExpiryInput = strawberry.field(description="When points lapse that are earned from now on.")
    expire_warn_days: list[int] = strawberry.field(description="So many days before the end a member is warned.")
    return_grace_days: int = strawberry.field(description="So many days points that come back last at least.")
    redemption: ProgramRedemptionInput = strawberry.field(description="What a shopper may spend at a checkout.")
    staff: ProgramStaffLimitsInput = strawberry.field(description="What one member of staff may move alone.")
    dry_run: bool = strawberry.field(description="Whether orders are only watched, and earn nothing yet.")
    credit_days_on_join: int = strawberry.field(
        default=0,
        description="Orders of so many days before a customer joined earn, where customers join by themselves.",
    )


_WANTED: Final = {
    ProgramExpiryKind.PERIOD: {"days"},
    ProgramExpiryKind.INACTIVITY: {"days"},
    ProgramExpiryKind.FIXED_DATE: {"month", "day", "at_least_days"},
    ProgramExpiryKind.NEVER: set[str](),
}
_DAYS_OF_MONTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MOST_WARNINGS: Final = 5
_COMPLAINT: Final = re.compile(
    r"Expected `(?P<kind>\w+)`(?: of length)? (?P<sign><=|>=) (?P<bound>\d+) - at `\$\.(?P<place>.*)`"
)


def settings_of(given: ProgramSettingsInput) -> Settings:
    """Read settings.

    Raises BadInputField, which names the one at fault.
    """
    document: dict[str, Any] = _plain(strawberry.asdict(given))
    document["expiry"] = _expiry(given.expiry)
    try:
        settings = msgspec.convert(document, Settings)
    except msgspec.ValidationError as error:
        raise _sentence(str(error)) from error
    _demand_sense(settings)
    return settings


def _plain(value: Any) -> Any:  # noqa: ANN401 # any part of the input
    """Enumerated values by their names, as they are stored."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return value.name if isinstance(value, Enum) else value


def _expiry(given: ProgramExpiryInput) -> dict[str, Any]:
    held = {name: getattr(given, name) for name in ("days", "month", "day", "at_least_days")}
    told = {name: value for name, value in held.items() if value is not None}
    wanted = _WANTED[given.kind]
    for name in sorted(wanted ^ told.keys()):
        word = "is needed for" if name in wanted else "does not belong to"
        place = to_camel_case(name)
        raise BadInputField(f"settings.expiry.{place}", f"{place} {word} {given.kind.name}.")
    return {"type": given.kind.name, **told}


def _demand_sense(settings: Settings) -> None:
    expiry = settings.expiry
    if isinstance(expiry, FixedDate) and expiry.day > _DAYS_OF_MONTHS[expiry.month - 1]:
        raise BadInputField("settings.expiry.day", f"Month {expiry.month} has no day {expiry.day}.")
    days = settings.expire_warn_days
    if len(set(days)) < len(days) or len(days) > _MOST_WARNINGS:
        raise BadInputField("settings.expireWarnDays", f"Give up to {_MOST_WARNINGS} different numbers of days.")
    if not settings.staff.goodwill_cost_center.strip():
        raise BadInputField("settings.staff.goodwillCostCenter", "Name a cost center.")


def _sentence(complaint: str) -> BadInputField:
    """What is wrong, in the words of the API."""
    found = _COMPLAINT.search(complaint)
    if found is None:
        return BadInputField("settings", complaint)
    place = to_camel_case(found["place"])
    bound = "at least" if found["sign"] == ">=" else "at most"
    length = " characters long" if found["kind"] == "str" else ""
    return BadInputField(f"settings.{place}", f"{place} must be {bound} {found['bound']}{length}.")
