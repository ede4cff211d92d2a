"""What an order would earn in a tier is what it earns there then."""

from datetime import datetime, timedelta
from functools import partial

from saleor_crm_app.crm.orders import OrderFact, OrderSnapshot
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, shard_key
from saleor_crm_app.loyalty import points, tiers
from tests.loyalty.tiers.shop_with_tiers import AVAILABLE, bought, earned, happen, program_of, save
from tests.shop import NOON


async def told(database: Database, shop: InstallationId, snapshot: OrderSnapshot, *, at: datetime) -> int:
    program = await program_of(database, shop)
    fact = OrderFact(
        snapshot=snapshot,
        issued_at=at,
        polled=False,
        display_gross=True,
        attached_at=None,
        customer=snapshot.customer,
        shard=shard_key(shop, snapshot.customer or snapshot.id),
        content=b"",
    )
    async with database.shop(shop, read_only=True) as session:
        then = partial(tiers.tiers_of_orders, session, shop, at=at)
        return (await points.foretell(session, shop, fact, program=program, tiers_then=then)).points


async def test_in_a_tier_and_as_somebody_new(database: Database, installation: InstallationId) -> None:
    await save(database, installation)
    large, first = bought(60_000), bought(10_000, customer=CustomerId("8"))
    for one, at in ((large, NOON), (first, NOON), (bought(10_000, days=16), AVAILABLE + timedelta(days=2))):
        expected = await told(database, installation, one, at=at)
        await happen(database, installation, one, at=at)
        assert await earned(database, installation, one) == expected
    assert await told(database, installation, bought(10_000, days=17), at=AVAILABLE + timedelta(days=2)) == 150
