"""Makes one SQL expression of a condition; whatever stands in it travels as a bound value."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final, assert_never

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from saleor_crm_app.crm.facts import CustomerRollupRow, CustomerScoreRow, FactRow, MemberFactRow
from saleor_crm_app.crm.segments import conditions as c

Expression = sa.ColumnElement[bool]

ROLLUP: Final = CustomerRollupRow
SCORE: Final = CustomerScoreRow

WITH_SCORES: Final = sa.outerjoin(
    ROLLUP.__table__,
    SCORE.__table__,
    sa.and_(
        SCORE.installation_id == ROLLUP.installation_id,
        SCORE.shard_key == ROLLUP.shard_key,
        SCORE.customer_id == ROLLUP.customer_id,
    ),
)
"""What expressions are asked of."""

_NUMBERS: Final[dict[c.Numeric, sa.ColumnElement[Any]]] = {
    c.Numeric.ORDERS: ROLLUP.orders.expression,
    c.Numeric.ORDERS_365: ROLLUP.orders_365.expression,
    c.Numeric.GAP_DAYS: ROLLUP.gap_days.expression,
    c.Numeric.DISCOUNT_PERCENT: ROLLUP.discount_permille.expression,
    c.Numeric.RETURNED_PERCENT: ROLLUP.returned_permille.expression,
}
_PERMILLE: Final = (c.Numeric.DISCOUNT_PERCENT, c.Numeric.RETURNED_PERCENT)
_SUMS: Final = {c.Sum.REVENUE: ROLLUP.revenue, c.Sum.REVENUE_365: ROLLUP.revenue_365}
_MOMENTS: Final = {
    c.Moment.FIRST_ORDER: ROLLUP.first_order_at,
    c.Moment.LAST_ORDER: ROLLUP.last_order_at,
    c.Moment.JOINED: ROLLUP.joined_at,
}
_STOCKS: Final = {c.Stock.AVAILABLE: MemberFactRow.available, c.Stock.EXPIRING: MemberFactRow.expiring}
_LEAST_GAPS: Final = 2


def expression(condition: c.Condition, *, at: datetime) -> Expression:
    """True or false for each customer at that moment, never null: what is not known does not hold."""
    return sa.func.coalesce(_of(condition, at), sa.false())


def _of(condition: c.Condition, at: datetime) -> sa.ColumnElement[Any]:  # noqa: C901, PLR0911, PLR0912 # a closed list
    match condition:
        case c.All():
            return sa.and_(*(expression(one, at=at) for one in condition.of))
        case c.AnyOf():
            return sa.or_(*(expression(one, at=at) for one in condition.of))
        case c.Not():
            return sa.not_(expression(condition.of, at=at))
        case c.Number():
            factor = 10 if condition.fact in _PERMILLE else 1
            return _between(_NUMBERS[condition.fact], condition.at_least, condition.at_most, factor=factor)
        case c.Money():
            within = _between(_SUMS[condition.fact].expression, condition.at_least, condition.at_most)
            return sa.and_(ROLLUP.currency == condition.currency, within)
        case c.Time():
            return _time(condition, at)
        case c.Channel() | c.Category() | c.Collection() | c.Product():
            return _has_any(condition)
        case c.Language():
            return ROLLUP.language.in_(condition.among)
        case c.Country():
            return ROLLUP.country.in_(condition.among)
        case c.Confirmed():
            return ROLLUP.is_confirmed.is_(sa.true())
        case c.BirthdayMonth():
            return ROLLUP.birth_month == at.astimezone(UTC).month
        case c.Overdue():
            waited = sa.extract("epoch", sa.literal(at, sa.DateTime(timezone=True)) - ROLLUP.last_order_at)
            due = ROLLUP.gap_days * 864 * condition.percent
            return sa.and_(ROLLUP.gaps >= _LEAST_GAPS, waited >= due)
        case c.Tier():
            return _member(MemberFactRow.tier.in_(condition.among))
        case c.Points():
            return _member(_between(_STOCKS[condition.fact].expression, condition.at_least, condition.at_most))
        case c.Idle():
            moved = sa.func.coalesce(MemberFactRow.last_active_at, MemberFactRow.tier_since)
            long_ago = sa.literal(at - timedelta(days=condition.days), sa.DateTime(timezone=True))
            return _member(sa.and_(MemberFactRow.available > 0, moved < long_ago))
        case c.Rfm():
            return SCORE.cell.in_([one.value for one in condition.among])
        case c.InPhase():
            return SCORE.phase.in_([one.value for one in condition.among])
        case c.Event() | c.Told():
            return _told(condition, at)
        case _ as never:
            assert_never(never)


def _between(
    column: sa.ColumnElement[Any], least: int | None, most: int | None, *, factor: int = 1
) -> sa.ColumnElement[Any]:
    bounds = []
    if least is not None:
        bounds.append(column >= sa.literal(least * factor, sa.BigInteger))
    if most is not None:
        bounds.append(column <= sa.literal(most * factor, sa.BigInteger))
    return sa.and_(*bounds)


def _time(condition: c.Time, at: datetime) -> sa.ColumnElement[Any]:
    column = _MOMENTS[condition.fact]
    if condition.within_days is not None:
        return column > at - timedelta(days=condition.within_days)
    return column <= at - timedelta(days=condition.before_days or 0)


def _has_any(condition: c.Named) -> sa.ColumnElement[Any]:
    counted = {
        c.Channel: ROLLUP.channels,
        c.Category: ROLLUP.categories,
        c.Collection: ROLLUP.collections,
        c.Product: ROLLUP.products,
    }[type(condition)]
    return sa.func.jsonb_exists_any(counted, sa.literal(list(condition.among), ARRAY(sa.Text)))


def _member(holds: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return (
        sa.exists()
        .where(
            MemberFactRow.installation_id == ROLLUP.installation_id,
            MemberFactRow.shard_key == ROLLUP.shard_key,
            MemberFactRow.customer_id == ROLLUP.customer_id,
            holds,
        )
        .correlate(ROLLUP)
    )


def _told(condition: c.Event | c.Told, at: datetime) -> sa.ColumnElement[Any]:
    holds: list[sa.ColumnElement[Any]] = [FactRow.name == condition.name]
    if isinstance(condition, c.Event):
        holds += [FactRow.source == "EVENT", FactRow.value >= sa.literal(condition.times, JSONB)]
        if condition.within_days is not None:
            holds.append(FactRow.observed_at > at - timedelta(days=condition.within_days))
    else:
        holds += [FactRow.source != "EVENT", FactRow.value.in_([sa.literal(one, JSONB) for one in condition.among])]
    return (
        sa.exists()
        .where(
            FactRow.installation_id == ROLLUP.installation_id,
            FactRow.shard_key == ROLLUP.shard_key,
            FactRow.customer_id == ROLLUP.customer_id,
            *holds,
        )
        .correlate(ROLLUP)
    )
