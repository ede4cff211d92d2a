"""Budgets are taken under a lock and never overdrawn."""

import asyncio
from uuid import uuid4

import pytest

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.rules import lock_budgets, take_budget
from saleor_crm_app.loyalty.rules.budgets import BudgetOverdrawn


async def test_what_is_taken_adds_up_and_can_be_given_back(database: Database, installation: InstallationId) -> None:
    one, other = str(uuid4()), str(uuid4())
    budgets = {one: 100, other: 50}
    async with database.shop(installation) as session:
        assert await lock_budgets(session, installation, [one, other]) == {one: 0, other: 0}
        await take_budget(session, installation, {one: 80, other: 50}, budgets=budgets)
    async with database.shop(installation) as session:
        await lock_budgets(session, installation, [one])
        await take_budget(session, installation, {one: -30}, budgets=budgets)
    async with database.shop(installation) as session:
        assert await lock_budgets(session, installation, [one, other]) == {one: 50, other: 50}


async def test_a_budget_is_not_overdrawn(database: Database, installation: InstallationId) -> None:
    one = str(uuid4())
    async with database.shop(installation) as session:
        await lock_budgets(session, installation, [one])
        with pytest.raises(BudgetOverdrawn):
            await take_budget(session, installation, {one: 101}, budgets={one: 100})
    async with database.shop(installation) as session:
        assert await lock_budgets(session, installation, [one]) == {one: 0}
        await take_budget(session, installation, {}, budgets={})
        assert await lock_budgets(session, installation, []) == {}


async def test_many_at_once_share_a_budget_exactly(database: Database, installation: InstallationId) -> None:
    one = str(uuid4())

    async def take() -> int:
        async with database.shop(installation) as session:
            left = 50 - (await lock_budgets(session, installation, [one]))[one]
            await take_budget(session, installation, {one: min(8, left)}, budgets={one: 50})
            return min(8, left)

    taken = await asyncio.gather(*(take() for _ in range(10)))
    assert sorted(taken, reverse=True) == [8, 8, 8, 8, 8, 8, 2, 0, 0, 0]
