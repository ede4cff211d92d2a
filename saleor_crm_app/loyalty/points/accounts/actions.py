"""Grants what rules give for other acts than orders: signing up, birthdays, events of the shop; each once."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.customers import CustomerStanding, Occasion, standings_of
from saleor_crm_app.crm.segments import segments_at
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, LotId, ProgramId, new_id
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.accounts.granted import Grants, granted_before
from saleor_crm_app.loyalty.points.earning.joining import counts_while_joined, joined_of
from saleor_crm_app.loyalty.points.earning.targets import TierThen
from saleor_crm_app.loyalty.points.journal import Journal, OpenAccount, Posted
from saleor_crm_app.loyalty.points.ledger import Owner, open_accounts, write
from saleor_crm_app.loyalty.points.lots import Lot, give
from saleor_crm_app.loyalty.points.models import AccountStatus, EntryKind, EntrySource
from saleor_crm_app.loyalty.points.terms import Terms, expiry_of
from saleor_crm_app.loyalty.program import Program, ProgramInChannels, programs
from saleor_crm_app.loyalty.rules import (
    ActionContext,
    Birthday,
    Event,
    Granted,
    RuleSet,
    SignUp,
    granted_for,
    lock_budgets,
    rule_set_at,
    rule_sets_of,
    segments_asked,
    take_budget,
)

SIGNED_UP: Final = "customer.signed_up"
BIRTHDAY: Final = "customer.birthday"
RESERVED: Final = "customer."
"""Names of the shop's own events do not begin like this."""

Moment = tuple[CustomerId, ProgramId, datetime]
TiersAt = Callable[[Collection[Moment]], Awaitable[Mapping[Moment, TierThen]]]
"""Tells in which tiers customers were; those of no tier are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """Points that one rule gave for an occasion."""

    customer: CustomerId
    program: ProgramId
    occasion: str
    points: Points


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chance:
    """An occasion in a program whose rules of that moment reward it."""

    occasion: Occasion
    program: Program
    rules: RuleSet

    @property
    def owner(self) -> Owner:
        return (self.occasion.customer, self.program.id)

    @property
    def moment(self) -> Moment:
        return (*self.owner, self.occasion.occurred_at)

    @property
    def customer_then(self) -> tuple[CustomerId, datetime]:
        return (self.occasion.customer, self.occasion.occurred_at)

    @property
    def segments_asked(self) -> frozenset[UUID]:
        """Those that the rules for this occasion ask for."""
        return segments_asked(rule for rule in self.rules.rules if rule.when == _action(self.occasion.name))

    def key(self, rule: str) -> str:
        return f"action:{rule}:{_ledger_key(self.occasion)}"


async def no_tiers(_moments: Collection[Moment]) -> Mapping[Moment, TierThen]:
    """For programs without tiers."""
    return {}


async def grant_actions(
    session: AsyncSession,
    installation: InstallationId,
    occasions: Sequence[Occasion],
    *,
    at: datetime,
    tiers_at: TiersAt = no_tiers,
    only: ProgramId | None = None,
) -> list[Gift]:
    """Post what the rules of its moment give for each occasion, in every program or in one; available at once.

    The same occasion again gives nothing more. Nothing is given in a paused program until it goes on, nor to staff,
    to the deleted, to who had not joined by then, or for a sign-up before the account is confirmed.
    """
    chances = await _chances(session, installation, occasions, only)
    chances = await _deserving(session, installation, chances)
    if not chances:
        return []
    tiers = await tiers_at([one.moment for one in chances])
    segments = await segments_at(
        session,
        installation,
        {one.customer_then for one in chances},
        among=frozenset[UUID]().union(*(one.segments_asked for one in chances)),
    )
    accounts = await open_accounts(session, installation, {one.owner for one in chances}, at=at)
    zones = {accounts[one.owner].id: one.program.zone for one in chances}
    before = await granted_before(session, installation, list(accounts.values()), zones)
    giving = _Giving(Journal(installation, at), before, await _lock_budgets(session, installation, chances))
    gifts: list[Gift] = []
    for one in sorted(chances, key=lambda each: (each.occasion.occurred_at, each.occasion.key, each.program.id)):
        if accounts[one.owner].status is not AccountStatus.ERASED:
            then = segments.get(one.customer_then, frozenset())
            gifts += giving.grant(one, accounts[one.owner], tiers.get(one.moment), then)
    await write(session, giving.journal)
    await take_budget(session, installation, giving.taken, budgets=giving.limits)
    return gifts


async def programs_rewarding(
    session: AsyncSession, installation: InstallationId, name: str, *, at: datetime
) -> list[ProgramInChannels]:
    """Programs whose rules of a moment reward such an occasion, unless they are paused."""
    running = [each for each in await programs(session) if each.program.paused_at is None]
    sets = await rule_sets_of(session, installation, [each.program for each in running])
    return [each for each in running if _rewards(rule_set_at(sets[each.program.id], at), name)]


@dataclass(slots=True)
class _Giving:
    """One batch of gifts: what was given before, what budgets leave, and what is posted now."""

    journal: Journal
    before: Grants
    budgets: Mapping[str, tuple[int, int]]
    """By rule: the limit, and what was given of it when it was locked."""
    taken: dict[str, int] = field(default_factory=dict)

    @property
    def limits(self) -> dict[str, int]:
        return {rule: limit for rule, (limit, _) in self.budgets.items()}

    def grant(
        self, chance: _Chance, account: OpenAccount, tier: TierThen | None, segments: frozenset[UUID]
    ) -> Iterable[Gift]:
        """Post what each rule gives that has not given for this occasion yet."""
        occasion, zone = chance.occasion, chance.program.zone
        context = ActionContext(
            at=occasion.occurred_at,
            zone=zone,
            tier=None if tier is None else tier.code,
            segments=segments,
            used=self.before.used(account.id, occasion.occurred_at.astimezone(zone).date()),
            allowance={
                rule: limit - granted - self.taken.get(rule, 0) for rule, (limit, granted) in self.budgets.items()
            },
        )
        for granted in granted_for(chance.rules, _action(occasion.name), context):
            key = chance.key(granted.rule)
            if self.before.add(account.id, key, occasion.occurred_at.astimezone(zone).date(), granted):
                if granted.rule in self.budgets:
                    self.taken[granted.rule] = self.taken.get(granted.rule, 0) + granted.points
                self._post(chance, account, granted, key)
                yield Gift(
                    customer=occasion.customer,
                    program=chance.program.id,
                    occasion=occasion.key,
                    points=Points(granted.points),
                )

    def _post(self, chance: _Chance, account: OpenAccount, granted: Granted, key: str) -> None:
        source, at = _SOURCES.get(chance.occasion.name, EntrySource.EVENT), self.journal.recorded_at
        terms = Terms(at, expiry_of(at, chance.program, last_active=account.last_active_at))
        lot = Lot(LotId(new_id()), granted=0, remaining=0, terms=terms, fresh=True, source=source)
        draws = give(lot, granted.points, deficit=account.deficit)
        if lot.granted:
            self.journal.date_lot(account, lot)
        event = {"event": chance.occasion.name} if source is EntrySource.EVENT else {}
        self.journal.post(
            account,
            Posted(
                kind=EntryKind.EARN,
                source=source,
                key=key,
                order=None,
                program_version=chance.rules.version,
                explanation=granted.explanation | event,
                occurred_at=chance.occasion.occurred_at,
                draws=draws,
            ),
        )


_SOURCES: Final = {SIGNED_UP: EntrySource.SIGN_UP, BIRTHDAY: EntrySource.BIRTHDAY}


def _action(name: str) -> SignUp | Birthday | Event:
    match name:
        case "customer.signed_up":
            return SignUp()
        case "customer.birthday":
            return Birthday()
        case _:
            return Event(name=name)


def _ledger_key(occasion: Occasion) -> str:
    """What names the occasion in the ledger for good: of the shop's own ids a digest, since they may name a person."""
    if occasion.name in _SOURCES:
        return occasion.key
    return f"event:{blake2b(occasion.key.encode(), digest_size=16).hexdigest()}"


