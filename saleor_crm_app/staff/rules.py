"""Earning rules as staff read them: what is written, what holds and when, told in words."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Final

import msgspec
import strawberry
from strawberry.scalars import JSON

from saleor_crm_app.kernel.audit import Actor
from saleor_crm_app.kernel.ids import ProgramId, global_id
from saleor_crm_app.loyalty import rules
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rules import Example, PublishedRule, RuleDesk, RuleDraft, RuleSet
from saleor_crm_app.staff.audit import StaffActor
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.inputs import BadInputField, given, uuid_of
from saleor_crm_app.staff.permissions import ManagesDiscounts
from saleor_crm_app.staff.scalars import BigInt

_MOST_VERSIONS: Final = 100
_USUAL_VERSIONS: Final = 20

ProgramArgument = Annotated[strawberry.ID, strawberry.argument(description="The program's global id.")]
RuleArgument = Annotated[strawberry.ID, strawberry.argument(description="The rule's global id.")]
VersionsArgument = Annotated[
    int | None, strawberry.argument(description="So many of the newest: 1 to 100, usually 20.")
]


@strawberry.enum(description="A language in which rules are told.")
class EarningRuleLanguage(Enum):
    EN = strawberry.enum_value("en", description="English.")
    RU = strawberry.enum_value("ru", description="Russian.")


LanguageArgument = Annotated[EarningRuleLanguage, strawberry.argument(description="In which language.")]


@strawberry.enum(description="Where a rule stands.")
class EarningRuleState(Enum):
    DRAFT = strawberry.enum_value("DRAFT", description="Written, and never published.")
    SCHEDULED = strawberry.enum_value("SCHEDULED", description="Published, and holds from a later moment on.")
    LIVE = strawberry.enum_value("LIVE", description="Holds now.")
    RETIRED = strawberry.enum_value("RETIRED", description="Holds neither now nor later.")


@strawberry.type(description="A rule by which members earn points.")
class EarningRule:
    id: strawberry.ID = strawberry.field(description="The rule's global id.")
    program_id: strawberry.ID = strawberry.field(description="The global id of the program it belongs to.")
    name: str = strawberry.field(description="Its name.")
    version: int = strawberry.field(description="Counts the changes of what is written.")
    state: EarningRuleState = strawberry.field(description="Where it stands now.")
    rule: JSON = strawberry.field(description="The rule as it is written; see `earningRuleSchema`.")
    published: JSON | None = strawberry.field(
        description="The rule as it holds, else as it will hold first; null when it does neither."
    )
    published_version: int | None = strawberry.field(description="Which of its versions that is.")
    author: StaffActor | None = strawberry.field(
        description="Who wrote it last; null for the program's own rate that nobody has touched."
    )
    updated_at: datetime | None = strawberry.field(description="When it was written last.")
    draft: strawberry.Private[RuleDraft]
    currency: strawberry.Private[str]

    @classmethod
    def of(cls, draft: RuleDraft, sets: Sequence[RuleSet], program: Program, *, at: datetime) -> "EarningRule":
        state, held = rules.state_of(draft, sets, at=at)
        return cls(
            id=strawberry.ID(global_id("EarningRule", draft.id)),
            program_id=strawberry.ID(global_id("LoyaltyProgram", draft.program)),
            name=draft.rule.name,
            version=draft.version,
            state=EarningRuleState[state.value],
            rule=_json(draft.rule),
            published=None if held is None else _json(_rule_of(held)),
            published_version=None if held is None else held.version,
            author=_actor(draft.author),
            updated_at=draft.updated_at,
            draft=draft,
            currency=program.currency,
        )

    @strawberry.field(description="What is written, in one sentence.")
    async def description(self, info: Info, language: LanguageArgument = EarningRuleLanguage.EN) -> str:
        names = await _names(info, [self.draft.rule])
        return rules.describe(self.draft.rule, rules.Language[language.name], currency=self.currency, names=names)


@strawberry.type(description="An example cart that is kept with a version of the rules, and what it earns by them.")
class GoldenCart:
    name: str = strawberry.field(description="Its name.")
    cart: JSON = strawberry.field(description="The cart.")
    points: BigInt = strawberry.field(description="What it earns.")

    @classmethod
    def of(cls, example: Example) -> "GoldenCart":
        return cls(name=example.name, cart=_json(example.cart), points=BigInt(example.points))


@strawberry.type(description="One version of a program's rules. It never changes.")
class EarningRuleSet:
    version: int = strawberry.field(description="Its number; 1 is the program's own rate.")
    based_on: int | None = strawberry.field(description="The version it was made from; null for the first.")
    is_live: bool = strawberry.field(description="Whether it holds now.")
    live_from: datetime | None = strawberry.field(
        description="It holds from then on, until another one does; null for the first."
    )
    published_at: datetime | None = strawberry.field(description="When it was published; null for the first.")
    author: StaffActor | None = strawberry.field(description="Who published it; null for the first.")
    note: str = strawberry.field(description="What its author said of it.")
    rules: JSON = strawberry.field(description="Its rules, each with the rule's id and version.")
    exclude: JSON = strawberry.field(description="What earns nothing by any of them.")
    golden_carts: list[GoldenCart] = strawberry.field(description="The example carts kept with it, by name.")
    found: strawberry.Private[RuleSet]
    base: strawberry.Private[RuleSet | None]

    @classmethod
    def of(cls, one: RuleSet, sets: Sequence[RuleSet], kept: Sequence[Example], *, at: datetime) -> "EarningRuleSet":
        return cls(
            version=one.version,
            based_on=one.based_on,
            is_live=rules.rule_set_at(sets, at).version == one.version,
            live_from=one.live_from,
            published_at=one.published_at,
            author=_actor(one.author),
            note=one.note,
            rules=_json(one.rules),
            exclude=_json(one.exclude),
            golden_carts=[GoldenCart.of(example) for example in kept],
            found=one,
            base=next((other for other in sets if other.version == one.based_on), None),
        )

    @strawberry.field(
        description="What it does otherwise than the version it was made from, a sentence each; all it does, for the "
        "first."
    )
    async def changes(self, info: Info, language: LanguageArgument = EarningRuleLanguage.EN) -> list[str]:
        words = rules.Language[language.name]
        names = await _names(info, [*self.found.rules, *(() if self.base is None else self.base.rules)])
        if self.base is None:
            currency = self.found.currency
            return [rules.describe(rule, words, currency=currency, names=names) for rule in self.found.rules]
        return rules.diff(self.base, self.found, words, names=names)


@strawberry.type(description="What staff may read of earning rules.")
class RulesQuery:
    @strawberry.field(
        permission_classes=[ManagesDiscounts],
        description="A program's rules, the base rule first, then by age; null if there is no such program.",
    )
    async def earning_rules(self, info: Info, program_id: ProgramArgument) -> list[EarningRule] | None:
        key = ProgramId(uuid_of(program_id, "LoyaltyProgram", field="programId"))
        async with info.context.reading.session() as session:
            desk = RuleDesk(session, info.context.shop)
            try:
                program = await desk.program(key)
            except rules.ProgramNotFound:
                return None
            drafts = await rules.rules_of(session, info.context.shop, program)
            sets = await desk.sets(program)
        return [EarningRule.of(draft, sets, program, at=info.context.at) for draft in drafts]

    @strawberry.field(permission_classes=[ManagesDiscounts], description="One rule; null if there is no such one.")
    async def earning_rule(self, info: Info, id: RuleArgument) -> EarningRule | None:
        key = uuid_of(id, "EarningRule", field="id")
        async with info.context.reading.session() as session:
            desk = RuleDesk(session, info.context.shop)
            try:
                draft, program = await desk.rule(key)
            except rules.RuleNotFound:
                return None
            sets = await desk.sets(program)
        return EarningRule.of(draft, sets, program, at=info.context.at)

    @strawberry.field(
        permission_classes=[ManagesDiscounts],
        description="The versions of a program's rules, newest first; null if there is no such program.",
    )
    async def rule_sets(
        self, info: Info, program_id: ProgramArgument, first: VersionsArgument = strawberry.UNSET
    ) -> list[EarningRuleSet] | None:
        key, most = ProgramId(uuid_of(program_id, "LoyaltyProgram", field="programId")), _most(given(first))
        async with info.context.reading.session() as session:
            desk = RuleDesk(session, info.context.shop)
            try:
                sets = await desk.sets(await desk.program(key))
            except rules.ProgramNotFound:
                return None
            newest = sorted(sets, key=lambda one: -one.version)[:most]
            kept = await desk.examples(newest)
        return [EarningRuleSet.of(one, sets, kept[one.version], at=info.context.at) for one in newest]

    @strawberry.field(permission_classes=[ManagesDiscounts], description="The JSON Schema of a rule.")
    def earning_rule_schema(self) -> JSON:
        return JSON(rules.rule_schema())


async def _names(info: Info, told: Sequence[rules.Rule]) -> dict[str, str]:
    """How the segments that rules ask for are called, by global id."""
    keys = sorted(rules.segments_asked(told))
    names = await info.context.loaders.segment_names.load_many(keys)
    return {global_id("CustomerSegment", key): name for key, name in zip(keys, names, strict=True) if name is not None}


def _most(first: int | None) -> int:
    if first is not None and not 1 <= first <= _MOST_VERSIONS:
        raise BadInputField("first", f"A list of versions holds 1 to {_MOST_VERSIONS}.")
    return first or _USUAL_VERSIONS


def _rule_of(held: PublishedRule) -> rules.Rule:
    return rules.Rule(**{name: getattr(held, name) for name in rules.Rule.__struct_fields__})


def _json(document: object) -> JSON:
    return JSON(msgspec.to_builtins(document))


def _actor(author: str | None) -> StaffActor | None:
    return StaffActor.of(Actor(id=author)) if author else None
