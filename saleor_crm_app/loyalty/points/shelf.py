"""One account's lots while it is under lock: as many of them as a batch needs, read set-wise."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import AccountId, InstallationId, LotId, OrderId
from saleor_crm_app.loyalty.points.journal import Journal, OpenAccount
from saleor_crm_app.loyalty.points.lapsing import lapse
from saleor_crm_app.loyalty.points.lots import Draw, Lot
from saleor_crm_app.loyalty.points.moves import Moves
from saleor_crm_app.loyalty.points.postings import lots_by_id, open_lots


@dataclass(slots=True)
class Shelf:
    """An account and its lots in memory; `lapsed` tells how many points of an order are gone by time, where asked."""

    account: OpenAccount
    lots: dict[LotId, Lot] = field(default_factory=dict)
    lapsed: dict[OrderId, int] = field(default_factory=dict)

    def lapse(self, journal: Journal) -> None:
        """Post what is past its end, before anything else is taken."""
        for lot, points in lapse(journal, self.account, self.lots.values()).items():
            order = self.lots[lot].order
            if order is not None:
                self.lapsed[order] = self.lapsed.get(order, 0) + points

    def touch(self, journal: Journal, draws: Iterable[Draw]) -> None:
        """Have the lots of these draws written as they stand at the end; new ones are put on the shelf."""
        for key in (draw.lot for draw in draws if draw.lot is not None):
            if key in self.lots:
                journal.touch_lot(self.account, self.lots[key])
            elif key in journal.lots:
                self.lots[key] = journal.lots[key][1]


async def fill(
    session: AsyncSession,
    installation: InstallationId,
    shelves: Mapping[AccountId, Shelf],
    whole: Collection[AccountId],
) -> None:
    """Read all open lots of these accounts; one statement, none for no account."""
    accounts = [shelves[account].account for account in whole]
    for owner, lot in await open_lots(session, installation, accounts):
        shelves[owner].lots.setdefault(lot.id, lot)


async def fetch(session: AsyncSession, installation: InstallationId, wanted: Iterable[tuple[Shelf, Moves]]) -> None:
    """Read lots that earlier entries moved and that are empty by now; one statement, none where none lacks."""
    missing = {lot: shelf for shelf, moves in wanted for lot in moves if lot is not None and lot not in shelf.lots}
    for lot in await lots_by_id(session, installation, [(shelf.account, key) for key, shelf in missing.items()]):
        missing[lot.id].lots[lot.id] = lot
