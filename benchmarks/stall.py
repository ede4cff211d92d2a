"""The offers that are measured: campaigns of every kind that needs no recommended products, for a crowd of members."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import psycopg

from benchmarks.books import CHANNEL, Books, books
from benchmarks.five_rules import publish_five_in
from benchmarks.postgres import Server
from benchmarks.shop import LONG_AGO
from saleor_crm_app.crm import segments
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, global_id, shard_key
from saleor_crm_app.loyalty import offers, rewards, rules, tiers
from saleor_crm_app.loyalty.program import Program, program_of_channel
from saleor_crm_app.loyalty.tiers import Basis, Plan, Tier, TierCode, Window, WindowKind
from tests.reliability.signer import Signer

EFFECTS: Final[Mapping[str, Mapping[str, object]]] = {
    "DISCOUNT": {"kind": "FIXED_AMOUNT", "amount": 500},
    "FREE_SHIPPING": {"kind": "FREE_SHIPPING"},
    "GIFT": {"kind": "CUSTOM"},
}
KINDS: Final = (
    *("DISCOUNT",) * 4,
    *("FREE_SHIPPING",) * 2,
    *("GIFT",) * 3,
    *("BONUS_POINTS",) * 2,
    *("REWARD_REMINDER",) * 2,
    *("TIER_NUDGE",) * 2,
    *("EXPIRING_POINTS",) * 2,
    *("WIN_BACK",) * 2,
    "EARLY_ACCESS",
)
"""The offers of one campaign."""

CAMPAIGNS: Final = 10
SEGMENTS: Final = 5
REWARDS_OF_A_KIND: Final = 10

_PLAN: Final = Plan(
    basis=Basis.EARNED_POINTS,
    window=Window(WindowKind.ROLLING, 24),
    keep_months=12,
    tiers=(
        Tier(code=TierCode("silver"), name="Silver", threshold=90, multiplier_percent=100),
        Tier(code=TierCode("gold"), name="Gold", threshold=1_000, multiplier_percent=150),
    ),
)
# the number of a member decides in which segments they are, what they bought last and what they answered
_OWNERS = "CREATE TEMP TABLE owner (n bigint PRIMARY KEY, shard bigint, customer text)"
_FILL = (
    """
    INSERT INTO segment_member (installation_id, shard_key, customer_id, segment_id, since)
    SELECT %(shop)s, shard, customer, segment.id, %(now)s
    FROM owner JOIN unnest(%(segments)s) WITH ORDINALITY AS segment (id, place) ON n %% (segment.place + 1) = 0
    """,
    """
    INSERT INTO customer_rollup (installation_id, shard_key, customer_id, currency, orders, orders_365, revenue,
                                 revenue_365, first_order_at, last_order_at, gaps, gap_days, rolled_at)
    SELECT %(shop)s, shard, customer, 'EUR', 5, 2, 50000, 20000, %(long_ago)s,
           CAST(%(now)s AS timestamptz) - n %% 100 * interval '1 day', 4, 30, %(now)s FROM owner
    """,
    """
    INSERT INTO offer_response (installation_id, shard_key, customer_id, offer_id, response, day, number, kind,
                                decision_id, at)
    SELECT %(shop)s, shard, customer, offer.id, answer.response, answer.day, 0, offer.kind, 'measured',
           CAST(%(now)s AS timestamptz) - interval '1 day'
    FROM owner
    CROSS JOIN (VALUES (0, 'DISMISSED', %(today)s - 3), (1, 'NOT_FOR_ME', %(today)s - 3), (2, 'SEEN', %(today)s))
      AS answer (place, response, day)
    JOIN unnest(%(offers)s, CAST(%(kinds)s AS text[])) WITH ORDINALITY AS offer (id, kind, place)
      ON offer.place = (n + answer.place) %% %(offers_in_all)s + 1
    """,
    """
    INSERT INTO coupon (installation_id, shard_key, id, program_id, reward_id, customer_id, origin, medium, state,
                        currency, issued_at)
    SELECT %(shop)s, shard, CAST(lpad(to_hex(n), 12, '0') || '70008000' || lpad('e', 12, '0') AS uuid), %(program)s,
           (%(rewards)s)[n %% cardinality(%(rewards)s) + 1], customer, 'CLAIM', 'VOUCHER', 'ISSUED', 'EUR', %(long_ago)s
    FROM owner
    """,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    segments: Sequence[UUID]
    rewards: Sequence[UUID]
    offers: Sequence[tuple[UUID, str]]


def crowd(server: Server, *, members: int, signer: Signer | None = None) -> Books:
    """So many members with points in a shop with 200 live offers; each is in segments and has bought and answered."""
    made = books(server, entries=members, each=1, signer=signer)
    shown = asyncio.run(_open(made))
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "shop": made.shop,
        "program": made.program.id,
        "now": now,
        "long_ago": LONG_AGO,
        "today": now.astimezone(made.program.zone).date(),
        "segments": shown.segments,
        "rewards": shown.rewards,
        "offers": [offer for offer, _ in shown.offers],
        "kinds": [kind for _, kind in shown.offers],
        "offers_in_all": len(shown.offers),
    }
    with psycopg.connect(made.place.owner, autocommit=True) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute(_OWNERS.encode())
        with owner.cursor().copy("COPY owner FROM STDIN") as rows:
            for number in range(1, made.customers + 1):
                customer = CustomerId(str(number))
                rows.write_row((number, shard_key(made.shop, customer), customer))
        for statement in _FILL:
            owner.execute(statement.encode(), values)
        owner.execute("VACUUM (ANALYZE)")
    return made


async def _open(made: Books) -> _Shown:
    database = Database(made.place.app)
    try:
        async with database.shop(made.shop) as session:
            program = await program_of_channel(session, CHANNEL)
        if program is None:
            raise LookupError("the books have no program")
        await publish_five_in(database, made.shop, program)
        return await _publish(database, made.shop, program)
    finally:
        await database.close()


async def _publish(database: Database, shop: InstallationId, program: Program) -> _Shown:
    async with database.shop(shop) as session:
        await tiers.save_ladder(session, shop, program.id, plan=_PLAN, expected=0, author="1", at=LONG_AGO)
    audiences = await _segments(database, shop)
    given = await _rewards(database, shop, program)
    async with database.shop(shop) as session:
        sets = (await rules.rule_sets_of(session, shop, [program]))[program.id]
    held = [*rules.rule_set_at(sets, datetime.now(UTC)).by_id]
    made = [
        offer
        for number in range(CAMPAIGNS)
        for offer in await _campaign(
            database, shop, program, number=number, audiences=audiences, given=given, held=held
        )
    ]
    return _Shown(segments=audiences, rewards=[one for kind in given.values() for one in kind], offers=made)


async def _segments(database: Database, shop: InstallationId) -> list[UUID]:
    wanted = {"type": "NUMBER", "fact": "ORDERS", "atLeast": 2}
    async with database.shop(shop) as session:
        return [
            (
                await segments.create_segment(
                    session, shop, name=f"Segment {number}", condition=segments.read_condition(wanted), at=LONG_AGO
                )
            ).id
            for number in range(SEGMENTS)
        ]


async def _rewards(database: Database, shop: InstallationId, program: Program) -> dict[str, list[UUID]]:
    """Of each kind some for points, some for a tier, all of them once a member."""
    made: dict[str, list[UUID]] = {kind: [] for kind in EFFECTS}
    async with database.shop(shop) as session:
        for kind, effect in EFFECTS.items():
            for number in range(REWARDS_OF_A_KIND):
                terms = rewards.read_terms(
                    {
                        "effect": effect,
                        "words": {"name": f"{kind} {number}"},
                        "points": 0 if number % 2 else 20 * (number + 1),
                        "is_claimable": number % 2 == 0,
                        "limits": [{"times": 2}],
                        "tiers": ["gold"] if number % 5 == 4 else [],
                        "position": number,
                    }
                )
                made[kind].append((await rewards.create_reward(session, shop, program, terms, at=LONG_AGO)).id)
    return made


async def _campaign(
    database: Database,
    shop: InstallationId,
    program: Program,
    *,
    number: int,
    audiences: Sequence[UUID],
    given: Mapping[str, Sequence[UUID]],
    held: Sequence[str],
) -> list[tuple[UUID, str]]:
    """Every third is for everybody; a tenth of its members see nothing of each."""
    terms = offers.read_campaign_terms(
        {"name": f"Campaign {number}", "goal": "To be measured", "audience": _audience(number, audiences)}
    )
    made: list[tuple[UUID, str]] = []
    async with database.shop(shop) as session:
        kept = await offers.campaigns.create_campaign(session, shop, program.id, terms, at=LONG_AGO)
        for place, kind in enumerate(KINDS):
            shown = offers.read_offer_terms(_offer(kind, number + place, given, held))
            offer = await offers.registry.create_offer(session, shop, kept.id, shown, rules=held, at=LONG_AGO)
            made.append((offer.id, kind))
        await offers.campaigns.publish_campaign(session, shop, kept.id)
    return made


def _audience(number: int, audiences: Sequence[UUID]) -> dict[str, list[str]]:
    one, other = (str(audiences[(number + step) % len(audiences)]) for step in (0, 1))
    return [{}, {"any_of": [one, other]}, {"all_of": [one], "none_of": [other]}][number % 3]


def _offer(kind: str, number: int, given: Mapping[str, Sequence[UUID]], held: Sequence[str]) -> dict[str, object]:
    document: dict[str, object] = {"kind": kind, "worth": 100 * (number + 1)}
    if kind in given:
        document["reward"] = str(given[kind][number % REWARDS_OF_A_KIND])
    if kind == "BONUS_POINTS":
        document["rule"] = held[number % len(held)]
    if kind in {"BONUS_POINTS", "EARLY_ACCESS"}:
        document["words"] = {"title": f"{kind} {number}"}
    if kind == "EARLY_ACCESS":
        document["products"] = [global_id("Product", number + 1)]
    return document
