"""`migrate` and `verify`: the schema brought up, the books proved."""

import asyncio
import sys

import click
from sqlalchemy.exc import OperationalError

from saleor_crm_app.cli.output import as_json, say, show
from saleor_crm_app.config import settings
from saleor_crm_app.kernel import schema
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.whereabouts import whereabouts
from saleor_crm_app.loyalty import points
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.installations import Installation


@click.command()
@click.argument("revision", required=False)
@as_json
def migrate(revision: str | None, *, in_json: bool) -> None:
    """Bring the schema up, or to REVISION; make the roles and their rights."""
    with whereabouts(settings()) as where:
        try:
            reached = schema.migrate(where.owner_url, login=where.login, revision=revision or schema.NEWEST)
        except OperationalError as error:
            raise Unavailable(
                "The database cannot be reached as its owner: check DATABASE_OWNER_URL and DATABASE_URL"
            ) from error
    say(f"The schema is at revision {reached}.", in_json=in_json, revision=reached)


@click.command()
@as_json
def verify(*, in_json: bool) -> None:
    """Prove the books of every installation; exit code 1 names the first broken entry."""
    with whereabouts(settings()) as where:
        schema.check(where.app_url)
        verdicts = asyncio.run(_verdicts(where.app_url))
    rows = [
        {
            "shop": shop.api_url,
            "accounts": verdict.accounts,
            "entries": verdict.entries,
            "points": verdict.points,
            "findings": "; ".join(f"{one.law}: {one.text}" for one in verdict.findings) or "none",
        }
        for shop, verdict in verdicts
    ]
    show(rows, in_json=in_json, empty="No shop has installed the app yet.")
    if any(verdict.findings for _, verdict in verdicts):
        sys.exit(1)


async def _verdicts(url: str) -> list[tuple[Installation, points.Verdict]]:
    database = Database(url, pool_size=2)
    try:
        verdicts = []
        for shop in await all_installations(database):
            async with database.shop(shop.id, read_only=True) as session:
                verdicts.append((shop, await points.verify(session, shop.id)))
        return verdicts
    finally:
        await database.close()
