"""A shop's rules, so that there is a row of each kind that others must not see."""

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty import rules
from saleor_crm_app.loyalty.program import programs
from tests.shop import NOON

RULE = {"name": "Bonus", "when": {"type": "ORDER"}, "then": {"type": "PER_ORDER", "points": 5}}
CART = {"createdAt": NOON, "channel": "elsewhere", "lines": [{"gross": 100}]}


async def write_rules(session: AsyncSession, shop: InstallationId) -> None:
    """A rule that is planned for a far day, an example cart, and a budget of which nothing was given."""
    [held] = await programs(session)
    program = held.program
    draft = await rules.create_rule(session, shop, program, rules.read_rule(RULE), author="1", at=NOON)
    far = rules.Publication(expected=1, author="1", at=NOON, live_from=NOON.replace(year=2100))
    await rules.publish_rule(session, shop, program, draft=draft, version=1, publication=far)
    cart = rules.read_cart(CART)
    [now_held, *_] = (await rules.rule_sets_of(session, shop, [program]))[program.id]
    points = rules.earned_by(now_held, cart, program).points
    await rules.keep_example(session, shop, program, rules.Example(name="One", cart=cart, points=points), at=NOON)
    await rules.lock_budgets(session, shop, [str(draft.id)])
