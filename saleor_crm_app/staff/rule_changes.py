"""Earning rules that staff write, publish and retire, and the example carts they keep."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from saleor_crm_app.kernel.audit import Act, Subject, audit
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.ids import ProgramId
from saleor_crm_app.loyalty import rules
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rules import Example, Publication, RuleDesk, RuleDraft, RuleSet
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.health import StaffError
from saleor_crm_app.staff.inputs import BadInputField, instant, uuid_of, words_of
from saleor_crm_app.staff.permissions import ManagesDiscounts
from saleor_crm_app.staff.rules import EarningRule, EarningRuleSet, GoldenCart
from saleor_crm_app.staff.scalars import BigInt

_LONGEST_NAME: Final = 80
_LONGEST_NOTE: Final = 500
_MOST_POINTS: Final = 2**63 - 1


@strawberry.input(description="A new rule.")
class EarningRuleCreateInput:
    program_id: strawberry.ID = strawberry.field(description="The global id of the program it is for.")
    rule: JSON = strawberry.field(description="The rule; see `earningRuleSchema`.")


@strawberry.input(description="A rule written anew.")
class EarningRuleUpdateInput:
    id: strawberry.ID = strawberry.field(description="The rule's global id.")
    expected_version: int = strawberry.field(description="The rule's version you read; another one is refused.")
    rule: JSON = strawberry.field(description="The whole rule; see `earningRuleSchema`.")


@strawberry.input(description="An example cart that may earn something else from now on.")
class GoldenCartAcceptInput:
    name: str = strawberry.field(description="The example's name.")
    points: BigInt = strawberry.field(description="What it is to earn then.")


@strawberry.input(description="How rules are published.")
class _PublicationInput:
    expected_rule_set_version: int = strawberry.field(
        description="The newest version of the program's rules you read; another one is refused."
    )
    live_from: datetime | None = strawberry.field(
        default=None, description="From when on it holds; left out: from now on. Never in the past."
    )
    note: str | None = strawberry.field(default=None, description="What you say of it, up to 500 characters.")
    accept: list[GoldenCartAcceptInput] | None = strawberry.field(
        default=None, description="The example carts that may change by this."
    )


@strawberry.input(description="A rule that shall hold as it is written.")
class EarningRulePublishInput(_PublicationInput):
    id: strawberry.ID = strawberry.field(description="The rule's global id.")
    expected_version: int = strawberry.field(description="The rule's version you read; another one is refused.")


@strawberry.input(description="A rule that shall hold no longer.")
class EarningRuleRetireInput(_PublicationInput):
    id: strawberry.ID = strawberry.field(description="The rule's global id.")


@strawberry.input(description="What shall earn nothing in a program.")
class EarningExclusionsPublishInput(_PublicationInput):
    program_id: strawberry.ID = strawberry.field(description="The program's global id.")
    exclude: JSON = strawberry.field(
        description="All that is left out: `products`, `categories`, `collections`, `productTypes` with Saleor's global"
        " ids, and `saleItems`."
    )


@strawberry.input(description="An example cart to keep.")
class GoldenCartSetInput:
    program_id: strawberry.ID = strawberry.field(description="The program's global id.")
    name: str = strawberry.field(description="Its name; one of the same name is replaced.")
    cart: JSON = strawberry.field(
        description="The cart: `createdAt`, `channel`, `lines` with `gross` in minor units, and what rules ask for: "
        "`tier`, `nth`, `segments` (global ids) and others."
    )
    points: BigInt = strawberry.field(description="What it earns by the rules of now.")


@strawberry.input(description="An example cart to forget.")
class GoldenCartRemoveInput:
    program_id: strawberry.ID = strawberry.field(description="The program's global id.")
    name: str = strawberry.field(description="Its name.")


@strawberry.type(description="A rule that was written.")
class EarningRuleCreate:
    rule: EarningRule | None = strawberry.field(description="The rule, a draft yet.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="A rule that was written anew.")
class EarningRuleUpdate:
    rule: EarningRule | None = strawberry.field(description="The rule as it is written now.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="A rule that was published.")
class EarningRulePublish:
    rule: EarningRule | None = strawberry.field(description="The rule.")
    rule_sets: list[EarningRuleSet] = strawberry.field(
        description="The versions this made: the one asked for, and one in place of each that is planned for later."
    )
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="A rule that was retired.")
class EarningRuleRetire:
    rule: EarningRule | None = strawberry.field(description="The rule.")
    rule_sets: list[EarningRuleSet] = strawberry.field(
        description="The versions this made; none for a rule that was only a draft."
    )
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="Exclusions that were published.")
class EarningExclusionsPublish:
    rule_sets: list[EarningRuleSet] = strawberry.field(description="The versions this made.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="An example cart that is kept.")
class GoldenCartSet:
    golden_cart: GoldenCart | None = strawberry.field(description="The example.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="An example cart that is forgotten.")
class GoldenCartRemove:
    removed: bool = strawberry.field(description="Whether it is gone.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="What staff may do about earning rules.")
class RulesMutation:
    @strawberry.mutation(
        permission_classes=[ManagesDiscounts], description="Write a new rule; it earns nothing until it is published."
    )
    async def earning_rule_create(self, info: Info, input: EarningRuleCreateInput) -> EarningRuleCreate:
        try:
            return EarningRuleCreate(rule=await _create(info, input), errors=[])
        except Refusal as refusal:
            return EarningRuleCreate(rule=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(
        permission_classes=[ManagesDiscounts], description="Write a rule anew; what was published of it goes on."
    )
    async def earning_rule_update(self, info: Info, input: EarningRuleUpdateInput) -> EarningRuleUpdate:
        try:
            return EarningRuleUpdate(rule=await _update(info, input), errors=[])
        except Refusal as refusal:
            return EarningRuleUpdate(rule=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(
        permission_classes=[ManagesDiscounts],
        description="Let a rule hold as it is written, now or from a later moment on. What was granted stays as it is.",
    )
    async def earning_rule_publish(
        self,
        info: Info,
        input: EarningRulePublishInput,
    ) -> EarningRulePublish:
        try:
            rule, made = await _publish(info, input)
        except Refusal as refusal:
            return EarningRulePublish(rule=None, rule_sets=[], errors=[StaffError.of(refusal)])
        return EarningRulePublish(rule=rule, rule_sets=made, errors=[])

    @strawberry.mutation(
        permission_classes=[ManagesDiscounts],
        description="Let a rule hold no longer, now or from a later moment on. What was granted stays as it is.",
    )
    async def earning_rule_retire(self, info: Info, input: EarningRuleRetireInput) -> EarningRuleRetire:
        try:
            rule, made = await _retire(info, input)
        except Refusal as refusal:
            return EarningRuleRetire(rule=None, rule_sets=[], errors=[StaffError.of(refusal)])
        return EarningRuleRetire(rule=rule, rule_sets=made, errors=[])

    @strawberry.mutation(
        permission_classes=[ManagesDiscounts],
        description="Say what earns nothing in a program, now or from a later moment on.",
    )
    async def earning_exclusions_publish(
        self,
        info: Info,
        input: EarningExclusionsPublishInput,
    ) -> EarningExclusionsPublish:
        try:
            return EarningExclusionsPublish(rule_sets=await _exclude(info, input), errors=[])
        except Refusal as refusal:
            return EarningExclusionsPublish(rule_sets=[], errors=[StaffError.of(refusal)])

    @strawberry.mutation(
        permission_classes=[ManagesDiscounts],
        description="Keep an example cart: a publication that changes what it earns is refused unless it says so.",
    )
    async def golden_cart_set(self, info: Info, input: GoldenCartSetInput) -> GoldenCartSet:
        try:
            return GoldenCartSet(golden_cart=await _keep(info, input), errors=[])
        except Refusal as refusal:
            return GoldenCartSet(golden_cart=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(permission_classes=[ManagesDiscounts], description="Forget an example cart.")
    async def golden_cart_remove(self, info: Info, input: GoldenCartRemoveInput) -> GoldenCartRemove:
        try:
            await _forget(info, input)
        except Refusal as refusal:
            return GoldenCartRemove(removed=False, errors=[StaffError.of(refusal)])
        return GoldenCartRemove(removed=True, errors=[])


async def _create(info: Info, given: EarningRuleCreateInput) -> EarningRule:
    shop, at = info.context.shop, info.context.at
    rule = rules.read_rule(given.rule)
    async with info.context.database.shop(shop) as session:
        desk = RuleDesk(session, shop)
        program = await desk.program(_program_key(given.program_id))
        draft = await rules.create_rule(session, shop, program, rule, author=info.context.actor.id, at=at)
        after = {"version": draft.version}
        await audit(session, shop, info.context.act("earningRuleCreate", subject=_of_rule(draft), after=after))
        return EarningRule.of(draft, await desk.sets(program), program, at=at)


async def _update(info: Info, given: EarningRuleUpdateInput) -> EarningRule:
    shop, at = info.context.shop, info.context.at
    rule, expected = rules.read_rule(given.rule), given.expected_version
    async with info.context.database.shop(shop) as session:
        desk = RuleDesk(session, shop)
        draft, program = await desk.rule(_rule_key(given.id))
        changed = await rules.update_rule(
            session, shop, draft, rule=rule, expected=expected, author=info.context.actor.id, at=at
        )
        before, after = {"version": expected}, {"version": changed.version}
        line = info.context.act("earningRuleUpdate", subject=_of_rule(draft), before=before, after=after)
        await audit(session, shop, line)
        return EarningRule.of(changed, await desk.sets(program), program, at=at)


async def _publish(info: Info, given: EarningRulePublishInput) -> tuple[EarningRule, list[EarningRuleSet]]:
    shop, publication = info.context.shop, _publication(info, given)
    async with info.context.database.shop(shop) as session:
        desk = RuleDesk(session, shop)
        draft, program = await desk.rule(_rule_key(given.id))
        made = await rules.publish_rule(
            session, shop, program, draft=draft, version=given.expected_version, publication=publication
        )
        after = {"version": draft.version, **_versions(made)}
        await audit(session, shop, _act(info, "earningRulePublish", _of_rule(draft), publication, after=after))
        told = EarningRule.of(draft, await desk.sets(program), program, at=info.context.at)
        return told, await _made(info, desk, program, made)


async def _retire(info: Info, given: EarningRuleRetireInput) -> tuple[EarningRule, list[EarningRuleSet]]:
    shop, publication = info.context.shop, _publication(info, given)
    async with info.context.database.shop(shop) as session:
        desk = RuleDesk(session, shop)
        draft, program = await desk.rule(_rule_key(given.id))
        made = await rules.retire_rule(session, shop, program, draft=draft, publication=publication)
        line = _act(info, "earningRuleRetire", _of_rule(draft), publication, after=_versions(made))
        await audit(session, shop, line)
        retired, _ = await desk.rule(draft.id)
        told = EarningRule.of(retired, await desk.sets(program), program, at=info.context.at)
        return told, await _made(info, desk, program, made)


async def _exclude(info: Info, given: EarningExclusionsPublishInput) -> list[EarningRuleSet]:
    shop, publication = info.context.shop, _publication(info, given)
    exclude = rules.read_exclusions(given.exclude)
    async with info.context.database.shop(shop) as session:
        desk = RuleDesk(session, shop)
        program = await desk.program(_program_key(given.program_id))
        made = await rules.publish_exclusions(session, shop, program, exclude=exclude, publication=publication)
        subject = _of_program(program)
        await audit(session, shop, _act(info, "earningExclusionsPublish", subject, publication, after=_versions(made)))
        return await _made(info, desk, program, made)


async def _keep(info: Info, given: GoldenCartSetInput) -> GoldenCart:
    shop, at = info.context.shop, info.context.at
    name = words_of(given.name, field="name", most=_LONGEST_NAME)
    points = _points(given.points, field="points")
    example = Example(name=name, cart=rules.read_cart(given.cart), points=points)
    async with info.context.database.shop(shop) as session:
        program = await RuleDesk(session, shop).program(_program_key(given.program_id))
        await rules.keep_example(session, shop, program, example, at=at)
        after = {"points": points}
        await audit(session, shop, info.context.act("goldenCartSet", subject=_of_program(program), after=after))
    return GoldenCart.of(example)


async def _forget(info: Info, given: GoldenCartRemoveInput) -> None:
    shop, at = info.context.shop, info.context.at
    name = words_of(given.name, field="name", most=_LONGEST_NAME)
    async with info.context.database.shop(shop) as session:
        program = await RuleDesk(session, shop).program(_program_key(given.program_id))
        await rules.remove_example(session, shop, program, name, at=at)
        await audit(session, shop, info.context.act("goldenCartRemove", subject=_of_program(program)))


def _publication(info: Info, given: _PublicationInput) -> Publication:
    note = (given.note or "").strip()
    return Publication(
        expected=given.expected_rule_set_version,
        author=info.context.actor.id,
        at=info.context.at,
        live_from=instant(given.live_from),
        note=words_of(note, field="note", most=_LONGEST_NOTE) if note else "",
        accept={one.name.strip(): _points(one.points, field="accept") for one in given.accept or ()},
    )


async def _made(info: Info, desk: RuleDesk, program: Program, made: Sequence[RuleSet]) -> list[EarningRuleSet]:
    sets, kept = await desk.sets(program), await desk.examples(made)
    return [EarningRuleSet.of(one, sets, kept[one.version], at=info.context.at) for one in made]


def _act(info: Info, name: str, subject: Subject, publication: Publication, *, after: Mapping[str, Any]) -> Act:
    return info.context.act(name, subject=subject, after=after, reason=publication.note or None)


def _versions(made: Sequence[RuleSet]) -> dict[str, Any]:
    return {"ruleSets": [{"version": one.version, "liveFrom": one.live_from} for one in made]}


def _points(points: int, *, field: str) -> int:
    if not 0 <= points <= _MOST_POINTS:
        raise BadInputField(field, "A cart earns no less than 0 points.")
    return points


def _program_key(text: str) -> ProgramId:
    return ProgramId(uuid_of(text, "LoyaltyProgram", field="programId"))


def _rule_key(text: str) -> UUID:
    return uuid_of(text, "EarningRule", field="id")


def _of_rule(draft: RuleDraft) -> Subject:
    return Subject("EarningRule", str(draft.id))


def _of_program(program: Program) -> Subject:
    return Subject("LoyaltyProgram", str(program.id))
