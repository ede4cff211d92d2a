"""One shop's rules within one transaction, as who writes or shows them finds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId, ProgramId
from saleor_crm_app.loyalty.program import Program, programs
from saleor_crm_app.loyalty.rules.drafts import RuleDraft, find_rule
from saleor_crm_app.loyalty.rules.errors import ProgramNotFound
from saleor_crm_app.loyalty.rules.examples import Example, examples_of
from saleor_crm_app.loyalty.rules.rule_set import RuleSet, segments_asked
from saleor_crm_app.loyalty.rules.versions import coming, rule_set_at, rule_sets_of


@dataclass(frozen=True, slots=True)
class RuleDesk:
    """Finds programs, rules, versions and examples of one shop."""

    session: AsyncSession
    installation: InstallationId

    async def program(self, key: ProgramId) -> Program:
        """Raise ProgramNotFound where there is no such one."""
        for one in await programs(self.session):
            if one.program.id == key:
                return one.program
        raise ProgramNotFound

    async def rule(self, key: UUID) -> tuple[RuleDraft, Program]:
        """Raise RuleNotFound where there is no such one."""
        known = [one.program for one in await programs(self.session)]
        return await find_rule(self.session, self.installation, key, known)

    async def sets(self, program: Program) -> tuple[RuleSet, ...]:
        return (await rule_sets_of(self.session, self.installation, [program]))[program.id]

    async def asking_for(self, segment: UUID, *, at: datetime) -> list[str]:
        """The names of the rules, live or planned, that ask for a segment."""
        known = [one.program for one in await programs(self.session)]
        found = await rule_sets_of(self.session, self.installation, known)
        holding = (one for sets in found.values() for one in (rule_set_at(sets, at), *coming(sets, at)))
        asking = {rule.id: rule.name for one in holding for rule in one.rules if segment in segments_asked([rule])}
        return sorted(asking.values())

    async def examples(self, sets: Sequence[RuleSet]) -> dict[int, list[Example]]:
        """By version."""
        return await examples_of(self.session, self.installation, sets) if sets else {}
