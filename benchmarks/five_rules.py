"""Five rules beside the base rate, of the kinds shops have most, in every program of the made-up shop."""

from benchmarks.shop import LONG_AGO
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId, global_id
from saleor_crm_app.loyalty import rules
from saleor_crm_app.loyalty.program import Program, programs_for
from saleor_crm_app.loyalty.rules import Publication
from tests.reliability.shop import EUR_NET, JPY, KWD, USD

AUTHOR = global_id("User", 1)

FIVE: tuple[dict[str, object], ...] = (
    {
        "name": "Double points in a category",
        "if": {"type": "CATEGORY", "in": [global_id("Category", 3)]},
        "then": {"type": "MULTIPLIER", "percent": 200},
    },
    {
        "name": "Weekends",
        "if": {"type": "WEEKDAY", "in": ["SATURDAY", "SUNDAY"]},
        "then": {"type": "MULTIPLIER", "percent": 150},
    },
    {
        "name": "A product",
        "if": {"type": "PRODUCT", "in": [global_id("Product", 10)]},
        "then": {"type": "PER_UNIT", "points": 25},
        "limits": {"perOrder": 100},
    },
    {
        "name": "Large orders",
        "if": {"type": "MIN_AMOUNT", "minor": 10_000},
        "then": {"type": "PER_ORDER", "points": 50},
    },
    {
        "name": "Collections",
        "if": {"type": "ALL", "of": [{"type": "COLLECTION", "in": [global_id("Collection", 1)]},
                                     {"type": "NOT", "of": {"type": "CATEGORY", "in": [global_id("Category", 4)]}}]},
        "then": {"type": "PER_AMOUNT", "points": 1, "minor": 500},
    },
)  # fmt: skip


async def publish_five(database: Database, shop: InstallationId) -> None:
    """Let them hold from before the first order on."""
    channels = {one.slug: one.currency for one in (USD, EUR_NET, JPY, KWD)}
    async with database.shop(shop) as session:
        programs = await programs_for(session, shop, channels)
    for program in programs.values():
        await publish_five_in(database, shop, program)


async def publish_five_in(database: Database, shop: InstallationId, program: Program) -> None:
    """The same in one program."""
    for rule in FIVE:
        await _publish(database, shop, program, {"when": {"type": "ORDER"}} | rule)


async def _publish(database: Database, shop: InstallationId, program: Program, rule: dict[str, object]) -> None:
    async with database.shop(shop) as session:
        sets = (await rules.rule_sets_of(session, shop, [program]))[program.id]
        draft = await rules.create_rule(session, shop, program, rules.read_rule(rule), author=AUTHOR, at=LONG_AGO)
        said = Publication(expected=rules.newest_version(sets), author=AUTHOR, at=LONG_AGO)
        await rules.publish_rule(session, shop, program, draft=draft, version=draft.version, publication=said)
