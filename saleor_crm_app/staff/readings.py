"""How the shop is read as staff see it: what was compared and found, and the way to have it compared now."""

from datetime import datetime

import strawberry

from saleor_crm_app.jobs.outbox import enqueue
from saleor_crm_app.jobs.progress import Progress, ReconcileShop, readings_of
from saleor_crm_app.kernel.audit import Subject, audit
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.saleor.installations import InstallationState
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.health import StaffError

_log = logger(__name__)


@strawberry.type(description="One way in which the app reads the shop, as it stands.")
class ShopReading:
    subject: str = strawberry.field(description="What is read, such as `orders.changed` or `customers.known`.")
    since: datetime | None = strawberry.field(description="From which moment of the shop on, where it has one.")
    reached: datetime | None = strawberry.field(description="The newest moment of the shop that was read.")
    started_at: datetime = strawberry.field(description="When it began.")
    finished_at: datetime | None = strawberry.field(description="When it ended; null while it is not done.")
    trouble: str | None = strawberry.field(description="Why it was stopped; the next reading goes on from there.")
    expected: int | None = strawberry.field(description="How many the shop said there are, where it was asked.")
    seen: int = strawberry.field(description="How many were read.")
    equal: int = strawberry.field(description="How many were known as they are.")
    missing: int = strawberry.field(description="How many were not known, though the shop should have told of them.")
    stale: int = strawberry.field(description="How many were known otherwise.")
    gone: int = strawberry.field(description="How many were known and are not there any more.")
    untold: int = strawberry.field(description="How many were not known, since the shop tells nobody of such.")
    unusable: int = strawberry.field(description="How many cannot be used.")

    @classmethod
    def of(cls, progress: Progress) -> "ShopReading":
        counts = progress.counts
        return cls(
            subject=progress.subject,
            since=progress.since,
            reached=progress.reached,
            started_at=progress.started_at,
            finished_at=progress.finished_at,
            trouble=progress.trouble,
            expected=progress.expected,
            seen=counts.seen,
            equal=counts.equal,
            missing=counts.missing,
            stale=counts.stale,
            gone=counts.gone,
            untold=counts.untold,
            unusable=counts.unusable,
        )


@strawberry.input(description="What to compare.")
class ReconcileStartInput:
    full: bool = strawberry.field(
        default=False, description="Whether to compare also what may have changed without a sign, as every night."
    )


@strawberry.type(description="A comparison with the shop that begins soon.")
class ReconcileStart:
    started: bool = strawberry.field(description="Whether it will be done.")
    errors: list[StaffError] = strawberry.field(description="What was refused.")


class ShopIsPaused(Refusal):
    """Nobody calls a paused shop."""

    code = LoyaltyErrorCode.SHOP_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("The app is paused in this shop, so it is not read.")


async def readings_of_shop(info: Info) -> list[ShopReading]:
    """Every way in which the shop was read, the latest begun first; there are nine at most."""
    async with info.context.reading.session() as session:
        return [ShopReading.of(progress) for progress in await readings_of(session, info.context.shop)]


async def start(info: Info, wanted: ReconcileStartInput) -> ReconcileStart:
    """Owe a comparison to the job process. Two of them at once do no harm: one waits for the other."""
    if info.context.staff.installation.state is InstallationState.PAUSED:
        refusal = ShopIsPaused()
        return ReconcileStart(started=False, errors=[StaffError(field=None, code=refusal.code, message=str(refusal))])
    async with info.context.database.shop(info.context.shop) as session:
        await enqueue(session, ReconcileShop(installation=info.context.shop, full=wanted.full))
        subject = Subject("Installation", str(info.context.shop))
        await audit(
            session,
            info.context.shop,
            info.context.act("reconcileStart", subject=subject, after={"full": wanted.full}),
        )
    _log.info(
        "reconcile_started",
        installation=str(info.context.shop),
        full=wanted.full,
        staff=info.context.staff.user_id,
    )
    return ReconcileStart(started=True, errors=[])
