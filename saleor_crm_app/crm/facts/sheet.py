"""Everything that is known of one customer, one value a line: from whom, of when, and for what it may be used."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.facts.models import CustomerScoreRow, MemberFactRow
from saleor_crm_app.crm.facts.rollup import Rollup, rollup_of
from saleor_crm_app.crm.facts.told import facts_of
from saleor_crm_app.crm.facts.words import Cell, Phase
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, shard_key
from saleor_crm_app.kernel.money import Money

KnownValue = str | int | float | bool | datetime | Money | Mapping[str, int]


class Origin(StrEnum):
    """Where a value comes from."""

    ORDERS = "ORDERS"
    SHOP = "SHOP"
    LOYALTY = "LOYALTY"
    EVENT = "EVENT"
    STAFF = "STAFF"
    APP = "APP"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFact:
    """One value, named as in conditions; `program` where it is a member's. `purpose` None: for the service."""

    name: str
    value: KnownValue
    origin: Origin
    observed_at: datetime
    purpose: str | None = None
    program: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Where a customer stood among purchasers on the last night, if they were ranked, and their phase."""

    recency: int | None
    frequency: int | None
    monetary: int | None
    cell: Cell | None
    phase: Phase | None
    phase_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is known of a customer."""

    facts: Sequence[KnownFact]
    score: Score | None


async def sheet_of(session: AsyncSession, installation: InstallationId, customer: CustomerId) -> Sheet | None:
    """A customer's sheet, if they are known; four statements."""
    rollup = await rollup_of(session, installation, customer)
    if rollup is None:
        return None
    key = (installation, shard_key(installation, customer), customer)
    score = await session.get(CustomerScoreRow, key)
    told = await facts_of(session, installation, customer)
    return Sheet(
        facts=[
            *_of_rollup(rollup),
            *await _of_loyalty(session, key),
            *(
                KnownFact(
                    name=one.name,
                    value=one.value,
                    origin=Origin[one.source.value],
                    observed_at=one.observed_at,
                    purpose=one.purpose,
                )
                for one in told.values()
            ),
        ],
        score=None if score is None else _score(score),
    )


def _of_rollup(rollup: Rollup) -> Iterator[KnownFact]:
    """Those that say something, orders first."""
    orders: dict[str, KnownValue | None] = {
        "ORDERS": rollup.orders,
        "ORDERS_365": rollup.orders_365,
        "REVENUE": rollup.revenue,
        "REVENUE_365": rollup.revenue_365,
        "FIRST_ORDER": rollup.first_order_at,
        "LAST_ORDER": rollup.last_order_at,
        "GAP_DAYS": rollup.gap_days,
        "DISCOUNT_PERCENT": _percent(rollup.discount_permille),
        "RETURNED_PERCENT": _percent(rollup.returned_permille),
        "CHANNEL": rollup.channels or None,
        "CATEGORY": rollup.categories or None,
        "COLLECTION": rollup.collections or None,
        "PRODUCT": rollup.products or None,
    }
    shop: dict[str, KnownValue | None] = {
        "LANGUAGE": rollup.language or None,
        "COUNTRY": rollup.country or None,
        "CONFIRMED": rollup.is_confirmed,
        "JOINED": rollup.joined_at,
        "BIRTHDAY_MONTH": rollup.birth_month,
    }
    for origin, values in ((Origin.ORDERS, orders), (Origin.SHOP, shop)):
        for name, value in values.items():
            if value is not None:
                yield KnownFact(name=name, value=value, origin=origin, observed_at=rollup.rolled_at)


async def _of_loyalty(session: AsyncSession, key: tuple[object, ...]) -> list[KnownFact]:
    row = MemberFactRow
    wanted = sa.select(row).where(sa.tuple_(row.installation_id, row.shard_key, row.customer_id) == sa.tuple_(*key))
    return [
        KnownFact(name=name, value=value, origin=Origin.LOYALTY, observed_at=held.observed_at, program=held.program_id)
        for held in await session.scalars(wanted.order_by(row.program_id))
        for name, value in (("TIER", held.tier), ("AVAILABLE", held.available), ("EXPIRING", held.expiring))
        if value is not None
    ]


def _score(row: CustomerScoreRow) -> Score:
    return Score(
        recency=row.recency,
        frequency=row.frequency,
        monetary=row.monetary,
        cell=None if row.cell is None else Cell(row.cell),
        phase=None if row.phase is None else Phase(row.phase),
        phase_since=row.phase_since,
    )


def _percent(permille: int | None) -> float | None:
    return None if permille is None else permille / 10
