"""Proves the books of one installation: sums, references, projections, hash chains and seals."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import CustomerId, InstallationId, shard_key
from saleor_crm_app.loyalty.points.proof.chain_proof import broken_link
from saleor_crm_app.loyalty.points.proof.finding import Finding, Report, Verdict, silent
from saleor_crm_app.loyalty.points.proof.laws import LAWS, WAITING, Law
from saleor_crm_app.loyalty.points.proof.references import REFERENCES
from saleor_crm_app.loyalty.points.proof.seal_keys import public_keys, seal_keys_of
from saleor_crm_app.loyalty.points.proof.seal_proof import broken_seal

NOTES: Final = ("I7: no coupons are kept yet, so no limit of theirs can be broken",)

_QUERIES: Final = (*LAWS, REFERENCES, WAITING)
_TOTALS = sa.text(
    """
    SELECT (SELECT count(*) FROM account WHERE installation_id = :installation) AS accounts,
           (SELECT count(*) FROM entry WHERE installation_id = :installation) AS entries,
           (SELECT coalesce(sum(points), 0) FROM entry WHERE installation_id = :installation) AS points,
           (SELECT count(*) FROM seal WHERE installation_id = :installation) AS seals,
           (SELECT encode(sha256(coalesce(string_agg(head, '' ORDER BY shard_key, id), '')), 'hex')
              FROM account WHERE installation_id = :installation) AS heads
    """
)
# every question is over whole tables: looking rows up one by one, as the planner of tables that were never analyzed
# would, takes hours
_WHOLE = sa.text("SELECT set_config('enable_nestloop', 'off', true)")
_PLACES: Final[Mapping[str, sa.TextClause]] = {
    "account": sa.text("SELECT id, shard_key, customer_id AS owner FROM account WHERE installation_id = :installation"),
    "order_fact": sa.text(
        "SELECT id, shard_key, coalesce(customer_id, CAST(id AS text)) AS owner FROM order_fact"
        " WHERE installation_id = :installation"
    ),
}


async def verify(
    session: AsyncSession,
    installation: InstallationId,
    *,
    trusted: Mapping[str, bytes] | None = None,
    report: Report = silent,
) -> Verdict:
    """Check every law over all rows of an installation; at most one finding per question, the first row that breaks it.

    `trusted` are the public keys that may have signed seals, by name; those that are stored if none are given.
    Reads while the shop sells: every question is one statement and so sees one moment.
    """
    await session.execute(_WHOLE)
    findings = [finding async for finding in _broken_laws(session, installation, report)]
    findings += [finding async for finding in _misplaced(session, installation)]
    for broken in (
        await broken_link(session, installation, report),
        await broken_seal(session, installation, keys=await _keys(session, installation, trusted), report=report),
    ):
        if broken is not None:
            findings.append(broken)
    totals = (await session.execute(_TOTALS, {"installation": installation})).one()
    return Verdict(
        accounts=totals.accounts,
        entries=totals.entries,
        points=int(totals.points),
        heads=totals.heads,
        seals=totals.seals,
        findings=tuple(findings),
        notes=NOTES,
    )


async def _keys(
    session: AsyncSession, installation: InstallationId, trusted: Mapping[str, bytes] | None
) -> Mapping[str, bytes]:
    return public_keys(await seal_keys_of(session, installation)) if trusted is None else trusted


async def _broken_laws(session: AsyncSession, installation: InstallationId, report: Report) -> AsyncIterator[Finding]:
    for number, law in enumerate(_QUERIES, start=1):
        found = await session.execute(sa.text(law.query + " LIMIT 1"), {"installation": installation})
        row = found.mappings().first()
        report("laws", number)
        if row is not None:
            yield _finding(law, dict(row))


def _finding(law: Law, found: Mapping[str, Any]) -> Finding:
    row = str(next(iter(found.values())))
    return Finding(law=law.number, row=row, text=law.sentence.format(row=row, what=found.get("what", "")))


async def _misplaced(session: AsyncSession, installation: InstallationId) -> AsyncIterator[Finding]:
    """Compute where each account and order belongs; the database cannot, since it has no BLAKE2."""
    for table, query in _PLACES.items():
        rows = await session.stream(query, {"installation": installation}, execution_options={"yield_per": 5000})
        async for row in rows:
            if row.shard_key != shard_key(installation, CustomerId(row.owner)):
                text = f"{table} {row.id} lies in another shard than its owner belongs to"
                yield Finding(law="I8", row=str(row.id), text=text)
                break


def laws_broken(verdict: Verdict) -> Iterator[str]:
    """The sentences of a verdict, each with the number of its law."""
    return (f"{one.law}: {one.text}" for one in verdict.findings)
