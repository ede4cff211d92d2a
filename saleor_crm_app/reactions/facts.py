"""Keeps what the CRM knows of customers up to date: from orders at once, from loyalty and from time at night."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm import facts, insight
from saleor_crm_app.crm.customers import Place
from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ShardKey, shard_key
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.installations import InstallationState

_PAGE: Final = 1000
_PAGES_OF_A_JOB: Final = 50
_BEFORE_ALL: Final[Place] = (ShardKey(-(2**63)), CustomerId(""))

_NOTE_MEMBERS = """
    WITH chosen AS MATERIALIZED ({chosen}),
    written AS (
        INSERT INTO member_fact (installation_id, shard_key, customer_id, program_id, tier, tier_since, available,
                                 expiring, last_active_at, observed_at)
        SELECT :installation, account.shard_key, account.customer_id, account.program_id, standing.tier,
               standing.since, coalesce(points.available, 0), coalesce(points.expiring, 0), account.last_active_at, :at
        FROM chosen
        JOIN customer_rollup AS known -- who was deleted has none
          ON known.installation_id = :installation AND known.shard_key = chosen.shard
         AND known.customer_id = chosen.customer
        JOIN account ON account.installation_id = :installation AND account.shard_key = chosen.shard
                    AND account.customer_id = chosen.customer AND account.status IN ('ACTIVE', 'HELD')
        LEFT JOIN tier_standing AS standing
          ON standing.installation_id = :installation AND standing.shard_key = account.shard_key
         AND standing.customer_id = account.customer_id AND standing.program_id = account.program_id
        CROSS JOIN LATERAL (
            SELECT sum(remaining - held) AS available,
                   sum(remaining - held) FILTER (WHERE expires_at <= :at + interval '{days} days') AS expiring
            FROM lot
            WHERE lot.installation_id = :installation AND lot.shard_key = account.shard_key
              AND lot.account_id = account.id AND remaining > 0 AND activates_at <= :at
              AND (expires_at IS NULL OR expires_at > :at)
        ) AS points
        ORDER BY account.shard_key, account.customer_id, account.program_id
        ON CONFLICT (installation_id, shard_key, customer_id, program_id) DO UPDATE SET
            tier = excluded.tier, tier_since = excluded.tier_since, available = excluded.available,
            expiring = excluded.expiring, last_active_at = excluded.last_active_at, observed_at = excluded.observed_at
        RETURNING 1
    )
    SELECT shard, customer FROM chosen ORDER BY shard DESC, customer DESC LIMIT 1
"""
_AT = sa.bindparam("at", type_=sa.DateTime(timezone=True))
_NOTE_THESE = sa.text(
    _NOTE_MEMBERS.format(
        chosen="SELECT * FROM unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[])) AS t (shard, customer)",
        days=facts.MEMBER_EXPIRY_DAYS,
    )
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)), _AT)
_NOTE_PAGE = sa.text(
    _NOTE_MEMBERS.format(
        chosen="SELECT DISTINCT shard_key AS shard, customer_id AS customer FROM account"
        " WHERE installation_id = :installation AND (shard_key, customer_id) > (:shard, :customer)"
        " ORDER BY shard_key, customer_id LIMIT :first",
        days=facts.MEMBER_EXPIRY_DAYS,
    )
).bindparams(sa.bindparam("shard", type_=sa.BigInteger), _AT)


async def note_members(
    session: AsyncSession, installation: InstallationId, customers: Collection[CustomerId], *, at: datetime
) -> None:
    """Write down as facts where these customers' accounts stand; one statement, none for nobody."""
    if not customers:
        return
    ordered = sorted((shard_key(installation, one), one) for one in set(customers))
    wanted = {
        "installation": installation,
        "shards": [shard for shard, _ in ordered],
        "customers": [customer for _, customer in ordered],
        "at": at,
    }
    await session.execute(_NOTE_THESE, wanted)


async def keep_facts(
    session: AsyncSession,
    installation: InstallationId,
    touched: Collection[CustomerId],
    gone: Collection[CustomerId],
    *,
    at: datetime,
) -> None:
    """Bring the facts about these customers up to date; who is gone has none."""
    await facts.roll_up(session, installation, touched, at=at)
    await insight.rephase(session, installation, touched, at=at)
    await note_members(session, installation, touched, at=at)
    await facts.forget(session, installation, gone)


class FactKeeper:
    """Does what time asks for, and refills, a page of customers in each transaction; twice does no harm."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def follow_time(self) -> None:
        """See to every shop's rollups that time has changed, to its members' points, and to whom nobody rolled up.

        What an earlier night told of somebody who was just being deleted goes first.
        """
        for shop in await all_installations(self._database):
            if shop.state is InstallationState.ACTIVE:
                await self._follow_in(shop.id)

    async def roll_up(self, job: facts.RollUp) -> None:
        """Go on with a refill; after some pages the rest is owed to another job, so that what is done stays done."""
        last = None
        if job.shard_after is not None and job.customer_after is not None:
            last = (ShardKey(job.shard_after), CustomerId(job.customer_after))
        for _ in range(_PAGES_OF_A_JOB):
            page = await self._roll_page(job, last)
            if len(page) < _PAGE:
                return
            last = page[-1]
        if last is not None:
            following = facts.RollUp(
                installation=job.installation, everybody=job.everybody, shard_after=last[0], customer_after=last[1]
            )
            async with self._database.shop(job.installation) as session:
                await outbox.enqueue(session, following)

    async def _roll_page(self, job: facts.RollUp, after: Place | None) -> Sequence[Place]:
        shop = job.installation
        async with self._database.shop(shop) as session:
            at = await business_time(session, shop)
            page = await facts.unrolled(session, shop, after=after, first=_PAGE, everybody=job.everybody)
            await facts.roll_up(session, shop, [customer for _, customer in page], at=at)
        return page

    async def _follow_in(self, shop: InstallationId) -> None:
        async with self._database.shop(shop) as session:
            await facts.forget_deleted(session, shop)
            await outbox.enqueue(session, facts.RollUp(installation=shop))
        more = True
        while more:
            async with self._database.shop(shop) as session:
                at = await business_time(session, shop)
                due = await facts.due_rollups(session, shop, at=at, first=_PAGE)
                await facts.roll_up(session, shop, due, at=at)
                more = len(due) == _PAGE
        last: Place | None = _BEFORE_ALL
        while last is not None:
            async with self._database.shop(shop) as session:
                wanted = {"installation": shop, "shard": last[0], "customer": last[1], "first": _PAGE}
                at = await business_time(session, shop)
                row = (await session.execute(_NOTE_PAGE, wanted | {"at": at})).one_or_none()
                last = None if row is None else (ShardKey(row.shard), CustomerId(row.customer))
