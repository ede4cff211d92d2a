"""Tiers as staff see and write them: a program's ladder, and where a member stands on it."""

from datetime import datetime
from enum import Enum

import strawberry

from saleor_crm_app.kernel.ids import ProgramId
from saleor_crm_app.loyalty import tiers
from saleor_crm_app.loyalty.tiers import Basis, LiveLadder, Plan, TierCode, Window, WindowKind, tier_id
from saleor_crm_app.staff.inputs import BadInputField
from saleor_crm_app.staff.scalars import BigInt


@strawberry.enum(description="What is counted towards tiers.")
class TierBasis(Enum):
    SPEND = strawberry.enum_value(
        "SPEND", description="What the shop keeps of the merchandise bought, in minor units of the currency."
    )
    ORDERS = strawberry.enum_value("ORDERS", description="Orders that earned points and kept some.")
    EARNED_POINTS = strawberry.enum_value("EARNED_POINTS", description="Points earned, spent or not.")


@strawberry.enum(description="Over which time it is counted.")
class TierWindow(Enum):
    ROLLING = strawberry.enum_value("ROLLING", description="The months up to now.")
    CALENDAR = strawberry.enum_value("CALENDAR", description="The calendar year, in the program's time zone.")


@strawberry.enum(description="Why a member stands in a tier as they do.")
class TierReason(Enum):
    START = strawberry.enum_value("START", description="Placed by what was bought before there were tiers.")
    PROMOTED = strawberry.enum_value("PROMOTED", description="Bought enough for it.")
    KEPT = strawberry.enum_value("KEPT", description="Measured again, and bought enough to stay.")
    NOTICED = strawberry.enum_value("NOTICED", description="Will lose it unless enough is bought in time.")
    DEMOTED = strawberry.enum_value("DEMOTED", description="Came one step down after notice and grace.")
    PROTECTED = strawberry.enum_value("PROTECTED", description="Staff protected the tier, or ended that.")
    STAFF = strawberry.enum_value("STAFF", description="Staff set the tier.")
    LADDER = strawberry.enum_value("LADDER", description="The shop changed its tiers.")


@strawberry.type(description="A name in a language.")
class TierTranslation:
    language_code: str = strawberry.field(description="One of Saleor's language codes.")
    name: str = strawberry.field(description="The name in that language.")


@strawberry.type(description="One tier of a program.")
class Tier:
    id: strawberry.ID = strawberry.field(description="The tier's global id.")
    code: str = strawberry.field(description="What names it for good; rules and the shop's metadata use it.")
    name: str = strawberry.field(description="Its name.")
    translations: list[TierTranslation] = strawberry.field(description="Its name in other languages.")
    threshold: BigInt = strawberry.field(description="What it takes, in minor units, orders or points.")
    multiplier_percent: int = strawberry.field(description="What its members earn, in percent of what others do.")
    rewards: list[str] = strawberry.field(description="Tags of the rewards that are for its members.")
    free_shipping: bool = strawberry.field(description="Whether the shop promises its members free shipping.")

    @classmethod
    def of(cls, tier: tiers.Tier, program: ProgramId) -> "Tier":
        return cls(
            id=strawberry.ID(tier_id(program, tier.code)),
            code=tier.code,
            name=tier.name,
            translations=[
                TierTranslation(language_code=language, name=name) for language, name in sorted(tier.names.items())
            ],
            threshold=BigInt(tier.threshold),
            multiplier_percent=tier.multiplier_percent,
            rewards=list(tier.rewards),
            free_shipping=tier.free_shipping,
        )


@strawberry.type(description="The tiers of a program, and how they are reached and kept.")
class TierLadder:
    version: int = strawberry.field(description="Counts the changes; `tierUpdate` wants the one it was made from.")
    live_from: datetime = strawberry.field(description="Since when it is so.")
    basis: TierBasis = strawberry.field(description="What is counted.")
    window: TierWindow = strawberry.field(description="Over which time it is counted.")
    window_months: int = strawberry.field(description="How long that time is.")
    keep_months: int = strawberry.field(description="For how long a tier is kept before it is measured again.")
    notice_days: int = strawberry.field(description="How many days notice is given before a tier may be lost.")
    grace_days: int = strawberry.field(description="How many further days it is kept then.")
    tiers: list[Tier] = strawberry.field(description="The tiers, the lowest first.")

    @classmethod
    def of(cls, live: LiveLadder) -> "TierLadder":
        plan = live.ladder.plan
        return cls(
            version=live.ladder.version,
            live_from=live.ladder.live_from,
            basis=TierBasis[plan.basis.value],
            window=TierWindow[plan.window.kind.value],
            window_months=plan.window.months,
            keep_months=plan.keep_months,
            notice_days=plan.notice_days,
            grace_days=plan.grace_days,
            tiers=[Tier.of(tier, live.program) for tier in plan.tiers],
        )


