"""What the shop is told of a customer's tiers: one small document, written only when it reads otherwise."""

from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ProgramId, global_id, shard_key
from saleor_crm_app.loyalty.tiers.ladder import Ladder, TierCode
from saleor_crm_app.loyalty.tiers.members import Owner, standings_of
from saleor_crm_app.loyalty.tiers.registry import ladders_of


class MirroredTier(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's tier in one program, as the shop reads it; `program` and `id` are global ids."""

    program: str
    currency: str
    id: str
    code: str
    name: str
    since: datetime


def tier_id(program: ProgramId, code: TierCode) -> str:
    """A tier's global id: it has the tier's code, and that is only one within its program."""
    return global_id("LoyaltyTier", f"{program.hex}-{code}")


async def mirrored(session: AsyncSession, installation: InstallationId, customer: CustomerId) -> str | None:
    """What the shop should read of a customer, by currency; None when it does already. At most three statements.

    Who never stood above the bottom is not told of, so that a shop of many members is not written to for each.
    """
    ladders = await ladders_of(session, installation)
    owners: list[Owner] = [(customer, program) for program in ladders]
    tiers = [
        tier
        for (_, program), standing in (await standings_of(session, installation, owners)).items()
        if (tier := _tier(ladders[program].ladder, program, ladders[program].currency, standing.tier, standing.since))
    ]
    content = msgspec.json.encode(sorted(tiers, key=lambda tier: (tier.currency, tier.program))).decode()
    written = await _written(session, installation, customer)
    return None if content == written else content


def _tier(
    ladder: Ladder, program: ProgramId, currency: str, code: TierCode | None, since: datetime
) -> MirroredTier | None:
    tier = ladder.plan.tier(ladder.rung(code))
    if tier is None:
        return None
    return MirroredTier(
        program=global_id("LoyaltyProgram", program),
        currency=currency,
        id=tier_id(program, tier.code),
        code=tier.code,
        name=tier.name,
        since=since,
    )


_WRITTEN = sa.text(
    """
    SELECT content FROM tier_mirror
    WHERE installation_id = :installation AND shard_key = :shard AND customer_id = :customer
    """
)


async def _written(session: AsyncSession, installation: InstallationId, customer: CustomerId) -> str | None:
    key = {"installation": installation, "shard": shard_key(installation, customer), "customer": customer}
    content: str | None = (await session.execute(_WRITTEN, key)).scalar_one_or_none()
    return content


_NOTE = sa.text(
    """
    INSERT INTO tier_mirror (installation_id, shard_key, customer_id, content, written_at)
    VALUES (:installation, :shard, :customer, :content, :at)
    ON CONFLICT (installation_id, shard_key, customer_id) DO UPDATE SET
        content = excluded.content, written_at = excluded.written_at
    """
).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)))


async def note_mirrored(
    session: AsyncSession, installation: InstallationId, customer: CustomerId, content: str, *, at: datetime
) -> None:
    """Remember what the shop reads now."""
    key = {"installation": installation, "shard": shard_key(installation, customer), "customer": customer}
    await session.execute(_NOTE, key | {"content": content, "at": at})
