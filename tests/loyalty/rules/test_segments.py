"""Rules for segments: who was in one when they ordered earns by it, whatever is learnt of that day later."""

import dataclasses
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_app.crm import orders, segments
from saleor_crm_app.crm.orders import OrderFact, OrderSnapshot
from saleor_crm_app.crm.segments import Segment, read_condition
from saleor_crm_app.kernel.ids import CustomerId, OrderId, global_id, shard_key
from saleor_crm_app.kernel.money import MinorUnits
from saleor_crm_app.loyalty import points, rules
from saleor_crm_app.loyalty.rules import conditions as c
from saleor_crm_app.loyalty.rules.errors import CartInvalid, SourceUnknown
from saleor_crm_app.loyalty.rules.presently import as_told_to
from saleor_crm_app.loyalty.rules.scope import Occasion, predicate_of, segment_key
from saleor_crm_app.reactions import react
from saleor_crm_app.reactions.facts import keep_facts
from saleor_crm_app.reactions.segments import MOST_AHEAD, follow_customers, made_ahead
from saleor_crm_app.saleor.events import OrdersChanged
from saleor_crm_app.saleor.order_states import LineState, OrderState
from tests.crm.facts.test_rollups import BEN
from tests.door import counted
from tests.loyalty.rules.conftest import Book
from tests.loyalty.rules.rule_books import BASE, UTC_ZONE, document, rule, rule_set
from tests.loyalty.rules.test_foretelling import bought, earns, fact_of, told
from tests.shop import ANNA, NOON

TWICE = {"type": "MULTIPLIER", "percent": 200}
REPEAT = read_condition({"type": "NUMBER", "fact": "ORDERS", "atLeast": 1})
HOUR = timedelta(hours=1)
CUP = LineState(
    id="cup",
    quantity=1,
    quantity_fulfilled=0,
    is_gift=False,
    gross=MinorUnits(2000),
    net=MinorUnits(2000),
    product=None,
    category=None,
    collections=None,
    product_type=None,
    kind="NORMAL",
)


def named(segment: UUID) -> str:
    return global_id("CustomerSegment", segment)


async def made(book: Book, *, at: datetime = NOON) -> Segment:
    """Customers who have ordered before."""
    async with book.database.shop(book.shop) as session:
        return await segments.create_segment(session, book.shop, name="Repeat", condition=REPEAT, at=at)


async def doubled(book: Book) -> Segment:
    """The same, whose orders earn twice."""
    segment = await made(book)
    await book.publishes(await book.writes(then=TWICE, **{"if": {"type": "SEGMENT", "in": [named(segment.id)]}}))
    return segment


async def follow(book: Book, *, at: datetime) -> None:
    """Let both customers be in those segments that are theirs by now."""
    async with book.database.shop(book.shop) as session:
        await keep_facts(session, book.shop, [ANNA, BEN], (), at=at)
        await follow_customers(session, book.shop, [ANNA, BEN], (), at=at)


async def learn(book: Book, segment: Segment, *, at: datetime, entered: bool) -> None:
    """Let it come to light only now that Anna came or went then."""
    async with book.database.shop(book.shop) as session:
        await session.execute(
            sa.text("INSERT INTO segment_change VALUES (:shop, :shard, :customer, :segment, :at, :entered)").bindparams(
                sa.bindparam("at", type_=sa.DateTime(timezone=True))
            ),
            {
                "shop": book.shop,
                "shard": shard_key(book.shop, ANNA),
                "customer": ANNA,
                "segment": segment.id,
                "at": at,
                "entered": entered,
            },
        )


async def again(book: Book, snapshot: OrderSnapshot, *, by_version: int | None = None) -> int:
    """Reckon an order anew; gives what it has in the books then."""
    async with book.database.shop(book.shop) as session:
        facts = [one for one in await orders.orders_of_customers(session, book.shop, [ANNA]) if one.id == snapshot.id]
        await points.accrue(session, book.shop, facts, at=NOON + 9 * HOUR, by_version=by_version)
        return (await points.orders_points(session, book.shop, [snapshot.id], at=NOON + 9 * HOUR))[snapshot.id].target


async def test_who_is_in_the_segment_when_ordering_earns_by_its_rule(book: Book) -> None:
    segment = await doubled(book)
    assert await earns(book, bought(1000), at=NOON) == 20
    await follow(book, at=NOON + HOUR)
    assert await earns(book, bought(1000, minutes=61), at=NOON + 2 * HOUR) == 40
    assert await earns(book, bought(1000, minutes=61, customer=BEN), at=NOON + 2 * HOUR) == 20
    async with book.database.shop(book.shop) as session:
        await segments.retire_segment(session, book.shop, segment.id, at=NOON + 3 * HOUR)
    assert await earns(book, bought(1000, minutes=181), at=NOON + 4 * HOUR) == 20


