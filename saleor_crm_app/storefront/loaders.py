"""Reads for storefront fields, set-wise: what many fields of one operation ask for is read once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from strawberry.dataloader import DataLoader

from saleor_crm_app.crm.customers import languages_of
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, OrderId, ProgramId, RewardId
from saleor_crm_app.kernel.paging import Page
from saleor_crm_app.kernel.reading import Reading
from saleor_crm_app.loyalty import coupons, points, rewards, tiers
from saleor_crm_app.loyalty.coupons import NO_COUPONS, CouponPage, CouponState
from saleor_crm_app.loyalty.points import Balance, EntryPage, EntryWindow, Member, OrderPoints
from saleor_crm_app.loyalty.program import Program, programs_of_channels
from saleor_crm_app.loyalty.rewards import Reward
from saleor_crm_app.loyalty.tiers import LiveLadder, StatusBook, TierStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A customer's place in a channel's program; without an account nothing was earned yet.

    Where customers join by themselves, `is_member` says whether this one has.
    """

    program: Program
    member: Member | None
    is_member: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesWanted:
    """A window on one account's entries."""

    member: Member
    window: EntryWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponsWanted:
    """A window on the signed-in customer's coupons in a program."""

    program: ProgramId
    page: Page
    state: CouponState | None


class Loaders:
    """One operation's loaders over its one read transaction."""

    def __init__(
        self, reading: Reading, installation: InstallationId, customer: CustomerId | None, at: datetime
    ) -> None:
        self.reading = reading
        self._installation = installation
        self._customer = customer
        self._at = at
        self.standings = StatusBook(installation, at=at)
        self.programs = DataLoader(self._load_programs)
        self.memberships = DataLoader(self._load_memberships)
        self.balances = DataLoader(self._load_balances)
        self.entries = DataLoader(self._load_entries)
        self.orders = DataLoader(self._load_orders)
        self.languages = DataLoader(self._load_languages)
        self.ladders = DataLoader(self._load_ladders)
        self.tiers = DataLoader(self._load_tiers)
        self.rewards = DataLoader(self._load_rewards)
        self.catalogs = DataLoader(self._load_catalogs)
        self.had = DataLoader(self._load_had)
        self.coupons = DataLoader(self._load_coupons)

    async def _load_programs(self, channels: list[str]) -> Sequence[Program | None]:
        async with self.reading.session() as session:
            found = await programs_of_channels(session, channels)
        return [found.get(channel) for channel in channels]

    async def _load_memberships(self, channels: list[str]) -> Sequence[Membership | None]:
        """The signed-in customer's; None where the channel has no program."""
        customer = self._customer
        if customer is None:
            programs = await self.programs.load_many(channels)
            return [None if one is None else Membership(program=one, member=None, is_member=False) for one in programs]
        async with self.reading.session() as session:
            found = await points.accounts_in_channels(session, self._installation, customer, channels)
            asked = {program.id: program for program, _ in found.values()}
            joined = await points.memberships.programs_joined(session, self._installation, customer, asked.values())
        self.programs.prime_many({channel: program for channel, (program, _) in found.items()})
        members = {
            channel: Membership(program=program, member=member, is_member=program.id in joined)
            for channel, (program, member) in found.items()
        }
        return [members.get(channel) for channel in channels]

    async def _load_balances(self, members: list[Member]) -> Sequence[Balance]:
        async with self.reading.session() as session:
            found = await points.balances_of(session, self._installation, members, at=self._at)
        return [found[member.account] for member in members]

    async def _load_entries(self, wanted: list[EntriesWanted]) -> Sequence[EntryPage]:
        together: dict[EntryWindow, list[Member]] = defaultdict(list)
        for one in wanted:
            together[one.window].append(one.member)
        async with self.reading.session() as session:
            found = {
                window: await points.entry_pages(session, self._installation, members, window)
                for window, members in together.items()
            }
        return [found[one.window][one.member.account] for one in wanted]

    async def _load_orders(self, orders: list[OrderId]) -> Sequence[OrderPoints | None]:
        """Points of these orders, as far as they are the signed-in customer's."""
        async with self.reading.session() as session:
            found = await points.orders_points(session, self._installation, orders, at=self._at)
        return [
            one if (one := found.get(order)) is not None and one.customer == self._customer else None
            for order in orders
        ]

    async def _load_ladders(self, programs: list[ProgramId]) -> Sequence[LiveLadder | None]:
        """The tiers of programs; None where there are none."""
        async with self.reading.session() as session:
            found = await tiers.ladders_of(session, self._installation, programs)
        return [found.get(program) for program in programs]

    async def _load_tiers(self, programs: list[ProgramId]) -> Sequence[TierStatus | None]:
        """Where the signed-in customer stands; None for guests and in programs without tiers."""
        customer = self._customer
        if customer is None:
            return [None for _ in programs]
        async with self.reading.session() as session:
            owners = [(customer, program) for program in programs]
            found = await self.standings.of(session, owners)
        return [found.get(owner) for owner in owners]

    async def _load_rewards(self, ids: list[RewardId]) -> Sequence[Reward | None]:
        """Rewards by their keys, retired ones too."""
        async with self.reading.session() as session:
            found = await rewards.rewards_by_id(session, ids)
        return [found.get(reward) for reward in ids]

    async def _load_catalogs(self, programs: list[ProgramId]) -> Sequence[Sequence[Reward]]:
        """The rewards of programs that can be had for points or for nothing."""
        async with self.reading.session() as session:
            found = await rewards.rewards_of(session, programs)
        claimable = [one for one in found if one.terms.is_claimable and not one.terms.given_on]
        return [[one for one in claimable if one.program == program] for program in programs]

    async def _load_had(self, programs: list[ProgramId]) -> Sequence[Mapping[RewardId, Sequence[datetime]]]:
        """When the signed-in customer claimed which reward."""
        if self._customer is None:
            return [{} for _ in programs]
        async with self.reading.session() as session:
            return [
                await coupons.had_before(session, self._installation, self._customer, program) for program in programs
            ]

    async def _load_coupons(self, wanted: list[CouponsWanted]) -> Sequence[CouponPage]:
        """Pages of the signed-in customer's coupons; as a rule one is asked for."""
        if self._customer is None:
            return [NO_COUPONS for _ in wanted]
        async with self.reading.session() as session:
            return [
                await coupons.coupons_of_customer(
                    session,
                    self._installation,
                    self._customer,
                    one.program,
                    one.page,
                    state=one.state,
                    at=self._at,
                )
                for one in wanted
            ]

    async def _load_languages(self, customers: list[CustomerId]) -> Sequence[str]:
        """The codes of the customers' languages; nothing for those who are not known yet."""
        async with self.reading.session() as session:
            found = await languages_of(session, self._installation, customers)
        return [found.get(customer, "") for customer in customers]
