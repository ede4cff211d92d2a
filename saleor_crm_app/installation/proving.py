"""Proves the books of every shop at night, keeps the verdicts, and tells the monitoring."""

import asyncio
from typing import Final

from prometheus_client.metrics_core import Metric
from sqlalchemy.exc import SQLAlchemyError

from saleor_crm_app.installation.sealing import trusted_keys
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.metrics import gauge
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.loyalty import points
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.secrets import Vault

_SECONDS: Final = 2.0

log = logger(__name__)


async def prove_all(database: Database, vault: Vault) -> int:
    """Prove the books of every shop and keep the verdicts; says how many shops have broken ones."""
    broken = 0
    for shop in await all_installations(database):
        broken += bool((await prove(database, shop.id, vault)).findings)
    return broken


async def prove(database: Database, shop: InstallationId, vault: Vault) -> points.Verdict:
    """Prove the books of one shop and keep the verdict."""
    began = now()
    async with database.shop(shop, read_only=True) as session:
        verdict = await points.verify(session, shop, trusted=await trusted_keys(session, shop, vault))
    async with database.shop(shop) as session:
        await points.books.record_verification(session, shop, verdict, began=began, ended=now())
    for finding in verdict.findings:
        log.error("books_broken", installation=str(shop), law=finding.law, row=finding.row, finding=finding.text)
    log.info("books_verified", installation=str(shop), entries=verdict.entries, broken=len(verdict.findings))
    return verdict


async def proof_gauges(database: Database) -> list[Metric]:
    """What was found last, shop by shop; nothing where the database does not answer."""
    try:
        async with asyncio.timeout(_SECONDS), database.intake() as session:
            proofs = await points.books.last_proofs(session)
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        log.warning("proofs_not_read", error=type(error).__name__)
        return []
    shops = [([str(proof.installation)], proof) for proof in proofs]
    seconds = [(of, (now() - proof.finished_at).total_seconds()) for of, proof in shops]
    return [
        gauge(
            "books_broken",
            "Laws of the ledger found broken when the books were proved last; 0 is well.",
            ["installation"],
            [(of, proof.broken) for of, proof in shops],
        ),
        gauge("books_verified_seconds", "Since when the books were proved last.", ["installation"], seconds),
    ]
