"""What customers do besides ordering, as the shop tells it: signing up, having a birthday, events of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm import customers, facts
from saleor_crm_app.crm.customers import Birthday, Occasion
from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import points, rewards, tiers
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.reactions.coupons import give_on_occasions
from saleor_crm_app.reactions.merges import owed_sweeps
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.events import CustomerChanged, CustomerConfirmed
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.installations import InstallationState

KNOWN_DAYS_BEFORE: Final = 30
"""A birthday that was told later counts from the next year on."""

_LOOK_BACK_DAYS: Final = 3
_PAGE: Final = 500


def sign_ups(confirmed: Iterable[CustomerConfirmed], changed: Iterable[CustomerChanged]) -> list[Occasion]:
    """Who signed up: their account was confirmed, or made so that it needs no confirmation."""
    created = [one for one in changed if one.event == "CustomerCreated" and one.source == "webhook"]
    moments = [(one.customer, one.issued_at) for one in confirmed]
    moments += [(one.customer.id, one.issued_at) for one in created if one.customer.is_confirmed]
    return [
        Occasion(customer=customer, key="sign-up", name=points.memberships.SIGNED_UP, occurred_at=moment)
        for customer, moment in moments
    ]


async def reward(
    session: AsyncSession, installation: InstallationId, told: Sequence[Occasion], *, at: datetime
) -> list[points.memberships.Gift]:
    """Keep what was not told before, and grant what rules give for it."""
    if not told:
        return []
    fresh = await customers.note_occasions(session, installation, told, at=at)
    await facts.note_events(session, installation, fresh, at=at)
    gifts = await points.memberships.grant_actions(
        session, installation, fresh, at=at, tiers_at=partial(tiers.tier_at, session, installation)
    )
    await outbox.enqueue(session, *await owed_sweeps(session, installation, {gift.customer for gift in gifts}))
    await give_on_occasions(session, installation, fresh, at=at)
    return gifts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Party:
    """A program's local day, and whose birthday it is then."""

    program: Program
    day: date

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.day, time.min, tzinfo=self.program.zone)

    def occasion(self, birthday: Birthday) -> Occasion:
        """One for each year and program, whichever day it is on."""
        return Occasion(
            customer=birthday.customer,
            key=f"birthday:{self.day.year}:{self.program.id}",
            name=points.memberships.BIRTHDAY,
            occurred_at=self.begins,
        )


class Celebrator:
    """Sees to birthdays on the local days of programs; doing it twice does no harm."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def celebrate(self) -> None:
        """Grant what today's birthdays are worth, and those of the last days, should nobody have looked then."""
        for shop in await all_installations(self._database):
            if shop.state is InstallationState.ACTIVE:
                await self._celebrate_in(shop.id)

    async def _celebrate_in(self, shop: InstallationId) -> None:
        async with self._database.shop(shop, read_only=True) as session:
            at = await business_time(session, shop)
            found = await points.memberships.programs_rewarding(session, shop, points.memberships.BIRTHDAY, at=at)
            giving = [held for held, _ in await rewards.rewards_given_on(session, rewards.Occasion.BIRTHDAY, at=at)]
        for each in {one.program.id: one for one in (*found, *giving)}.values():
            today = at.astimezone(each.program.zone).date()
            for back in range(_LOOK_BACK_DAYS):
                party = _Party(program=each.program, day=today - timedelta(days=back))
                last: CustomerId | None = None
                more = True
                while more:
                    last = await self._page(shop, party, last)
                    more = last is not None

    async def _page(self, shop: InstallationId, party: _Party, after: CustomerId | None) -> CustomerId | None:
        known_by = party.begins - timedelta(days=KNOWN_DAYS_BEFORE)
        async with self._database.shop(shop) as session:
            at = await business_time(session, shop)
            page = await customers.birthdays_on(session, shop, party.day, known_by=known_by, after=after, most=_PAGE)
            fresh = await customers.note_occasions(session, shop, [party.occasion(one) for one in page], at=at)
            gifts = await points.memberships.grant_actions(
                session,
                shop,
                fresh,
                at=at,
                tiers_at=partial(tiers.tier_at, session, shop),
                only=party.program.id,
            )
            await outbox.enqueue(session, *await owed_sweeps(session, shop, {gift.customer for gift in gifts}))
            await give_on_occasions(session, shop, fresh, at=at, only=party.program.id)
        return page[-1].customer if len(page) == _PAGE else None
