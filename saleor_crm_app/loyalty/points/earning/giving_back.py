"""Gives the points of a redemption back where no order says how many: what they bought came to nothing."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId, RedemptionId
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.earning.returning import back_to_places
from saleor_crm_app.loyalty.points.journal import Journal, Posted
from saleor_crm_app.loyalty.points.ledger import Owner, open_accounts, write
from saleor_crm_app.loyalty.points.models import AccountStatus, EntryKind, EntrySource
from saleor_crm_app.loyalty.points.moves import Posted as Moved
from saleor_crm_app.loyalty.points.moves import moves_of
from saleor_crm_app.loyalty.points.shelf import Shelf, fetch, fill
from saleor_crm_app.loyalty.points.spending.redeemed import redemption_of
from saleor_crm_app.loyalty.program import Program


async def give_back(
    session: AsyncSession,
    installation: InstallationId,
    owner: Owner,
    *,
    program: Program,
    redemption: RedemptionId,
    at: datetime,
) -> Points:
    """Return all that has not come back yet of a redemption, and say how much; 0 the second time.

    Into the very lots the points came from, with the old end or the program's grace. Nothing comes back to the erased.
    """
    account = (await open_accounts(session, installation, [owner], at=at))[owner]
    spent = await redemption_of(session, installation, account, redemption)
    if spent is None or spent.returned == spent.points or account.status is AccountStatus.ERASED:
        return Points(0)
    shelf, journal = Shelf(account), Journal(installation, at)
    await fill(session, installation, {account.id: shelf}, [account.id])
    asked = Moved(subject=spent.id, account=account, keys=spent.keys)
    moves = (await moves_of(session, installation, [asked])).get(spent.id, {})
    await fetch(session, installation, [(shelf, moves)])
    back = Points(spent.points - spent.returned)
    draws = back_to_places(journal, account, moves, shelf.lots, back, program=program, occurred_at=at)
    journal.post(
        account,
        Posted(
            kind=EntryKind.RETURN,
            source=EntrySource.REDEMPTION,
            key=spent.next_key,
            order=spent.order,
            program_version=program.version,
            explanation={"redeemed": spent.points, "returned": spent.returned},
            occurred_at=at,
            draws=draws,
            subject=spent.id,
        ),
    )
    spent.returned += back
    spent.postings += 1
    shelf.touch(journal, draws)
    journal.redemptions[spent.id] = (account, spent)
    await write(session, journal)
    return back
