"""A member's tier as it is shown: reckoned from the time of asking, so that no job is waited for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ProgramId, shard_key
from saleor_crm_app.loyalty.points import Qualified, qualifying_of
from saleor_crm_app.loyalty.tiers.counts import Counts
from saleor_crm_app.loyalty.tiers.ladder import Tier
from saleor_crm_app.loyalty.tiers.members import KEPT_COLUMNS, Kept, Owner, kept_from
from saleor_crm_app.loyalty.tiers.needs import Need, needed_to_climb, needed_to_keep
from saleor_crm_app.loyalty.tiers.registry import IS_LIVE, LADDER_COLUMNS, LIVE_LADDERS, LiveLadder, ladder_from
from saleor_crm_app.loyalty.tiers.standing import Standing, counted_since, follow, loses_at


@dataclass(frozen=True, slots=True, kw_only=True)
class TierStatus:
    """Where a member stands at an instant, and what is lacking. `tier` is None below the first tier.

    `until` is when the tier is lost where there is a notice, else when it is measured again.
    """

    live: LiveLadder
    standing: Standing
    tier: Tier | None
    until: datetime | None
    keep: Need | None
    climb: Need | None


_STANDINGS = sa.text(
    f"""
    SELECT wanted.customer AS customer_id, {KEPT_COLUMNS}, live.*
    FROM (SELECT {LADDER_COLUMNS} FROM {LIVE_LADDERS} WHERE {IS_LIVE}) AS live
    CROSS JOIN unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[])) AS wanted (shard, customer)
    LEFT JOIN tier_standing AS standing
      ON standing.installation_id = :installation AND standing.shard_key = wanted.shard
     AND standing.customer_id = wanted.customer AND standing.program_id = live.program_id
    """  # noqa: S608 # constants of this package
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))


async def statuses(
    session: AsyncSession, installation: InstallationId, owners: Collection[Owner], *, at: datetime
) -> dict[Owner, TierStatus]:
    """Where these members stand at `at`; two statements.

    Left out are programs without tiers. Who has no account stands at the bottom.
    """
    held = await _held(session, installation, owners)
    since = {owner: counted_since(_standing(kept), live.ladder, live.zone) for owner, (live, kept) in held.items()}
    found = await qualifying_of(session, installation, since)
    nobody = Qualified(joined_at=at)
    return {owner: status_at(*held[owner], found.get(owner, nobody), at=at) for owner in held}


class StatusBook:
    """Where members stand at one moment, each read once however many ask: for one operation and its transaction."""

    def __init__(self, installation: InstallationId, *, at: datetime) -> None:
        self._installation = installation
        self._at = at
        self._known: dict[Owner, TierStatus | None] = {}

    async def of(self, session: AsyncSession, owners: Collection[Owner]) -> dict[Owner, TierStatus]:
        """As `statuses`; nothing is read of whom somebody asked before."""
        unknown = {owner for owner in owners if owner not in self._known}
        if unknown:
            found = await statuses(session, self._installation, unknown, at=self._at)
            self._known |= {owner: found.get(owner) for owner in unknown}
        return {owner: known for owner in owners if (known := self._known[owner]) is not None}


async def _held(
    session: AsyncSession, installation: InstallationId, owners: Collection[Owner]
) -> dict[Owner, tuple[LiveLadder, Kept | None]]:
    customers = sorted({customer for customer, _ in owners})
    wanted = {
        "installation": installation,
        "shards": [shard_key(installation, customer) for customer in customers],
        "customers": customers,
        "programs": sorted({program for _, program in owners}),
    }
    held = {}
    for row in await session.execute(_STANDINGS, wanted):
        owner = (CustomerId(row.customer_id), ProgramId(row.program_id))
        if owner in owners:
            held[owner] = (ladder_from(row), None if row.since is None else kept_from(row))
    return held


def _standing(kept: Kept | None) -> Standing | None:
    return None if kept is None else kept.standing


def status_at(live: LiveLadder, kept: Kept | None, qualified: Qualified, *, at: datetime) -> TierStatus:
    """Where a member stands at an instant; as they were, while the program is paused."""
    ladder, zone = live.ladder, live.zone
    counts = Counts.of(qualified.amounts, ladder.plan.basis)
    standing = _standing(kept)
    if standing is None or not live.is_paused:
        standing = follow(standing, ladder, counts, zone=zone, joined=qualified.joined_at, at=at).standing
    return TierStatus(
        live=live,
        standing=standing,
        tier=ladder.plan.tier(ladder.rung(standing.tier)),
        until=loses_at(standing, ladder, zone) or standing.due,
        keep=needed_to_keep(standing, ladder, counts, zone=zone, at=at),
        climb=needed_to_climb(standing, ladder, counts, zone=zone, at=at),
    )
