"""Versions of rules: published now or later, never in the past, retired, and stale ones refused."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from saleor_crm_app.loyalty import rules
from saleor_crm_app.loyalty.rules import Exclusions, RuleState
from saleor_crm_app.loyalty.rules.errors import (
    LiveInThePast,
    NothingToRetire,
    RuleNotFound,
    SourceUnknown,
    StaleVersion,
    TooManyRules,
)
from saleor_crm_app.loyalty.rules.publishing import MOST_RULES
from tests.loyalty.rules.conftest import STAFF, Book
from tests.loyalty.rules.rule_books import TEA
from tests.shop import NOON

BONUS = {"type": "PER_ORDER", "points": 50}
DOUBLE = {"type": "MULTIPLIER", "percent": 200}
DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)


async def test_before_anything_is_published_the_programs_rate_holds(book: Book) -> None:
    [held] = await book.sets()
    assert (held.version, held.live_from, held.plain is not None) == (1, None, True)
    assert [(rule.id, rule.name) for rule in held.rules] == [(str(book.program.id), "Base")]
    assert await book.states() == {"Base": RuleState.LIVE}


async def test_a_draft_holds_only_once_it_is_published(book: Book) -> None:
    draft = await book.writes(name="Bonus", then=BONUS)
    assert await book.holds(NOON) == (1, ["Base"])
    assert await book.states() == {"Base": RuleState.LIVE, "Bonus": RuleState.DRAFT}
    [made] = await book.publishes(draft, note="for spring")
    assert (made.version, made.based_on, made.live_from, made.author, made.note) == (2, 1, NOON, STAFF, "for spring")
    assert await book.holds(NOON) == (2, ["Base", "Bonus"])
    assert await book.holds(NOON - MOMENT) == (1, ["Base"])
    assert await book.states() == {"Base": RuleState.LIVE, "Bonus": RuleState.LIVE}


async def test_a_rule_may_be_planned_and_comes_by_itself(book: Book) -> None:
    draft = await book.writes(name="Bonus", then=BONUS)
    await book.publishes(draft, live_from=NOON + DAY)
    assert await book.states() == {"Base": RuleState.LIVE, "Bonus": RuleState.SCHEDULED}
    assert await book.states(at=NOON + DAY) == {"Base": RuleState.LIVE, "Bonus": RuleState.LIVE}
    assert await book.holds(NOON + DAY - MOMENT) == (1, ["Base"])
    assert await book.holds(NOON + DAY) == (2, ["Base", "Bonus"])


async def test_what_is_published_before_a_planned_version_holds_in_it_too(book: Book) -> None:
    later = await book.writes(name="Later", then=BONUS)
    await book.publishes(later, live_from=NOON + DAY)
    sooner = await book.writes(name="Sooner", then=DOUBLE)
    made = await book.publishes(sooner)
    assert [(one.version, one.based_on, one.live_from) for one in made] == [(3, 1, NOON), (4, 2, NOON + DAY)]
    assert await book.holds(NOON) == (3, ["Base", "Sooner"])
    assert await book.holds(NOON + DAY) == (4, ["Base", "Later", "Sooner"])


async def test_a_change_of_a_published_rule_holds_from_its_own_publication_on(book: Book) -> None:
    draft = await book.writes(name="Bonus", then=BONUS)
    await book.publishes(draft)
    changed = await book.rewrites(draft, name="Bonus", then=BONUS | {"points": 70})
    assert rules.rule_set_at(await book.sets(), NOON).by_id[str(draft.id)].then.points == 50  # type: ignore[union-attr] # a bonus
    [made] = await book.publishes(changed)
    assert (made.version, made.by_id[str(draft.id)].version) == (3, 2)
    assert made.by_id[str(draft.id)].then.points == 70  # type: ignore[union-attr] # likewise


async def test_the_base_rule_can_be_replaced_and_retired(book: Book) -> None:
    base = await book.base()
    per_ten = {"type": "PER_AMOUNT", "points": 15, "minor": 1000}
    changed = await book.rewrites(base, name="Base", then=per_ten)
    assert (changed.id, changed.version) == (book.program.id, 2)
    await book.publishes(changed)
    assert await book.states() == {"Base": RuleState.LIVE}
    await book.retires(changed, at=NOON + DAY)
    assert await book.holds(NOON + DAY) == (3, [])
    assert await book.states(at=NOON + DAY) == {"Base": RuleState.RETIRED}


async def test_retiring_takes_a_rule_out_of_planned_versions_too(book: Book) -> None:
    draft = await book.writes(name="Bonus", then=BONUS)
    await book.publishes(draft, live_from=NOON + DAY)
    made = await book.retires(draft)
    assert [(one.version, one.live_from) for one in made] == [(3, NOON + DAY)]
    assert await book.holds(NOON + DAY) == (3, ["Base"])
    assert (await book.states())["Bonus"] is RuleState.RETIRED
    with pytest.raises(NothingToRetire):
        await book.retires(draft)


async def test_a_retirement_may_be_planned(book: Book) -> None:
    draft = await book.writes(name="Bonus", then=BONUS)
    await book.publishes(draft)
    await book.retires(draft, live_from=NOON + DAY)
    assert await book.holds(NOON + DAY - MOMENT) == (2, ["Base", "Bonus"])
    assert await book.holds(NOON + DAY) == (3, ["Base"])


async def test_a_draft_is_retired_without_a_new_version(book: Book) -> None:
    draft = await book.writes(name="Bonus", then=BONUS)
    assert await book.retires(draft) == []
    assert (await book.states())["Bonus"] is RuleState.RETIRED
    assert await book.holds(NOON) == (1, ["Base"])


async def test_stale_versions_are_refused_and_nothing_changes(book: Book) -> None:
    first, second = await book.writes(name="First", then=BONUS), await book.writes(name="Second", then=BONUS)
    await book.publishes(first)
    with pytest.raises(StaleVersion) as refusal:
        await book.publishes(second, expected=1)
    assert (refusal.value.field, refusal.value.expected, refusal.value.found) == ("ruleSetVersion", 1, 2)
    with pytest.raises(StaleVersion) as refusal:
        await book.publishes(second, version=7)
    assert (refusal.value.field, refusal.value.found) == ("version", 1)
    changed = await book.rewrites(second, name="Changed", then=BONUS)
    with pytest.raises(StaleVersion):
        await book.rewrites(second, name="Lost", then=BONUS)
    assert changed.version == 2
    assert await book.holds(NOON) == (2, ["Base", "First"])
    assert sorted(await book.states()) == ["Base", "Changed", "First"]


async def test_nothing_is_published_into_the_past(book: Book) -> None:
    draft = await book.writes(name="Bonus", then=BONUS)
    with pytest.raises(LiveInThePast):
        await book.publishes(draft, live_from=NOON - MOMENT)
    assert await book.holds(NOON) == (1, ["Base"])


async def test_a_rule_on_what_is_not_known_yet_stays_a_draft(book: Book) -> None:
    draft = await book.writes(name="Review", when={"type": "REVIEW"}, then={"type": "FIXED", "points": 10})
    with pytest.raises(SourceUnknown):
        await book.publishes(draft)
    assert (await book.states())["Review"] is RuleState.DRAFT


async def test_a_program_holds_so_many_rules(book: Book) -> None:
    for number in range(MOST_RULES - 1):
        await book.publishes(await book.writes(name=str(number), then=BONUS))
    one_more = await book.writes(name="one more", then=BONUS)
    with pytest.raises(TooManyRules):
        await book.publishes(one_more)
    assert len((await book.sets())[-1].rules) == MOST_RULES


async def test_publishing_what_holds_already_makes_no_version(book: Book) -> None:
    draft = await book.writes(name="Bonus", then=BONUS)
    await book.publishes(draft)
    assert await book.publishes(draft) == []


async def test_exclusions_are_versions_like_rules(book: Book) -> None:
    [made] = await book.excludes(Exclusions(categories=(TEA,)), live_from=NOON + DAY)
    assert (made.version, made.exclude.categories, made.plain) == (2, (TEA,), None)
    assert rules.rule_set_at(await book.sets(), NOON).exclude == Exclusions()


async def test_a_version_is_never_changed(book: Book) -> None:
    await book.publishes(await book.writes(name="Bonus", then=BONUS))
    for statement in ("UPDATE rule_set SET note = 'x'", "DELETE FROM rule_set"):
        with pytest.raises(DBAPIError):
            async with book.database.shop(book.shop) as session:
                await session.execute(sa.text(statement))


async def test_another_programs_rule_is_not_found(book: Book) -> None:
    draft = await book.writes(name="Bonus", then=BONUS)
    async with book.database.shop(book.shop) as session:
        with pytest.raises(RuleNotFound):
            await rules.find_rule(session, book.shop, draft.id, [])


async def test_all_versions_of_all_programs_are_read_by_one_statement(book: Book) -> None:
    await book.publishes(await book.writes(name="Bonus", then=BONUS))
    async with book.database.shop(book.shop, read_only=True) as session:
        found = await rules.rule_sets_of(session, book.shop, [book.program])
        assert [one.version for one in found[book.program.id]] == [1, 2]
        again = await rules.rule_sets_of(session, book.shop, [book.program])
        assert again[book.program.id][1] is found[book.program.id][1]
        assert await rules.rule_sets_of(session, book.shop, []) == {}
