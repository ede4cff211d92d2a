"""What offers bring and tell of, kept by each process as long as its version stays: rewards and earning rules."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId, ProgramId, RewardId
from saleor_crm_app.loyalty.offers.dossier import Supply
from saleor_crm_app.loyalty.offers.views import Question
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rewards import Reward, rewards_by_id
from saleor_crm_app.loyalty.rules import PublishedRule, RuleSet, newest_version, rule_set_at, rule_sets_of

_MOST_REWARDS: Final = 5_000
_MOST_PROGRAMS: Final = 64


class TermsShelf:
    """The lately used ones. What is not here, or here in another version, is read when it is first asked for."""

    def __init__(self) -> None:
        self._rewards: OrderedDict[RewardId, Reward] = OrderedDict()
        self._rules: OrderedDict[ProgramId, tuple[Program, tuple[RuleSet, ...]]] = OrderedDict()

    async def rewards(self, session: AsyncSession, supplies: Sequence[Supply]) -> list[Reward]:
        """These rewards with what is left of them, by position and age; one statement for all that are not here."""
        held = {one.reward: kept for one in supplies if (kept := self._held(one)) is not None}
        lacking = [one.reward for one in supplies if one.reward not in held]
        held |= await rewards_by_id(session, lacking)
        self._keep(held.values())
        found = [_supplied(held[one.reward], one) for one in supplies if one.reward in held]
        return sorted(found, key=lambda one: (one.terms.position, one.id))

    async def rules(
        self, session: AsyncSession, installation: InstallationId, asked: Question, newest: int
    ) -> Mapping[str, PublishedRule]:
        """The earning rules that hold now; `newest` is the version published last."""
        program = asked.program
        kept = self._rules.get(program.id)
        if kept is None or kept[0] != program or newest_version(kept[1]) < newest:
            kept = program, (await rule_sets_of(session, installation, [program]))[program.id]
            self._rules[program.id] = kept
        self._rules.move_to_end(program.id)
        while len(self._rules) > _MOST_PROGRAMS:
            self._rules.popitem(last=False)
        return rule_set_at(kept[1], asked.at).by_id

    def _held(self, supply: Supply) -> Reward | None:
        kept = self._rewards.get(supply.reward)
        return kept if kept is not None and kept.version >= supply.version else None

    def _keep(self, rewards: Iterable[Reward]) -> None:
        for one in rewards:
            self._rewards[one.id] = one
            self._rewards.move_to_end(one.id)
        while len(self._rewards) > _MOST_REWARDS:
            self._rewards.popitem(last=False)


def _supplied(reward: Reward, supply: Supply) -> Reward:
    if (reward.stock_left, reward.committed) == (supply.stock_left, supply.committed):
        return reward
    return replace(reward, stock_left=supply.stock_left, committed=supply.committed)
