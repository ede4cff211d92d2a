"""`migrate` and `verify`: the schema brought up, the books proved, and a certificate of them made."""

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, TaskID
from sqlalchemy.exc import OperationalError

from saleor_crm_app.cli.certificates import Wanted, certify, contradiction
from saleor_crm_app.cli.installations import find_installation
from saleor_crm_app.cli.output import as_json, say, show
from saleor_crm_app.config import settings
from saleor_crm_app.installation.sealing import trusted_keys
from saleor_crm_app.kernel import schema
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import BadInput, Unavailable
from saleor_crm_app.kernel.whereabouts import whereabouts
from saleor_crm_app.loyalty import points
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.installations import Installation
from saleor_crm_app.saleor.secrets import Vault

_FILE = click.Path(dir_okay=False, path_type=Path)


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
@click.option("--shop", help="Only this shop: a part of its address, or its id.")
@click.option("--certificate", type=_FILE, help="Seal the books of the one shop and write a signed certificate.")
@click.option("--entries", type=_FILE, help="With --certificate: write the entries that it covers, as lines of JSON.")
@click.option("--against", type=_FILE, help="Check also that the books still hold what an earlier certificate says.")
@as_json
def verify(
    *, shop: str | None, certificate: Path | None, entries: Path | None, against: Path | None, in_json: bool
) -> None:
    """Prove the books of every installation; exit code 1 names the first broken entry."""
    if entries is not None and certificate is None:
        raise BadInput("--entries goes with --certificate")
    wanted = None if certificate is None else Wanted(certificate, entries)
    earlier = None if against is None else json.loads(against.read_text(encoding="utf-8"))
    with whereabouts(settings()) as where, _progress(shown=not in_json) as report:
        schema.check(where.app_url)
        verdicts = asyncio.run(_verdicts(where.app_url, shop, wanted, earlier=earlier, report=report))
    show([_row(*one) for one in verdicts], in_json=in_json, empty="No shop has installed the app yet.")
    if any(verdict.findings for _, verdict in verdicts):
        sys.exit(1)
    if wanted is not None and not in_json:
        click.echo(f"The certificate is in {wanted.file}.")


def _row(shop: Installation, verdict: points.Verdict) -> dict[str, object]:
    return {
        "shop": shop.api_url,
        "accounts": verdict.accounts,
        "entries": verdict.entries,
        "points": verdict.points,
        "seals": verdict.seals,
        "findings": "; ".join(points.books.laws_broken(verdict)) or "none",
        "notes": "; ".join(verdict.notes),
    }


async def _verdicts(
    url: str,
    named: str | None,
    wanted: Wanted | None,
    *,
    earlier: dict[str, object] | None,
    report: points.books.Report,
) -> list[tuple[Installation, points.Verdict]]:
    database = Database(url, pool_size=2)
    try:
        shops = await all_installations(database) if named is None else [await find_installation(database, named)]
        if wanted is not None and len(shops) != 1:
            raise BadInput(f"A certificate is of one shop, and there are {len(shops)}: name one with --shop")
        return [(shop, await _verdict(database, shop, wanted, earlier=earlier, report=report)) for shop in shops]
    finally:
        await database.close()


async def _verdict(
    database: Database,
    shop: Installation,
    wanted: Wanted | None,
    *,
    earlier: dict[str, object] | None,
    report: points.books.Report,
) -> points.Verdict:
    """Prove one shop's books; only proved ones get a certificate."""
    secrets = settings().secret_key is not None
    async with database.shop(shop.id, read_only=True) as session:
        trusted = await trusted_keys(session, shop.id, Vault(settings().secret_keys)) if secrets else None
        verdict = await points.verify(session, shop.id, trusted=trusted, report=report)
        broken = None if earlier is None else await contradiction(session, shop.id, earlier)
    if broken is not None:
        return points.books.with_finding(verdict, broken)
    if wanted is not None and not verdict.findings:
        await certify(database, shop.id, wanted)
    return verdict


@contextmanager
def _progress(*, shown: bool) -> Iterator[points.books.Report]:
    """Tell on stderr how far it is, where somebody looks."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True) if shown and console.is_terminal else nullcontext() as bar:
        if bar is None:
            yield points.books.silent
            return
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=None)
            bar.update(tasks[what], completed=done, description=f"{what}: {done}")

        yield report
