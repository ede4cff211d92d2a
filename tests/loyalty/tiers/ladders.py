"""Ladders and purchases for tests of tiers: base 0, silver 100.00, gold 500.00; years on UTC days."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from saleor_crm_app.loyalty.tiers.counts import Counts
from saleor_crm_app.loyalty.tiers.ladder import Basis, Ladder, Plan, Tier, TierCode, Window, WindowKind
from saleor_crm_app.loyalty.tiers.standing import Followed, Standing, follow

__all__ = ["BASE", "GOLD", "PLAN", "SILVER", "START", "UTC_DAYS", "WALLET", "day", "ladder", "way"]

START = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
UTC_DAYS = ZoneInfo("UTC")
WALLET = ZoneInfo("Europe/Berlin")

BASE = Tier(code=TierCode("base"), name="Base", threshold=0)
SILVER = Tier(code=TierCode("silver"), name="Silver", threshold=10_000, multiplier_percent=125)
GOLD = Tier(
    code=TierCode("gold"),
    name="Gold",
    threshold=50_000,
    multiplier_percent=150,
    names={"DE": "Gold-Stufe"},
    rewards=("lounge",),
    free_shipping=True,
)
PLAN = Plan(tiers=(BASE, SILVER, GOLD))
CALENDAR = Window(WindowKind.CALENDAR)


def day(number: int) -> datetime:
    """Noon of the so-many-th day after the ladder went live."""
    return START + timedelta(days=number)


def ladder(plan: Plan = PLAN, *, version: int = 1, live: int = 0) -> Ladder:
    return Ladder(version=version, live_from=day(live), plan=plan)


def by_calendar(plan: Plan = PLAN) -> Plan:
    return replace(plan, window=CALENDAR)


def by_orders(*thresholds: int) -> Plan:
    codes = [TierCode(f"t{number}") for number in range(len(thresholds))]
    tiers = [Tier(code=code, name=code, threshold=least) for code, least in zip(codes, thresholds, strict=True)]
    return Plan(basis=Basis.ORDERS, tiers=tuple(tiers))


def way(
    bought: Sequence[tuple[int, int]],
    *,
    to: int,
    on: Ladder | None = None,
    standing: Standing | None = None,
    zone: ZoneInfo = UTC_DAYS,
) -> Followed:
    """Follow a member who joined with the ladder; bought are (day, minor units)."""
    counts = Counts((day(number), amount) for number, amount in bought)
    return follow(standing, on or ladder(), counts, zone=zone, joined=START, at=day(to))
