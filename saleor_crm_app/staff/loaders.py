"""Reads for staff fields, set-wise: what many fields of one operation ask for is read once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from strawberry.dataloader import DataLoader

from saleor_crm_app.crm import segments
from saleor_crm_app.kernel.ids import EntryId, InstallationId, ProgramId, RewardId, ShardKey
from saleor_crm_app.kernel.reading import Reading
from saleor_crm_app.loyalty import coupons, offers, rewards, tiers
from saleor_crm_app.loyalty import points as ledger
from saleor_crm_app.loyalty.coupons import CouponKey
from saleor_crm_app.loyalty.offers import CampaignId, Offer, OfferFigures, OfferId
from saleor_crm_app.loyalty.points import Balance, EntryPage, EntryWindow, Member
from saleor_crm_app.loyalty.program import ProgramInChannels, programs
from saleor_crm_app.loyalty.rewards import Reward
from saleor_crm_app.loyalty.tiers import Owner, TierStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesWanted:
    """A window on one account's entries."""

    member: Member
    window: EntryWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceWanted:
    """One account's points at a moment of its history."""

    member: Member
    moment: ledger.statements.Moment


class Loaders:
    """One operation's loaders over its one read transaction."""

    def __init__(self, reading: Reading, installation: InstallationId, at: datetime) -> None:
        self._reading = reading
        self._installation = installation
        self._at = at
        self.programs = DataLoader(self._load_programs)
        self.balances = DataLoader(self._load_balances)
        self.past_balances = DataLoader(self._load_past_balances)
        self.entries = DataLoader(self._load_entries)
        self.tiers = DataLoader(self._load_tiers)
        self.notes = DataLoader(self._load_notes)
        self.moves = DataLoader(self._load_moves)
        self.rewards = DataLoader(self._load_rewards)
        self.coupon_uses = DataLoader(self._load_coupon_uses)
        self.segment_names = DataLoader(self._load_segment_names)
        self.segment_counts = DataLoader(self._load_segment_counts)
        self.offers_of_campaigns = DataLoader(self._load_offers_of_campaigns)
        self.offer_figures = DataLoader(self._load_offer_figures)
        self.known_customers = DataLoader(self._load_known_customers)

    async def _load_programs(self, ids: list[ProgramId]) -> Sequence[ProgramInChannels]:
        """Of a shop's few programs all are read."""
        async with self._reading.session() as session:
            found = {one.program.id: one for one in await programs(session)}
        return [found[program] for program in ids]

    async def _load_balances(self, members: list[Member]) -> Sequence[Balance]:
        async with self._reading.session() as session:
            found = await ledger.balances_of(session, self._installation, members, at=self._at)
        return [found[member.account] for member in members]

    async def _load_past_balances(self, wanted: list[BalanceWanted]) -> Sequence[Balance]:
        together: dict[ledger.statements.Moment, list[Member]] = defaultdict(list)
        for one in wanted:
            together[one.moment].append(one.member)
        async with self._reading.session() as session:
            found = {
                moment: await ledger.statements.balances_as_of(session, self._installation, members, moment)
                for moment, members in together.items()
            }
        return [found[one.moment][one.member.account] for one in wanted]

    async def _load_entries(self, wanted: list[EntriesWanted]) -> Sequence[EntryPage]:
        together: dict[EntryWindow, list[Member]] = defaultdict(list)
        for one in wanted:
            together[one.window].append(one.member)
        async with self._reading.session() as session:
            found = {
                window: await ledger.entry_pages(session, self._installation, members, window)
                for window, members in together.items()
            }
        return [found[one.window][one.member.account] for one in wanted]

    async def _load_tiers(self, owners: list[Owner]) -> Sequence[TierStatus | None]:
        """Where members stand; None in programs without tiers."""
        async with self._reading.session() as session:
            found = await tiers.statuses(session, self._installation, owners, at=self._at)
        return [found.get(owner) for owner in owners]

    async def _load_notes(
        self, entries: list[tuple[ShardKey, EntryId]]
    ) -> Sequence[ledger.staff_acts.EntryNote | None]:
        async with self._reading.session() as session:
            found = await ledger.staff_acts.notes_of(session, self._installation, entries)
        return [found.get(entry) for _, entry in entries]

    async def _load_moves(
        self, entries: list[tuple[ShardKey, EntryId]]
    ) -> Sequence[tuple[ledger.statements.LotMove, ...]]:
        async with self._reading.session() as session:
            found = await ledger.statements.moves_of_entries(session, self._installation, entries)
        return [found.get(entry, ()) for _, entry in entries]

    async def _load_rewards(self, ids: list[RewardId]) -> Sequence[Reward | None]:
        async with self._reading.session() as session:
            found = await rewards.rewards_by_id(session, ids)
        return [found.get(reward) for reward in ids]

    async def _load_coupon_uses(self, keys: list[CouponKey]) -> Sequence[Sequence[coupons.uses.KeptUse]]:
        async with self._reading.session() as session:
            found = await coupons.uses.uses_of(session, keys)
        return [found[key] for key in keys]

    async def _load_segment_names(self, keys: list[UUID]) -> Sequence[str | None]:
        async with self._reading.session() as session:
            found = await segments.segment_names(session, self._installation, keys)
        return [found.get(key) for key in keys]

    async def _load_segment_counts(self, ids: list[UUID]) -> Sequence[int]:
        """How many each of these segments holds for, by one look at each customer."""
        async with self._reading.session() as session:
            found = {one.id: one for one in await segments.segments(session, self._installation)}
            wanted = [found[one].condition for one in ids]
            return await segments.count_matching(session, self._installation, wanted, at=self._at)

    async def _load_offers_of_campaigns(self, ids: list[CampaignId]) -> Sequence[Sequence[Offer]]:
        async with self._reading.session() as session:
            found = await offers.registry.offers_of_campaigns(session, ids, retired=True)
        return [[one for one in found if one.campaign == campaign] for campaign in ids]

    async def _load_offer_figures(self, ids: list[OfferId]) -> Sequence[OfferFigures]:
        async with self._reading.session() as session:
            found = await offers.figures.offer_figures(session, self._installation, ids)
        return [found[one] for one in ids]

    async def _load_known_customers(self, shops: list[str]) -> Sequence[segments.Known]:
        async with self._reading.session() as session:
            known = await segments.known_of(session, self._installation)
        return [known for _ in shops]
