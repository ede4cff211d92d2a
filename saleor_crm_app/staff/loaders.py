"""Reads for staff fields, set-wise: what many fields of one operation ask for is read once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from strawberry.dataloader import DataLoader

from saleor_crm_app.kernel.ids import InstallationId, ProgramId
from saleor_crm_app.kernel.reading import Reading
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points import Balance, EntryPage, EntryWindow, Member
from saleor_crm_app.loyalty.program import ProgramInChannels, programs


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesWanted:
    """A window on one account's entries."""

    member: Member
    window: EntryWindow


class Loaders:
    """One operation's loaders over its one read transaction."""

    def __init__(self, reading: Reading, installation: InstallationId, at: datetime) -> None:
        self._reading = reading
        self._installation = installation
        self._at = at
        self.programs = DataLoader(self._load_programs)
        self.balances = DataLoader(self._load_balances)
        self.entries = DataLoader(self._load_entries)

    async def _load_programs(self, ids: list[ProgramId]) -> Sequence[ProgramInChannels]:
        """Of a shop's few programs all are read."""
        async with self._reading.session() as session:
            found = {one.program.id: one for one in await programs(session)}
        return [found[program] for program in ids]

    async def _load_balances(self, members: list[Member]) -> Sequence[Balance]:
        async with self._reading.session() as session:
            found = await points.balances_of(session, self._installation, members, at=self._at)
        return [found[member.account] for member in members]

    async def _load_entries(self, wanted: list[EntriesWanted]) -> Sequence[EntryPage]:
        together: dict[EntryWindow, list[Member]] = defaultdict(list)
        for one in wanted:
            together[one.window].append(one.member)
        async with self._reading.session() as session:
            found = {
                window: await points.entry_pages(session, self._installation, members, window)
                for window, members in together.items()
            }
        return [found[one.window][one.member.account] for one in wanted]