@strawberry.type(description="What a member lacks for a tier.")
class TierNeed:
    tier: Tier = strawberry.field(description="The tier.")
    lacking: BigInt = strawberry.field(description="How much is lacking, in minor units, orders or points.")

    @classmethod
    def of(cls, need: tiers.Need | None, program: ProgramId) -> "TierNeed | None":
        return None if need is None else cls(tier=Tier.of(need.tier, program), lacking=BigInt(need.lacking))


@strawberry.type(description="Where a member stands.")
class MemberTier:
    tier: Tier | None = strawberry.field(description="The tier; null below the first one.")
    since: datetime = strawberry.field(description="Since when.")
    until: datetime | None = strawberry.field(
        description="When the tier is lost where there is a notice, else when it is measured again; null if never."
    )
    reason: TierReason = strawberry.field(description="Why it is so.")
    notice_at: datetime | None = strawberry.field(description="When notice was given, where there is one.")
    protected_until: datetime | None = strawberry.field(description="Until when staff protect it, where they do.")
    needed_to_keep: TierNeed | None = strawberry.field(
        description="What is lacking to keep it; null if nothing can be."
    )
    needed_to_climb: TierNeed | None = strawberry.field(description="What is lacking for the next; null at the top.")

    @classmethod
    def of(cls, status: tiers.TierStatus) -> "MemberTier":
        program, standing = status.live.program, status.standing
        return cls(
            tier=None if status.tier is None else Tier.of(status.tier, program),
            since=standing.since,
            until=status.until,
            reason=TierReason[standing.reason.value],
            notice_at=standing.notice_at,
            protected_until=standing.protected_until,
            needed_to_keep=TierNeed.of(status.keep, program),
            needed_to_climb=TierNeed.of(status.climb, program),
        )


@strawberry.input(description="A name in a language.")
class TierTranslationInput:
    language_code: str = strawberry.field(description="One of Saleor's language codes, such as `DE` or `PT_BR`.")
    name: str = strawberry.field(description="The name in that language.")


@strawberry.input(description="One tier as it shall be.")
class TierInput:
    code: str = strawberry.field(
        description="Names it for good: 1 to 31 small letters, digits and inner hyphens. Members keep their tier by it."
    )
    name: str = strawberry.field(description="Its name, 1 to 60 characters.")
    threshold: BigInt = strawberry.field(
        description="What it takes, in minor units, orders or points; 0 for everybody."
    )
    multiplier_percent: int = strawberry.field(
        default=100, description="What its members earn, in percent of what others do, 1 to 1000."
    )
    translations: list[TierTranslationInput] = strawberry.field(
        default_factory=list, description="Its name in other languages."
    )
    rewards: list[str] = strawberry.field(
        default_factory=list, description="Tags of the rewards that are for its members."
    )
    free_shipping: bool = strawberry.field(
        default=False, description="Whether the shop promises its members free shipping."
    )

    def read(self) -> tiers.Tier:
        return tiers.Tier(
            code=TierCode(self.code),
            name=self.name.strip(),
            threshold=self.threshold,
            multiplier_percent=self.multiplier_percent,
            names={one.language_code: one.name.strip() for one in self.translations},
            rewards=tuple(self.rewards),
            free_shipping=self.free_shipping,
        )


@strawberry.input(description="All tiers of a program, and how they are reached and kept.")
class TierLadderInput:
    tiers: list[TierInput] = strawberry.field(
        description="The tiers, the lowest first, each taking more than the last."
    )
    basis: TierBasis = strawberry.field(default=TierBasis.SPEND, description="What is counted.")
    window: TierWindow = strawberry.field(default=TierWindow.ROLLING, description="Over which time it is counted.")
    window_months: int = strawberry.field(default=12, description="How long that time is, 1 to 60; a year has 12.")
    keep_months: int = strawberry.field(default=12, description="For how long a tier is kept, 1 to 60.")
    notice_days: int = strawberry.field(default=30, description="How many days notice is given, 0 to 365.")
    grace_days: int = strawberry.field(default=30, description="How many further days a tier is kept, 0 to 365.")

    def read(self) -> Plan:
        """Raises BadInputField; what else cannot be is refused where it is used."""
        if any("\x00" in text for tier in self.tiers for text in (tier.code, tier.name, *tier.rewards)):
            raise BadInputField("ladder", "There is an unwritable character in it.")
        return Plan(
            basis=Basis[self.basis.name],
            window=Window(WindowKind[self.window.name], self.window_months),
            keep_months=self.keep_months,
            notice_days=self.notice_days,
            grace_days=self.grace_days,
            tiers=tuple(tier.read() for tier in self.tiers),
        )
