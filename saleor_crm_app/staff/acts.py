"""Points that staff move: give, take, undo, and approve what is too large for one; each act is written down."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec
import strawberry

from saleor_crm_app.kernel.audit import LONGEST_REASON, Subject, audit
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.idempotency import once
from saleor_crm_app.kernel.ids import AccountId, ShardKey
from saleor_crm_app.loyalty import points as ledger
from saleor_crm_app.loyalty.points import EntryLine
from saleor_crm_app.staff.act_types import (
    ActPayload,
    EntryReverse,
    EntryReverseInput,
    GoodwillGrant,
    GoodwillGrantInput,
    PointsAdjust,
    PointsAdjustInput,
    StaffRequestApprove,
    StaffRequestApproveInput,
    StaffRequestReject,
    StaffRequestRejectInput,
)
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.health import StaffError
from saleor_crm_app.staff.inputs import BadInputField, uuid_of, words_of
from saleor_crm_app.staff.permissions import ManagesUsers
from saleor_crm_app.staff.points import PointsEntry
from saleor_crm_app.staff.requests import StaffRequest, with_words, without_words

_MOST_POINTS: Final = 1_000_000_000
_LONGEST_CENTER: Final = 40

Payload = TypeVar("Payload", bound=ActPayload)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a caller was told, without words that can be erased: it is told again to the same key."""

    shard: ShardKey
    entry: EntryLine | None
    request: ledger.staff_acts.StaffRequest | None

    @classmethod
    def of(cls, outcome: ledger.staff_acts.Outcome, request: ledger.staff_acts.StaffRequest | None) -> "Told":
        kept = None if request is None else without_words(request)
        return cls(shard=outcome.shard, entry=outcome.line, request=kept)


@strawberry.type(description="What staff may do with members' points.")
class ActsMutation:
    @strawberry.mutation(permission_classes=[ManagesUsers], description="Give a member points, or take some.")
    async def points_adjust(self, info: Info, input: PointsAdjustInput) -> PointsAdjust:
        def act() -> ledger.staff_acts.StaffAct:
            return ledger.staff_acts.Adjustment(
                points=_points(input.points, least=-_MOST_POINTS),
                code=input.reason.code,
                allow_deficit=input.allow_deficit,
            )

        return await _answered(PointsAdjust, info, lambda: _instruct(info, "pointsAdjust", input, act))

    @strawberry.mutation(
        permission_classes=[ManagesUsers], description="Give a member points as a courtesy, on a cost center's account."
    )
    async def goodwill_grant(self, info: Info, input: GoodwillGrantInput) -> GoodwillGrant:
        def act() -> ledger.staff_acts.StaffAct:
            center = input.cost_center
            return ledger.staff_acts.Goodwill(
                points=_points(input.points, least=1),
                code=input.reason.code,
                cost_center=None if center is None else words_of(center, field="costCenter", most=_LONGEST_CENTER),
            )

        return await _answered(GoodwillGrant, info, lambda: _instruct(info, "goodwillGrant", input, act))

    @strawberry.mutation(
        permission_classes=[ManagesUsers],
        description="Undo an entry, once: points gained are taken from their own lot first, points lost go back.",
    )
    async def entry_reverse(self, info: Info, input: EntryReverseInput) -> EntryReverse:
        def act() -> ledger.staff_acts.StaffAct:
            return ledger.staff_acts.Reversal(
                entry=uuid_of(input.entry_id, "PointsEntry", field="entryId"),
                code=input.reason.code,
                allow_deficit=input.allow_deficit,
            )

        return await _answered(EntryReverse, info, lambda: _instruct(info, "entryReverse", input, act))

    @strawberry.mutation(
        permission_classes=[ManagesUsers], description="Approve what somebody else asked for; it is done at once."
    )
    async def staff_request_approve(
        self,
        info: Info,
        input: StaffRequestApproveInput,
    ) -> StaffRequestApprove:
        return await _answered(StaffRequestApprove, info, lambda: _approve(info, input))

    @strawberry.mutation(
        permission_classes=[ManagesUsers], description="Reject a request, also one's own; nothing is done then."
    )
    async def staff_request_reject(
        self,
        info: Info,
        input: StaffRequestRejectInput,
    ) -> StaffRequestReject:
        try:
            request = await _reject(info, input)
        except Refusal as refusal:
            return StaffRequestReject(request=None, errors=[StaffError.of(refusal)])
        return StaffRequestReject(request=StaffRequest.of(request), errors=[])


