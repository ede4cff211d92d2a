"""Posts a redemption, and redeems at once where nothing has to be set aside before."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId, RedemptionId
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.activity import note_activity
from saleor_crm_app.loyalty.points.journal import Journal, Posted, Redemption
from saleor_crm_app.loyalty.points.ledger import Owner, open_accounts, write
from saleor_crm_app.loyalty.points.lots import Draw
from saleor_crm_app.loyalty.points.models import AccountStatus, EntryKind, EntrySource
from saleor_crm_app.loyalty.points.shelf import Shelf, fill
from saleor_crm_app.loyalty.points.spending.redeemed import redeemed_already
from saleor_crm_app.loyalty.points.spending.spending import demand_points, demand_redeemable, spend
from saleor_crm_app.loyalty.program import DeficitPolicy, Program


async def redeem(
    session: AsyncSession,
    installation: InstallationId,
    owner: Owner,
    *,
    program: Program,
    points: Points,
    redemption: RedemptionId,
    at: datetime,
) -> None:
    """Spend points at once, nearest expiry first; the same redemption a second time changes nothing.

    Raises ProgramPaused, AccountHeld, AccountClosed, PointsOwed or NotEnoughPoints; nothing changed then.
    """
    account = (await open_accounts(session, installation, [owner], at=at))[owner]
    if await redeemed_already(session, installation, [(account.shard, redemption)]):
        return
    demand_redeemable(account, program)
    shelf, journal = Shelf(account), Journal(installation, at)
    await fill(session, installation, {account.id: shelf}, [account.id])
    demand_points(shelf, points, journal=journal)
    spent = Redemption(id=redemption, account=account.id, order=None, points=points, redeemed_at=at)
    post_spent(journal, shelf, spent, draws=spend(journal, shelf, points, may_owe=False), program=program)
    await write(session, journal)


async def charge(
    session: AsyncSession,
    installation: InstallationId,
    owner: Owner,
    *,
    program: Program,
    points: Points,
    redemption: RedemptionId,
    at: datetime,
) -> Points:
    """Take points for what the shop has given already, and say how many; the same redemption again takes none.

    Pending ones too; what lacks is owed, or the shop bears it where nobody may owe. Nothing is taken of the erased.
    """
    account = (await open_accounts(session, installation, [owner], at=at))[owner]
    done = await redeemed_already(session, installation, [(account.shard, redemption)])
    if done or account.status is AccountStatus.ERASED:
        return Points(0)
    shelf, journal = Shelf(account), Journal(installation, at)
    await fill(session, installation, {account.id: shelf}, [account.id])
    draws = spend(journal, shelf, points, may_owe=program.settings.deficit is DeficitPolicy.ALLOW_DEFICIT)
    taken = Points(-sum(draw.points for draw in draws))
    spent = Redemption(id=redemption, account=account.id, order=None, points=taken, redeemed_at=at)
    post_spent(journal, shelf, spent, draws=draws, program=program)
    await write(session, journal)
    return taken


def post_spent(journal: Journal, shelf: Shelf, spent: Redemption, *, draws: Sequence[Draw], program: Program) -> None:
    """Add a redemption's first entry to the journal. The shelf holds all of the account's open lots.

    Without draws the shop bears all of it: it is noted as done, and there is no entry.
    """
    journal.redemptions[spent.id] = (shelf.account, spent)
    if not draws:
        return
    journal.post(
        shelf.account,
        Posted(
            kind=EntryKind.REDEEM,
            source=EntrySource.REDEMPTION,
            key=spent.next_key,
            order=spent.order,
            program_version=program.version,
            explanation={"redeemed": spent.points},
            occurred_at=spent.redeemed_at,
            draws=draws,
            subject=spent.id,
        ),
    )
    spent.postings += 1
    shelf.touch(journal, draws)
    note_activity(journal, shelf, program, when=spent.redeemed_at)
