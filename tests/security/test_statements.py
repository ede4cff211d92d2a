"""The app's own statements, with their filter set to another shop or taken out: row-level security alone holds."""

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

import saleor_crm_app
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, new_id, shard_key
from tests.security.fact_rows import fact_values
from tests.security.goods_rows import goods_values
from tests.security.member_rows import BORN, EVENT
from tests.security.merge_rows import merge_values
from tests.security.offer_rows import offer_values
from tests.security.redemption_rows import SUBJECT as CHECKOUT_HELD
from tests.security.staff_rows import KEY, SAM, SUBJECT
from tests.security.tenants import CHANNEL, Tenant
from tests.security.tier_rows import SINCE

FILTER = re.compile(r"(\w+\.)?(installation_id|installation\.id|id) = :installation\b")
LAST = UUID(int=2**128 - 1)


def reading_statements() -> dict[str, sa.TextClause]:
    """Every statement that reads a shop's rows, by the name it has in its module."""
    found = {}
    for module in pkgutil.walk_packages(saleor_crm_app.__path__, "saleor_crm_app."):
        if ".demo" in module.name or ".migrations" in module.name or module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if (
                isinstance(value, sa.TextClause)
                and "SELECT" in str(value).split()[:1]
                and ":installation" in str(value)
            ):
                found[f"{module.name}.{name}"] = value
    # what changes from moment to moment could not be compared
    return {
        name: rewritten(value, value.text.replace("clock_timestamp()", "now()"))
        for name, value in found.items()
        if "set_config" not in value.text
    }


def summing_statements() -> dict[str, sa.TextClause]:
    """The proof's, which stand in lists."""
    proof = importlib.import_module("saleor_crm_app.loyalty.points.proof.proof")
    return {f"proof.{number}": sa.text(law.query) for number, law in enumerate(proof._QUERIES)}


async def values_of(database: Database, tenant: Tenant) -> dict[str, Any]:
    """What a statement may be asked for, all of it the tenant's own."""
    customer = CustomerId("6")

    async def column(session: AsyncSession, query: str) -> list[Any]:
        return list((await session.scalars(sa.text(query))).all())

    async with database.shop(tenant.id, read_only=True) as session:
        accounts = await column(session, "SELECT id FROM account ORDER BY id")
        [owned] = await column(session, "SELECT id FROM account WHERE customer_id = '6'")
        lots = await column(
            session, "SELECT lot.id FROM lot JOIN account ON account.id = account_id WHERE customer_id = '6'"
        )
        posted = await column(
            session, "SELECT entry.key FROM entry JOIN account ON account.id = account_id WHERE customer_id = '6'"
        )
        merges = await merge_values(session, tenant.id) | await fact_values(session, tenant.id) | goods_values()
        merges |= await offer_values(session)
        orders = await column(session, "SELECT id FROM order_fact")
        programs = await column(session, "SELECT id FROM program")
        rules = await column(session, "SELECT id FROM earning_rule")
        given = await column(session, "SELECT entry_id FROM entry_note")
        requests = await column(session, "SELECT id FROM staff_request")
    shard = shard_key(tenant.id, customer)
    return {
        "installation": tenant.id,
        "shard": shard,
        "shards": [shard],
        "account": owned,
        "accounts": accounts,
        "account_shard": shard,
        "orders": orders,
        "ids": orders,
        "program": programs[0],
        "programs": programs,
        "rule": rules[0],
        "rules": rules,
        "versions": [1, 2],
        "numbers": [1],
        "n": 1,
        "entry": given[0],
        "entries": given,
        "key": KEY,
        "owner": "staff:21",
        "actor": SAM.id,
        "subject_kind": SUBJECT.kind,
        "subject_id": SUBJECT.id,
        "request": requests[0],
        "state": "EXPIRED",
        "due": None,
        "sinces": [SINCE],
        "instants": [datetime.now(UTC)],
        "customer": customer,
        "customers": [customer],
        "channels": [CHANNEL],
        "at": datetime.now(UTC) + timedelta(days=20),
        "as_of": datetime.now(UTC) + timedelta(days=20),
        "known_at": datetime.now(UTC) + timedelta(days=20),
        "since": None,
        "until": None,
        "zone": "UTC",
        "backwards": False,
        "before": LAST,
        "below": 2**62,
        "above": 0,
        "direction": 1,
        "most": 100,
        "first": 100,
        "lots": lots,
        "keys": [posted[0], EVENT],
        "subjects": [accounts[0]],
        "subject": CHECKOUT_HELD,
        "known_by": datetime.now(UTC) + timedelta(days=20),
        "month": BORN[0],
        "day": BORN[1],
        "leap": False,
        # the program of a channel that both shops have, and nobody's account: with one its row would not be the same
        "members._IN_CHANNELS": {"channels": [CHANNEL], "shard": 0},
        "usual._MEDIAN": {"channels": [CHANNEL], "since": datetime(2020, 1, 1, tzinfo=UTC)},
    } | merges