async def _answered(payload: type[Payload], info: Info, act: Callable[[], Awaitable[Told]]) -> Payload:
    try:
        told = await act()
    except Refusal as refusal:
        return payload(entry=None, request=None, errors=[StaffError.of(refusal)])
    entry = None if told.entry is None else PointsEntry.of(told.entry, told.shard)
    request = None if told.request is None else await with_words(info, told.request)
    return payload(entry=entry, request=request, errors=[])


async def _instruct(
    info: Info,
    name: str,
    given: PointsAdjustInput | GoodwillGrantInput | EntryReverseInput,
    act: Callable[[], ledger.staff_acts.StaffAct],
) -> Told:
    """Do it, or have it wait, in one transaction with its line of the audit trail; a second time tell the same."""
    context = info.context
    wanted = ledger.staff_acts.Instruction(
        account=AccountId(uuid_of(given.member_id, "Member", field="memberId")),
        act=act(),
        reason=words_of(given.text, field="text", most=LONGEST_REASON),
        actor=context.actor,
        key=f"{context.owner}:{given.idempotency_key}",
    )
    async with context.database.shop(context.shop) as session:

        async def do() -> Told:
            outcome = await ledger.staff_acts.instruct(session, context.shop, wanted, at=context.at)
            before, after = _before_and_after(outcome, wanted.act, outcome.request)
            subject = Subject("Member", str(wanted.account))
            line = context.act(name, subject=subject, before=before, after=after, reason=wanted.reason)
            await audit(session, context.shop, line)
            return Told.of(outcome, outcome.request)

        return await once(
            session,
            context.shop,
            owner=context.owner,
            key=given.idempotency_key,
            input=[name, wanted.account, wanted.act, wanted.reason],
            answer=Told,
            act=do,
        )


async def _approve(info: Info, given: StaffRequestApproveInput) -> Told:
    context, name = info.context, "staffRequestApprove"
    wanted = uuid_of(given.request_id, "StaffRequest", field="requestId")
    async with context.database.shop(context.shop) as session:

        async def do() -> Told:
            request, outcome = await ledger.staff_acts.approve(
                session, context.shop, wanted, by=context.actor, at=context.at
            )
            before, after = _before_and_after(outcome, request.act, request)
            subject = Subject("Member", str(request.account))
            await audit(session, context.shop, context.act(name, subject=subject, before=before, after=after))
            return Told.of(outcome, request)

        return await once(
            session,
            context.shop,
            owner=context.owner,
            key=given.idempotency_key,
            input=[name, wanted],
            answer=Told,
            act=do,
        )


async def _reject(info: Info, given: StaffRequestRejectInput) -> ledger.staff_acts.StaffRequest:
    context = info.context
    wanted = uuid_of(given.request_id, "StaffRequest", field="requestId")
    reason = None if given.text is None else words_of(given.text, field="text", most=LONGEST_REASON)
    async with context.database.shop(context.shop) as session:
        request = await ledger.staff_acts.reject(session, context.shop, wanted, by=context.actor, at=context.at)
        line = context.act(
            "staffRequestReject",
            subject=Subject("Member", str(request.account)),
            before={"request": str(request.id), "state": ledger.staff_acts.RequestState.WAITING},
            after={"request": str(request.id), "state": request.state},
            reason=reason,
        )
        await audit(session, context.shop, line)
    return request


def _before_and_after(
    outcome: ledger.staff_acts.Outcome, act: ledger.staff_acts.StaffAct, request: ledger.staff_acts.StaffRequest | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """How the account stood, what was asked for, and what became of it; ids, numbers and codes."""
    before, after = outcome.before, outcome.after
    became: dict[str, Any] = {
        "balance": after.balance,
        "deficit": after.deficit,
        "points": outcome.points,
        "act": msgspec.to_builtins(act),
    }
    if outcome.entry is not None:
        became["entry"] = str(outcome.entry)
    if request is not None:
        became |= {"request": str(request.id), "state": request.state}
    return {"balance": before.balance, "deficit": before.deficit}, became


def _points(number: int, *, least: int) -> int:
    if not least <= number <= _MOST_POINTS or number == 0:
        lowest = "1" if least == 1 else f"{least:,}, not 0,"
        raise BadInputField("points", f"Give a number of points from {lowest} to {_MOST_POINTS:,}.")
    return number
