"""Entries in words, and the same points computed again from the numbers kept with them."""

import msgspec
import pytest

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import EntryId, InstallationId, new_id
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty import points, rules
from saleor_crm_app.loyalty.points import EntryLine, EntryWindow
from tests.loyalty.histories import history
from tests.loyalty.ledger_acts import DAY, Books
from tests.shop import ANNA, NOON, NamedUnits, RefundFact, order


@pytest.fixture
def books(database: Database, installation: InstallationId) -> Books:
    return Books(database, installation)


async def lines(books: Books) -> list[EntryLine]:
    """Anna's entries, oldest first."""
    program = await books.program()
    async with books.database.shop(books.shop, read_only=True) as session:
        member = await points.account_of(session, books.shop, ANNA, program.id)
        assert member is not None
        page = await points.entries_of(session, books.shop, member, EntryWindow(most=1000))
    return list(reversed(page.lines))


async def said(books: Books, language: str = "EN") -> list[str]:
    return [points.statements.explain(one, currency="EUR", language=language).text for one in await lines(books)]


def entry(kind: str, source: str, gained: int, **numbers: object) -> EntryLine:
    return EntryLine(
        id=EntryId(new_id()),
        seq=1,
        kind=kind,
        source=source,
        points=Points(gained),
        order=None,
        occurred_at=NOON,
        recorded_at=NOON,
        available_at=None,
        expires_at=None,
        program_version=1,
        explanation=msgspec.json.encode(numbers).decode(),
    )


async def test_an_order_is_explained_by_its_amounts_and_its_rate(books: Books) -> None:
    bought = order(charged=11000, shipping=1000)
    await books.happen(bought)
    returned = RefundFact(status="SUCCESS", shipping_included=False, lines=(NamedUnits(line="40", quantity=1),))
    part = await books.change(bought, after=DAY, charged=7000, refunds=(returned,))
    less = await books.change(part, after=DAY, charged=3500)
    await books.change(less, after=DAY, status="CANCELED")
    assert await said(books) == [
        "100 points: 100.00 EUR merchandise x 1 per 1.00 EUR",
        "-40 points: 100.00 EUR merchandise x 1 per 1.00 EUR, 40.00 EUR returned or refunded; 60 in all, 100 before",
        (
            "-30 points: 100.00 EUR merchandise x 1 per 1.00 EUR, 40.00 EUR returned or refunded, "
            "35.00 EUR of 70.00 EUR paid; 30 in all, 60 before"
        ),
        "-30 points: the order is cancelled; 0 in all, 30 before",
    ]
    assert (await said(books, "RU_RU"))[2] == (
        "-30 баллов: товары на 100,00 EUR x 1 за 1,00 EUR, возвращено 40,00 EUR, оплачено 35,00 EUR из 70,00 EUR; "
        "всего 30, раньше 60"
    )


async def test_points_spent_and_given_back_are_explained(books: Books) -> None:
    await books.bought(300)
    held = await books.hold(150)
    bought = await books.bought(90, ago=0 * DAY)
    await books.capture(held, bought)
    back = await books.change(bought, after=DAY, charged=4500, refunded=4500)
    await books.change(back, after=DAY, status="CANCELED")
    told = await said(books)
    assert [text for text in told if "spent" in text] == [
        "-150 points: spent",
        "75 points: given back of 150 spent, since 45.00 EUR of 90.00 EUR was refunded",
        "75 points: given back of 150 spent, since the order is cancelled",
    ]


async def test_what_lapsed_is_explained(books: Books) -> None:
    await books.bought(101)
    books.clock = NOON + 400 * DAY
    await books.expire()
    assert (await said(books))[1] == "-101 points: lapsed unused"
    assert (await said(books, "RU"))[1] == "-101 балл: сгорели неиспользованными"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (entry("EARN", "GOODWILL", 1, code="COMPLAINT"), "1 point: a courtesy of the shop"),
        (entry("ADJUST", "STAFF", -2, code="OTHER"), "-2 points: by the shop's staff"),
        (entry("REVERSE", "STAFF", 5, code="OTHER", undoes="CLAWBACK"), "5 points: an entry undone"),
        (entry("EARN", "BIRTHDAY", 5, rule="r", version=3, fixed=5), "5 points: for the birthday by rule r, version 3"),
        (entry("TRANSFER", "MERGE", -9, peer="x"), "-9 points: moved between accounts"),
        (entry("ADJUST", "SETTLEMENT", 0, owed=7), "0 points: points that became free made up for what was owed"),
        (entry("EARN", "ORDER", 7), "7 points"),
        (entry("EARN", "SOMETHING", 7), "7 points"),
    ],
)  # fmt: skip
def test_every_source_has_words(line: EntryLine, text: str) -> None:
    assert points.statements.explain(line).text == text


@pytest.mark.parametrize(
    ("number", "noun"),
    [(1, "балл"), (2, "балла"), (5, "баллов"), (11, "баллов"), (21, "балл"), (112, "баллов"), (-22, "балла")],
)
def test_russian_nouns_follow_their_number(number: int, noun: str) -> None:
    assert points.statements.explain(entry("ADJUST", "STAFF", number), language="RU").text.startswith(
        f"{number} {noun}:"
    )


def test_a_language_without_words_is_answered_in_english() -> None:
    for language in (None, "", "PT_BR", "en-gb", "???"):
        text = points.statements.explain(entry("EXPIRE", "EXPIRY", -3), language=language).text
        assert text == "-3 points: lapsed unused"


@pytest.mark.parametrize("seed", range(6))
async def test_every_computed_number_is_computed_again(books: Books, seed: int) -> None:
    async for _ in history(books, seed).steps(60):
        pass
    program = await books.program()
    async with books.database.shop(books.shop, read_only=True) as session:
        sets = await rules.rule_sets_of(session, books.shop, [program])
    by_rules = points.statements.by_rules_of(sets[program.id])
    replayed = [(one, points.statements.replay(one, by_rules)) for one in await lines(books)]
    assert [(one.kind, one.explanation, again) for one, again in replayed if again not in {None, one.points}] == []
    assert {one.kind for one, again in replayed if again is None} <= {"REDEEM", "EXPIRE", "ADJUST"}
    assert len([one for one, again in replayed if again is not None]) > 20
