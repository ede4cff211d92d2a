"""Conditions are read strictly, hold for exactly those they describe, and are told in words."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from saleor_crm_app.crm import facts, segments
from saleor_crm_app.crm.segments import Language, SegmentInvalid, read_condition
from saleor_crm_app.crm.segments.reading import clauses
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, global_id, shard_key
from tests.shop import NOON

SHOES = global_id("Category", 1)
FAULTS: list[tuple[Any, str]] = [
    ("{", "$"),
    ({"type": "NONE"}, "$.type"),
    ({"type": "CONFIRMED", "more": 1}, "$"),
    ({"type": "ALL", "of": []}, "$.of"),
    ({"type": "NUMBER", "fact": "ORDERS"}, "$"),
    ({"type": "NUMBER", "fact": "ORDERS", "atLeast": 3, "atMost": 2}, "$.atMost"),
    ({"type": "MONEY", "fact": "REVENUE", "currency": "euro", "atLeast": 1}, "$.currency"),
    ({"type": "ANY", "of": [{"type": "TIME", "fact": "JOINED"}]}, "$.of[0]"),
    ({"type": "NOT", "of": {"type": "CATEGORY", "in": [SHOES, global_id("Product", 1)]}}, "$.of.in[1]"),
    ({"type": "LANGUAGE", "in": ["\x00"]}, "$"),
    ({"type": "COUNTRY", "in": ["Austria"]}, "$.in[0]"),
]
ANN, BOB, CAT = (CustomerId(name) for name in ("ann", "bob", "cat"))
HELD: list[tuple[dict[str, Any], set[str]]] = [
    ({"type": "NUMBER", "fact": "ORDERS", "atLeast": 2}, {"ann"}),
    ({"type": "NUMBER", "fact": "ORDERS", "atMost": 1}, {"bob", "cat"}),
    ({"type": "NUMBER", "fact": "DISCOUNT_PERCENT", "atLeast": 25, "atMost": 25}, {"ann"}),
    ({"type": "NOT", "of": {"type": "NUMBER", "fact": "GAP_DAYS", "atMost": 30}}, {"bob", "cat"}),
    ({"type": "MONEY", "fact": "REVENUE", "currency": "EUR", "atLeast": 5000}, {"ann"}),
    ({"type": "MONEY", "fact": "REVENUE", "currency": "USD", "atLeast": 0}, {"bob"}),
    ({"type": "TIME", "fact": "LAST_ORDER", "withinDays": 31}, {"ann"}),
    ({"type": "TIME", "fact": "LAST_ORDER", "beforeDays": 31}, {"bob"}),
    ({"type": "CHANNEL", "in": ["web", "app"]}, {"ann", "bob"}),
    ({"type": "CATEGORY", "in": [SHOES]}, {"ann"}),
    ({"type": "LANGUAGE", "in": ["DE"]}, {"cat"}),
    ({"type": "COUNTRY", "in": ["AT", "CH"]}, {"cat"}),
    ({"type": "COUNTRY", "in": ["DE"]}, set()),
    ({"type": "CONFIRMED"}, {"cat"}),
    ({"type": "BIRTHDAY_MONTH"}, {"bob"}),
    ({"type": "OVERDUE", "percent": 150}, {"ann"}),
    ({"type": "OVERDUE", "percent": 151}, set()),
    ({"type": "TIER", "in": ["gold"]}, {"ann"}),
    ({"type": "POINTS", "fact": "EXPIRING", "atLeast": 1}, {"ann"}),
    ({"type": "IDLE", "days": 9}, {"ann"}),
    ({"type": "IDLE", "days": 10}, set()),
    ({"type": "RFM", "in": ["CHAMPION", "LOYAL"]}, {"ann"}),
    ({"type": "PHASE", "in": ["SEPARATION"]}, {"bob"}),
    ({"type": "EVENT", "name": "visit", "times": 2}, {"cat"}),
    ({"type": "EVENT", "name": "visit", "times": 3}, set()),
    ({"type": "EVENT", "name": "visit", "withinDays": 4}, set()),
    ({"type": "FACT", "name": "size", "in": ["M", 42]}, {"ann", "cat"}),
    ({"type": "FACT", "name": "size'; DROP TABLE fact; --", "in": ["'"]}, set()),
    ({"type": "ALL", "of": [{"type": "CHANNEL", "in": ["web"]}, {"type": "TIER", "in": ["gold"]}]}, {"ann"}),
    ({"type": "ANY", "of": [{"type": "CONFIRMED"}, {"type": "TIER", "in": ["gold"]}]}, {"ann", "cat"}),
]


@pytest.mark.parametrize(("document", "path"), FAULTS)
def test_a_fault_is_named_by_its_place(document: object, path: str) -> None:
    with pytest.raises(SegmentInvalid) as refusal:
        read_condition(document)
    assert refusal.value.path == path


def test_what_stands_too_deep_or_is_too_much_is_refused() -> None:
    deep: dict[str, Any] = {"type": "CONFIRMED"}
    for _ in range(9):
        deep = {"type": "NOT", "of": deep}
    wide = {"type": "ALL", "of": [{"type": "ANY", "of": [{"type": "CONFIRMED"}] * 10}] * 10}
    for document in (deep, wide):
        with pytest.raises(SegmentInvalid, match="at most"):
            read_condition(document)


async def write_people(database: Database, shop: InstallationId) -> None:
    """Ann buys often, Bob bought once in dollars, Cat only has an account; Dan is staff and all of it."""

    def when(days: int) -> str:
        return str(NOON - timedelta(days=days))

    ann = {"orders": 5, "gaps": 4, "gap_days": 20, "currency": "EUR", "revenue": 5000, "last_order_at": when(30),
           "discount_permille": 250, "channels": {"web": 5}, "categories": {SHOES: 2}}  # fmt: skip
    bob = {"orders": 1, "currency": "USD", "revenue": 100, "last_order_at": when(31), "birth_month": NOON.month,
           "channels": {"app": 1}}  # fmt: skip
    cat = {"is_confirmed": True, "language": "DE", "country": "AT"}
    people = {ANN: ann, BOB: bob, CAT: cat, CustomerId("dan"): ann | bob | cat | {"is_staff": True}}
    defaults = {"is_confirmed": False, "is_staff": False, "language": "", "country": "", "orders": 0,
                "orders_365": 0, "revenue": 0, "revenue_365": 0, "gaps": 0, "channels": {}, "categories": {},
                "collections": {}, "products": {}, "rolled_at": str(NOON), "installation_id": str(shop)}  # fmt: skip
    async with database.shop(shop) as session:
        for name, known in people.items():
            key = {"shard_key": shard_key(shop, name), "customer_id": name}
            row = msgspec.json.encode(defaults | key | known).decode()
            await session.execute(
                sa.text(
                    "INSERT INTO customer_rollup"
                    " SELECT * FROM jsonb_populate_record(NULL::customer_rollup, CAST(:row AS jsonb))"
                ),
                {"row": row},
            )
        key = {"shop": shop, "shard": shard_key(shop, ANN), "at": NOON - timedelta(days=10)}
        await session.execute(
            sa.text("INSERT INTO member_fact VALUES (:shop, :shard, 'ann', :shop, 'gold', NULL, 9, 1, :at, :at)"),
            key,
        )
        for name, cell, phase in ((ANN, "LOYAL", "DEVELOPMENT"), (BOB, "LOST", "SEPARATION")):
            await session.execute(
                sa.text(
                    "INSERT INTO customer_score (installation_id, shard_key, customer_id, cell, phase)"
                    " VALUES (:shop, :shard, :name, :cell, :phase)"
                ),
                {"shop": shop, "shard": shard_key(shop, name), "name": name, "cell": cell, "phase": phase},
            )
        told = [(ANN, "size", "M", facts.Source.STAFF), (CAT, "size", 42, facts.Source.APP),
                (CAT, "visit", 2, facts.Source.EVENT)]  # fmt: skip
        moment = NOON - timedelta(days=4)
        await facts.tell_facts(
            session,
            shop,
            [
                facts.Fact(customer=who, name=name, value=value, source=source, observed_at=moment)  # type: ignore[arg-type] # mixed
                for who, name, value, source in told
            ],
            at=NOON,
        )


async def test_conditions_hold_for_those_they_describe(database: Database, installation: InstallationId) -> None:
    await write_people(database, installation)
    conditions = [read_condition(document) for document, _ in HELD]
    found = []
    async with database.shop(installation) as session:
        counts = await segments.count_matching(session, installation, conditions, at=NOON)
        made = [
            await segments.create_segment(session, installation, name=str(number), condition=condition, at=NOON)
            for number, condition in enumerate(conditions)
        ]
        await segments.follow_all(session, installation, (None, None), at=NOON)
        for one in made:
            members = await segments.members_of(session, installation, one.id, after=None, first=100)
            found.append({str(one.customer) for one in members})
    assert list(zip([document for document, _ in HELD], found, strict=True)) == HELD
    assert counts == [len(names) for _, names in HELD]


def test_every_kind_of_condition_was_tried_and_is_told_in_both_languages() -> None:
    conditions = [read_condition(document) for document, _ in HELD] + [one.condition for one in segments.READY]
    tried = {str(one.__struct_config__.tag) for each in conditions for _, one in clauses(each)}
    tried |= {"COLLECTION", "PRODUCT"}
    schema = segments.condition_schema()
    assert tried == set(schema["discriminator"]["mapping"])
    for condition in conditions:
        english, russian = (segments.describe(condition, language) for language in Language)
        assert english
        assert english != russian
        assert "{" not in english + russian
    told = {"type": "ANY", "of": [{"type": "MONEY", "fact": "REVENUE", "currency": "EUR", "atLeast": 740},
                                  {"type": "NOT", "of": {"type": "CATEGORY", "in": [SHOES]}}]}  # fmt: skip
    assert (
        segments.describe(read_condition(told), Language.EN, names={SHOES: "Shoes"})
        == "spent at least 7.40 EUR or not (bought from the category Shoes)"
    )


def test_a_condition_reads_back_as_it_is_written() -> None:
    for document, _ in HELD:
        assert read_condition(msgspec.json.encode(read_condition(document))) == read_condition(document)