def _rewards(rules: RuleSet, name: str) -> bool:
    return any(rule.when == _action(name) for rule in rules.rules)


async def _chances(
    session: AsyncSession, installation: InstallationId, occasions: Sequence[Occasion], only: ProgramId | None
) -> list[_Chance]:
    """Which programs may reward which occasions: three statements, none for no occasion."""
    if not occasions:
        return []
    running = [
        each
        for each in await programs(session)
        if each.program.paused_at is None and not each.program.settings.dry_run and only in {None, each.program.id}
    ]
    sets = await rule_sets_of(session, installation, [each.program for each in running])
    chances = []
    for occasion in occasions:
        for each in running:
            rules = rule_set_at(sets[each.program.id], occasion.occurred_at)
            since = each.program.settings.earn_since
            here = occasion.channel is None or occasion.channel in each.channels
            if here and _rewards(rules, occasion.name) and (since is None or occasion.occurred_at >= since):
                chances.append(_Chance(occasion=occasion, program=each.program, rules=rules))
    return chances


async def _deserving(session: AsyncSession, installation: InstallationId, chances: Sequence[_Chance]) -> list[_Chance]:
    """Leave out whom nothing is given to."""
    known = await standings_of(session, installation, {one.occasion.customer for one in chances})
    stays = await joined_of(session, installation, {one.owner for one in chances})
    return [
        one
        for one in chances
        if _may_be_given(one, known.get(one.occasion.customer))
        and counts_while_joined(one.program, stays.get(one.owner, ()), one.occasion.occurred_at)
    ]


def _may_be_given(chance: _Chance, standing: CustomerStanding | None) -> bool:
    if standing is None or (standing.is_staff and not chance.program.earn_staff_orders):
        return False
    return standing.is_confirmed or chance.occasion.name != SIGNED_UP


async def _lock_budgets(
    session: AsyncSession, installation: InstallationId, chances: Iterable[_Chance]
) -> dict[str, tuple[int, int]]:
    limits = {
        rule.id: rule.limits.budget
        for one in chances
        for rule in one.rules.rules
        if rule.limits.budget is not None and rule.when == _action(one.occasion.name)
    }
    granted = await lock_budgets(session, installation, limits)
    return {rule: (limit, granted.get(rule, 0)) for rule, limit in limits.items()}