async def rows(
    session: AsyncSession, statement: sa.TextClause, values: Mapping[str, Any], *, name: str = ""
) -> Counter[str]:
    """What a statement finds, each row with its number; some are asked for something of their own."""
    own = [asked for end, asked in values.items() if "._" in end and name.endswith(end)]
    asked_for = {**values, **(own[0] if own else {})}
    wanted = {each: asked_for[each] for each in statement.compile().params}
    found = (await session.execute(statement, wanted)).all()
    return Counter(str(tuple(row)) for row in found)


def without_filter(statement: sa.TextClause) -> sa.TextClause:
    """The statement as if nobody had thought of other shops."""
    return rewritten(statement, FILTER.sub("true", statement.text))


def rewritten(statement: sa.TextClause, text: str) -> sa.TextClause:
    """Another text whose values keep their types."""
    kept = [bind for name, bind in statement._bindparams.items() if f":{name}" in text]
    return sa.text(text).bindparams(*kept)


async def test_a_statement_that_asks_for_another_shop_finds_nothing(
    database: Database, ours: Tenant, theirs: Tenant
) -> None:
    values, nobody = await values_of(database, theirs), InstallationId(new_id())
    statements = reading_statements()
    assert len(statements) >= 14
    silent = []
    for name, statement in statements.items():
        async with database.shop(theirs.id) as session:
            own = await rows(session, statement, values, name=name)
        async with database.shop(nobody) as session:
            nothing = await rows(session, statement, values | {"installation": nobody}, name=name)
        async with database.shop(ours.id) as session:
            foreign = await rows(session, statement, values, name=name)
        assert (name, foreign) == (name, nothing)
        if own == nothing:
            silent.append(name)
    # a statement that finds nothing at home proves nothing abroad
    assert silent == []


async def test_a_statement_that_forgot_its_filter_finds_no_more_than_with_it(
    database: Database, ours: Tenant, theirs: Tenant
) -> None:
    mine, foreign = await values_of(database, ours), await values_of(database, theirs)
    for name, statement in (reading_statements() | summing_statements()).items():
        bare = without_filter(statement)
        assert ":installation" not in bare.text, name
        async with database.shop(ours.id) as session:
            assert (name, await rows(session, bare, mine, name=name)) == (
                name,
                await rows(session, statement, mine, name=name),
            )
            # what is found by their ids is what has the same ids here
            found = await rows(session, bare, foreign, name=name)
            found -= await rows(session, statement, mine | {"installation": ours.id}, name=name)
        async with database.shop(InstallationId(new_id())) as session:
            found -= await rows(session, bare, foreign, name=name)  # a sum of nothing is a row, too
        assert (name, found) == (name, Counter())


async def test_the_guard_is_what_holds(database: Database, ours: Tenant, theirs: Tenant) -> None:
    """As nobody's shop but by a role that sees all of them, the bare statement would find both."""
    bare = sa.text("SELECT api_url FROM installation")
    async with database.intake() as session:
        assert set(await session.scalars(bare)) == {ours.api_url, theirs.api_url}
    async with database.shop(ours.id) as session:
        assert set(await session.scalars(bare)) == {ours.api_url}
