"""A shop's seal, its key, a verdict on its books, and something that waits for the next seal."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.installation.sealing import signer_of
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty import points
from saleor_crm_app.saleor.secrets import Vault
from tests.journeys.conftest import SECRET

_WAITS = sa.text("INSERT INTO unsealed SELECT :installation, 1, gen_random_uuid(), 1, 'ENTRY'")


async def write_seals(session: AsyncSession, shop: InstallationId) -> None:
    """Seal and prove what was posted so far."""
    assert await points.books.take_seal_turn(session, shop)
    signer = await signer_of(session, shop, Vault([SECRET]))
    assert await points.books.seal_changes(session, shop, signer=signer, at=now())
    verdict = await points.verify(session, shop)
    await points.books.record_verification(session, shop, verdict, began=now(), ended=now())
    await session.execute(_WAITS, {"installation": shop})
