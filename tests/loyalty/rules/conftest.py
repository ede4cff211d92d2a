"""A program without orders, and one's hand on its rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty import rules
from saleor_crm_app.loyalty.program import Program, programs_for
from saleor_crm_app.loyalty.rules import Publication, RuleDraft, RuleSet, RuleState
from tests.loyalty.rules.rule_books import document
from tests.shop import NOON

STAFF = "VXNlcjox"


@dataclass(frozen=True)
class Book:
    """The rules of one program, as one member of staff writes and publishes them; each act is a transaction."""

    database: Database
    shop: InstallationId
    program: Program

    async def writes(self, **parts: object) -> RuleDraft:
        async with self.database.shop(self.shop) as session:
            return await rules.create_rule(
                session, self.shop, self.program, rules.read_rule(document(**parts)), author=STAFF, at=NOON
            )

    async def rewrites(self, draft: RuleDraft, **parts: object) -> RuleDraft:
        async with self.database.shop(self.shop) as session:
            return await rules.update_rule(
                session,
                self.shop,
                draft,
                rule=rules.read_rule(document(**parts)),
                expected=draft.version,
                author=STAFF,
                at=NOON,
            )

    async def publishes(self, draft: RuleDraft, *, version: int | None = None, **said: Any) -> list[RuleSet]:  # noqa: ANN401 # a Publication's fields
        said = await self._said(said)
        async with self.database.shop(self.shop) as session:
            return await rules.publish_rule(
                session,
                self.shop,
                self.program,
                draft=draft,
                version=version or draft.version,
                publication=Publication(**said),
            )

    async def retires(self, draft: RuleDraft, **said: Any) -> list[RuleSet]:  # noqa: ANN401 # a Publication's fields
        said = await self._said(said)
        async with self.database.shop(self.shop) as session:
            return await rules.retire_rule(
                session, self.shop, self.program, draft=draft, publication=Publication(**said)
            )

    async def excludes(self, exclude: rules.Exclusions, **said: Any) -> list[RuleSet]:  # noqa: ANN401 # a Publication's fields
        said = await self._said(said)
        async with self.database.shop(self.shop) as session:
            return await rules.publish_exclusions(
                session, self.shop, self.program, exclude=exclude, publication=Publication(**said)
            )

    async def keeps(self, name: str, cart: Mapping[str, Any], points: int, *, at: datetime = NOON) -> None:
        example = rules.Example(name=name, cart=rules.read_cart(dict(cart)), points=points)
        async with self.database.shop(self.shop) as session:
            await rules.keep_example(session, self.shop, self.program, example, at=at)

    async def examples(self) -> dict[int, list[tuple[str, int]]]:
        sets = await self.sets()
        async with self.database.shop(self.shop, read_only=True) as session:
            found = await rules.examples_of(session, self.shop, sets)
        return {version: [(one.name, one.points) for one in kept] for version, kept in found.items() if kept}

    async def sets(self) -> tuple[RuleSet, ...]:
        async with self.database.shop(self.shop, read_only=True) as session:
            return (await rules.rule_sets_of(session, self.shop, [self.program]))[self.program.id]

    async def holds(self, at: datetime) -> tuple[int, list[str]]:
        """The version that holds, and the names of its rules."""
        held = rules.rule_set_at(await self.sets(), at)
        return held.version, [rule.name for rule in held.rules]

    async def states(self, *, at: datetime = NOON) -> dict[str, RuleState]:
        sets = await self.sets()
        return {draft.rule.name: rules.state_of(draft, sets, at=at)[0] for draft in await self.drafts()}

    async def drafts(self) -> list[RuleDraft]:
        async with self.database.shop(self.shop, read_only=True) as session:
            return await rules.rules_of(session, self.shop, self.program)

    async def base(self) -> RuleDraft:
        async with self.database.shop(self.shop, read_only=True) as session:
            draft, _ = await rules.find_rule(session, self.shop, UUID(str(self.program.id)), [self.program])
        return draft

    async def _said(self, said: dict[str, Any]) -> dict[str, Any]:
        newest = rules.newest_version(await self.sets())
        return {"expected": newest, "author": STAFF, "at": NOON} | said


@pytest.fixture
async def book(database: Database, installation: InstallationId) -> Book:
    async with database.shop(installation) as session:
        found = await programs_for(session, installation, {"default-channel": "EUR"})
    return Book(database, installation, found["default-channel"])
