"""Makes the next versions of a program's rules: now or later, never in the past, with the examples in sight."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.segments import segments_to_name
from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rules.document import Exclusions
from saleor_crm_app.loyalty.rules.drafts import RuleDraft, RuleState, discard_rule, state_of
from saleor_crm_app.loyalty.rules.errors import LiveInThePast, NothingToRetire, StaleVersion, TooManyRules
from saleor_crm_app.loyalty.rules.examples import carried_on, examples_of, write_examples
from saleor_crm_app.loyalty.rules.locks import lock_rules
from saleor_crm_app.loyalty.rules.models import RuleSetRow
from saleor_crm_app.loyalty.rules.reading import demand_known_sources
from saleor_crm_app.loyalty.rules.rule_set import RuleSet, RuleSetDocument, segments_asked
from saleor_crm_app.loyalty.rules.versions import coming, newest_version, rule_set_at, rule_sets_of

MOST_RULES: Final = 50

Change = Callable[[RuleSetDocument], RuleSetDocument]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What a publication says beside the change itself.

    `expected` is the newest version of the program's rules that its author knew; `live_from` None means now. `accept`
    names the examples that may change, each with the points it is to earn then.
    """

    expected: int
    author: str
    at: datetime
    live_from: datetime | None = None
    note: str = ""
    accept: Mapping[str, int] = field(default_factory=dict)


async def publish_rule(
    session: AsyncSession,
    installation: InstallationId,
    program: Program,
    *,
    draft: RuleDraft,
    version: int,
    publication: Publication,
) -> list[RuleSet]:
    """Let a rule, as it is written, hold from then on; gives the versions this made.

    Versions that are planned for later get the rule too, by new versions in their place. Raises StaleVersion when
    `version` is not the draft's or another version of the rules was published, SourceUnknown, LiveInThePast,
    TooManyRules and ExamplesChanged.
    """
    if draft.version != version:
        raise StaleVersion("version", expected=version, found=draft.version)
    asks_segments = bool(segments_asked([draft.rule]))
    known = await segments_to_name(session, installation) if asks_segments else ()
    demand_known_sources(draft.rule, segments=known)
    sets = await _locked(session, installation, program, publication)
    return await _publish(session, installation, program, sets=sets, publication=publication,
                          change=lambda document: document.with_rule(draft.published))  # fmt: skip


async def retire_rule(
    session: AsyncSession,
    installation: InstallationId,
    program: Program,
    *,
    draft: RuleDraft,
    publication: Publication,
) -> list[RuleSet]:
    """Let a rule hold no longer, from then on; gives the versions this made, none for what was only a draft.

    Raises NothingToRetire, StaleVersion, LiveInThePast and ExamplesChanged.
    """
    sets = await _locked(session, installation, program, publication)
    made = await _publish(session, installation, program, sets=sets, publication=publication,
                          change=lambda document: document.without_rule(str(draft.id)))  # fmt: skip
    if not made:
        if state_of(draft, sets, at=publication.at)[0] is not RuleState.DRAFT:
            raise NothingToRetire(draft.rule.name)
        await discard_rule(session, installation, draft, author=publication.author, at=publication.at)
    return made


async def publish_exclusions(
    session: AsyncSession,
    installation: InstallationId,
    program: Program,
    *,
    exclude: Exclusions,
    publication: Publication,
) -> list[RuleSet]:
    """Let these earn nothing in the program from then on, and others again; gives the versions this made.

    Raises StaleVersion, LiveInThePast and ExamplesChanged.
    """
    sets = await _locked(session, installation, program, publication)
    return await _publish(session, installation, program, sets=sets, publication=publication,
                          change=lambda document: msgspec.structs.replace(document, exclude=exclude))  # fmt: skip


async def _locked(
    session: AsyncSession, installation: InstallationId, program: Program, publication: Publication
) -> Sequence[RuleSet]:
    await lock_rules(session, installation, program.id)
    sets = (await rule_sets_of(session, installation, [program]))[program.id]
    newest = newest_version(sets)
    if newest != publication.expected:
        raise StaleVersion("ruleSetVersion", expected=publication.expected, found=newest)
    if publication.live_from is not None and publication.live_from < publication.at:
        raise LiveInThePast(publication.live_from, now=publication.at)
    return sets


async def _publish(
    session: AsyncSession,
    installation: InstallationId,
    program: Program,
    *,
    sets: Sequence[RuleSet],
    change: Change,
    publication: Publication,
) -> list[RuleSet]:
    live_from = publication.live_from or publication.at
    bases = {live_from: rule_set_at(sets, live_from)}
    bases |= {one.live_from: one for one in coming(sets, live_from) if one.live_from is not None}
    made: list[tuple[RuleSet, RuleSet]] = []
    for moment, base in bases.items():
        document = change(base.document)
        if document == base.document:
            continue
        if len(document.rules) > MOST_RULES:
            raise TooManyRules(MOST_RULES)
        made.append((base, _next(base, document, newest_version(sets) + len(made) + 1, moment, publication)))
    if made:
        await _write(session, installation, program, made=made, accept=publication.accept)
    return [new for _, new in made]


def _next(
    base: RuleSet, document: RuleSetDocument, version: int, live_from: datetime, publication: Publication
) -> RuleSet:
    return RuleSet(
        program=base.program,
        currency=base.currency,
        version=version,
        document=document,
        based_on=base.version,
        live_from=live_from,
        published_at=publication.at,
        author=publication.author,
        note=publication.note,
    )


async def _write(
    session: AsyncSession,
    installation: InstallationId,
    program: Program,
    *,
    made: Sequence[tuple[RuleSet, RuleSet]],
    accept: Mapping[str, int],
) -> None:
    kept = await examples_of(session, installation, [base for base, _ in made])
    carried = {new.version: carried_on(kept[base.version], new, program, accept=accept) for base, new in made}
    rows = [
        {
            "installation_id": installation,
            "program_id": new.program,
            "version": new.version,
            "based_on": base.version,
            "rules": msgspec.json.encode(new.document).decode(),
            "live_from": new.live_from,
            "author": new.author,
            "published_at": new.published_at,
            "note": new.note,
        }
        for base, new in made
    ]
    await insert_rows(session, RuleSetRow.__table__, rows)
    await write_examples(session, installation, program, carried)
