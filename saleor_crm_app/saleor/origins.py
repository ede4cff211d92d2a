"""Whether some shop lets a web origin call: asked before a browser's request says which shop it is for."""

import sqlalchemy as sa

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.saleor.installation_store import or_unavailable
from saleor_crm_app.saleor.installations import InstallationRow

_SOME_ALLOWS = sa.select(
    sa.exists().where(sa.bindparam("origin", type_=sa.Text) == sa.any_(InstallationRow.storefront_origins))
)


async def some_shop_allows(database: Database, origin: str) -> bool:
    """Look for the origin in every installation's list.

    Raises Unavailable when the database does not answer.
    """
    with or_unavailable():
        async with database.intake() as session:
            return bool((await session.execute(_SOME_ALLOWS, {"origin": origin})).scalar_one())
