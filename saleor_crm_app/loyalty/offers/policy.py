"""What is published of a program's offers: one immutable revision, read once by each process."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId, ProgramId, RewardId
from saleor_crm_app.loyalty.offers.campaigns import Campaign, CampaignId, CampaignState, campaigns_of
from saleor_crm_app.loyalty.offers.registry import Offer, offers_of_campaigns
from saleor_crm_app.loyalty.offers.revisions import Revision, revision_of
from saleor_crm_app.loyalty.offers.terms import OfferKind
from saleor_crm_app.loyalty.offers.terms_shelf import TermsShelf

_MOST_KEPT: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """An offer and the campaign that shows it."""

    offer: Offer
    campaign: Campaign

    @property
    def kind(self) -> OfferKind:
        return self.offer.terms.kind

    @property
    def reward(self) -> RewardId | None:
        reward = self.offer.terms.reward
        return None if reward is None else RewardId(reward)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The offers of a program's live campaigns; `committed` is what those with a budget have spent by now, minor."""

    program: ProgramId
    revision: int
    offers: tuple[Published, ...]
    committed: Mapping[CampaignId, int] = field(default_factory=dict)

    @property
    def kinds(self) -> frozenset[OfferKind]:
        return frozenset(one.kind for one in self.offers)


async def read_policy(session: AsyncSession, program: ProgramId, revision: Revision) -> Policy:
    """What is published; two statements."""
    live = {one.id: one for one in await campaigns_of(session, program) if one.state is CampaignState.LIVE}
    offers = await offers_of_campaigns(session, list(live))
    published = tuple(Published(offer=one, campaign=live[one.campaign]) for one in offers)
    return _with_spent(Policy(program=program, revision=revision.number, offers=published), revision)


def _with_spent(policy: Policy, revision: Revision) -> Policy:
    return replace(policy, committed={CampaignId(key): spent for key, spent in revision.committed.items()})


class PolicyShelf:
    """Policies by program, the lately used ones; a new revision is read when it is first asked for."""

    def __init__(self) -> None:
        self.terms = TermsShelf()
        self._kept: OrderedDict[tuple[InstallationId, ProgramId], Policy] = OrderedDict()

    async def policy(self, session: AsyncSession, installation: InstallationId, program: ProgramId) -> Policy:
        """The present one; one statement as long as it stays the same."""
        revision = await revision_of(session, installation, program)
        return await self.policy_of(session, installation, program, revision)

    async def policy_of(
        self, session: AsyncSession, installation: InstallationId, program: ProgramId, revision: Revision
    ) -> Policy:
        """The one of a revision that was read just now; no statement as long as it stays the same."""
        kept = self._kept.get((installation, program))
        if kept is None or kept.revision != revision.number:
            kept = await read_policy(session, program, revision)
            self._kept[installation, program] = kept
        self._kept.move_to_end((installation, program))
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return _with_spent(kept, revision)
