"""What is kept of one member, and of what their offers bring, that changes by the hour: read in one statement."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId, RewardId, shard_key
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.offers.registry import OfferId
from saleor_crm_app.loyalty.offers.responses import REMEMBERED_DAYS, Response, Responses
from saleor_crm_app.loyalty.offers.revisions import REVISION_COLUMNS, Revision, revision_from
from saleor_crm_app.loyalty.offers.terms import OfferKind
from saleor_crm_app.loyalty.offers.views import NOBODY, Question, Standing
from saleor_crm_app.loyalty.points import Balance, Member


class _Answer(msgspec.Struct, frozen=True, array_like=True):
    offer: OfferId
    response: Response
    kind: OfferKind
    at: datetime


class _Had(msgspec.Struct, frozen=True, array_like=True):
    reward: RewardId
    at: datetime


class Supply(msgspec.Struct, frozen=True, array_like=True):
    """What is left of a reward in a version of its terms: `stock_left` None means any number; minor units."""

    reward: RewardId
    version: int
    stock_left: int | None
    committed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """What is published by now, where the member stands and with which points, what is left of the program's rewards.

    `rules` is the newest version of its earning rules, 0 where none was published.
    """

    revision: Revision
    standing: Standing
    balance: Balance = points.NO_POINTS
    supplies: Mapping[RewardId, Supply] = field(default_factory=dict)
    rules: int = 0


# a claim that failed or was taken back gives no second one away: see `coupons.had_before`
_MEMBER: Final = """
    (SELECT CAST(jsonb_agg(jsonb_build_array(answered.offer_id, answered.response, answered.kind, answered.at)
                           ORDER BY answered.at) AS text)
     FROM offer_response AS answered
     LEFT JOIN coupon ON coupon.installation_id = :installation AND coupon.shard_key = answered.shard_key
                     AND coupon.id = answered.coupon_id
     WHERE answered.installation_id = :installation AND answered.shard_key = :shard
       AND answered.customer_id = :customer
       AND (answered.response = 'DISMISSED' OR (answered.response = 'SEEN' AND answered.day = :today)
            OR (answered.response = 'NOT_FOR_ME' AND answered.day > :since)
            OR (answered.response = 'ACCEPTED' AND coupon.state IS DISTINCT FROM 'FAILED'
                AND (coupon.state IS DISTINCT FROM 'REVOKED' OR coupon.order_id IS NOT NULL)))) AS answers,
    ARRAY(SELECT segment_id FROM segment_member
          WHERE installation_id = :installation AND shard_key = :shard AND customer_id = :customer) AS segments,
    (SELECT CAST(jsonb_agg(jsonb_build_array(reward_id, issued_at) ORDER BY issued_at) AS text) FROM coupon
     WHERE installation_id = :installation AND shard_key = :shard AND customer_id = :customer
       AND program_id = :program AND origin = 'CLAIM' AND state <> 'FAILED'
       AND NOT (state = 'REVOKED' AND order_id IS NULL)) AS had,
    rollup.last_order_at, rollup.gap_days
"""
_SUPPLIES: Final = """
    (SELECT CAST(jsonb_agg(jsonb_build_array(id, version, stock_left, committed) ORDER BY id) AS text) FROM reward
     WHERE installation_id = :installation AND program_id = :program AND retired_at IS NULL) AS supplies,
    (SELECT coalesce(max(version), 0) FROM rule_set
     WHERE installation_id = :installation AND program_id = :program) AS rules
"""
_READ: Final = sa.text(
    f"""
    SELECT {REVISION_COLUMNS}, {_MEMBER}, {_SUPPLIES}, balance.*
    FROM (VALUES (1)) AS asked (once)
    LEFT JOIN customer_rollup AS rollup
      ON rollup.installation_id = :installation AND rollup.shard_key = :shard AND rollup.customer_id = :customer
    LEFT JOIN LATERAL ({points.BALANCE}) AS balance ON true
    """  # noqa: S608 # constants of this slice
).bindparams(
    sa.bindparam("installation", type_=sa.Uuid),
    sa.bindparam("program", type_=sa.Uuid),
    sa.bindparam("shard", type_=sa.BigInteger),
    sa.bindparam("customer", type_=sa.Text),
    sa.bindparam("account_shard", type_=sa.BigInteger),
    sa.bindparam("account", type_=sa.Uuid),
    sa.bindparam("at", type_=sa.DateTime(timezone=True)),
    sa.bindparam("today", type_=sa.Date),
    sa.bindparam("since", type_=sa.Date),
)
_ANSWERS: Final = msgspec.json.Decoder(list[_Answer])
_HADS: Final = msgspec.json.Decoder(list[_Had])
_SUPPLY: Final = msgspec.json.Decoder(list[Supply])


def local_day(asked: Question) -> date:
    """The day it is in the program's zone."""
    return asked.at.astimezone(asked.program.zone).date()


async def dossier_of(
    session: AsyncSession, installation: InstallationId, asked: Question, *, member: Member | None
) -> Dossier:
    """As it is now; one statement, however much is known. `member` is their account, where one was opened."""
    today = local_day(asked)
    wanted = {
        "installation": installation,
        "program": asked.program.id,
        "shard": None if asked.customer is None else shard_key(installation, asked.customer),
        "customer": asked.customer,
        "today": today,
        "since": today - timedelta(days=REMEMBERED_DAYS),
        "at": asked.at,
    } | points.key_of(installation, member)
    row = (await session.execute(_READ, wanted)).one()
    supplies = _SUPPLY.decode(row.supplies or "[]")
    return Dossier(
        revision=revision_from(row),
        standing=NOBODY if asked.customer is None else _standing(row),
        balance=points.NO_POINTS if row.available is None else points.balance_from(row),
        supplies={one.reward: one for one in supplies},
        rules=row.rules,
    )


def _standing(row: sa.Row[tuple[object, ...]]) -> Standing:
    had: dict[RewardId, list[datetime]] = defaultdict(list)
    for one in _HADS.decode(row.had or "[]"):
        had[one.reward].append(one.at)
    return Standing(
        segments=frozenset(row.segments),
        responses=_responses(_ANSWERS.decode(row.answers or "[]")),
        had=had,
        last_order_at=row.last_order_at,
        gap_days=row.gap_days,
    )


def _responses(answers: Sequence[_Answer]) -> Responses:
    offers: dict[Response, list[OfferId]] = defaultdict(list)
    accepted: dict[OfferId, tuple[datetime, ...]] = {}
    unwanted: dict[OfferKind, int] = defaultdict(int)
    for one in answers:
        offers[one.response].append(one.offer)
        if one.response is Response.ACCEPTED:
            accepted[one.offer] = (*accepted.get(one.offer, ()), one.at)
        elif one.response is Response.NOT_FOR_ME:
            unwanted[one.kind] += 1
    return Responses(
        dismissed=frozenset(offers[Response.DISMISSED]),
        accepted=accepted,
        not_for_me=dict(unwanted),
        seen_today=frozenset(offers[Response.SEEN]),
    )