async def test_an_order_is_asked_of_its_own_moment_however_late_it_comes(book: Book) -> None:
    await doubled(book)
    await earns(book, bought(1000), at=NOON)
    await follow(book, at=NOON + HOUR)
    assert await earns(book, bought(1000, minutes=59), at=NOON + 2 * HOUR) == 20
    assert await earns(book, bought(1000, minutes=60), at=NOON + 2 * HOUR) == 40


@pytest.mark.parametrize("is_in", [True, False])
async def test_what_is_learnt_later_of_its_moment_moves_no_posted_points(book: Book, *, is_in: bool) -> None:
    segment = await doubled(book)
    if is_in:
        await learn(book, segment, at=NOON - HOUR, entered=True)
    snapshot = bought(1000)
    before = await earns(book, snapshot, at=NOON)
    assert before == (40 if is_in else 20)
    await learn(book, segment, at=NOON - timedelta(minutes=1), entered=not is_in)
    assert await again(book, snapshot) == before
    assert await again(book, snapshot, by_version=2) == (20 if is_in else 40)  # staff ask for it to be reckoned anew


async def test_a_cart_is_told_what_its_order_earns(book: Book) -> None:
    await doubled(book)
    await earns(book, bought(1000), at=NOON)
    assert (await told(book, bought(1000, minutes=61))).points == 20
    await follow(book, at=NOON + HOUR)
    with counted(book.database) as statements:
        assert (await told(book, bought(1000, minutes=61))).points == 40
    assert len(statements) == 3  # the program, its rules, and the segments
    assert (await told(book, bought(1000, minutes=61, customer=BEN))).points == 20
    assert (await told(book, bought(1000, minutes=61, customer=None))).points == 20


async def test_a_what_if_run_asks_of_each_orders_moment(book: Book) -> None:
    segment = await made(book)
    for minutes in (0, 61):
        await earns(book, bought(1000, minutes=minutes), at=NOON + timedelta(minutes=minutes))
        await follow(book, at=NOON + HOUR)
    tried = rule_set(*BASE, rule("twice", TWICE, if_={"type": "SEGMENT", "in": [named(segment.id)]}))
    async with book.database.shop(book.shop, read_only=True) as session:
        facts = await orders.orders_of_customers(session, book.shop, [ANNA])
        ways = (await book.sets(), [tried])
        found = await points.tried_by(session, book.shop, facts, ways, program=book.program, tiers={})
    assert [[due.points for due in way] for way in found[ANNA]] == [[20, 20], [20, 40]]


async def test_a_rule_for_a_segment_that_is_not_there_may_be_written_but_not_published(book: Book) -> None:
    segment = await made(book)
    condition = {"type": "NOT", "of": {"type": "SEGMENT", "in": [named(segment.id), named(UUID(int=1))]}}
    draft = await book.writes(**{"if": condition})
    with pytest.raises(SourceUnknown) as refusal:
        await book.publishes(draft)
    assert str(refusal.value) == (
        "The rule cannot be published: at $.if.of.in[1]: there is no such segment, or it was retired."
    )
    async with book.database.shop(book.shop) as session:
        await segments.retire_segment(session, book.shop, segment.id, at=NOON)
    with pytest.raises(SourceUnknown):
        await book.publishes(await book.writes(**{"if": {"type": "SEGMENT", "in": [named(segment.id)]}}))


async def test_an_example_cart_says_which_segments_its_customer_is_in(book: Book) -> None:
    segment = await doubled(book)
    cart = {"createdAt": NOON.isoformat(), "channel": "default-channel", "lines": [{"gross": 1000}]}
    await book.keeps("Anybody", cart, 10)
    await book.keeps("A regular", {**cart, "segments": [named(segment.id)]}, 20)
    with pytest.raises(CartInvalid) as refusal:
        await book.keeps("Nobody", {**cart, "segments": [named(segment.id), "regulars"]}, 20)
    assert refusal.value.path == "$.segments[1]"


FEW = [UUID(int=number) for number in range(1, 4)]
SIMPLE: st.SearchStrategy[c.Condition] = st.one_of(
    st.lists(st.sampled_from(FEW), min_size=1, max_size=2).map(lambda found: c.Segment(among=tuple(map(named, found)))),
    st.sampled_from([c.Channel(among=("main",)), c.Tier(among=("gold",))]),
)
CONDITIONS: st.SearchStrategy[c.Condition] = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda found: c.All(of=tuple(found))),
        st.lists(inner, min_size=1, max_size=3).map(lambda found: c.AnyOf(of=tuple(found))),
        inner.map(lambda found: c.Not(of=found)),
    ),
    max_leaves=8,
)


@given(
    condition=CONDITIONS,
    belongs=st.frozensets(st.sampled_from(FEW)),
    channel=st.sampled_from(["main", "other"]),
    tier=st.sampled_from([None, "gold"]),
)
def test_what_a_customer_is_told_of_a_rule_is_what_it_asks_of_them_without_the_segments(
    condition: c.Condition, belongs: frozenset[UUID], channel: str, tier: str | None
) -> None:
    written = rule("r", {"type": "PER_UNIT", "points": 1}, if_=msgspec.to_builtins(condition))
    occasion = Occasion(at=NOON, zone=UTC_ZONE, tier=tier, channel=channel)
    theirs = Occasion(at=NOON, zone=UTC_ZONE, tier=tier, channel=channel, segments=belongs)
    held = predicate_of(condition)(theirs, None)
    said = as_told_to(written, belongs)
    if said is None:
        assert not held
    elif said.condition is None:
        assert held
    else:
        assert "SEGMENT" not in str(msgspec.to_builtins(said.condition))
        assert predicate_of(said.condition)(occasion, None) == held


