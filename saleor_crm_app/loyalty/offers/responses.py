"""What members answered to offers: written once for each offer, member and day."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.customers import sweep_of
from saleor_crm_app.kernel.ids import CouponId, CustomerId, InstallationId, shard_key
from saleor_crm_app.loyalty.offers.decisions import DecisionKey
from saleor_crm_app.loyalty.offers.registry import OfferId
from saleor_crm_app.loyalty.offers.terms import OfferKind

MOST_IMPRESSIONS: Final = 20
"""So many offers count as seen by one member on one day; they have nothing to do with the message budget."""

REMEMBERED_DAYS: Final = 90
"""So long “not for me” means less of the kind."""


class Response(StrEnum):
    """What a member did about an offer."""

    SEEN = "SEEN"
    CLICKED = "CLICKED"
    NOT_FOR_ME = "NOT_FOR_ME"
    DISMISSED = "DISMISSED"
    ACCEPTED = "ACCEPTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """A member's answers that matter today: what is gone, what was taken when, what was not for them, what was seen."""

    dismissed: frozenset[OfferId] = frozenset()
    accepted: Mapping[OfferId, tuple[datetime, ...]] = field(default_factory=dict)
    not_for_me: Mapping[OfferKind, int] = field(default_factory=dict)
    seen_today: frozenset[OfferId] = frozenset()


NO_RESPONSES: Final = Responses()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer to an offer that a decision showed; an acceptance has its `coupon` and `cost`, minor units."""

    offer: OfferId
    kind: OfferKind
    response: Response
    decision: DecisionKey
    coupon: CouponId | None = None
    cost: int = 0


# the decision is written down by the first answer to it; the same answer again on one day is none
_WRITE = sa.text(
    """
    WITH decided AS (
        INSERT INTO offer_decision (installation_id, shard_key, customer_id, id, program_id, placement, day, revision,
                                    is_exploring, recorded_at)
        VALUES (:installation, :shard, :customer, :decision, :program, :placement, :decided_for, :revision,
                :exploring, :at)
        ON CONFLICT DO NOTHING
    )
    INSERT INTO offer_response (installation_id, shard_key, customer_id, offer_id, response, day, number, kind,
                                decision_id, at, coupon_id, cost)
    SELECT :installation, :shard, :customer, :offer, :response, :day,
           CASE WHEN :response = 'ACCEPTED' THEN coalesce(max(number) + 1, 0) ELSE 0 END,
           :kind, :decision, :at, :coupon, :cost
    FROM offer_response
    WHERE installation_id = :installation AND shard_key = :shard AND customer_id = :customer
      AND offer_id = :offer AND response = :response AND day = :day
    ON CONFLICT DO NOTHING RETURNING 1
    """
).bindparams(
    sa.bindparam("decided_for", type_=sa.Date),
    sa.bindparam("day", type_=sa.Date),
    sa.bindparam("revision", type_=sa.BigInteger),
    sa.bindparam("shard", type_=sa.BigInteger),
    sa.bindparam("installation", type_=sa.Uuid),
    sa.bindparam("offer", type_=sa.Uuid),
    sa.bindparam("customer", type_=sa.Text),
    sa.bindparam("response", type_=sa.Text),
    sa.bindparam("kind", type_=sa.Text),
    sa.bindparam("decision", type_=sa.Text),
    sa.bindparam("cost", type_=sa.BigInteger),
    sa.bindparam("coupon", type_=sa.Uuid),
    sa.bindparam("at", type_=sa.DateTime(timezone=True)),
)


async def write_response(
    session: AsyncSession,
    installation: InstallationId,
    customer: CustomerId,
    answered: Answered,
    *,
    today: date,
    at: datetime,
) -> bool:
    """Write an answer down, and the decision that it answers; says whether it was new. One statement."""
    decision = answered.decision
    wanted = {
        "installation": installation,
        "shard": shard_key(installation, customer),
        "customer": customer,
        "decision": decision.digest,
        "program": decision.program,
        "placement": decision.placement,
        "decided_for": decision.day,
        "revision": decision.revision,
        "exploring": decision.is_exploring,
        "offer": answered.offer,
        "response": answered.response.value,
        "day": today,
        "kind": answered.kind.value,
        "coupon": answered.coupon,
        "cost": answered.cost,
        "at": at,
    }
    return (await session.execute(_WRITE, wanted)).scalar_one_or_none() is not None


_FORGET = [
    sa.text(
        f"""
        DELETE FROM {table} USING unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[])) AS gone (shard, id)
        WHERE {table}.installation_id = :installation AND {table}.shard_key = gone.shard
          AND {table}.customer_id = gone.id
        """  # noqa: S608 # the tables are those below
    ).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))
    for table in ("offer_response", "offer_decision")
]


_FORGET_DELETED = [sweep_of(table) for table in ("offer_response", "offer_decision")]


async def forget_deleted(session: AsyncSession, installation: InstallationId) -> None:
    """The same for all who were deleted: an answer may have been on its way meanwhile. Once a night."""
    for statement in _FORGET_DELETED:
        await session.execute(statement, {"installation": installation})


async def forget_responses(
    session: AsyncSession, installation: InstallationId, customers: Collection[CustomerId]
) -> None:
    """Delete what deleted customers answered; what their coupons cost stays with the campaigns."""
    if not customers:
        return
    ordered = sorted((shard_key(installation, one), one) for one in set(customers))
    wanted = {
        "installation": installation,
        "shards": [shard for shard, _ in ordered],
        "customers": [customer for _, customer in ordered],
    }
    for statement in _FORGET:
        await session.execute(statement, wanted)