def test_a_rule_that_asks_for_nothing_is_told_to_everybody() -> None:
    written = rule("r", {"type": "PER_UNIT", "points": 1})
    assert as_told_to(written, ()) == written


async def test_an_order_does_not_count_for_itself_where_the_shops_clock_is_ahead(book: Book) -> None:
    await doubled(book)
    ahead = NOON + timedelta(minutes=3)
    unpaid = OrderState(
        id=OrderId(UUID(int=7)),
        number="7",
        status="UNFULFILLED",
        created=ahead,
        updated_at=ahead,
        display_gross=True,
        user=ANNA,
        is_staff=False,
        channel="default-channel",
        currency="EUR",
        subtotal=MinorUnits(2000),
        shipping=MinorUnits(0),
        total_charged=MinorUnits(0),
        refund_pending=MinorUnits(0),
        gift_card_charged=MinorUnits(0),
        lines=(CUP,),
        fulfillments=(),
        granted_refunds=(),
    )
    paid = dataclasses.replace(unpaid, total_charged=MinorUnits(2000), updated_at=ahead + HOUR)
    for state, at in ((unpaid, NOON), (paid, NOON + HOUR)):
        event = OrdersChanged(
            event="OrderUpdated", source="webhook", issued_at=state.updated_at, issuing_app_id=None, orders=(state,)
        )
        async with book.database.shop(book.shop) as session:
            await react(session, book.shop, [event], at=at)
    async with book.database.shop(book.shop, read_only=True) as session:
        found = await points.orders_points(session, book.shop, [paid.id], at=NOON + HOUR)
        then = await segments.segments_of(session, book.shop, ANNA)
    assert [one.name for one in then] == ["Repeat"]  # the order brought Anna in, behind itself
    assert found[paid.id].target == 20


def test_a_clock_is_followed_some_minutes_only(book: Book) -> None:
    def made(seconds: int, customer: CustomerId | None = ANNA) -> OrderFact:
        at = NOON + timedelta(seconds=seconds)
        return fact_of(book, msgspec.structs.replace(bought(1000, customer=customer), created_at=at))

    tick = timedelta(microseconds=1)
    assert made_ahead([made(-60), made(60, None)], NOON) == {}
    assert made_ahead([made(0)], NOON) == {ANNA: NOON + tick}
    assert made_ahead([made(60), made(180), made(-60, BEN)], NOON) == {ANNA: NOON + timedelta(minutes=3) + tick}
    assert made_ahead([made(3600, BEN)], NOON) == {BEN: NOON + MOST_AHEAD}


async def test_news_of_others_are_dated_by_our_own_clock(book: Book) -> None:
    segment = await made(book)
    for customer in (ANNA, BEN):
        await earns(book, bought(1000, customer=customer), at=NOON)
    async with book.database.shop(book.shop) as session:
        await keep_facts(session, book.shop, [ANNA, BEN], (), at=NOON)
        ahead = {ANNA: NOON + HOUR, BEN: NOON - HOUR}
        await follow_customers(session, book.shop, [ANNA, BEN], (), at=NOON, not_before=ahead)
        moments = [(who, NOON + later) for who in (ANNA, BEN) for later in (HOUR - timedelta(microseconds=1), HOUR)]
        found = await segments.segments_at(session, book.shop, [*moments, (BEN, NOON)], among=[segment.id])
    assert found.keys() == {(ANNA, NOON + HOUR), (BEN, NOON), *moments[2:]}


async def test_a_draft_of_before_that_names_no_segment_is_refused_with_a_reason(book: Book) -> None:
    old = msgspec.json.decode(
        msgspec.json.encode(document(**{"if": {"type": "SEGMENT", "in": ["vip"]}})), type=rules.Rule
    )
    async with book.database.shop(book.shop) as session:
        draft = await rules.create_rule(session, book.shop, book.program, old, author="1", at=NOON)
    with pytest.raises(SourceUnknown) as refusal:
        await book.publishes(draft)
    assert str(refusal.value) == (
        "The rule cannot be published: at $.if.in[0]: there is no such segment, or it was retired."
    )
    assert rules.segments_asked([draft.rule]) == frozenset()


def test_an_id_has_one_spelling() -> None:
    key = UUID("0123abcd-0000-0000-0000-000000000000")
    assert segment_key(global_id("CustomerSegment", key)) == key
    for other in (str(key).upper(), key.hex, f"{{{key}}}", f"urn:uuid:{key}"):
        with pytest.raises(ValueError, match="id"):
            segment_key(global_id("CustomerSegment", other))
